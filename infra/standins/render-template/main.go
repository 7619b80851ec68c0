// Renders a file as dockerize does in Temporal's server image: Go's templates, the environment as `.Env`, and the
// functions that the server's template calls. Usage: render-template TEMPLATE > FILE
package main

import (
	"fmt"
	"os"
	"strings"
	"text/template"
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: render-template TEMPLATE"))
	}
	source, err := os.ReadFile(os.Args[1])
	fail(err)
	parsed, err := template.New("config").Option("missingkey=zero").Funcs(template.FuncMap{
		"default": firstNonEmpty,
		"lower":   strings.ToLower,
		"split":   strings.Split,
		"trim":    strings.TrimSpace,
	}).Parse(string(source))
	fail(err)
	fail(parsed.Execute(os.Stdout, map[string]any{"Env": environment()}))
}

func firstNonEmpty(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

func environment() map[string]string {
	env := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "render-template:", err)
		os.Exit(1)
	}
}
