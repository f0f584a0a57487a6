package main

import (
	"bytes"
	"encoding/json"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestExport(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var schemas tfjson.ProviderSchemas
	if err := json.Unmarshal(out.Bytes(), &schemas); err != nil {
		t.Fatal(err)
	}
	resource := schemas.Schemas["ghes"].ResourceSchemas["ghes_authorization"].Block
	if a := resource.Attributes["token"]; !a.Sensitive || !a.Computed || a.AttributeType.FriendlyName() != "string" {
		t.Errorf("token: %+v", a)
	}
	if a := resource.Attributes["scopes"]; !a.Optional || a.AttributeType.FriendlyName() != "set of string" {
		t.Errorf("scopes: %+v", a)
	}
	if a := resource.Attributes["client_secret_wo"]; !a.WriteOnly {
		t.Errorf("client_secret_wo: %+v", a)
	}
	if a := resource.Attributes["app"]; !a.AttributeType.IsObjectType() || !a.AttributeType.HasAttribute("client_id") {
		t.Errorf("app: %+v", a)
	}
	if a := schemas.Schemas["ghes"].ResourceIdentitySchemas["ghes_authorization"].Attributes["id"]; !a.RequiredForImport || a.IdentityType.FriendlyName() != "number" {
		t.Errorf("identity: %+v", a)
	}
	if a := schemas.Schemas["ghes"].ListResourceSchemas["ghes_authorization"].Block.Attributes["scopes"]; !a.Optional || a.AttributeType.FriendlyName() != "list of string" {
		t.Errorf("scopes of a list: %+v", a)
	}
	if f := schemas.Schemas["ghes"].Functions["scopes_cover"]; len(f.Parameters) != 2 || f.ReturnType.FriendlyName() != "bool" {
		t.Errorf("scopes_cover: %+v", f)
	}
	if a := schemas.Schemas["ghes"].ActionSchemas["ghes_revoke_authorizations"].Block.Attributes["older_than_days"]; !a.Optional || a.AttributeType.FriendlyName() != "number" {
		t.Errorf("older_than_days: %+v", a)
	}
	if a := schemas.Schemas["ghes"].ConfigSchema.Block.Attributes["password"]; !a.Sensitive || !a.Optional {
		t.Errorf("password: %+v", a)
	}
}

// The text is what Terraform 1.11 prints for such functions.
func TestFunctions(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(functions(map[string]*tfprotov6.Function{
		"cover": {
			Parameters: []*tfprotov6.FunctionParameter{
				{Name: "have", Type: tftypes.Set{ElementType: tftypes.String}, AllowNullValue: true, Description: "What there is."},
				{Name: "need", Type: tftypes.String},
			},
			Return:      &tfprotov6.FunctionReturn{Type: tftypes.Bool},
			Summary:     "Covers",
			Description: "Whether it covers.",
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"cover":{"description":"Whether it covers.","summary":"Covers","return_type":"bool","parameters":[` +
		`{"name":"have","description":"What there is.","is_nullable":true,"type":["set","string"]},` +
		`{"name":"need","type":"string"}]}}`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// The text is what Terraform 1.11 prints for such an attribute.
func TestAttributes_nested(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(attributes([]*tfprotov6.SchemaAttribute{{
		Name: "outer", Optional: true, Description: "Keys.", DescriptionKind: tfprotov6.StringKindMarkdown,
		NestedType: &tfprotov6.SchemaObject{
			Nesting: tfprotov6.SchemaObjectNestingModeSingle,
			Attributes: []*tfprotov6.SchemaAttribute{
				{Name: "list", Optional: true, Type: tftypes.List{ElementType: tftypes.String}},
				{Name: "text", Required: true, Sensitive: true, Type: tftypes.String, Description: "One key.", DescriptionKind: tfprotov6.StringKindMarkdown},
			},
		},
	}}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"outer":{"nested_type":{"attributes":{` +
		`"list":{"type":["list","string"],"description_kind":"plain","optional":true},` +
		`"text":{"type":"string","description":"One key.","description_kind":"markdown","required":true,"sensitive":true}},` +
		`"nesting_mode":"single"},"description":"Keys.","description_kind":"markdown","optional":true}}`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
