package provider

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// times returns lines, n times; a %d in them is which time it is.
func times(n int, lines ...string) []string {
	var all []string
	for i := range n {
		for _, line := range lines {
			all = append(all, strings.ReplaceAll(line, "%d", strconv.Itoa(i+1)))
		}
	}
	return all
}

// The CLI does not call Close if Open fails. Open itself revokes what it created,
// or its error names what may be left.
func TestAuthorizationEphemeral_openFails(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	const create, list, remove = "POST /api/v3/authorizations", "GET /api/v3/authorizations?page=1&per_page=100", "DELETE /api/v3/authorizations/%d"
	noToken := changed(`"token":"ghp_`, `"token":"","was":"`)
	for name, test := range map[string]struct {
		arguments string
		faults    map[string]fault
		want      []string
		sent      []string
		left      int
	}{
		"app refused": {
			arguments: fmt.Sprintf("client_id = %q\nclient_secret = \"made-up-secret\"", testClientID),
			want:      []string{"client_id = \"" + testClientID, "Invalid OAuth application client_id or secret"}, sent: []string{create},
		},
		"note refused": {
			arguments: `note_prefix = "deploy"`,
			faults:    map[string]fault{"POST": respond(http.StatusUnprocessableEntity, `{"message":"Validation Failed","errors":[{"field":"description","code":"custom","message":"is too long"}]}`)},
			want:      []string{`note_prefix = "deploy" The request was about an authorization with note "deploy`, `POST /api/v3/authorizations: 422 Unprocessable Entity: "Validation Failed": "is too long"`}, sent: []string{create},
		},
		"no token": {
			faults: map[string]fault{"POST": noToken},
			want:   []string{"The server created authorization 1, but its response did not contain the token."}, sent: times(1, create, remove),
		},
		"odd field": {
			faults: map[string]fault{"POST": changed(`"scopes":[]`, `"scopes":""`)},
			want:   []string{`"scopes" in the response is a JSON string`}, sent: times(1, create, remove),
		},
		"odd token": {
			faults: map[string]fault{"POST": changed(`"token":"`, `"token":1,"was":"`)},
			want:   []string{`"token" in the response is a JSON number, which the API does not document, after 5 attempts`}, sent: times(5, create, list, remove),
		},
		"answer lost": {
			faults: map[string]fault{"POST": acted(dropped)},
			want:   []string{"the server closed the connection without a response, after 5 attempts"}, sent: times(5, create, list, remove),
		},
		"request lost": {
			faults: map[string]fault{"POST": dropped},
			want:   []string{"the server closed the connection without a response", "after 5 attempts"}, sent: times(5, create, list),
		},
		"bad gateway": {
			faults: map[string]fault{"POST": acted(respond(http.StatusBadGateway, "{}"))},
			want:   []string{"502 Bad Gateway, after 5 attempts"}, sent: times(5, create, list, remove),
		},
		"no token, not revocable": {
			faults: map[string]fault{"POST": noToken, "DELETE": respond(http.StatusInternalServerError, "{}")},
			want:   []string{"did not contain the token", "Error: Unable to revoke ephemeral authorization", "DELETE /api/v3/authorizations/1: 500 Internal", `The token of authorization 1 with note "terraform-`}, sent: append(times(5, strings.Replace(remove, "%d", "1", 1)), create), left: 1,
		},
		"answer lost, not to be found": {
			faults: map[string]fault{"POST": acted(dropped), "GET": respond(http.StatusInternalServerError, "{}")},
			want:   []string{"without a response", `an authorization with note "terraform-`, "GET /api/v3/authorizations: 500 Internal Server Error, after 5 attempts", "delete it in the user's settings"}, sent: append(times(5, list), create), left: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.inject(test.faults)
			output := newWorkspace(t, once(sim, test.arguments, "true")).must(1, "plan")
			contains(t, output, append(test.want, "Error: Unable to open ephemeral authorization")...)
			if strings.Contains(output, "made-up-secret") || strings.Contains(output, "ghp_") {
				t.Errorf("a secret is printed:\n%s", output)
			}
			if err := sim.checkSent(test.sent...); err != nil {
				t.Error(err)
			}
			if n := len(sim.Authorizations()); n != test.left {
				t.Errorf("%d left, want %d", n, test.left)
			}
		})
	}
}

// A lost response costs more requests, but the run succeeds.
func TestAuthorizationEphemeral_answerLost(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, lost := range map[string]fault{
		"dropped":     acted(dropped),
		"bad gateway": acted(respond(http.StatusBadGateway, "{}")),
		"odd token":   changed(`"token":"`, `"token":1,"was":"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.inject(map[string]fault{"POST": first(lost)})
			newWorkspace(t, once(sim, "", "true")).must(0, "plan")
			if err := sim.checkSent(
				"POST /api/v3/authorizations", "GET /api/v3/authorizations?page=1&per_page=100", "DELETE /api/v3/authorizations/1",
				"POST /api/v3/authorizations", "DELETE /api/v3/authorizations/2",
			); err != nil {
				t.Error(err)
			}
			none(t, sim)
		})
	}
}

// A server that cannot be reached has created nothing to look for.
func TestAuthorizationEphemeral_unreachable(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	sim := newInstance(t)
	config := strings.Replace(once(sim, "", "true"), sim.url, nowhere, 1)
	output := newWorkspace(t, config).must(1, "plan")
	contains(t, output, "Error: Unable to open ephemeral authorization", "connection refused")
	if n := strings.Count(output, "Error: "); n != 1 {
		t.Errorf("%d errors, want 1:\n%s", n, output)
	}
}

func TestAuthorizationEphemeral_closeFails(t *testing.T) {
	t.Parallel()
	needsCLI(t, "1.11")
	for name, test := range map[string]struct {
		remove fault
		code   int
		sent   int
		want   []string
	}{
		"deleted elsewhere": {sent: 1, remove: acted(func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) })},
		"not possible": {
			remove: respond(http.StatusInternalServerError, "{}"), code: 1, sent: 5,
			want: []string{"Error: Unable to revoke ephemeral authorization", "DELETE /api/v3/authorizations/1: 500 Internal Server Error", `The token of authorization 1 with note "terraform-`, "delete it in the user's settings"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.inject(map[string]fault{"DELETE": test.remove})
			contains(t, newWorkspace(t, once(sim, "", "true")).must(test.code, "plan"), test.want...)
			if err := sim.checkSent(append(times(test.sent, "DELETE /api/v3/authorizations/1"), "POST /api/v3/authorizations")...); err != nil {
				t.Error(err)
			}
		})
	}
}
