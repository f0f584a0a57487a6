package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, stdout := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, nil, stdout) }()

	lines := bufio.NewScanner(out)
	assignment := regexp.MustCompile(`^export ([A-Za-z_]+)=([A-Za-z0-9.:/-]+)$`)
	printed := map[string]string{}
	for len(printed) < 5 && lines.Scan() {
		if m := assignment.FindStringSubmatch(lines.Text()); m != nil {
			printed[m[1]] = m[2]
		} else if !strings.HasPrefix(lines.Text(), "#") {
			t.Errorf("a shell cannot read %q", lines.Text())
		}
	}

	if status, body := do(t, "GET", printed["GHES_BASE_URL"]+"/api/v3/meta", "", nil); status != http.StatusOK ||
		!strings.Contains(body, `"installed_version":"3.19.0"`) {
		t.Errorf("GET /meta: %d %s", status, body)
	}
	status, body := do(t, "PUT", printed["GHES_BASE_URL"]+"/api/v3/authorizations/clients/"+printed["TF_VAR_client_id"],
		`{"client_secret":"`+printed["TF_VAR_client_secret"]+`"}`, printed)
	if status != http.StatusCreated {
		t.Errorf("PUT with what was printed: %d %s", status, body)
	}

	cancel()
	if err := <-done; err != nil {
		t.Errorf("run after cancel: %v", err)
	}
}

func do(t *testing.T, method, url, body string, credentials map[string]string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if credentials != nil {
		req.SetBasicAuth(credentials["GHES_USERNAME"], credentials["GHES_PASSWORD"])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

func TestRun_refuses(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"every interface":   {"-listen", ":8080"},
		"another interface": {"-listen", "192.0.2.1:8080"},
		"a name":            {"-listen", "example.com:8080"},
		"no port":           {"-listen", "127.0.0.1"},
		"no such port":      {"-listen", "127.0.0.1:99999"},
		"unknown flag":      {"-lisen", "127.0.0.1:0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := run(t.Context(), args, io.Discard); err == nil {
				t.Error("run accepted it")
			}
		})
	}
}
