package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

var stateIDPattern = regexp.MustCompile(`"id": 1,`)

// A state without a valid ID is an error, and nothing is sent. A DELETE for such an ID
// would be a 404, which counts as a success.
func TestAuthorizationResource_invalidID(t *testing.T) {
	t.Parallel()
	for kind, body := range map[string]string{authorizationType: oneNote, fingerprintType: byFingerprintNote} {
		for _, id := range []string{"null", "0", "-1"} {
			t.Run(kind+", "+id, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				w := newWorkspace(t, sim.config(body))
				w.must(0, "apply", "-auto-approve")
				w.write("terraform.tfstate", stateIDPattern.ReplaceAllString(w.state(), `"id": `+id+","))
				before := w.read("terraform.tfstate")
				sim.forget()
				changed := strings.Replace(body, `"ci"`, `"ci 2"`, 1)
				replaced := strings.Replace(body, "note =", "rotate_when_changed = { a = 1 }\n  note =", 1)
				for _, test := range []struct {
					body    string
					command []string
				}{
					{body, []string{"plan"}},
					{body, []string{"plan", "-refresh=false"}},
					{body, []string{"apply", "-refresh-only", "-auto-approve"}},
					{changed, []string{"apply", "-auto-approve"}},
					{changed, []string{"apply", "-refresh=false", "-auto-approve"}},
					{replaced, []string{"apply", "-refresh=false", "-auto-approve"}},
					{"", []string{"apply", "-refresh=false", "-auto-approve"}},
					{body, []string{"destroy", "-auto-approve"}},
					{body, []string{"destroy", "-refresh=false", "-auto-approve"}},
				} {
					w.write("main.tf", sim.config(test.body))
					contains(t, w.must(1, test.command...), "Error: Invalid authorization ID in state", "has the authorization ID "+id+".",
						"Nothing was sent", "terraform state rm", "terraform import")
					if err := sim.checkSent(); err != nil {
						t.Errorf("%q: %v", test.command, err)
					}
				}
				if after := w.read("terraform.tfstate"); after != before {
					t.Errorf("the state changed:\n%s", after)
				}

				// The advice in the error works.
				w.write("main.tf", sim.config(body))
				w.shell(w.dir, "terraform state rm "+kind+".test")
				w.must(0, "import", kind+".test", "1")
				w.must(0, "apply", "-auto-approve")
				if sim.only() != 1 {
					t.Errorf("the server has %+v", sim.Authorizations())
				}
			})
		}
	}
}

// Updates and deletions do not rely on the plan to refuse an invalid ID.
func TestAuthorizationResource_invalidIDApply(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	s := newProtocol(t, sim.url)
	for _, kind := range []string{authorizationType, fingerprintType} {
		object := s.schema.ResourceSchemas[kind].ValueType()
		for name, id := range map[string]tftypes.Value{
			"null": tftypes.NewValue(tftypes.Number, nil), "0": tftypes.NewValue(tftypes.Number, 0), "-7": tftypes.NewValue(tftypes.Number, -7),
		} {
			config := dynamic(t, object, map[string]tftypes.Value{"note": stringValue("new"), "fingerprint": stringValue("a"), "client_id": stringValue(testClientID)})
			prior := dynamic(t, object, map[string]tftypes.Value{"id": id, "note": stringValue("ci"), "fingerprint": stringValue("a"), "client_id": stringValue(testClientID)})
			planned := dynamic(t, object, map[string]tftypes.Value{"id": id, "note": stringValue("new"), "fingerprint": stringValue("a"), "client_id": stringValue(testClientID)})
			destroyed, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
			if err != nil {
				t.Fatal(err)
			}
			for _, planned := range []*tfprotov6.DynamicValue{planned, &destroyed} {
				resp, err := s.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: kind, PriorState: prior, PlannedState: planned, Config: config})
				if err != nil {
					t.Fatal(err)
				}
				contains(t, diagnosticsText(resp.Diagnostics), "Invalid authorization ID in state", "has the authorization ID "+name+".")
			}
		}
	}
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
}

// Imports, data sources and actions refuse an ID below 1 before they send a request.
func TestInvalidID_elsewhere(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
	sim.forget()
	s := newProtocol(t, sim.url)
	for _, kind := range []string{authorizationType, fingerprintType} {
		for _, id := range []int64{0, -1} {
			for _, request := range []tfprotov6.ImportResourceStateRequest{{ID: fmt.Sprint(id)}, {Identity: identityOf(t, id, account{})}} {
				request.TypeName = kind
				resp, err := s.ImportResourceState(t.Context(), &request)
				if err != nil {
					t.Fatal(err)
				}
				contains(t, diagnosticsText(resp.Diagnostics), "Unable to import authorization", fmt.Sprintf("%q is n", fmt.Sprint(id)))
			}
		}
	}
	for _, id := range []string{"0", "-1"} {
		unknownInPlan := "resource \"terraform_data\" \"id\" {\n  input = " + id + "\n}\n"
		for block, want := range map[string]string{
			"data \"ghes_authorization\" \"test\" {\n  id = " + id + "\n}\n":                               "must be at least 1",
			"data \"ghes_grant\" \"test\" {\n  id = " + id + "\n}\n":                                       "must be at least 1",
			unknownInPlan + "data \"ghes_authorization\" \"test\" {\n  id = terraform_data.id.output\n}\n": "must be at least 1",
			unknownInPlan + "data \"ghes_grant\" \"test\" {\n  id = terraform_data.id.output\n}\n":         "must be at least 1",
			"import {\n  to = ghes_authorization.test\n  id = \"" + id + "\"\n}\n" + oneNote:               "Unable to import authorization",
		} {
			contains(t, newWorkspace(t, sim.config(block)).must(1, "apply", "-auto-approve"), want)
		}
		contains(t, s.invoke(t, revokeGrant, argumentValues{"grant_id": map[string]int{"0": 0, "-1": -1}[id]}).text(), "Invalid grant_id")
	}
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
}
