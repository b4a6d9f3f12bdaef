package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

var (
	address   = regexp.MustCompile(`^(?:jdbc:)?([a-z0-9]+)(?:\+[a-z0-9]+)?://(?:[^@/]*@)?([A-Za-z0-9_.-]+)(?::(\d+))?`)
	migrating = regexp.MustCompile(`(?i)migrat|alembic|flyway|liquibase|upgrade|\bdb:|schema`)
	standard  = map[string]string{"postgres": "5432", "postgresql": "5432", "mysql": "3306", "mariadb": "3306", "mongodb": "27017", "redis": "6379", "amqp": "5672"}
)

// play does what a program of a container would: clients connect, servers listen, and what migrates connects to its databases and ends.
func play(name string, args []string) {
	switch name {
	case "nc", "ncat":
		host, port := positional(args, "-w", "-p", "-e", "-i")
		finish(dial(host, port))
	case "timeout":
		finish(timeout(args))
	case "pg_isready", "psql", "createdb", "dropdb":
		err := dial(either(flag(args, "-h", "--host"), hostOf(args), os.Getenv("PGHOST"), "localhost"), either(flag(args, "-p", "--port"), os.Getenv("PGPORT"), "5432"))
		if err == nil && name == "psql" {
			// A row of one column: what a query of a wait finds when the schema is there.
			fmt.Println("1")
		}
		finish(err)
	case "mysql", "mysqladmin", "mariadb", "mariadb-admin":
		finish(dial(either(flag(args, "-h", "--host"), "localhost"), either(flag(args, "-P", "--port"), "3306")))
	case "redis-cli":
		finish(dial(either(flag(args, "-h"), "localhost"), either(flag(args, "-p"), "6379")))
	case "mongosh", "mongo":
		finish(dial(either(flag(args, "--host"), "localhost"), either(flag(args, "--port"), "27017")))
	case "curl":
		finish(request(args))
	}
	if wait(name, os.Getenv("RIG_IMAGE"), args) {
		finish(nil)
	}
	// To stderr: what a script captures stays empty.
	fmt.Fprintln(os.Stderr, "rig plays "+strings.Join(append([]string{name}, args...), " "))
	if os.Getenv("RIG_ROLE") == "serve" && !migrating.MatchString(strings.Join(append(args, name), " ")) {
		listen(fields("RIG_PORTS"))
		forever()
	}
	if os.Getenv("RIG_FAIL") == "true" {
		finish(fmt.Errorf("this migration fails"))
	}
	finish(migrate(args))
}

// migrate connects to each database that the environment or the arguments name.
func migrate(args []string) error {
	words := append([]string{}, args...)
	for _, entry := range os.Environ() {
		_, value, _ := strings.Cut(entry, "=")
		words = append(words, value)
	}
	for _, word := range words {
		found := address.FindStringSubmatch(word)
		if found == nil || standard[found[1]] == "" {
			continue
		}
		if err := dial(found[2], either(found[3], standard[found[1]])); err != nil {
			return err
		}
	}
	return nil
}

// hostOf gives the host of the first argument that is a URL.
func hostOf(args []string) string {
	for _, arg := range args {
		if found := address.FindStringSubmatch(arg); found != nil {
			return found[2]
		}
	}
	return ""
}

// timeout runs a program for at most some seconds. That of busybox would run the applets of busybox, and not the
// programs that are played.
func timeout(args []string) error {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if contains([]string{"-k", "-s"}, args[0]) {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) < 2 {
		return fmt.Errorf("timeout: no program")
	}
	limit, err := time.ParseDuration(args[0])
	if err != nil {
		limit, err = time.ParseDuration(args[0] + "s")
	}
	if err != nil {
		return err
	}
	context, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	command := exec.CommandContext(context, args[1], args[2:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	return command.Run()
}

func dial(host, port string) error {
	connection, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), 3*time.Second)
	if err == nil {
		connection.Close()
	}
	return err
}

func request(args []string) error {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "http") {
			continue
		}
		client := http.Client{Timeout: 5 * time.Second}
		response, err := client.Get(arg)
		if err != nil {
			return err
		}
		if response.StatusCode >= 400 {
			return fmt.Errorf("status %d", response.StatusCode)
		}
	}
	return nil
}

// listen accepts connections on ports, and answers HTTP with 200.
func listen(ports []string) {
	for _, port := range ports {
		listener, err := net.Listen("tcp", ":"+port)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				go answer(connection)
			}
		}()
	}
}

func answer(connection net.Conn) {
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(20 * time.Second))
	line, _ := bufio.NewReader(connection).ReadString('\n')
	if strings.Contains(line, "HTTP/1") {
		io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
	}
}

// positional gives the first two arguments that are no options; `valued` options have a value of their own.
func positional(args []string, valued ...string) (string, string) {
	var found []string
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-") {
			found = append(found, args[i])
		} else if contains(valued, args[i]) {
			i++
		}
	}
	if len(found) < 2 {
		return "", ""
	}
	return found[0], found[1]
}

func flag(args []string, names ...string) string {
	for i, arg := range args {
		for _, name := range names {
			if arg == name && i+1 < len(args) {
				return args[i+1]
			}
			if value, ok := strings.CutPrefix(arg, name+"="); ok {
				return value
			}
		}
	}
	return ""
}

func either(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

func contains(list []string, wanted string) bool {
	for _, item := range list {
		if item == wanted {
			return true
		}
	}
	return false
}

func finish(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
