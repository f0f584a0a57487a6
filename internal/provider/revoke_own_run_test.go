package provider

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// Authorizations that this run has created, and its ephemeral tokens, are in use.
func TestRevokeAuthorizationsAction_ownRun(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	s := newProtocol(t, sim.url)
	object := s.schema.ResourceSchemas[authorizationType].ValueType()
	s.create(t, object, dynamic(t, object, map[string]tftypes.Value{"note": tftypes.NewValue(tftypes.String, "ci 1")}))
	once := s.schema.EphemeralResourceSchemas[authorizationType].ValueType()
	opened, err := s.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
		TypeName: authorizationType, Config: dynamic(t, once, map[string]tftypes.Value{"note_prefix": tftypes.NewValue(tftypes.String, "ci ")}),
	})
	if err != nil || len(opened.Diagnostics) > 0 {
		t.Fatalf("%v, %v", err, opened)
	}
	sim.AddAuthorization(ghessim.Authorization{ID: 3, Note: new("ci left behind")})
	got := s.invoke(t, revokeAuthorizations, argumentValues{"note_prefix": "ci "})
	contains(t, got.text(), "Skipping authorization 1 (", "Skipping authorization 2 (", "Revoking authorization 3 (", "Revoked: 1,")
	if left := ownIDs(sim); !slices.Equal(left, []string{"1", "2"}) {
		t.Errorf("left %q", left)
	}
}

// An impersonation token of this run is one of the user's authorizations, and in use.
func TestRevokeAuthorizationsAction_impersonation(t *testing.T) {
	t.Parallel()
	const kind = "ghes_impersonation_token"
	sim := newAdminInstance(t)
	s := newProtocol(t, sim.url, WithClock(sim.now))
	s.configure(t, map[string]tftypes.Value{
		"base_url": stringValue(sim.url), "username": stringValue(testUser), "password": stringValue(testPassword), "admin_token": stringValue(sim.token),
	})
	scopes := tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{})
	opened, err := s.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
		TypeName: kind, Config: dynamic(t, s.schema.EphemeralResourceSchemas[kind].ValueType(), map[string]tftypes.Value{"username": stringValue(testUser), "scopes": scopes}),
	})
	if err != nil || len(opened.Diagnostics) > 0 {
		t.Fatalf("%v, %v", err, opened)
	}
	sim.advance(2)
	contains(t, s.invoke(t, revokeAuthorizations, argumentValues{"older_than_days": 1}).text(), "Skipping authorization ")
	if n := len(sim.impersonations()); n != 1 {
		t.Errorf("%d impersonation tokens, want 1", n)
	}
}

// Resources that this run creates, adopts or changes during an action keep their
// tokens.
func TestRevokeAuthorizationsAction_underWay(t *testing.T) {
	t.Parallel()
	revoke := argumentValues{"note_prefix": "ci "}
	for name, test := range map[string]struct {
		method    string // in whose course the other thing happens
		meanwhile func(s protocol, object tftypes.Type) actionOutput
		want      []string
	}{
		"creating": {http.MethodPost, func(s protocol, _ tftypes.Type) actionOutput {
			return s.invoke(t, revokeAuthorizations, revoke)
		}, []string{"Revoking authorization 1 (", "Revoking authorization 2 (", "Skipping authorization 3 (", "Revoked: 2, already revoked: 0"}},
		"adopting": {http.MethodDelete, func(s protocol, object tftypes.Type) actionOutput {
			config := dynamic(t, object, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.Number, tftypes.UnknownValue), "note": stringValue("ci 2"), "on_existing": stringValue("adopt")})
			absent, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
			if err != nil {
				t.Error(err)
			}
			_, _ = s.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
				TypeName: authorizationType, PriorState: &absent, PlannedState: config, Config: config,
			})
			return actionOutput{}
		}, []string{"Revoking authorization 1 (", "Skipping authorization 2 (", "Revoked: 1, already revoked: 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("ci 1")})
			sim.AddAuthorization(ghessim.Authorization{Note: new("ci 2")})
			s := newProtocol(t, sim.url)
			s.invoke(t, revokeAuthorizations, argumentValues{"note_prefix": "none"}) // from now on requests need not wait for the first one
			object := s.schema.ResourceSchemas[authorizationType].ValueType()
			var got actionOutput
			var once sync.Once
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				answer := httptest.NewRecorder()
				next.ServeHTTP(answer, r)
				if r.Method == test.method {
					once.Do(func() { got = test.meanwhile(s, object) })
				}
				maps.Copy(w.Header(), answer.Header())
				w.WriteHeader(answer.Code)
				_, _ = w.Write(answer.Body.Bytes())
			})
			if test.method == http.MethodPost {
				s.create(t, object, dynamic(t, object, map[string]tftypes.Value{"note": stringValue("ci new")}))
			} else {
				got = s.invoke(t, revokeAuthorizations, revoke)
			}
			contains(t, got.text(), test.want...)
			if left := ownIDs(sim); len(left) != 1 || strings.Contains(got.text(), "Revoking authorization "+left[0]) {
				t.Errorf("left %q, told %q", left, got.text())
			}
		})
	}
}

// An authorization that this run has changed is in use, even if no other one matches.
func TestRevokeAuthorizationsAction_changed(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	created := sim.AddAuthorization(ghessim.Authorization{Note: new("ci 1")})
	client := newSession(simulated(t, sim.Server), time.Now, &EphemeralTokens{}, "", account{})
	client.noteUpdate(created.ID)
	var messages []string
	r := &revocation{session: client, progress: func(format string, args ...any) { messages = append(messages, fmt.Sprintf(format, args...)) }}
	all, err := client.ListAuthorizations(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	chosen := r.choose(all, func(*ghes.Authorization, time.Time) bool { return true })
	if len(chosen) != 0 || len(messages) != 2 || messages[1] != "Nothing to revoke: of 1 authorizations only those match that this run uses" {
		t.Errorf("chosen %v, told %q", chosen, messages)
	}
}
