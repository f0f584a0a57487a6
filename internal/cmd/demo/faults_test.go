package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// faults are what a server may do wrong, and the step that has to notice.
var faults = map[string]struct {
	step, want string
	intercept  func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler)
}{
	"creation refused": {"step 2", "expected exit code 0 of", func(_ *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			http.Error(w, `{"message":"Validation Failed"}`, http.StatusUnprocessableEntity)
			return
		}
		next.ServeHTTP(w, r)
	}},
	"another one made": {"step 2", "found: 2", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		s.AddAuthorization(ghessim.Authorization{ID: 7})
		next.ServeHTTP(w, r)
	}},
	"not stored as asked for": {"step 2", "expected exit code 0 of", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		s.EditAuthorization(1, func(a *ghessim.Authorization) { a.Scopes = nil })
	}},
	"change refused": {"step 3", "found: 403 Forbidden", func(_ *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPatch {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	}},
	"only half of it changed": {"step 3", `expected that the plan has - "delete_repo"`, func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if r.Method == http.MethodPatch {
			s.EditAuthorization(1, func(a *ghessim.Authorization) { a.Scopes = []string{"read:org", "repo"} })
		}
	}},
	"repaired twice": {"step 4", "expected that one request was sent", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPatch && strings.Count(summary(s.Requests()), "PATCH") == 2 {
			again := httptest.NewRequest(r.Method, r.URL.Path, http.NoBody)
			again.Header = r.Header
			s.ServeHTTP(httptest.NewRecorder(), again)
		}
		next.ServeHTTP(w, r)
	}},
	"repair undone": {"step 4", `["user"]`, func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if r.Method == http.MethodPatch && byProvider(r) {
			s.EditAuthorization(1, func(a *ghessim.Authorization) { a.Scopes = []string{"user"} })
		}
	}},
	"repair resets the token": {"step 4", "another token on the server", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if r.Method == http.MethodPatch && byProvider(r) {
			s.ResetToken(1)
		}
	}},
	"import finds nothing": {"step 5", "expected exit code 0 of", func(_ *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path == path(2) {
			http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	}},
	"imported one is edited": {"step 5", "expected exit code 0 of", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if r.URL.Path == path(2) {
			note := fmt.Sprint("Version ", len(s.Requests()))
			s.EditAuthorization(2, func(a *ghessim.Authorization) { a.Note = &note })
		}
	}},
	"imported one is reset": {"step 5", "expected that the server has it as it was", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path == path(2) && strings.Count(summary(s.Requests()), path(2)) == 1 {
			s.ResetToken(2)
		}
		next.ServeHTTP(w, r)
	}},
	"another one created by the plan": {"step 8", "expected that the consumer has the token", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if _, deployed := s.Authorization(4); deployed && r.Method == http.MethodGet {
			s.AddAuthorization(ghessim.Authorization{Note: new("another")})
		}
	}},
	"no overlap": {"step 9", "expected that the server accepts both tokens", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(w, r)
		if r.Method == http.MethodPost && r.URL.Path == authorizations {
			if _, rotated := s.Authorization(5); rotated {
				s.RevokeAuthorization(4)
			}
		}
	}},
	"changed in the overlap": {"step 9", "expected exit code 0 of", func(s *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if byProvider(r) && r.Method == http.MethodGet { // by its ID, or in a list
			s.EditAuthorization(5, func(a *ghessim.Authorization) { a.Scopes = []string{"user"} })
		}
		next.ServeHTTP(w, r)
	}},
	"previous one not revoked": {"step 9", "expected that the server refuses the previous token", func(_ *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	}},
	"nothing destroyed": {"step 10", "expected that the server has no authorization left", func(_ *ghessim.Server, w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete && r.URL.Path != path(4) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	}},
}

func byProvider(r *http.Request) bool {
	return len(fromProvider([]ghessim.Request{{Header: r.Header}})) == 1
}

func testFaults(t *testing.T, s stage) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var server *ghessim.Server
			output, err := s.perform(t.Context(), t, false, func(prepared *ghessim.Server) {
				server = prepared
				server.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					fault.intercept(server, w, r, next)
				})
			})
			if fault.step == "step 8" && strings.Contains(output, leftOut) {
				t.Skip("the CLI has no ephemeral resources")
			}
			if err == nil || !strings.HasPrefix(err.Error(), fault.step+" (") || !strings.Contains(err.Error(), fault.want) {
				t.Fatalf("error %v, want %s and %q\n%s", err, fault.step, fault.want, output)
			}
			for _, a := range server.Authorizations() {
				if strings.Contains(output+err.Error(), a.Token) {
					t.Error("a token was printed")
				}
			}
		})
	}
}
