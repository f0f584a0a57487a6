package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// deployerGrant adds two grants; the second one is the app's that tests have.
func deployerGrant(sim *instance) {
	created := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	sim.AddGrant(ghessim.Grant{ClientID: "another"})
	sim.AddGrant(ghessim.Grant{ClientID: testClientID, Scopes: []string{"user", "repo"}, CreatedAt: created, UpdatedAt: created.Add(time.Hour)})
}

func TestGrantDataSource(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.19.0", "2.22.0"} {
		for _, selectors := range []string{
			`id = 2`,
			fmt.Sprintf("client_id = %q", testClientID),
			"id = 2\nclient_id = \"\"", // "" is as good as null
		} {
			t.Run(version+" "+selectors, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t, func(o *ghessim.Options) { o.Version = version })
				deployerGrant(sim)
				var checks []statecheck.StateCheck
				for name, check := range map[string]knownvalue.Check{
					"id":        knownvalue.Int64Exact(2),
					"client_id": knownvalue.StringExact(testClientID),
					"url":       knownvalue.StringExact(sim.url + "/api/v3/applications/grants/2"),
					"app": knownvalue.ObjectExact(map[string]knownvalue.Check{
						"name":      knownvalue.StringExact("Deployer"),
						"url":       knownvalue.StringExact("https://deployer.example.com"),
						"client_id": knownvalue.StringExact(testClientID),
					}),
					"created_at": knownvalue.StringExact("2024-02-29T12:00:00Z"),
					"updated_at": knownvalue.StringExact("2024-02-29T13:00:00Z"),
					"scopes":     knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("repo"), knownvalue.StringExact("user")}),
				} {
					checks = append(checks, statecheck.ExpectKnownValue("data.ghes_grant.test", tfjsonpath.New(name), check))
				}
				sim.test(t, resource.TestStep{Config: sim.config(dataSource("grant", selectors)), ConfigStateChecks: checks})
			})
		}
	}
}

func TestGrantDataSource_requests(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	deployerGrant(sim)
	for selectors, want := range map[string]string{
		`id = 2`: "GET /api/v3/applications/grants/2",
		fmt.Sprintf("client_id = %q", testClientID): "GET /api/v3/applications/grants?client_id=" + testClientID + "&page=1&per_page=100",
	} {
		w := newWorkspace(t, sim.config(dataSource("grant", selectors)))
		sim.forget()
		w.must(0, "plan")
		if err := sim.checkSent(want); err != nil {
			t.Errorf("%s: %v", selectors, err)
		}
	}
}

func TestGrantDataSource_refused(t *testing.T) {
	t.Parallel()
	for selectors, want := range map[string][]string{
		`id = 42`:            {"Unable to read grant", "with data.ghes_grant.test", "The user has no grant 42.", "GET /api/v3/applications/grants/42: 404 Not Found", "Request ID", "id = 42"},
		`client_id = "none"`: {"Unable to read grant", "with data.ghes_grant.test", `The user has no grant for the app "none".`, `client_id = "none"`},
	} {
		for _, version := range []string{"3.19.0", "2.22.0"} {
			t.Run(version+" "+selectors, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t, func(o *ghessim.Options) { o.Version = version })
				deployerGrant(sim)
				output := newWorkspace(t, sim.config(dataSource("grant", selectors))).must(1, "plan")
				contains(t, output, want...)
				if strings.Contains(output, "in the meantime") {
					t.Error(output)
				}
			})
		}
	}
}

// The server has one grant for an app; should it ever show two, none is picked.
func TestGrantDataSource_two(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, func(o *ghessim.Options) { o.Version = "2.22.0" })
	deployerGrant(sim)
	changeResponses(sim, `"client_id":"another"`, fmt.Sprintf(`"client_id":%q`, testClientID))
	w := newWorkspace(t, sim.config(dataSource("grant", fmt.Sprintf("client_id = %q", testClientID))))
	contains(t, w.must(1, "plan"), "Unable to read grant", fmt.Sprintf("The user has 2 grants for the app %q: 1, 2. Select one of them with id.", testClientID))
}

func TestGrantDataSource_selectors(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	deployerGrant(sim)
	sim.forget()
	for selectors, want := range map[string][]string{
		``:                             {"Error: Missing selector", "Set exactly one of id and client_id."},
		`client_id = ""`:               {"Error: Missing selector"},
		"id = 2\nclient_id = \"none\"": {"Error: More than one selector", "Set exactly one of id and client_id.", `client_id = "none"`},
		`id = -1`:                      {"id = -1", "must be at least 1"},
	} {
		contains(t, newWorkspace(t, sim.config(dataSource("grant", selectors))).must(1, "plan"), want...)
	}
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
}

func TestGrantDataSource_unknown(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	deployerGrant(sim)
	for selectors, code := range map[string]int{
		`client_id = terraform_data.value.output`:                        0,
		`id = terraform_data.value.output == "" ? 1 : 2`:                 0,
		"id = 2\nclient_id = terraform_data.value.output":                1,
		`client_id = terraform_data.value.output == "" ? "another" : ""`: 1,
	} {
		w := newWorkspace(t, sim.config(dataSource("grant", selectors)+
			fmt.Sprintf("resource \"terraform_data\" \"value\" {\n  input = %q\n}\n", testClientID)))
		sim.forget()
		contains(t, w.must(0, "plan"), "data.ghes_grant.test will be read during apply")
		if err := sim.checkSent(); err != nil {
			t.Error(err)
		}
		contains(t, w.must(code, "apply", "-auto-approve"), []string{"1 added", "selector"}[code])
	}
}
