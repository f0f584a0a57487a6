package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Parallel()
	printed := serve(t)
	if status, body := do(t, "GET", printed["GHES_BASE_URL"]+"/api/v3/meta", "", nil); status != http.StatusOK ||
		!strings.Contains(body, `"installed_version":"3.19.0"`) {
		t.Errorf("GET /meta: %d %s", status, body)
	}
	status, body := do(t, "PUT", printed["GHES_BASE_URL"]+"/api/v3/authorizations/clients/"+printed["TF_VAR_client_id"],
		`{"client_secret":"`+printed["TF_VAR_client_secret"]+`"}`, userOf(printed))
	if status != http.StatusCreated {
		t.Errorf("PUT with what was printed: %d %s", status, body)
	}
	if status, body := list(t, printed, userOf(printed)); status != http.StatusOK || strings.Count(body, `"id":`) != 1 {
		t.Errorf("GET /authorizations: %d %s", status, body)
	}
}

func TestRun_twoFactor(t *testing.T) {
	t.Parallel()
	printed := serve(t, "-2fa")
	if status, body := list(t, printed, userOf(printed)); status != http.StatusUnauthorized || !strings.Contains(body, "OTP") {
		t.Errorf("without a code: %d %s", status, body)
	}
	withCode := func(r *http.Request) {
		userOf(printed)(r)
		r.Header.Set("X-GitHub-OTP", totp(printed["GHES_TOTP_SECRET"], time.Now()))
	}
	if status, body := list(t, printed, withCode); status != http.StatusOK {
		t.Errorf("with a code: %d %s", status, body)
	}
}

// Passwords are refused, and the site administrator's token works.
func TestRun_saml(t *testing.T) {
	t.Parallel()
	printed := serve(t, "-saml")
	if status, body := list(t, printed, userOf(printed)); status != http.StatusUnauthorized {
		t.Errorf("GET /authorizations: %d %s", status, body)
	}
	status, body := do(t, "POST", printed["GHES_BASE_URL"]+"/api/v3/admin/users/octocat/authorizations", `{"scopes":["repo"]}`,
		func(r *http.Request) { r.Header.Set("Authorization", "token "+printed["GHES_ADMIN_TOKEN"]) })
	if status != http.StatusCreated {
		t.Errorf("impersonation: %d %s", status, body)
	}
}

func TestRun_noAPI(t *testing.T) {
	t.Parallel()
	printed := serve(t, "-no-api")
	if status, body := list(t, printed, userOf(printed)); status != http.StatusNotFound {
		t.Errorf("GET /authorizations: %d %s", status, body)
	}
}

func TestRun_many(t *testing.T) {
	t.Parallel()
	printed := serve(t, "-latency", "300ms", "-authorizations", "25")
	start := time.Now()
	status, body := list(t, printed, userOf(printed))
	if n := strings.Count(body, `"Token `); status != http.StatusOK || n < 25 {
		t.Errorf("GET /authorizations: %d with %d notes", status, n)
	}
	if took := time.Since(start); took < 300*time.Millisecond {
		t.Errorf("the response took %v", took)
	}
}

// The one-time codes are those of RFC 6238, appendix B, of six digits.
func TestTOTP(t *testing.T) {
	t.Parallel()
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 20000000000: "353130"} {
		if got := totp(secret, time.Unix(at, 0)); got != want || !isTOTP(want, secret, time.Unix(at+30, 0)) {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

// serve runs the command until the test ends, and returns the variables that it prints.
func serve(t *testing.T, args ...string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, args, stdout) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run after cancel: %v", err)
		}
	})

	lines := bufio.NewScanner(out)
	assignment := regexp.MustCompile(`^export ([A-Za-z_]+)=([A-Za-z0-9.:/_-]+)$`)
	printed := map[string]string{}
	for printed["TF_VAR_client_secret"] == "" && lines.Scan() { // the last one
		if m := assignment.FindStringSubmatch(lines.Text()); m != nil {
			printed[m[1]] = m[2]
		} else if !strings.HasPrefix(lines.Text(), "#") {
			t.Errorf("a shell cannot read %q", lines.Text())
		}
	}
	return printed
}

// userOf signs a request in as the user that was printed.
func userOf(printed map[string]string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(printed["GHES_USERNAME"], printed["GHES_PASSWORD"]) }
}

func list(t *testing.T, printed map[string]string, signIn func(*http.Request)) (int, string) {
	t.Helper()
	return do(t, "GET", printed["GHES_BASE_URL"]+"/api/v3/authorizations", "", signIn)
}

func do(t *testing.T, method, url, body string, signIn func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if signIn != nil {
		signIn(req)
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
		"negative number":   {"-authorizations", "-1"},
		"negative duration": {"-latency", "-1s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := run(t.Context(), args, io.Discard); err == nil {
				t.Error("run accepted it")
			}
		})
	}
}
