package main

import (
	"encoding/binary"
	"net"
	"regexp"
	"strings"
)

const outside = "10.200.0.2"

var (
	inCluster = regexp.MustCompile(`^(?:([a-z0-9-]+)\.)?([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local$`)
	elsewhere = regexp.MustCompile(`\.(?:example|com|org|net|io|internal)$`)
)

// serveNames answers DNS queries as the cluster's own server does, and sends names outside of it to one address.
func serveNames(own string) {
	socket, err := net.ListenPacket("udp", own+":53")
	if err != nil {
		panic(err)
	}
	for {
		buffer := make([]byte, 1500)
		size, who, err := socket.ReadFrom(buffer)
		if err != nil {
			continue
		}
		go func() {
			if reply := replyTo(buffer[:size]); reply != nil {
				socket.WriteTo(reply, who)
			}
		}()
	}
}

func replyTo(query []byte) []byte {
	at := 12
	var labels []string
	for at < len(query) && query[at] != 0 {
		end := at + 1 + int(query[at])
		if end > len(query) {
			return nil
		}
		labels = append(labels, strings.ToLower(string(query[at+1:end])))
		at = end
	}
	if at+5 > len(query) {
		return nil
	}
	kind := binary.BigEndian.Uint16(query[at+1:])
	found, known := lookup(strings.Join(labels, "."))
	flags := uint16(0x8580)
	if !known {
		flags |= 3
	}
	if kind != 1 {
		found = nil
	}
	reply := append([]byte{}, query[:2]...)
	for _, number := range []uint16{flags, 1, uint16(len(found)), 0, 0} {
		reply = binary.BigEndian.AppendUint16(reply, number)
	}
	reply = append(reply, query[12:at+5]...)
	for _, one := range found {
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4)
		reply = append(reply, net.ParseIP(one).To4()...)
	}
	return reply
}

type service struct {
	Spec struct {
		Type, ClusterIP          string
		PublishNotReadyAddresses bool
	}
}

type slices struct {
	Items []struct {
		Endpoints []struct {
			Addresses  []string
			Hostname   string
			Conditions struct{ Ready *bool }
		}
	}
}

// lookup gives the addresses of a name, and whether there is such a name.
func lookup(name string) ([]string, bool) {
	match := inCluster.FindStringSubmatch(name)
	if match == nil {
		if !strings.HasSuffix(name, ".cluster.local") && elsewhere.MatchString(name) {
			return []string{outside}, true
		}
		return nil, false
	}
	host, wanted, namespace := match[1], match[2], match[3]
	var found service
	if get("/api/v1/namespaces/"+namespace+"/services/"+wanted, &found) != nil {
		return nil, false
	}
	if found.Spec.Type == "ExternalName" {
		return []string{outside}, host == ""
	}
	if found.Spec.ClusterIP != "None" {
		return []string{found.Spec.ClusterIP}, host == ""
	}
	var list slices
	if get("/apis/discovery.k8s.io/v1/namespaces/"+namespace+"/endpointslices?labelSelector=kubernetes.io/service-name%3D"+wanted, &list) != nil {
		return nil, false
	}
	var out []string
	for _, slice := range list.Items {
		for _, endpoint := range slice.Endpoints {
			ready := endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready
			if ready && (host == "" || endpoint.Hostname == host) {
				out = append(out, endpoint.Addresses...)
			}
		}
	}
	return out, len(out) > 0
}
