package main

import (
	"bytes"
	"encoding/json"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
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
	if a := schemas.Schemas["ghes"].ConfigSchema.Block.Attributes["password"]; !a.Sensitive || !a.Optional {
		t.Errorf("password: %+v", a)
	}
}
