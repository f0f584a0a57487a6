package provider

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestAuthorizationDataSource(t *testing.T) {
	t.Parallel()
	created := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for _, version := range []string{"3.19.0", "2.22.0"} {
		sim := newInstance(t, func(o *ghessim.Options) { o.Version = version })
		sim.elsewhere(ghessim.Authorization{
			Note: new("ci"), NoteURL: new("https://ci.example.com"), Scopes: []string{"user", "repo"},
			CreatedAt: created, UpdatedAt: created.Add(time.Hour), ExpiresAt: new(created.AddDate(1, 0, 0)),
		})
		sim.elsewhere(ghessim.Authorization{Note: new("ci 2")})
		sim.elsewhere(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("a"), Note: new("of an app")})
		sim.elsewhere(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("b")})
		sim.elsewhere(ghessim.Authorization{ClientID: testClientID})
		sim.elsewhere(ghessim.Authorization{ClientID: "another", Fingerprint: new("a")})
		token := sim.Authorizations()[0].Token
		var expires knownvalue.Check = knownvalue.Null()
		if version == "3.19.0" {
			expires = knownvalue.StringExact("2025-03-01T12:00:00Z")
		}
		personal := map[string]knownvalue.Check{
			"id":          knownvalue.Int64Exact(1),
			"note":        knownvalue.StringExact("ci"),
			"note_url":    knownvalue.StringExact("https://ci.example.com"),
			"scopes":      knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("repo"), knownvalue.StringExact("user")}),
			"fingerprint": knownvalue.Null(),
			"client_id":   knownvalue.Null(),
			"app": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name":      knownvalue.StringExact("ci"),
				"url":       knownvalue.StringExact("https://ci.example.com"),
				"client_id": knownvalue.StringExact("00000000000000000000"),
			}),
			"url":              knownvalue.StringExact(sim.url + "/api/v3/authorizations/1"),
			"token_last_eight": knownvalue.StringExact(token[len(token)-8:]),
			"hashed_token":     knownvalue.StringExact(fmt.Sprintf("%x", sha256.Sum256([]byte(token)))),
			"created_at":       knownvalue.StringExact("2024-02-29T12:00:00Z"),
			"updated_at":       knownvalue.StringExact("2024-02-29T13:00:00Z"),
			"expires_at":       expires,
		}
		app := map[string]knownvalue.Check{
			"id":          knownvalue.Int64Exact(3),
			"note":        knownvalue.StringExact("of an app"),
			"note_url":    knownvalue.Null(),
			"scopes":      knownvalue.SetExact([]knownvalue.Check{}),
			"fingerprint": knownvalue.StringExact("a"),
			"client_id":   knownvalue.StringExact(testClientID),
			"app": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"name":      knownvalue.StringExact("Deployer"),
				"url":       knownvalue.StringExact("https://deployer.example.com"),
				"client_id": knownvalue.StringExact(testClientID),
			}),
			"expires_at": knownvalue.Null(),
		}
		checks, config := []statecheck.StateCheck{}, ""
		for selectors, want := range map[string]map[string]knownvalue.Check{
			`id = 1`:                  personal,
			`note = "ci"`:             personal,
			"id = 1\nnote = \"\"":     personal, // "" is as good as null
			`id = 3`:                  app,
			`note = "of an app"`:      app,
			bothOf(testClientID, "a"): app,
			bothOf("another", "a"):    {"id": knownvalue.Int64Exact(6)},
			bothOf(testClientID, "b"): {"id": knownvalue.Int64Exact(4), "note": knownvalue.Null()},
			`note = "ci 2"`:           {"id": knownvalue.Int64Exact(2)},
		} {
			name := fmt.Sprintf("s%d", strings.Count(config, "data "))
			config += strings.Replace(dataSource("authorization", selectors), `"test"`, strconv.Quote(name), 1)
			for attribute, check := range want {
				checks = append(checks, statecheck.ExpectKnownValue("data.ghes_authorization."+name, tfjsonpath.New(attribute), check))
			}
		}
		sim.test(t, resource.TestStep{Config: sim.config(config), ConfigStateChecks: checks})
	}
}

func TestAuthorizationDataSource_requests(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	token := sim.AddAuthorization(ghessim.Authorization{Note: new("ci")}).Token
	sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("a")})
	for selectors, want := range map[string]string{
		`id = 1`:                  "GET /api/v3/authorizations/1",
		`note = "ci"`:             "GET /api/v3/authorizations?page=1&per_page=100",
		bothOf(testClientID, "a"): "GET /api/v3/authorizations?client_id=" + testClientID + "&page=1&per_page=100",
	} {
		w := newWorkspace(t, sim.config(dataSource("authorization", selectors)))
		sim.forget()
		w.must(0, "apply", "-auto-approve")
		if err := sim.checkSent(want); err != nil {
			t.Errorf("%s: %v", selectors, err)
		}
		if strings.Contains(w.read("terraform.tfstate"), token) {
			t.Errorf("%s: the token is in the state", selectors)
		}
		w.must(0, "plan", "-detailed-exitcode")
	}
}

func TestAuthorizationDataSource_refused(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.19.0", "2.22.0"} {
		sim := newInstance(t, func(o *ghessim.Options) { o.Version = version })
		for range 2 {
			sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
			sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("a")})
		}
		for selectors, want := range map[string][]string{
			`id = 42`:                           {"The user has no authorization 42.", "GET /api/v3/authorizations/42: 404 Not Found", "Request ID", "id = 42"},
			`note = "Ci"`:                       {`The user has no authorization with the note "Ci".`, `note = "Ci"`},
			bothOf(testClientID, "b"):           {`no authorization for the app "` + testClientID + `" with the fingerprint "b"`, "client_id ="},
			bothOf("00000000000000000000", "a"): {"no authorization for the app"},
			`note = "ci"`:                       {`The user has 2 authorizations with the note "ci": 1, 3. Select one of them with id.`, `note = "ci"`},
			bothOf(testClientID, "a"):           {`The user has 2 authorizations for the app`, `fingerprint "a": 2, 4.`},
		} {
			t.Run(version+" "+selectors, func(t *testing.T) {
				t.Parallel()
				output := newWorkspace(t, sim.config(dataSource("authorization", selectors))).must(1, "plan")
				contains(t, output, append(want, "Unable to read authorization", "with data.ghes_authorization.test")...)
				if strings.Contains(output, "in the meantime") {
					t.Error(output)
				}
			})
		}
	}
}

// Selectors that cannot select one authorization are refused without a request.
func TestAuthorizationDataSource_selectors(t *testing.T) {
	t.Parallel()
	const one = "Set exactly one of id, note, or client_id with fingerprint."
	sim := newInstance(t)
	for selectors, want := range map[string][]string{
		``:                               {"Error: Missing selector", one},
		"id = null\nnote = \"\"":         {"Error: Missing selector", one},
		"id = 1\nnote = \"ci\"":          {"Error: More than one selector", one, "The configuration sets id and note.", `note = "ci"`},
		"id = 1\nclient_id = \"x\"":      {"Error: More than one selector", one, "The configuration sets id and client_id.", `client_id = "x"`},
		"id = 1\nfingerprint = \"x\"":    {"Error: More than one selector", one, `fingerprint = "x"`},
		"note = \"\"\n" + bothOf("", ""): {"Error: Missing selector"},
		"note = \"ci\"\nid = 1\n" + bothOf("x", "y"): {"The configuration sets id and note and client_id."},
		`client_id = "x"`:                       {"Error: Missing fingerprint", "Set fingerprint as well", `client_id = "x"`},
		`fingerprint = "x"`:                     {"Error: Missing client_id", "Set client_id", `fingerprint = "x"`},
		"client_id = \"x\"\nfingerprint = \"\"": {"Error: Missing fingerprint"},
		`client_id = terraform_data.new.id`:     {"Error: Missing selector"}, // without fingerprint, no value would do
		`id = 0`:                                {"id = 0", "must be at least 1"},
		`id = "ci"`:                             {"a number is required"},
	} {
		t.Run(selectors, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, sim.config(dataSource("authorization", selectors)+`resource "terraform_data" "new" {}`))
			contains(t, w.must(1, "plan"), want...)
		})
	}
	t.Cleanup(func() {
		if err := sim.checkSent(); err != nil {
			t.Error(err)
		}
	})
}

// A selector that is only known after the apply is read and checked then.
func TestAuthorizationDataSource_unknown(t *testing.T) {
	t.Parallel()
	for selectors, values := range map[string][2]string{
		"id = terraform_data.value.output == \"\" ? null : 1":                                        {`"x"`, `""`},
		"note = \"ci\"\nid = terraform_data.value.output == \"\" ? null : 1":                         {`""`, `"x"`},
		"note = terraform_data.value.output":                                                         {`"ci"`, `""`},
		"client_id = \"" + testClientID + "\"\nfingerprint = terraform_data.value.output":            {`"a"`, `""`},
		"fingerprint = \"a\"\nclient_id = terraform_data.value.output":                               {`"` + testClientID + `"`, `""`},
		"id = 1\nnote = terraform_data.value.output":                                                 {`""`, `"ci"`},
		"id = 1\nfingerprint = terraform_data.value.output\nclient_id = terraform_data.value.output": {`""`, `"a"`},
	} {
		t.Run(selectors, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
			sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("a")})
			for i, value := range values {
				w := newWorkspace(t, sim.config(dataSource("authorization", selectors)+
					fmt.Sprintf("resource \"terraform_data\" \"value\" {\n  input = %s\n}\n", value)))
				sim.forget()
				contains(t, w.must(0, "plan"), "data.ghes_authorization.test will be read during apply")
				if err := sim.checkSent(); err != nil {
					t.Error(err)
				}
				if output := w.must(i, "apply", "-auto-approve"); i == 1 {
					contains(t, output, "with data.ghes_authorization.test")
					continue
				}
				w.must(0, "plan", "-detailed-exitcode")
			}
		})
	}
}

// The ID of an authorization that this run creates is known after the apply.
func TestAuthorizationDataSource_ofResource(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.test(t, resource.TestStep{
		Config: sim.config(driftConfig + dataSource("authorization", "id = ghes_authorization.test.id")),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.ghes_authorization.test", tfjsonpath.New("note"), knownvalue.StringExact("ci")),
		},
	})
}

func TestAuthorizationDataSource_notOffered(t *testing.T) {
	t.Parallel()
	sim := newInstance(t, func(o *ghessim.Options) { o.NoAuthorizations = true })
	for _, test := range []struct{ noun, selectors string }{
		{"authorization", `id = 1`},
		{"authorization", `note = "ci"`},
		{"authorization", bothOf("x", "y")},
		{"authorizations", ``},
		{"grant", `id = 1`},
		{"grant", `client_id = "x"`},
		{"grants", ``},
	} {
		t.Run(test.noun+" "+test.selectors, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, sim.config(dataSource(test.noun, test.selectors)))
			contains(t, w.must(1, "plan"), "Unable to read "+test.noun, "does not offer the OAuth Authorizations API", "Check base_url")
		})
	}
}

// dataSource is the block of a data source that is called test.
func dataSource(noun, body string) string {
	return fmt.Sprintf("\ndata \"ghes_%s\" \"test\" {\n%s\n}\n", noun, body)
}

func bothOf(clientID, fingerprint string) string {
	return fmt.Sprintf("client_id = %q\nfingerprint = %q", clientID, fingerprint)
}
