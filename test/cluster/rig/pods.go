package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

const image = "cluster.local/rig:1"

// servePods is the webhook that gives each container the one image; a program that is not in it is played. `folder` holds the key and certificate, and
// the list of programs in the image.
func servePods(folder string) {
	text, _ := os.ReadFile(filepath.Join(folder, "programs"))
	known := map[string]bool{}
	for _, name := range strings.Fields(string(text)) {
		known[name] = true
	}
	http.HandleFunc("/", func(writer http.ResponseWriter, request *http.Request) {
		var review struct {
			APIVersion string `json:"apiVersion"`
			Request    struct {
				UID, Namespace string
				Object         map[string]any
			}
		}
		if json.NewDecoder(request.Body).Decode(&review) != nil {
			http.Error(writer, "not a review", http.StatusBadRequest)
			return
		}
		pod := review.Request.Object
		spec, _ := pod["spec"].(map[string]any)
		change(spec, portsOf(pod, spec, review.Request.Namespace), known, migrationsFail(review.Request.Namespace))
		patch, _ := json.Marshal([]any{map[string]any{"op": "replace", "path": "/spec", "value": spec}})
		json.NewEncoder(writer).Encode(map[string]any{
			"apiVersion": review.APIVersion,
			"kind":       "AdmissionReview",
			"response":   map[string]any{"uid": review.Request.UID, "allowed": true, "patchType": "JSONPatch", "patch": patch},
		})
	})
	err := http.ListenAndServeTLS("127.0.0.1:9443", filepath.Join(folder, "rig.crt"), filepath.Join(folder, "rig.key"), nil)
	fmt.Fprintln(os.Stderr, err)
}

// migrationsFail says whether a namespace is labelled so that what migrates in it fails.
func migrationsFail(namespace string) bool {
	var found struct {
		Metadata struct{ Labels map[string]string }
	}
	return get("/api/v1/namespaces/"+namespace, &found) == nil && found.Metadata.Labels["rig/migrations-fail"] == "true"
}

func change(spec map[string]any, ports []string, known map[string]bool, fail bool) {
	delete(spec, "imagePullSecrets")
	relax(spec)
	policy, _ := spec["restartPolicy"].(string)
	for _, item := range objects(spec["initContainers"]) {
		serves := item["restartPolicy"] == "Always"
		container(item, serves, ownPorts(item), known, fail)
	}
	for _, item := range objects(spec["containers"]) {
		serves := policy == "" || policy == "Always"
		own := ownPorts(item)
		if len(own) == 0 && serves {
			own = ports
		}
		container(item, serves, own, known, fail)
	}
}

func container(item map[string]any, serves bool, ports []string, known map[string]bool, fail bool) {
	original := fmt.Sprint(item["image"])
	item["image"], item["imagePullPolicy"] = image, "IfNotPresent"
	role := "end"
	if serves {
		role = "serve"
	}
	env, _ := item["env"].([]any)
	own := map[string]string{
		"RIG_IMAGE": original,
		"RIG_ROLE":  role,
		"RIG_PORTS": strings.Join(ports, " "),
		// bash calls this for a program that is not there.
		"BASH_FUNC_command_not_found_handle%%": `() { /bin/rig run "$@"; }`,
	}
	if fail {
		own["RIG_FAIL"] = "true"
	}
	added := []any{}
	for name, value := range own {
		added = append(added, map[string]any{"name": name, "value": value})
	}
	item["env"] = append(added, env...)
	relax(item)
	playExecuted(item, known)
	command, _ := item["command"].([]any)
	if len(command) == 0 {
		args, _ := item["args"].([]any)
		if len(args) > 0 && known[fmt.Sprint(args[0])] {
			return
		}
		item["command"] = []any{"/bin/rig", "run"}
		return
	}
	program := filepath.Base(fmt.Sprint(command[0]))
	if known[program] {
		item["command"] = append([]any{program}, command[1:]...)
	} else {
		item["command"] = append([]any{"/bin/rig", "run"}, command...)
	}
}

var executed = regexp.MustCompile(`(^|[;&|\n]\s*|\b(?:then|do|else)\s+)exec ([A-Za-z][\w.-]*)`)

// playExecuted makes `exec PROGRAM` of a script play a program that is not there: a shell calls no handler for it.
func playExecuted(item map[string]any, known map[string]bool) {
	for _, key := range []string{"command", "args"} {
		words, _ := item[key].([]any)
		for i, word := range words {
			text, _ := word.(string)
			words[i] = executed.ReplaceAllStringFunc(text, func(match string) string {
				parts := executed.FindStringSubmatch(match)
				if known[parts[2]] {
					return match
				}
				return parts[1] + "exec /bin/rig run " + parts[2]
			})
		}
	}
}

// relax takes out what the image cannot do: it runs as root.
func relax(holder map[string]any) {
	if context, ok := holder["securityContext"].(map[string]any); ok {
		delete(context, "runAsNonRoot")
	}
}

func ownPorts(item map[string]any) []string {
	var out []string
	for _, port := range objects(item["ports"]) {
		out = append(out, fmt.Sprint(port["containerPort"]))
	}
	return out
}

// portsOf gives the numbers that Services forward to a pod, for containers that declare none.
func portsOf(pod, spec map[string]any, namespace string) []string {
	metadata, _ := pod["metadata"].(map[string]any)
	labels, _ := metadata["labels"].(map[string]any)
	var list struct {
		Items []struct {
			Spec struct {
				Selector map[string]string
				Ports    []struct {
					Port       int
					TargetPort any
				}
			}
		}
	}
	found := map[string]bool{}
	if get("/api/v1/namespaces/"+namespace+"/services", &list) == nil {
		for _, one := range list.Items {
			fits := len(one.Spec.Selector) > 0
			for key, value := range one.Spec.Selector {
				fits = fits && labels[key] == value
			}
			for _, port := range one.Spec.Ports {
				if number, ok := port.TargetPort.(float64); fits && ok {
					found[fmt.Sprint(int(number))] = true
				}
			}
		}
	}
	var out []string
	for port := range found {
		out = append(out, port)
	}
	sort.Strings(out)
	return out
}

func objects(value any) []map[string]any {
	list, _ := value.([]any)
	var out []map[string]any
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}
