package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// The examples of lists and actions fit the schemas. This takes no CLI: few have
// such blocks.
func TestExamples_listsAndActions(t *testing.T) {
	t.Parallel()
	schema := newProtocol(t, newInstance(t).url).schema
	for name, text := range exampleFiles(t, "list-resources/*/*.tfquery.hcl", "actions/*/action*.tf") {
		if err := checkListsAndActions(t, schema, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckListsAndActions(t *testing.T) {
	t.Parallel()
	schema := newProtocol(t, newInstance(t).url).schema
	const list, action = "list \"ghes_authorization\" \"ci\" {\n", "action \"ghes_revoke_grant\" \"chat\" {\n"
	for _, test := range []struct{ text, want string }{
		{list + "provider = ghes\nconfig {\nscopes = [\"repo\"]\n}\n}\n", ""},
		{list + "provider = ghes\nlimit = 10\n}\n", ""},
		{list + "provider = ghes\nconfig {\nscope = [\"repo\"]\n}\n}\n", `An argument named "scope" is not expected here`},
		{list + "provider = ghes\nconfig {\nscopes = \"repo\"\n}\n}\n", "list of string required"},
		{list + "provider = ghes\nconfig = {\nscopes = [\"repo\"]\n}\n}\n", `An argument named "config" is not expected here`},
		{list + "provider = ghes\nconfig {\n}\nconfig {\n}\n}\n", "Duplicate config block"},
		{list + "provider = ghes\nscopes = [\"repo\"]\n}\n", `An argument named "scopes" is not expected here`},
		{list + "config {\n}\n}\n", `The argument "provider" is required`},
		{"list \"ghes_grant\" \"all\" {\nprovider = ghes\n}\n", "no schema of list ghes_grant"},
		{action + "config {\ngrant_id = 1\n}\n}\n", ""},
		{action + "config {\nid = 1\n}\n}\n", `An argument named "id" is not expected here`},
		{action + "grant_id = 1\n}\n", `An argument named "grant_id" is not expected here`},
		{"action \"ghes_revoke\" \"chat\" {\n}\n", "no schema of action ghes_revoke"},
		{managedCI, "no list and no action"},
		{"list {", "Unclosed configuration block"},
	} {
		err := checkListsAndActions(t, schema, test.text)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s%v, want %q", test.text, err, test.want)
		}
	}
}

// checkListsAndActions looks at the blocks of a configuration that are lists and
// actions, and wants one at least.
func checkListsAndActions(t *testing.T, schema *tfprotov6.GetProviderSchemaResponse, text string) error {
	t.Helper()
	file, diagnostics := hclsyntax.ParseConfig([]byte(text), "example", hcl.InitialPos)
	if diagnostics.HasErrors() {
		return diagnostics
	}
	configs := map[string]*tfprotov6.Schema{}
	for name, list := range schema.ListResourceSchemas {
		configs["list "+name] = list
	}
	for name, action := range schema.ActionSchemas {
		configs["action "+name] = action.Schema
	}
	outside := map[string]hcldec.ObjectSpec{
		"list":   {"provider": &hcldec.AttrSpec{Name: "provider", Type: cty.DynamicPseudoType, Required: true}, "limit": &hcldec.AttrSpec{Name: "limit", Type: cty.Number}},
		"action": {},
	}
	values := &hcl.EvalContext{Variables: map[string]cty.Value{"ghes": cty.DynamicVal, "var": cty.DynamicVal}}
	checked := 0
	for _, block := range file.Body.(*hclsyntax.Body).Blocks { //nolint:forcetypeassert // what this syntax parses to
		spec, ok := outside[block.Type]
		if !ok {
			continue
		}
		kind := block.Type + " " + block.Labels[0]
		if configs[kind] == nil {
			return fmt.Errorf("no schema of %s", kind)
		}
		spec["config"] = &hcldec.BlockSpec{TypeName: "config", Nested: arguments(t, configs[kind])}
		if _, diagnostics := hcldec.Decode(block.Body, spec, values); diagnostics.HasErrors() {
			return diagnostics
		}
		checked++
	}
	if checked == 0 {
		return fmt.Errorf("no list and no action")
	}
	return nil
}

// arguments returns the arguments of a schema, which has attributes only.
func arguments(t *testing.T, schema *tfprotov6.Schema) hcldec.ObjectSpec {
	t.Helper()
	if len(schema.Block.BlockTypes) > 0 {
		t.Fatal("the schema has blocks")
	}
	spec := hcldec.ObjectSpec{}
	for _, attribute := range schema.Block.Attributes {
		text, err := attribute.Type.MarshalJSON() //nolint:staticcheck // deprecated for others than this protocol's users
		if err != nil {
			t.Fatal(err)
		}
		argument, err := ctyjson.UnmarshalType(text)
		if err != nil {
			t.Fatal(err)
		}
		spec[attribute.Name] = &hcldec.AttrSpec{Name: attribute.Name, Type: argument, Required: attribute.Required}
	}
	return spec
}
