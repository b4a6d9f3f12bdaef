// Command rig is what a cluster without images and networks needs: one static program that plays the tools and servers in pods, and outside of
// them answers for names and for hosts outside of a chart, and gives pods the one image that there is.
package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name == "rig" && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch name {
	case "names":
		serveNames(args[0])
	case "outside":
		listen([]string{"19999"})
		forever()
	case "pods":
		servePods(args[0])
	case "pause":
		forever()
	default:
		play(name, args)
	}
}

func forever() {
	for {
		time.Sleep(time.Hour)
	}
}

func fields(variable string) []string {
	return strings.Fields(os.Getenv(variable))
}
