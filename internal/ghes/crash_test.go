package ghes

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// crashVariable is set in the environment of the subprocess that crashes.
const crashVariable = "GHES_TEST_CRASH"

// A crash prints the arguments of all calls. None of them is a secret in clear.
func TestCrash(t *testing.T) {
	t.Parallel()
	if os.Getenv(crashVariable) != "" {
		crash(t)
		return
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
	command.Env = append(os.Environ(), crashVariable+"=1", "GOTRACEBACK=all")
	printed, err := command.CombinedOutput()
	output := string(printed)
	for _, want := range []string{"panic: the transport broke", "goroutine ", "(*Client).CreateAuthorization(", "422 Unprocessable Entity: \"the secret is ***\""} {
		if !strings.Contains(output, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	for _, secret := range []string{"correct-horse", "battery-staple", oldToken, base64.StdEncoding.EncodeToString([]byte("octocat:correct-horse"))} {
		if strings.Contains(output, secret) {
			t.Errorf("%s is in the output", secret)
		}
	}
	if err == nil || t.Failed() {
		t.Errorf("%v\n%s", err, output)
	}
}

// crash creates a token, fails at the second create, and panics amid the third.
func crash(t *testing.T) {
	t.Helper()
	var responses atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if responses.Add(1) == 1 {
			reply(http.StatusCreated, `{"id":1,"token":"`+oldToken+`"}`)(w, r)
			return
		}
		reply(http.StatusUnprocessableEntity, `{"message":"the secret is battery-staple"}`)(w, r)
	}))
	t.Cleanup(server.Close)
	c := connect(t, server, Config{Connection: Connection{RoundTripper: roundTrip(func(req *http.Request) (*http.Response, error) {
		if responses.Load() == 2 {
			panic("the transport broke")
		}
		return http.DefaultTransport.RoundTrip(req)
	})}})
	in := AuthorizationRequest{ClientID: "app", ClientSecret: "battery-staple"}
	a, err := c.CreateAuthorization(t.Context(), in)
	if err != nil || a.Token != oldToken {
		t.Fatal(err)
	}
	_, err = c.CreateAuthorization(t.Context(), in)
	fmt.Println(err)
	_, _ = c.CreateAuthorization(t.Context(), in)
}
