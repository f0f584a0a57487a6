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

// crashing tells the test's own subprocess to crash.
const crashing = "GHES_TEST_CRASH"

// A crash shows every goroutine with what it was called with; none of that is a
// secret in clear.
func TestCrash(t *testing.T) {
	t.Parallel()
	if os.Getenv(crashing) != "" {
		crash(t)
		return
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$")
	command.Env = append(os.Environ(), crashing+"=1", "GOTRACEBACK=all")
	printed, err := command.CombinedOutput()
	output := string(printed)
	for _, want := range []string{"panic: the transport broke", "goroutine ", "(*Client).CreateAuthorization(", "422 Unprocessable Entity: the secret is ***"} {
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

// crash makes a token, fails a request, and panics amid the next.
func crash(t *testing.T) {
	t.Helper()
	var answers atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answers.Add(1) == 1 {
			reply(http.StatusCreated, `{"id":1,"token":"`+oldToken+`"}`)(w, r)
			return
		}
		reply(http.StatusUnprocessableEntity, `{"message":"the secret is battery-staple"}`)(w, r)
	}))
	t.Cleanup(server.Close)
	c := connect(t, server, Config{Connection: Connection{RoundTripper: roundTrip(func(req *http.Request) (*http.Response, error) {
		if answers.Load() == 2 {
			panic("the transport broke")
		}
		return http.DefaultTransport.RoundTrip(req)
	})}})
	in := AuthorizationRequest{ClientID: "app", ClientSecret: "battery-staple"}
	made, err := c.CreateAuthorization(t.Context(), in)
	if err != nil || made.Token != oldToken {
		t.Fatal(err)
	}
	_, err = c.CreateAuthorization(t.Context(), in)
	fmt.Println(err)
	_, _ = c.CreateAuthorization(t.Context(), in)
}
