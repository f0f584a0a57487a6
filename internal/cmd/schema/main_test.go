package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// attribute is what an exported attribute says about itself, but for its texts.
type attribute struct {
	kind                                               string
	required, optional, computed, sensitive, writeOnly bool
}

func TestExport(t *testing.T) {
	t.Parallel()
	schemas := exported(t)
	resource := schemas.ResourceSchemas["ghes_authorization"].Block.Attributes
	for name, test := range map[string]struct {
		exported *tfjson.SchemaAttribute
		want     attribute
	}{
		"password":         {schemas.ConfigSchema.Block.Attributes["password"], attribute{kind: "string", optional: true, sensitive: true}},
		"token":            {resource["token"], attribute{kind: "string", computed: true, sensitive: true}},
		"scopes":           {resource["scopes"], attribute{kind: "set of string", optional: true, computed: true}},
		"client_secret_wo": {resource["client_secret_wo"], attribute{kind: "string", optional: true, sensitive: true, writeOnly: true}},
		"app":              {resource["app"], attribute{kind: "object", computed: true}},
		"scopes of a list": {schemas.ListResourceSchemas["ghes_authorization"].Block.Attributes["scopes"], attribute{kind: "list of string", optional: true}},
		"older_than_days":  {schemas.ActionSchemas["ghes_revoke_authorizations"].Block.Attributes["older_than_days"], attribute{kind: "number", optional: true}},
	} {
		a := test.exported
		got := attribute{a.AttributeType.FriendlyName(), a.Required, a.Optional, a.Computed, a.Sensitive, a.WriteOnly}
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
	if app := resource["app"].AttributeType; !app.HasAttribute("client_id") {
		t.Errorf("app: %#v", app)
	}
	if a := schemas.ResourceIdentitySchemas["ghes_authorization"].Attributes["id"]; !a.RequiredForImport || a.IdentityType.FriendlyName() != "number" {
		t.Errorf("identity: %+v", a)
	}
	if f := schemas.Functions["scopes_cover"]; len(f.Parameters) != 2 || f.ReturnType.FriendlyName() != "bool" {
		t.Errorf("scopes_cover: %+v", f)
	}
}

// exported returns the provider's schemas as tfplugindocs reads them.
func exported(t *testing.T) *tfjson.ProviderSchema {
	t.Helper()
	var out bytes.Buffer
	if err := export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var schemas tfjson.ProviderSchemas
	if err := json.Unmarshal(out.Bytes(), &schemas); err != nil {
		t.Fatal(err)
	}
	return schemas.Schemas["ghes"]
}

// The text is what Terraform 1.11 prints for such functions.
func TestFunctions(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(each(map[string]*tfprotov6.Function{
		"cover": {
			Parameters: []*tfprotov6.FunctionParameter{
				{Name: "have", Type: tftypes.Set{ElementType: tftypes.String}, AllowNullValue: true, Description: "What there is."},
				{Name: "need", Type: tftypes.String},
			},
			Return:      &tfprotov6.FunctionReturn{Type: tftypes.Bool},
			Summary:     "Covers",
			Description: "Whether it covers.",
		},
	}, function))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"cover":{"description":"Whether it covers.","summary":"Covers","return_type":"bool","parameters":[` +
		`{"name":"have","description":"What there is.","is_nullable":true,"type":["set","string"]},` +
		`{"name":"need","type":"string"}]}}`
	wantJSON(t, got, want)
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
	wantJSON(t, got, want)
}

// wantJSON compares two texts whose objects may have their members in any order.
func wantJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
