package provider

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestGrantsDataSource(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.19.0", "2.22.0"} {
		sim := newInstance(t, func(o *ghessim.Options) { o.Version = version })
		deployerGrant(sim)
		deployer := knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id":  knownvalue.Int64Exact(2),
			"url": knownvalue.StringExact(sim.url + "/api/v3/applications/grants/2"),
			"app": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name":      knownvalue.StringExact("Deployer"),
				"url":       knownvalue.StringExact("https://deployer.example.com"),
				"client_id": knownvalue.StringExact(testClientID),
			}),
			"created_at": knownvalue.StringExact("2024-02-29T12:00:00Z"),
			"updated_at": knownvalue.StringExact("2024-02-29T13:00:00Z"),
			"scopes":     knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("repo"), knownvalue.StringExact("user")}),
		})
		another := knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.Int64Exact(1)})
		for filter, want := range map[string][]knownvalue.Check{
			``:                       {another, deployer},
			`client_id = ""`:         {another, deployer},
			`client_id = "another"`:  {another},
			`client_id = "nobody's"`: {},
			fmt.Sprintf("client_id = %q", testClientID): {deployer},
		} {
			t.Run(version+" "+filter, func(t *testing.T) {
				t.Parallel()
				sim.test(t, resource.TestStep{
					Config: sim.config(dataSource("grants", filter)),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue("data.ghes_grants.test", tfjsonpath.New("grants"), knownvalue.ListExact(want)),
					},
				})
			})
		}
	}
}

const grantIDsOutput = "output \"ids\" {\n  value = data.ghes_grants.test.grants[*].id\n}\n"

// Every page is read, and the order is that of the IDs, even if the server has another
// one.
func TestGrantsDataSource_pages(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	for i := range 120 {
		sim.AddGrant(ghessim.Grant{ClientID: fmt.Sprintf("app %d", i)})
	}
	changeResponses(sim, `{"id":1,`, `{"id":1000,`)
	sim.forget()
	w := newWorkspace(t, sim.config(dataSource("grants", "")+grantIDsOutput))
	w.must(0, "apply", "-auto-approve")
	// The client reads more than one page twice, because items may move in the
	// meantime.
	if sent := slices.Compact(slices.Sorted(slices.Values(sim.sent()))); len(sent) != 2 {
		t.Errorf("sent %q, want two pages", sent)
	}
	var ids []int64
	if err := json.Unmarshal([]byte(w.must(0, "output", "-json", "ids")), &ids); err != nil {
		t.Fatal(err)
	}
	if len(ids) != 120 || ids[0] != 2 || ids[119] != 1000 || !slices.IsSorted(ids) {
		t.Errorf("got %d IDs: %d", len(ids), ids)
	}
}

func TestGrantsDataSource_unknown(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	deployerGrant(sim)
	w := newWorkspace(t, sim.config(dataSource("grants", "client_id = terraform_data.value.output")+grantIDsOutput+
		fmt.Sprintf("resource \"terraform_data\" \"value\" {\n  input = %q\n}\n", testClientID)))
	contains(t, w.must(0, "plan"), "data.ghes_grants.test will be read during apply")
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
	w.must(0, "apply", "-auto-approve")
	if err := sim.checkSent("GET /api/v3/applications/grants?client_id=" + testClientID + "&page=1&per_page=100"); err != nil {
		t.Error(err)
	}
	if got := w.must(0, "output", "-json", "ids"); got != "[2]" {
		t.Errorf("got %s", got)
	}
	w.must(0, "plan", "-detailed-exitcode")
}
