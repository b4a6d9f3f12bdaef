// What Helm 4's own library reads in manifests: a JSON string on each line of standard input, its answer on the same line of standard output.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"os"

	"helm.sh/helm/v4/pkg/release/v1/util"
	"sigs.k8s.io/yaml"
)

type hook struct {
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Events   []string `json:"events"`
	Weight   int      `json:"weight"`
	Policies []string `json:"policies"`
	Text     string   `json:"text"`
}

type object struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Text string `json:"text"`
}

type answer struct {
	Hooks    []hook          `json:"hooks"`
	Ordinary []object        `json:"ordinary"`
	Error    string          `json:"error,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	Refused  string          `json:"refused,omitempty"`
}

func read(text string) (out answer) {
	hooks, ordinary, err := util.SortManifests(map[string]string{"c/templates/x.yaml": text}, nil, util.InstallOrder)
	if err != nil {
		out.Error = err.Error()
	}
	for _, h := range hooks {
		one := hook{Kind: h.Kind, Name: h.Name, Weight: h.Weight, Events: []string{}, Policies: []string{}, Text: h.Manifest}
		for _, event := range h.Events {
			one.Events = append(one.Events, event.String())
		}
		for _, policy := range h.DeletePolicies {
			one.Policies = append(one.Policies, policy.String())
		}
		out.Hooks = append(out.Hooks, one)
	}
	for _, m := range ordinary {
		one := object{Kind: m.Head.Kind, Text: m.Content}
		if m.Head.Metadata != nil {
			one.Name = m.Head.Metadata.Name
		}
		out.Ordinary = append(out.Ordinary, one)
	}
	value, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		out.Refused = err.Error()
	} else {
		out.Value = value
	}
	return out
}

func main() {
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var text string
			if err := json.Unmarshal(line, &text); err != nil {
				log.Fatal(err)
			}
			if err := encoder.Encode(read(text)); err != nil {
				log.Fatal(err)
			}
		}
		if err != nil {
			return
		}
	}
}
