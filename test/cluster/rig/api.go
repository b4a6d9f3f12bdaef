package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

var client = http.Client{
	Timeout: 5 * time.Second,
	// The server is reached on loopback of a namespace that nothing else is in.
	Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
}

// get asks the API server, and reads its answer into `into`.
func get(path string, into any) error {
	request, err := http.NewRequest(http.MethodGet, "https://127.0.0.1:6443"+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer rig-token")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d", path, response.StatusCode)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
