package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// wait does what the programs do that wait and are known by their name or image; false for any other.
func wait(name, image string, args []string) bool {
	switch {
	case strings.Contains(image, "k8s-wait-for"):
		if len(args) > 1 {
			forObject(args[0], args[1:])
		}
	case strings.Contains(image, "kubernetes-entrypoint") || name == "kubernetes-entrypoint":
		for _, service := range strings.Split(os.Getenv("DEPENDENCY_SERVICE"), ",") {
			if service != "" {
				until(func() bool { return hasEndpoints(service) })
			}
		}
		for _, job := range strings.Split(os.Getenv("DEPENDENCY_JOBS"), ",") {
			if job != "" {
				forObject("job", []string{job})
			}
		}
	case strings.HasPrefix(name, "wait-for"), name == "wait4x", name == "dockerize":
		for _, target := range targets(args) {
			host, port, found := strings.Cut(target, ":")
			if found {
				until(func() bool { return dial(host, port) == nil })
			}
		}
		for i, arg := range args {
			if arg == "--" && i+1 < len(args) {
				play(args[i+1], args[i+2:])
			}
		}
	case name == "run" && len(args) > 0:
		return wait(filepath.Base(args[0]), "", args[1:])
	default:
		return false
	}
	return true
}

// forObject waits for what k8s-wait-for waits for: a Job that is complete, a pod that is ready, a Service with endpoints.
func forObject(kind string, names []string) {
	for _, name := range names {
		switch {
		case strings.HasPrefix(kind, "job"):
			until(func() bool {
				return strings.Contains(ask("job", name, `{.status.conditions[?(@.type=="Complete")].status}`), "True")
			})
		case kind == "pod":
			until(func() bool {
				return strings.Contains(ask("pod", name, `{.status.conditions[?(@.type=="Ready")].status} {.items[*].status.conditions[?(@.type=="Ready")].status}`), "True")
			})
		case kind == "service":
			until(func() bool { return hasEndpoints(name) })
		}
	}
}

// hasEndpoints asks for a Service, as NAME or NAMESPACE:NAME.
func hasEndpoints(service string) bool {
	namespace, name, found := strings.Cut(service, ":")
	if !found {
		namespace, name = "", service
	}
	if namespace != "" {
		return ask("endpoints", name, `{.subsets[*].addresses[*].ip}`, "-n", namespace) != ""
	}
	return ask("endpoints", name, `{.subsets[*].addresses[*].ip}`) != ""
}

// ask asks the API with the pod's own account; empty where that is not allowed.
func ask(kind, name, path string, more ...string) string {
	args := append([]string{"get", kind, "-o", "jsonpath=" + path}, more...)
	out, err := exec.Command("/bin/kubectl", append(args, name)...).Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return ""
	}
	return string(out)
}

func until(holds func() bool) {
	for !holds() {
		time.Sleep(2 * time.Second)
	}
}

// targets gives the HOST:PORT of arguments, URLs included, up to `--`.
func targets(args []string) []string {
	var out []string
	for _, arg := range args {
		if arg == "--" {
			break
		}
		if _, value, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(arg, "-") {
			arg = value
		}
		if at, err := url.Parse(arg); err == nil && at.Host != "" {
			arg = at.Host
		}
		if strings.Contains(arg, ":") && !strings.HasPrefix(arg, "-") {
			out = append(out, arg)
		}
	}
	return out
}
