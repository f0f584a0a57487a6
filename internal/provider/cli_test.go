package provider

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
)

// onOpenTofu reports whether TestMain has set up the test framework for OpenTofu.
func onOpenTofu() bool { return os.Getenv("TF_ACC_PROVIDER_HOST") != "" }

// cliOlderThan reports whether the CLI is older than oldest, a version or "none".
func cliOlderThan(oldest string) bool {
	return oldest == "none" || cliVersion.LessThan(version.Must(version.NewVersion(oldest)))
}

// cliFeature is something that needs a newer CLI than the rest.
type cliFeature struct {
	terraform, openTofu string // the oldest that have it
	older               string // what the first page says of older ones
	parses              string // the oldest Terraform that takes it, and does nothing
	extends             string // the feature that an older CLI has to have to refuse this one with a message of its own
	before, config      string // before is applied first
	module              string // a module in ./m
	query               string
	command             string // default validate
	asked, refused      string // asked: the provider's own refusal, which shows that the CLI asks it
}

var cliFeatures = map[string]cliFeature{
	"functions": {
		terraform: "1.8", openTofu: "1.7",
		config: "output \"end\" {\n  value = provider::ghes::token_last_eight(\"12345678\")\n}\n",
	},
	"`removed` blocks with `destroy = false`": {
		terraform: "1.7", openTofu: "1.10",
		older:   "is an error; OpenTofu 1.8 and 1.9 accept the block without `lifecycle`, and revoke nothing",
		config:  "removed {\n  from = ghes_authorization.ci\n  lifecycle {\n    destroy = false\n  }\n}\n",
		refused: `Blocks of type "lifecycle" are not expected here`,
	},
	"`moved` blocks from resources of other providers": {
		terraform: "1.8", openTofu: "1.10",
		older:   "is an error in the plan; import by ID",
		before:  "resource \"terraform_data\" \"ci\" {}\n",
		config:  managedCI + "moved {\n  from = terraform_data.ci\n  to   = ghes_authorization.ci\n}\n",
		command: "plan",
		asked:   "Source Resource Type: terraform_data",
		refused: "Resource type mismatch",
	},
	"`ephemeral` resources": {
		terraform: "1.10", openTofu: "1.11",
		older:   "is an error; leave the blocks out",
		config:  "ephemeral \"ghes_authorization_token\" \"ci\" {\n  authorization_id = 1\n}\n",
		refused: `Blocks of type "ephemeral" are not expected here`,
	},
	"write-only arguments": {
		terraform: "1.11", openTofu: "1.11",
		older:   "is an error; use `client_secret`, which is stored in plan and state",
		config:  "resource \"ghes_authorization\" \"app\" {\n  client_id        = \"1234567890abcdefghij\"\n  client_secret_wo = \"not-a-real-secret\"\n}\n",
		refused: "WriteOnly Attribute Not Allowed",
	},
	"`import` blocks with `identity`": {
		terraform: "1.12", openTofu: "1.12",
		older:   "is an error; import by ID",
		config:  managedCI + "import {\n  to       = ghes_authorization.ci\n  identity = { id = 1 }\n}\n",
		refused: `An argument named "identity" is not expected here`,
	},
	"`query`": {
		terraform: "1.14", openTofu: "none",
		older:  "has no such command; plans ignore `.tfquery.hcl` files",
		config: managedCI, query: "list \"ghes_authorization\" \"all\" {\n  provider = ghes\n}\n",
		command: "query",
		refused: `has no command named "query"`,
	},
	"actions": {
		terraform: "1.14", openTofu: "none", parses: "1.13",
		older:   "is an error; Terraform 1.13 accepts the blocks, and does nothing",
		config:  managedCI + "action \"ghes_revoke_grant\" \"chat\" {\n  config {\n    grant_id = 1\n  }\n}\n",
		refused: `Blocks of type "action" are not expected here`,
	},
	"actions: `before_destroy`, `after_destroy`, `on_failure`, `caller`": {
		terraform: "1.16", openTofu: "none",
		older:   "is an error; Terraform 1.13 accepts the blocks, and does nothing",
		extends: "actions",
		config: managedCI + `
resource "terraform_data" "release" {
  input = "release "
  lifecycle {
    action_trigger {
      events     = [before_destroy]
      actions    = [action.ghes_revoke_authorizations.left]
      on_failure = continue
    }
  }
}
action "ghes_revoke_authorizations" "left" {
  config {
    note_prefix = caller.output
  }
}
`,
		refused: `An argument named "on_failure" is not expected here`,
	},
	"`lifecycle` with `destroy = false` in a resource": {
		terraform: "1.16", openTofu: "1.12",
		older:   "is an error; use a `removed` block",
		config:  "resource \"ghes_authorization\" \"ci\" {\n  note = \"ci\"\n  lifecycle {\n    destroy = false\n  }\n}\n",
		refused: `An argument named "destroy" is not expected here`,
	},
	"`import` blocks in modules": {
		terraform: "1.16", openTofu: "none",
		older:   "is an error; write the block in the root module, with `to = module.NAME.ADDRESS`",
		module:  requiredProviders + managedCI + importCI,
		config:  "module \"m\" {\n  source = \"./m\"\n}\n",
		command: "init",
		refused: "Import blocks are only allowed in the root module",
	},
}

// importCI imports authorization 1 as managedCI.
const importCI = "import {\n  to = ghes_authorization.ci\n  id = \"1\"\n}\n"

// refuses reports whether the CLI is too old for the feature.
func (f cliFeature) refuses() bool {
	if onOpenTofu() {
		return cliOlderThan(f.openTofu)
	}
	return cliOlderThan(cmp.Or(f.parses, f.terraform))
}

// isIgnored reports whether the CLI takes the feature, and does nothing.
func (f cliFeature) isIgnored() bool { return !f.refuses() && cliOlderThan(f.terraform) }

// writeModule writes a module to ./m.
func (w *workspace) writeModule(content string) {
	w.t.Helper()
	if err := os.Mkdir(filepath.Join(w.dir, "m"), 0o700); err != nil {
		w.t.Fatal(err)
	}
	w.write("m/main.tf", content)
}

// The first page's table has these features, with the versions that have them, and
// no others.
func TestCLI_table(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/index.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n| feature | Terraform | OpenTofu | earlier versions |\n|---|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var want []string
	for feature, test := range cliFeatures {
		row := fmt.Sprintf("| %s | %s | %s | %s |", feature, test.terraform, test.openTofu, test.older)
		want = append(want, strings.ReplaceAll(row, "|  |", "| |"))
	}
	rows := strings.Split(table, "\n")
	slices.Sort(rows)
	slices.Sort(want)
	if !slices.Equal(rows, want) {
		t.Errorf("the table is\n%s\n\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

// CLIs that are too old for a feature refuse it as that table says.
func TestCLI_features(t *testing.T) {
	t.Parallel()
	for feature, test := range cliFeatures {
		t.Run(feature, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(test.before))
			if test.before != "" {
				w.must(0, "apply", "-auto-approve")
			}
			w.write("main.tf", sim.config(test.config))
			if test.module != "" {
				w.writeModule(test.module)
			}
			if test.query != "" {
				w.write("all.tfquery.hcl", test.query)
				w.must(0, "plan") // takes no notice of the file
			}
			want, code := test.asked, 0
			base, extends := cliFeatures[test.extends]
			switch {
			case extends && base.refuses():
				want = base.refused
			case extends && base.isIgnored(): // and so is what extends it
			case test.refuses():
				want = test.refused
			}
			if want != "" {
				code = 1
			}
			contains(t, w.must(code, cmp.Or(test.command, "validate")), want)
		})
	}
}
