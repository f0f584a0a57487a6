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
	"maps"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

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
	return json.NewEncoder(w).Encode(object{
		"format_version": "1.0",
		"provider_schemas": object{"ghes": object{
			"provider":                   schema(got.Provider),
			"resource_schemas":           each(got.ResourceSchemas, schema),
			"resource_identity_schemas":  each(identities.IdentitySchemas, identity),
			"data_source_schemas":        each(got.DataSourceSchemas, schema),
			"ephemeral_resource_schemas": each(got.EphemeralResourceSchemas, schema),
			"list_resource_schemas":      each(got.ListResourceSchemas, schema),
			"action_schemas":             each(got.ActionSchemas, action),
			"functions":                  each(got.Functions, function),
		}},
	})
}

// object is an object in JSON.
type object map[string]any

// each converts all values of a map.
func each[T any](values map[string]T, convert func(T) object) object {
	all := object{}
	for name, value := range values {
		all[name] = convert(value)
	}
	return all
}

// nonZero removes what is false or empty, as the CLI does.
func nonZero(o object) object {
	maps.DeleteFunc(o, func(_ string, value any) bool { return value == false || value == "" })
	return o
}

// schema converts attributes only: the provider has no blocks.
func schema(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": nonZero(object{
		"attributes":       attributes(s.Block.Attributes),
		"description":      s.Block.Description,
		"description_kind": strings.ToLower(s.Block.DescriptionKind.String()),
	})}
}

func action(s *tfprotov6.ActionSchema) object {
	return object{"block": schema(s.Schema)["block"]}
}

func identity(s *tfprotov6.ResourceIdentitySchema) object {
	all := object{}
	for _, a := range s.IdentityAttributes {
		all[a.Name] = nonZero(object{
			"type":                a.Type,
			"description":         a.Description,
			"required_for_import": a.RequiredForImport,
			"optional_for_import": a.OptionalForImport,
		})
	}
	return object{"version": s.Version, "attributes": all}
}

// function converts fixed parameters only: no function has a variadic one.
func function(f *tfprotov6.Function) object {
	parameters := []object{}
	for _, p := range f.Parameters {
		parameters = append(parameters, nonZero(object{
			"name":        p.Name,
			"description": p.Description,
			"is_nullable": p.AllowNullValue,
			"type":        p.Type,
		}))
	}
	return object{"description": f.Description, "summary": f.Summary, "return_type": f.Return.Type, "parameters": parameters}
}

func attributes(list []*tfprotov6.SchemaAttribute) object {
	all := object{}
	for _, a := range list {
		converted := nonZero(object{
			"description":      a.Description,
			"description_kind": strings.ToLower(a.DescriptionKind.String()),
			"deprecated":       a.Deprecated,
			"required":         a.Required,
			"optional":         a.Optional,
			"computed":         a.Computed,
			"sensitive":        a.Sensitive,
			"write_only":       a.WriteOnly,
		})
		if a.NestedType != nil {
			converted["nested_type"] = object{
				"attributes":   attributes(a.NestedType.Attributes),
				"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
			}
		} else {
			converted["type"] = a.Type
		}
		all[a.Name] = converted
	}
	return all
}
