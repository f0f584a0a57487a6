package provider

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const idsOutput = "output \"ids\" {\n  value = data.ghes_authorizations.test.authorizations[*].id\n}\n"

// manyKinds adds authorizations whose order in the list is not that of their IDs,
// because the server sorts by app and fingerprint.
func manyKinds(sim *instance) {
	for _, a := range []ghessim.Authorization{
		{ClientID: testClientID, Fingerprint: new("b"), Scopes: []string{"repo"}},
		{Note: new("ci: clone"), Scopes: []string{"repo", "gist"}},
		{ClientID: testClientID, Fingerprint: new("a"), Note: new("ci: of an app"), Scopes: []string{"repo:status"}},
		{Note: new("ci: nothing")},
		{ClientID: "another", Scopes: []string{"admin:org"}},
		{Note: new("laptop"), Scopes: []string{"write:org", "gist", "made-up"}},
		{ClientID: testClientID},
	} {
		sim.elsewhere(a)
	}
}

// Every filter alone and with others, by the meaning of scopes, on servers that
// know the parameter client_id and on one that ignores it.
func TestAuthorizationsDataSource_filters(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.19.0", "2.22.0"} {
		sim := newInstance(t, func(o *ghessim.Options) { o.Version = version })
		manyKinds(sim)
		checks, config := []statecheck.StateCheck{}, ""
		for filters, ids := range map[string]string{
			``: "[1,2,3,4,5,6,7]",
			"client_id = \"\"\nnote_prefix = \"\"\nscopes = []": "[1,2,3,4,5,6,7]",
			fmt.Sprintf("client_id = %q", testClientID):         "[1,3,7]",
			`client_id = "another"`:                             "[5]",
			`client_id = "nobody's"`:                            "[]",
			`note_prefix = "ci: "`:                              "[2,3,4]",
			`note_prefix = "Ci"`:                                "[]",
			`note_prefix = "laptop"`:                            "[6]",
			`scopes = ["repo:status"]`:                          "[1,2,3]",
			`scopes = ["repo:status", "gist"]`:                  "[2]",
			`scopes = ["repo"]`:                                 "[1,2]",
			`scopes = ["repo", "repo:status"]`:                  "[1,2]",
			`scopes = ["read:org"]`:                             "[5,6]",
			`scopes = ["made-up"]`:                              "[6]",
			"note_prefix = \"ci\"\nscopes = [\"repo:status\"]":  "[2,3]",
			fmt.Sprintf("client_id = %q\nnote_prefix = \"ci\"\nscopes=[\"repo:status\"]", testClientID): "[3]",
		} {
			name := fmt.Sprintf("f%d", len(checks))
			config += fmt.Sprintf(`
data "ghes_authorizations" %[1]q {
  %[2]s
}
output %[1]q {
  value = jsonencode({ filters = %[2]q, ids = data.ghes_authorizations.%[1]s.authorizations[*].id })
}
`, name, filters)
			want, err := json.Marshal(map[string]any{"filters": filters, "ids": json.RawMessage(ids)})
			if err != nil {
				t.Fatal(err)
			}
			checks = append(checks, statecheck.ExpectKnownOutputValue(name, knownvalue.StringExact(string(want))))
		}
		sim.test(t, resource.TestStep{Config: sim.config(config), ConfigStateChecks: checks})
	}
}

// An item has the attributes of the data source for one authorization.
func TestAuthorizationsDataSource_item(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	manyKinds(sim)
	w := newWorkspace(t, sim.config(dataSource("authorizations", "")+`
data "ghes_authorization" "each" {
  for_each = { for a in data.ghes_authorizations.test.authorizations : a.id => a }
  id       = each.key
}
output "items" {
  value = { for a in data.ghes_authorizations.test.authorizations : a.id => a }
}
output "each" {
  value = data.ghes_authorization.each
}`))
	w.must(0, "apply", "-auto-approve")
	items := w.must(0, "output", "-json", "items")
	if each := w.must(0, "output", "-json", "each"); each != items || strings.Count(each, "hashed_token") != 7 {
		t.Errorf("the list has\n%s\nsingle ones are\n%s", items, each)
	}
	state := w.read("terraform.tfstate")
	for _, a := range sim.Authorizations() {
		if strings.Contains(state, a.Token) {
			t.Errorf("the token of authorization %d is in the state", a.ID)
		}
	}
}

func TestAuthorizationsDataSource_none(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.test(t, resource.TestStep{
		Config: sim.config(dataSource("authorizations", "")),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.ghes_authorizations.test", tfjsonpath.New("authorizations"), knownvalue.ListExact([]knownvalue.Check{})),
		},
	})
}

// Every page is read, and the order is that of the IDs.
func TestAuthorizationsDataSource_pages(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for i := range 250 {
		a := ghessim.Authorization{Note: new(fmt.Sprintf("ci %d", i))}
		if i%2 == 1 {
			a.ClientID = []string{testClientID, "another"}[i/2%2]
			a.Fingerprint = new(fmt.Sprintf("%03d", 250-i))
		}
		sim.AddAuthorization(a)
	}
	w := newWorkspace(t, sim.config(dataSource("authorizations", "")+idsOutput))
	sim.forget()
	w.must(0, "apply", "-auto-approve")
	// The client reads more than one page twice, because items may move in the
	// meantime.
	if sent := slices.Compact(slices.Sorted(slices.Values(sim.sent()))); len(sent) != 3 {
		t.Errorf("sent %q, want three pages", sent)
	}
	var ids []int64
	if err := json.Unmarshal([]byte(w.must(0, "output", "-json", "ids")), &ids); err != nil {
		t.Fatal(err)
	}
	if len(ids) != 250 || ids[0] != 1 || ids[249] != 250 || !slices.IsSorted(ids) {
		t.Errorf("got %d IDs: %d", len(ids), ids)
	}
}

// The client ID is a parameter of the request; no other filter is.
func TestAuthorizationsDataSource_requests(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for filters, want := range map[string]string{
		`client_id = "a&b c"`:                       "GET /api/v3/authorizations?client_id=" + url.QueryEscape("a&b c") + "&page=1&per_page=100",
		"note_prefix = \"ci\"\nscopes = [\"repo\"]": "GET /api/v3/authorizations?page=1&per_page=100",
	} {
		w := newWorkspace(t, sim.config(dataSource("authorizations", filters)))
		sim.forget()
		w.must(0, "plan")
		if err := sim.checkSent(want); err != nil {
			t.Error(err)
		}
	}
}

// A filter that only the apply knows puts the read off until then.
func TestAuthorizationsDataSource_unknown(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]string{
		`client_id = terraform_data.value.output.client_id`:                  "[1,3,7]",
		`note_prefix = terraform_data.value.output.note_prefix`:              "[2,3,4]",
		`scopes = terraform_data.value.output.scopes`:                        "[1,2,3]",
		`scopes = ["gist", tolist(terraform_data.value.output.scopes)[0]]`:   "[2]",
		"note_prefix = \"ci\"\nscopes = terraform_data.value.output.nothing": "[2,3,4]",
	} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			manyKinds(sim)
			w := newWorkspace(t, sim.config(dataSource("authorizations", filter)+idsOutput+fmt.Sprintf(`
resource "terraform_data" "value" {
  input = { client_id = %q, note_prefix = "ci", scopes = toset(["repo:status"]), nothing = null }
}`, testClientID)))
			contains(t, w.must(0, "plan"), "data.ghes_authorizations.test will be read during apply")
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
			w.must(0, "apply", "-auto-approve")
			if got := w.must(0, "output", "-json", "ids"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			w.must(0, "plan", "-detailed-exitcode")
		})
	}
}

func TestAuthorizationsDataSource_scopeNames(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	contains(t, newWorkspace(t, sim.config(dataSource("authorizations", `scopes = ["repo", "repo:status", "made-up"]`))).must(0, "plan"),
		"Warning: Redundant scope", "Warning: Unknown scope", `no scope "made-up"`)
	contains(t, newWorkspace(t, sim.config(dataSource("authorizations", `scopes = ["repo", null]`))).must(1, "plan"), "Error: Null scope")
}
