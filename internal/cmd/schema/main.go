// Command schema prints the provider's schemas and functions as "terraform providers schema
// -json" would, for the documentation generator. It needs no CLI, so that the
// documentation does not depend on which one is there.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/ghes-tools/terraform-provider-ghes/internal/provider"
)

func main() {
	if err := export(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// export writes the schemas of every block that the provider has, and the
// signatures of its functions.
func export(ctx context.Context, w io.Writer) error {
	server, err := providerserver.NewProtocol6WithError(provider.New("dev")())()
	if err != nil {
		return err
	}
	got, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	for _, d := range got.Diagnostics {
		return fmt.Errorf("%s: %s", d.Summary, d.Detail)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return err
	}
	schemas := tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas: map[string]*tfjson.ProviderSchema{"ghes": {
			ConfigSchema:             schema(got.Provider),
			ResourceSchemas:          each(got.ResourceSchemas),
			ResourceIdentitySchemas:  identitySchemas(identities.IdentitySchemas),
			DataSourceSchemas:        each(got.DataSourceSchemas),
			EphemeralResourceSchemas: each(got.EphemeralResourceSchemas),
			ListResourceSchemas:      each(got.ListResourceSchemas),
			ActionSchemas:            actions(got.ActionSchemas),
			Functions:                functions(got.Functions),
		}},
	}
	return json.NewEncoder(w).Encode(schemas)
}

func each(schemas map[string]*tfprotov6.Schema) map[string]*tfjson.Schema {
	all := make(map[string]*tfjson.Schema, len(schemas))
	for name, s := range schemas {
		all[name] = schema(s)
	}
	return all
}

func actions(schemas map[string]*tfprotov6.ActionSchema) map[string]*tfjson.ActionSchema {
	all := make(map[string]*tfjson.ActionSchema, len(schemas))
	for name, s := range schemas {
		all[name] = &tfjson.ActionSchema{Block: schema(s.Schema).Block}
	}
	return all
}

func identitySchemas(schemas map[string]*tfprotov6.ResourceIdentitySchema) map[string]*tfjson.IdentitySchema {
	all := make(map[string]*tfjson.IdentitySchema, len(schemas))
	for name, s := range schemas {
		attributes := map[string]*tfjson.IdentityAttribute{}
		for _, a := range s.IdentityAttributes {
			attributes[a.Name] = &tfjson.IdentityAttribute{
				IdentityType: ctyType(a.Type), Description: a.Description,
				RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport,
			}
		}
		all[name] = &tfjson.IdentitySchema{Version: uint64(s.Version), Attributes: attributes} //nolint:gosec // versions are small and positive
	}
	return all
}

// functions converts fixed parameters only: no function takes more.
func functions(list map[string]*tfprotov6.Function) map[string]*tfjson.FunctionSignature {
	all := make(map[string]*tfjson.FunctionSignature, len(list))
	for name, f := range list {
		signature := &tfjson.FunctionSignature{
			Description: f.Description,
			Summary:     f.Summary,
			ReturnType:  ctyType(f.Return.Type),
		}
		for _, p := range f.Parameters {
			signature.Parameters = append(signature.Parameters, &tfjson.FunctionParameter{
				Name:        p.Name,
				Description: p.Description,
				IsNullable:  p.AllowNullValue,
				Type:        ctyType(p.Type),
			})
		}
		all[name] = signature
	}
	return all
}

// schema converts attributes only: the provider has no blocks.
func schema(s *tfprotov6.Schema) *tfjson.Schema {
	return &tfjson.Schema{
		Version: uint64(s.Version), //nolint:gosec // versions are small and positive
		Block: &tfjson.SchemaBlock{
			Attributes:      attributes(s.Block.Attributes),
			Description:     s.Block.Description,
			DescriptionKind: kind(s.Block.DescriptionKind),
		},
	}
}

func attributes(list []*tfprotov6.SchemaAttribute) map[string]*tfjson.SchemaAttribute {
	all := make(map[string]*tfjson.SchemaAttribute, len(list))
	for _, a := range list {
		converted := &tfjson.SchemaAttribute{
			Description:     a.Description,
			DescriptionKind: kind(a.DescriptionKind),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
		if a.NestedType != nil {
			converted.AttributeNestedType = nested(a.NestedType)
		} else {
			converted.AttributeType = ctyType(a.Type)
		}
		all[a.Name] = converted
	}
	return all
}

// nested relies on the two naming the modes alike, but for the case.
func nested(o *tfprotov6.SchemaObject) *tfjson.SchemaNestedAttributeType {
	return &tfjson.SchemaNestedAttributeType{
		Attributes:  attributes(o.Attributes),
		NestingMode: tfjson.SchemaNestingMode(strings.ToLower(o.Nesting.String())),
	}
}

// ctyType goes by way of JSON, which both type systems write alike.
func ctyType(t tftypes.Type) cty.Type {
	text, err := t.MarshalJSON() //nolint:staticcheck // deprecated for others than this protocol's users
	if err != nil {
		panic(err)
	}
	converted, err := ctyjson.UnmarshalType(text)
	if err != nil {
		panic(err)
	}
	return converted
}

func kind(k tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if k == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}
