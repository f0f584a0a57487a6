package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const rotatingAddress = "ghes_rotating_authorization.ci"

// rotating is a token that is rotated after 30 days, with an overlap of two.
func rotating(arguments string) string {
	return `
resource "ghes_rotating_authorization" "ci" {
  note_prefix       = "ci-"
  rotate_after_days = 30
  overlap_days      = 2
` + arguments + "\n}\n"
}

// rotatingWorkspace is a workspace in which the token was created.
func rotatingWorkspace(t *testing.T, arguments string) (*instance, *workspace) {
	t.Helper()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(rotating(arguments)), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	sim.forget()
	return sim, w
}

// rotatingAttributesOf is the resource as the state has it.
type rotatingAttributesOf struct {
	ID             int64
	Note           string
	Token          *string
	EncryptedToken *string `json:"encrypted_token"`
	CreatedAt      string  `json:"created_at"`
	RotateAt       string  `json:"rotate_at"`
	Previous       *struct {
		ID       int64
		RevokeAt string `json:"revoke_at"`
	}
}

func (w *workspace) rotating() (attributes rotatingAttributesOf) {
	w.t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []struct{ Attributes json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(w.read("terraform.tfstate")), &state); err != nil {
		w.t.Fatal(err)
	}
	for _, r := range state.Resources {
		if r.Type == "ghes_rotating_authorization" {
			if err := json.Unmarshal(r.Instances[0].Attributes, &attributes); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	return attributes
}

// ids returns the IDs of all authorizations on the server.
func (i *instance) ids() (ids []int64) {
	for _, a := range i.Authorizations() {
		ids = append(ids, a.ID)
	}
	return ids
}

// checkIDs wants the server to have just these.
func (i *instance) checkIDs(t *testing.T, want ...int64) {
	t.Helper()
	if ids := i.ids(); !slices.Equal(ids, want) {
		t.Errorf("the server has authorizations %v, want %v", ids, want)
	}
}

// The life of a token: created, rotated when it is due, and the previous one revoked when its overlap
// has ended.
func TestRotating(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := sim.config(rotating(""))
	update := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(rotatingAddress, plancheck.ResourceActionUpdate)}}
	idle := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	at := func(attribute string) tfjsonpath.Path { return tfjsonpath.New(attribute) }
	sim.test(t,
		resource.TestStep{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("POST /api/v3/authorizations"),
				statecheck.ExpectKnownValue(rotatingAddress, at("id"), knownvalue.Int64Exact(1)),
				statecheck.ExpectKnownValue(rotatingAddress, at("previous"), knownvalue.Null()),
				sim.expectDate("rotate_at", 1, 30),
				sim.expectTokenOf(1),
			},
		},
		resource.TestStep{PreConfig: func() { sim.advance(29) }, Config: config, ConfigPlanChecks: idle},
		resource.TestStep{ // due
			PreConfig: func() { sim.advance(1); sim.forget() },
			Config:    config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(slices.Clone(update.PreApply),
				plancheck.ExpectUnknownValue(rotatingAddress, at("token")),
				plancheck.ExpectKnownValue(rotatingAddress, at("previous").AtMapKey("id"), knownvalue.Int64Exact(1)),
			)},
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/1", "POST /api/v3/authorizations"),
				sim.expectTokenOf(2),
				sim.expectDate("rotate_at", 2, 30),
				sim.expectDate("previous.revoke_at", 2, 2),
			},
		},
		resource.TestStep{PreConfig: func() { sim.advance(1) }, Config: config, ConfigPlanChecks: idle}, // in the overlap
		resource.TestStep{ // after the overlap
			PreConfig:        func() { sim.advance(1); sim.forget() },
			Config:           config,
			ConfigPlanChecks: update,
			ConfigStateChecks: []statecheck.StateCheck{
				sim.expectSent("GET /api/v3/authorizations/2", "GET /api/v3/authorizations/1", "DELETE /api/v3/authorizations/1"),
				statecheck.ExpectKnownValue(rotatingAddress, at("previous"), knownvalue.Null()),
				sim.expectTokenOf(2),
			},
		},
		resource.TestStep{ // the next one, and both are destroyed at the end
			PreConfig:        func() { sim.advance(40) },
			Config:           config,
			ConfigPlanChecks: update,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(rotatingAddress, at("previous").AtMapKey("id"), knownvalue.Int64Exact(2)),
				sim.expectTokenOf(3),
			},
		},
	)
}

// expectDate checks a time in the state against created_at of an authorization on the server.
func (i *instance) expectDate(attribute string, id int64, days int) statecheck.StateCheck {
	first, rest, nested := strings.Cut(attribute, ".")
	path := tfjsonpath.New(first)
	if nested {
		path = path.AtMapKey(rest)
	}
	return statecheck.ExpectKnownValue(rotatingAddress, path, knownvalue.StringFunc(func(at string) error {
		a, _ := i.Authorization(id)
		if want := a.CreatedAt.UTC().Add(time.Duration(days) * 24 * time.Hour).Format(time.RFC3339); at != want {
			return fmt.Errorf("%s is %s, want %s", attribute, at, want)
		}
		return nil
	}))
}

// expectTokenOf checks that the state has the token of an authorization.
func (i *instance) expectTokenOf(id int64) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(rotatingAddress, tfjsonpath.New("token"), knownvalue.StringFunc(func(token string) error {
		if a, _ := i.Authorization(id); token != a.Token {
			return fmt.Errorf("the state has token %q, authorization %d has %q", token, id, a.Token)
		}
		return nil
	}))
}

// A change of these arguments rotates at once, with an overlap, and a second one revokes the previous token first.
func TestRotating_whenChanged(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][2]string{
		"values":   {`rotate_when_changed = { a = 1 }`, `rotate_when_changed = { a = 2 }`},
		"stored":   {`store_token = false`, ``},
		"a key":    {withKey(`encrypt_token = { sealed_box_key = "KEY" }`), ``},
		"unknowns": {`rotate_when_changed = { a = terraform_data.a.id }`, `rotate_when_changed = { b = terraform_data.b.id }`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := rotatingWorkspace(t, "")
			for i, change := range arguments {
				w.write("main.tf", sim.config(rotating(change)+"resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {\n  count = "+fmt.Sprint(i)+"\n}\n"))
				if i == 1 {
					w.write("main.tf", strings.Replace(w.read("main.tf"), "terraform_data.b.id", "terraform_data.b[0].id", 1))
				}
				output := w.must(0, "apply", "-auto-approve")
				contains(t, output, fmt.Sprintf("Warning: The token of authorization %d will be rotated", i+1), "0 destroyed")
				if i == 1 {
					contains(t, output, "Before that it revokes authorization 1.")
				}
				w.must(0, "plan", "-detailed-exitcode")
				sim.checkIDs(t, int64(i+1), int64(i+2))
			}
		})
	}
}

// Scopes and note_url are changed on both tokens, also in a rotation.
func TestRotating_changes(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, `scopes = ["gist"]`)
	check := func(want ...string) {
		t.Helper()
		for _, a := range sim.Authorizations() {
			if !slices.Equal(a.Scopes, want) {
				t.Errorf("authorization %d has scopes %q, want %q", a.ID, a.Scopes, want)
			}
		}
	}
	w.write("main.tf", sim.config(rotating(`scopes = ["repo"]`)))
	contains(t, w.must(0, "apply", "-auto-approve"), "1 changed")
	check("repo")
	w.write("main.tf", sim.config(rotating("scopes = [\"user\"]\nnote_url = \"https://example.com/a\"\nrotate_when_changed = { a = 1 }")))
	w.must(0, "apply", "-auto-approve")
	sim.checkIDs(t, 1, 2)
	check("user")
	w.write("main.tf", sim.config(rotating("scopes = [\"repo\", \"user\"]\nrotate_when_changed = { a = 1 }")))
	w.must(0, "apply", "-auto-approve")
	check("repo", "user")
	w.must(0, "plan", "-detailed-exitcode")
	for _, a := range sim.Authorizations() {
		if a.NoteURL != nil {
			t.Errorf("authorization %d has note_url %q", a.ID, *a.NoteURL)
		}
	}
	if one, _ := sim.Authorization(1); *one.Note == w.rotating().Note {
		t.Error("both tokens have the same note")
	}
}

// The days can be changed in place. The next plan does what the change made due.
func TestRotating_days(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	sim.advance(20)
	days := func(rotate, overlap int) {
		w.write("main.tf", sim.config(fmt.Sprintf(`
resource "ghes_rotating_authorization" "ci" {
  note_prefix       = "ci-"
  rotate_after_days = %d
  overlap_days      = %d
}`, rotate, overlap)))
	}
	days(10, 2)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token of authorization 1 is due for rotation", "the next plan that refreshes rotates it", "1 changed")
	sim.checkIDs(t, 1)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token of authorization 1 will be rotated", "with rotate_after_days = 10 it was due at")
	sim.checkIDs(t, 1, 2)

	days(10, 5)
	sim.advance(3)
	contains(t, w.must(0, "apply", "-auto-approve"), "1 changed") // the previous one stays, although it was due
	sim.checkIDs(t, 1, 2)
	w.must(0, "plan", "-detailed-exitcode")

	days(100, 0)
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization 1 is due to be revoked", "1 changed")
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: Authorization 1 will be revoked", "1 changed")
	sim.checkIDs(t, 2)
	sim.advance(50)
	w.must(0, "plan", "-detailed-exitcode")
}

// A saved plan does what it showed, even if it is applied later.
func TestRotating_savedPlan(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	sim.advance(29)
	w.write("main.tf", sim.config(rotating(`scopes = ["repo"]`)))
	w.must(2, "plan", "-out=saved.tfplan", "-detailed-exitcode")
	sim.advance(2)
	w.must(0, "apply", "saved.tfplan")
	sim.checkIDs(t, 1)
	w.must(2, "plan", "-out=saved.tfplan", "-detailed-exitcode")
	sim.advance(1)
	w.must(0, "apply", "saved.tfplan")
	sim.checkIDs(t, 1, 2)
	w.must(0, "plan", "-detailed-exitcode")
}

// Time alone changes nothing in the state.
func TestRotating_stateIsStill(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	before := w.read("terraform.tfstate")
	sim.advance(5)
	w.must(0, "apply", "-auto-approve", "-refresh-only")
	if after := w.read("terraform.tfstate"); after != before {
		t.Errorf("the state was\n%s\nand is\n%s", before, after)
	}
}

// After any change outside of Terraform, the next apply ends with a token that works, and the previous one stays
// valid until revoke_at.
func TestRotating_changedOutside(t *testing.T) {
	t.Parallel()
	reset := func(id int64) func(*testing.T, *instance) {
		return func(t *testing.T, sim *instance) { t.Helper(); sim.ResetToken(id) }
	}
	remove := func(id int64) func(*testing.T, *instance) {
		return func(t *testing.T, sim *instance) { t.Helper(); sim.RevokeAuthorization(id) }
	}
	for name, test := range map[string]struct {
		happens func(*testing.T, *instance)
		says    string
		left    []int64 // afterwards; the last one is the current
	}{
		"current deleted":  {remove(2), "It no longer exists on the server", []int64{1, 3}},
		"current reset":    {reset(2), "Its token was reset outside of Terraform", []int64{1, 3}},
		"previous deleted": {remove(1), "which had the previous token", []int64{2}},
		"previous reset":   {reset(1), "No changes", []int64{1, 2}},
		"both deleted":     {func(t *testing.T, sim *instance) { t.Helper(); remove(1)(t, sim); remove(2)(t, sim) }, "It no longer exists on the server", []int64{3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := rotatingWorkspace(t, "")
			w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
			w.must(0, "apply", "-auto-approve")
			test.happens(t, sim)
			output := w.must(0, "apply", "-auto-approve")
			contains(t, output, test.says)
			sim.checkIDs(t, test.left...)
			w.must(0, "plan", "-detailed-exitcode")
			state := w.rotating()
			current, _ := sim.Authorization(state.ID)
			if state.Token == nil || *state.Token != current.Token || state.ID != test.left[len(test.left)-1] {
				t.Errorf("the state is %+v, and the server has %+v", state, sim.Authorizations())
			}
			sim.advance(3)
			w.must(0, "apply", "-auto-approve")
			sim.checkIDs(t, state.ID)
		})
	}
}

// A token without a previous one that was reset or deleted is rotated, too.
func TestRotating_changedOutsideAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happens func(*instance)
		left    []int64
	}{
		"deleted": {func(sim *instance) { sim.RevokeAuthorization(1) }, []int64{2}},
		"reset":   {func(sim *instance) { sim.ResetToken(1) }, []int64{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, w := rotatingWorkspace(t, "")
			test.happens(sim)
			contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token of authorization 1 will be rotated", "1 changed, 0 destroyed")
			sim.checkIDs(t, test.left...)
			w.must(0, "plan", "-detailed-exitcode")
			w.must(0, "destroy", "-auto-approve")
			sim.checkIDs(t)
		})
	}
}

// An old token is rotated by the first apply, and stays valid for the overlap. A young one is not.
func TestRotating_imported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		age  int
		note string
		left []int64
	}{
		"old":   {100, "ci-1", []int64{1, 2}},
		"young": {10, "ci-1", []int64{1}},
		"other": {10, "cd-1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.elsewhere(ghessim.Authorization{Note: new(test.note)})
			sim.advance(test.age)
			w := newWorkspace(t, sim.config(rotating(`store_token = false`)+`
import {
  to = ghes_rotating_authorization.ci
  id = "1"
}`), WithClock(sim.now))
			if test.left == nil {
				contains(t, w.must(1, "plan"), "Error: note_prefix does not match the note", "authorization 1 does not begin with note_prefix")
				return
			}
			contains(t, w.must(0, "apply", "-auto-approve"), "1 imported, 0 added, 1 changed, 0 destroyed")
			sim.checkIDs(t, test.left...)
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

func TestRotating_notImported(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.elsewhere(ghessim.Authorization{ClientID: testClientID})
	w := newWorkspace(t, sim.config(rotating("")), WithClock(sim.now))
	contains(t, w.must(1, "import", rotatingAddress, "ci"), `"ci" is not the ID of an authorization. Import an authorization by its ID, such as 123.`)
	contains(t, w.must(1, "import", rotatingAddress, "7"), "Cannot import non-existent remote object")
	contains(t, w.must(1, "import", rotatingAddress, "1"), "is a token of the OAuth app", "personal access tokens only")
}

// The token stays when it is moved.
func TestRotating_moved(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	plain := "resource \"ghes_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n}\n"
	w := newWorkspace(t, sim.config(plain), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	token := sim.Authorizations()[0].Token
	move := func(from, to string) string { return fmt.Sprintf("moved {\n  from = %s\n  to   = %s\n}\n", from, to) }

	w.write("main.tf", sim.config(rotating("")+move("ghes_authorization.ci", rotatingAddress)))
	if isOpenTofu && !cliOlderThan("1.12") { // keeps the identity, which the other type does not have
		contains(t, w.must(1, "plan"), "Resource identity managed by newer provider version")
		w.write("main.tf", sim.config(rotating("")))
		w.shell(w.dir, "terraform state rm ghes_authorization.ci")
		w.must(0, "import", rotatingAddress, "1")
		w.must(0, "apply", "-auto-approve")
		sim.checkIDs(t, 1)
		return
	}
	contains(t, w.must(0, "apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkIDs(t, 1)
	if state := w.rotating(); state.Token == nil || *state.Token != token {
		t.Errorf("the state has %+v, not the token %q", state, token)
	}

	w.write("main.tf", sim.config(plain+move(rotatingAddress, "ghes_authorization.ci")))
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkIDs(t, 1)
	if tokens := w.tokens(); tokens[1] != token {
		t.Errorf("the state has token %q, not %q", tokens[1], token)
	}
}

// A move that would leave a token that nothing revokes, or that no rotation can replace, is refused.
func TestRotating_notMoved(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config("resource \"ghes_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n}\nmoved {\n  from = ghes_rotating_authorization.ci\n  to   = ghes_authorization.ci\n}\n"))
	contains(t, w.must(1, "plan"), "still has the previous token, of authorization 1")

	app := newInstance(t)
	v := newWorkspace(t, app.config(fmt.Sprintf("resource \"ghes_authorization\" \"ci\" {\n  client_id = %q\n  client_secret = %q\n}\n", testClientID, testSecret)))
	v.must(0, "apply", "-auto-approve")
	v.write("main.tf", app.config(rotating("")+"moved {\n  from = ghes_authorization.ci\n  to   = ghes_rotating_authorization.ci\n}\n"))
	contains(t, v.must(1, "plan"), "is for an OAuth app")
}

// A replacement has no overlap, and says so.
func TestRotating_replaced(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(strings.Replace(rotating(`rotate_when_changed = { a = 1 }`), `"ci-"`, `"cd-"`, 1)))
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: A replacement has no overlap", "revokes authorizations 1 and 2 in the same apply", "1 added, 0 changed, 1 destroyed")
	sim.checkIDs(t, 3)
}

func TestRotating_refused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ config, says string }{
		"overlap too long":   {rotating("")[:strings.Index(rotating(""), "overlap_days")] + "overlap_days = 30\n}", "Set overlap_days, whose default is 1, to less than rotate_after_days"},
		"default too long":   {"resource \"ghes_rotating_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n  rotate_after_days = 1\n}", "Set overlap_days, whose default is 1"},
		"half a day":         {"resource \"ghes_rotating_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n  rotate_after_days = 0.5\n}", "rotate_after_days"},
		"negative overlap":   {"resource \"ghes_rotating_authorization\" \"ci\" {\n  note_prefix = \"ci-\"\n  rotate_after_days = 5\n  overlap_days = -1\n}", "overlap_days"},
		"no prefix":          {"resource \"ghes_rotating_authorization\" \"ci\" {\n  note_prefix = \"\"\n  rotate_after_days = 5\n}", "note_prefix"},
		"a key that is none": {rotating(`encrypt_token = { sealed_box_key = "made-up" }`), "sealed_box_key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(test.config))
			contains(t, w.must(1, "validate"), test.says)
		})
	}
}

// The wrong server or user is refused before anything is sent, and an ID that belongs to something else
// is not touched.
func TestRotating_otherAccount(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
	w.must(0, "apply", "-auto-approve")
	other := newInstance(t)
	for range 2 {
		other.elsewhere(ghessim.Authorization{Note: new(fmt.Sprint("theirs-", len(other.others)))})
	}
	w.write("main.tf", strings.ReplaceAll(w.read("main.tf"), sim.url, other.url))
	contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false", "-destroy"), "The state records another account for authorization", "Nothing was sent")
	other.checkIDs(t, 1, 2)
	other.RevokeAuthorization(1)
	other.RevokeAuthorization(2)
	contains(t, w.must(1, "plan"), "where no authorization has this ID")
}

// An ID that the server has given to another authorization is not touched.
func TestRotating_reusedID(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{1, 2} {
		t.Run(fmt.Sprint(id), func(t *testing.T) {
			t.Parallel()
			sim, w := rotatingWorkspace(t, "")
			w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
			w.must(0, "apply", "-auto-approve")
			sim.RevokeAuthorization(id)
			sim.advance(10)
			sim.AddAuthorization(ghessim.Authorization{ID: id, Note: new("theirs")})
			contains(t, w.must(1, "apply", "-auto-approve"), fmt.Sprintf("Authorization %d is not the one in state", id), "Nothing was changed")
			w.write("main.tf", sim.config(rotating("rotate_when_changed = { a = 1 }\nscopes = [\"repo\"]")))
			contains(t, w.must(1, "apply", "-auto-approve", "-refresh=false"), fmt.Sprintf("Authorization %d is not the one in state", id))
			if theirs, _ := sim.Authorization(id); *theirs.Note != "theirs" {
				t.Errorf("the server has %+v", theirs)
			}
		})
	}
}

// 200 of them are read from the list.
func TestRotating_many(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(arguments string) string { return sim.config(rotating("count = 200\n" + arguments)) }
	w := newWorkspace(t, config(""), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve", "-parallelism=20")
	w.write("main.tf", config(`rotate_when_changed = { a = 1 }`))
	w.must(0, "apply", "-auto-approve", "-parallelism=20")
	if n := len(sim.ids()); n != 400 {
		t.Fatalf("the server has %d authorizations, want 400", n)
	}
	sim.forget()
	w.must(0, "plan", "-detailed-exitcode")
	if n := len(sim.sent()); n > 2*4+10 {
		t.Errorf("sent %d requests for a refresh of 400 tokens", n)
	}
}

// After one Ctrl-C in the middle of rotations, each token on the server is in the state. The next apply
// rotates the rest.
func TestRotating_interrupted(t *testing.T) {
	t.Parallel()
	for name, newWorkspace := range workspaces {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			config := func(n int) string {
				return sim.config(rotating(fmt.Sprintf("count = 30\nrotate_when_changed = { a = %d }", n)))
			}
			w := newWorkspace(t, config(0))
			w.must(0, "apply", "-auto-approve", "-parallelism=30")
			w.write("main.tf", config(1))
			var creates atomic.Int64
			twelfth := make(chan bool)
			sim.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == http.MethodPost && creates.Add(1) == 12 {
					close(twelfth)
				}
				time.Sleep(150 * time.Millisecond)
				next.ServeHTTP(w, r)
				time.Sleep(150 * time.Millisecond)
			})
			w.interrupt(1, func() { <-twelfth })
			sim.Intercept(nil)
			state := w.read("terraform.tfstate")
			for _, a := range sim.Authorizations() {
				if !strings.Contains(state, fmt.Sprintf(`"id": %d,`, a.ID)) {
					t.Errorf("authorization %d is not in the state", a.ID)
				}
			}
			if n := len(sim.ids()); n < 42 || n == 60 {
				t.Errorf("the server has %d authorizations", n)
			}
			w.must(0, "apply", "-auto-approve")
			w.must(0, "plan", "-detailed-exitcode")
			if n := len(sim.ids()); n != 60 {
				t.Errorf("the server has %d authorizations, want 60", n)
			}
		})
	}
}

// With -replace, the ledger sees that the token of another object is revoked.
func TestRotating_replacedTwiceManaged(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating("")+"resource \"ghes_authorization\" \"b\" {\n  note = \""+w.rotating().Note+"\"\n}\n"))
	w.must(0, "import", "ghes_authorization.b", "1")
	contains(t, w.must(1, "apply", "-auto-approve", "-replace="+rotatingAddress), "Error: Authorization 1 is managed twice")
	sim.checkIDs(t, 1)
}

// A response without the token leaves the current token in use, and no authorization behind.
func TestRotating_tokenNotShown(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
	sim.inject(map[string]fault{http.MethodPost: changed(`"token":`, `"other":`)})
	contains(t, w.must(1, "apply", "-auto-approve"), "did not show the token of authorization 2, so the provider revoked it", "Authorization 1 keeps the current token")
	sim.checkIDs(t, 1)
	sim.Intercept(nil)
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")
	sim.checkIDs(t, 1, 3)
}

// A change of overlap_days moves revoke_at by the difference, also if the current token is younger than the overlap.
func TestRotating_overlapMoved(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
	w.must(0, "apply", "-auto-approve")
	before := must(time.Parse(time.RFC3339, w.rotating().Previous.RevokeAt))
	sim.advance(1)
	sim.RevokeAuthorization(2)
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", strings.Replace(w.read("main.tf"), "overlap_days      = 2", "overlap_days      = 1", 1))
	w.must(0, "apply", "-auto-approve")
	if got, want := w.rotating().Previous.RevokeAt, before.Add(-24*time.Hour).Format(time.RFC3339); got != want {
		t.Errorf("revoke_at is %s, want %s", got, want)
	}
}

// A plan that cannot know note_prefix after an import is an error, and not a token without a note.
func TestRotating_ignoredPrefix(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.elsewhere(ghessim.Authorization{Note: new("ci-1")})
	w := newWorkspace(t, sim.config(rotating("lifecycle { ignore_changes = [note_prefix] }")), WithClock(sim.now))
	w.must(0, "import", rotatingAddress, "1")
	contains(t, w.must(1, "plan"), "Error: Missing note_prefix", "Remove note_prefix from ignore_changes")
}

// Values of the encryption that are unknown in the plan and turn out to be the same ones change nothing.
func TestRotating_unknownEncryption(t *testing.T) {
	t.Parallel()
	config := func(n int) string {
		return rotating("encrypt_token = terraform_data.d.output > 0 ? null : { age_recipients = [\"age1\"] }") + fmt.Sprintf("resource \"terraform_data\" \"d\" { input = %d }\n", n)
	}
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(config(1)), WithClock(sim.now))
	w.must(0, "apply", "-auto-approve")
	w.write("main.tf", sim.config(config(2)))
	contains(t, w.must(0, "apply", "-auto-approve"), "encrypt_token has a value that is only known after the apply")
	sim.checkIDs(t, 1)
	w.must(0, "plan", "-detailed-exitcode")
}

// A server under a new name is followed, also if the previous token was deleted in the meantime.
func TestRotating_renamedServer(t *testing.T) {
	t.Parallel()
	sim, w := rotatingWorkspace(t, "")
	w.write("main.tf", sim.config(rotating(`rotate_when_changed = { a = 1 }`)))
	w.must(0, "apply", "-auto-approve")
	sim.RevokeAuthorization(1)
	w.write("main.tf", strings.ReplaceAll(w.read("main.tf"), "127.0.0.1", "localhost"))
	contains(t, w.must(0, "apply", "-auto-approve", "-refresh-only"), "Authorization 1 no longer exists")
	w.must(0, "plan", "-detailed-exitcode")
}
