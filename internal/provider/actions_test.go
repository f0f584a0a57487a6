package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// A change of a resource triggers an action, and the CLI shows its output.
func TestActions_triggered(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	sim := newInstance(t)
	sim.AddAuthorization(ghessim.Authorization{ID: 7, Note: new("deploy 1")})
	w := newWorkspace(t, sim.config(`
action "ghes_revoke_authorizations" "left" {
  config {
    note_prefix = "deploy "
  }
}
resource "terraform_data" "release" {
  input = "1.2.3"
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.ghes_revoke_authorizations.left]
    }
  }
}
`))
	w.must(0, "plan")
	onlyReads(t, sim)
	contains(t, w.must(0, "apply", "-auto-approve"), `Revoking authorization 7 (note "deploy 1"`, "Revoked: 1, already revoked: 0")
	none(t, sim)
	w.must(0, "plan", "-detailed-exitcode")
}

// The example revokes the grant, and says so when there is none any more.
func TestActions_invoked(t *testing.T) {
	t.Parallel()
	needsQueriesAndActions(t)
	sim := grantInstance(t)
	files := exampleFiles(t, "actions/*/action*.tf")
	w := newWorkspace(t, sim.config(files[examples+"/actions/ghes_revoke_grant/action.tf"]))
	w.env = append(w.env, "TF_VAR_client_id="+testClientID)
	invoke := []string{"apply", "-auto-approve", "-invoke=action.ghes_revoke_grant.leaked"}
	contains(t, w.must(0, invoke...), "Revoking grant 2", "Revoked grant 2")
	contains(t, w.must(0, invoke...), "No grant was revoked")
	if left := grantIDs(sim.Grants()); !slices.Equal(left, []string{"1"}) {
		t.Errorf("grants %v are left", left)
	}
}

// CLIs with actions accept the examples of actions. The others refuse them, except one
// version. On CLIs without actions, everything else works.
func TestExamples_actions(t *testing.T) {
	t.Parallel()
	for name, text := range exampleFiles(t, "actions/*/action*.tf") {
		t.Run(strings.TrimPrefix(name, examples+"/"), func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(text))
			w.env = append(w.env, "TF_VAR_client_id="+testClientID, "TF_VAR_release=1.2.3")
			if isOpenTofu || cliVersion.LessThan(version.Must(version.NewVersion("1.13"))) {
				contains(t, w.must(1, "plan"), "Unsupported block type")
				return
			}
			w.must(0, "plan")
			onlyReads(t, sim)
		})
	}
}

// The wrapped server says which actions there are, and takes no secrets for them.
func TestServer_actions(t *testing.T) {
	t.Parallel()
	s := newProtocol(t, newInstance(t).url)
	listed, err := s.GetMetadata(t.Context(), &tfprotov6.GetMetadataRequest{})
	if err != nil || len(listed.Actions) != 2 || len(s.schema.ActionSchemas) != 2 {
		t.Fatalf("%v, %v, %v", err, listed, s.schema.ActionSchemas)
	}
	for name, action := range s.schema.ActionSchemas {
		for _, attribute := range action.Schema.Block.Attributes {
			if attribute.Sensitive || attribute.WriteOnly {
				t.Errorf("%s.%s is a secret", name, attribute.Name)
			}
		}
	}
}
