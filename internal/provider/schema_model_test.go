package provider

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// schemaModels are the structs for which this package reads and writes each schema, and the objects in
// them that it converts by themselves.
var schemaModels = map[string]any{
	"provider ghes": providerModel{},

	"resource ghes_authorization":                            authorizationModel{},
	"resource ghes_authorization, identity":                  identityModel{},
	"resource ghes_authorization, encrypt_token":             tokenEncryption{},
	"resource ghes_authorization_fingerprint":                authorizationModel{},
	"resource ghes_authorization_fingerprint, identity":      identityModel{},
	"resource ghes_authorization_fingerprint, encrypt_token": tokenEncryption{},
	"resource ghes_rotating_authorization":                   rotatingModel{},
	"resource ghes_rotating_authorization, encrypt_token":    tokenEncryption{},
	"resource ghes_rotating_authorization, previous":         previousToken{},
	"resource ghes_grants_exclusive":                         grantsExclusiveModel{},
	"resource ghes_grants_exclusive, unexpected":             []unexpectedGrant{},
	"resource ghes_grants_exclusive, revoked":                []seenGrant{},
	"data source ghes_authorization":                         authorizationItem{},
	"data source ghes_authorizations":                        authorizationsDataSourceModel{},
	"data source ghes_grant":                                 grantDataSourceModel{},
	"data source ghes_grants":                                grantsDataSourceModel{},
	"ephemeral resource ghes_authorization":                  authorizationEphemeralModel{},
	"ephemeral resource ghes_authorization_token":            authorizationTokenModel{},
	"ephemeral resource ghes_impersonation_token":            impersonationTokenModel{},
	"list resource ghes_authorization":                       authorizationListModel{},
	"list resource ghes_authorization_fingerprint":           authorizationListModel{},
	"action ghes_revoke_grant":                               revokeGrantActionModel{},
	"action ghes_revoke_authorizations":                      revokeAuthorizationsActionModel{},
}

// Every attribute of a schema has a field in its model, and every field an attribute of the same type.
// Otherwise the conversion fails, or panics, in the hands of a user.
func TestSchemas_models(t *testing.T) {
	t.Parallel()
	schemas := schemaTypes(t)
	for name := range schemaModels {
		if schemas[name] == nil {
			t.Errorf("there is no schema of %s", name)
		}
	}
	for name, schema := range schemas {
		model, ok := schemaModels[name]
		if !ok {
			t.Errorf("schemaModels has no model for %s", name)
			continue
		}
		for _, difference := range modelDifferences(t.Context(), schema, reflect.TypeOf(model)) {
			t.Errorf("%s: %s", name, difference)
		}
	}
}

// schemaTypes returns the types of all schemas, by kind and name.
func schemaTypes(t *testing.T) map[string]attr.Type {
	t.Helper()
	ctx, p := t.Context(), newProvider("test", nil)
	var own provider.SchemaResponse
	p.Schema(ctx, provider.SchemaRequest{}, &own)
	schemas := map[string]attr.Type{"provider ghes": own.Schema.Type()}
	addResources(ctx, schemas, p.Resources(ctx))
	for _, constructor := range p.DataSources(ctx) {
		var name datasource.MetadataResponse
		var schema datasource.SchemaResponse
		constructor().Metadata(ctx, datasource.MetadataRequest{ProviderTypeName: "ghes"}, &name)
		constructor().Schema(ctx, datasource.SchemaRequest{}, &schema)
		schemas["data source "+name.TypeName] = schema.Schema.Type()
	}
	for _, constructor := range p.EphemeralResources(ctx) {
		var name ephemeral.MetadataResponse
		var schema ephemeral.SchemaResponse
		constructor().Metadata(ctx, ephemeral.MetadataRequest{ProviderTypeName: "ghes"}, &name)
		constructor().Schema(ctx, ephemeral.SchemaRequest{}, &schema)
		schemas["ephemeral resource "+name.TypeName] = schema.Schema.Type()
	}
	for _, constructor := range p.ListResources(ctx) {
		var name resource.MetadataResponse
		var schema list.ListResourceSchemaResponse
		constructor().Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "ghes"}, &name)
		constructor().ListResourceConfigSchema(ctx, list.ListResourceSchemaRequest{}, &schema)
		schemas["list resource "+name.TypeName] = schema.Schema.Type()
	}
	for _, constructor := range p.Actions(ctx) {
		var name action.MetadataResponse
		var schema action.SchemaResponse
		constructor().Metadata(ctx, action.MetadataRequest{ProviderTypeName: "ghes"}, &name)
		constructor().Schema(ctx, action.SchemaRequest{}, &schema)
		schemas["action "+name.TypeName] = schema.Schema.Type()
	}
	return schemas
}

// addResources adds the schemas of resources, those of their identities, and the objects that this package
// converts by themselves.
func addResources(ctx context.Context, schemas map[string]attr.Type, constructors []func() resource.Resource) {
	for _, constructor := range constructors {
		var name resource.MetadataResponse
		var schema resource.SchemaResponse
		r := constructor()
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "ghes"}, &name)
		r.Schema(ctx, resource.SchemaRequest{}, &schema)
		schemas["resource "+name.TypeName] = schema.Schema.Type()
		for _, attribute := range []string{"encrypt_token", "unexpected", "revoked", "previous"} {
			if object, ok := schema.Schema.Attributes[attribute]; ok {
				schemas["resource "+name.TypeName+", "+attribute] = object.GetType()
			}
		}
		if r, ok := r.(resource.ResourceWithIdentity); ok {
			var identity resource.IdentitySchemaResponse
			r.IdentitySchema(ctx, resource.IdentitySchemaRequest{}, &identity)
			schemas["resource "+name.TypeName+", identity"] = identity.IdentitySchema.Type()
		}
	}
}

// modelDifferences returns in which ways a model does not have the form of a schema.
func modelDifferences(ctx context.Context, schema attr.Type, model reflect.Type) []string {
	isValue := model.Implements(reflect.TypeFor[attr.Value]())
	object, isObject := schema.(attr.TypeWithAttributeTypes)
	collection, isCollection := schema.(attr.TypeWithElementType)
	switch {
	case isObject && !isValue && model.Kind() == reflect.Struct:
		return structDifferences(ctx, object.AttributeTypes(), model)
	case isCollection && !isValue && model.Kind() == reflect.Slice:
		return modelDifferences(ctx, collection.ElementType(), model.Elem())
	case isValue && model == reflect.TypeOf(schema.ValueType(ctx)), model == nativeTypes[reflect.TypeOf(schema)]:
		return nil
	}
	return []string{fmt.Sprintf("%s is not for a value of type %s", model, schema)}
}

// nativeTypes are the types of Go that models use instead of values of the framework.
var nativeTypes = map[reflect.Type]reflect.Type{
	reflect.TypeOf(types.StringType): reflect.TypeFor[string](),
	reflect.TypeOf(types.Int64Type):  reflect.TypeFor[int64](),
}

// structDifferences is modelDifferences for a struct. Fields of embedded structs count as its own.
func structDifferences(ctx context.Context, attributes map[string]attr.Type, model reflect.Type) (differences []string) {
	missing := maps.Clone(attributes)
	for _, field := range reflect.VisibleFields(model) {
		if field.Anonymous {
			continue
		}
		name := field.Tag.Get("tfsdk")
		schema, isLeft := missing[name]
		if !isLeft {
			differences = append(differences, fmt.Sprintf("field %s is for %q, which is no attribute, or has another field", field.Name, name))
			continue
		}
		delete(missing, name)
		for _, difference := range modelDifferences(ctx, schema, field.Type) {
			differences = append(differences, name+": "+difference)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		differences = append(differences, fmt.Sprintf("attribute %s has no field", name))
	}
	return differences
}

func TestModelDifferences(t *testing.T) {
	t.Parallel()
	type embedded struct {
		ID types.Int64 `tfsdk:"id"`
	}
	item := types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.Int64Type, "note": types.StringType}}
	items := types.ObjectType{AttrTypes: map[string]attr.Type{"items": types.ListType{ElemType: item}}}
	for name, test := range map[string]struct {
		schema attr.Type
		model  any
		want   []string
	}{
		"same": {item, struct {
			ID   types.Int64  `tfsdk:"id"`
			Note types.String `tfsdk:"note"`
		}{}, nil},
		"embedded": {item, struct {
			embedded
			Note types.String `tfsdk:"note"`
		}{}, nil},
		"native": {item, struct {
			ID   int64  `tfsdk:"id"`
			Note string `tfsdk:"note"`
		}{}, nil},
		"no field":     {item, embedded{}, []string{"attribute note has no field"}},
		"no attribute": {types.ObjectType{}, embedded{}, []string{`field ID is for "id", which is no attribute, or has another field`}},
		"no tag": {types.ObjectType{}, struct{ Note types.String }{}, []string{
			`field Note is for "", which is no attribute, or has another field`,
		}},
		"twice": {types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.Int64Type}}, struct {
			ID    types.Int64 `tfsdk:"id"`
			Again types.Int64 `tfsdk:"id"`
		}{}, []string{`field Again is for "id", which is no attribute, or has another field`}},
		"other type": {types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType}}, embedded{}, []string{
			"id: basetypes.Int64Value is not for a value of type basetypes.StringType",
		}},
		"in a list": {items, struct {
			Items []embedded `tfsdk:"items"`
		}{}, []string{"items: attribute note has no field"}},
		"list as a value": {items, struct {
			Items types.List `tfsdk:"items"`
		}{}, nil},
		"set for a list": {items, struct {
			Items types.Set `tfsdk:"items"`
		}{}, []string{"items: basetypes.SetValue is not for a value of type types.ListType[" + item.String() + "]"}},
	} {
		if got := modelDifferences(t.Context(), test.schema, reflect.TypeOf(test.model)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
