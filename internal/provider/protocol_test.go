package provider

import (
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const authorizationType = "ghes_authorization"

// protocol is a configured provider as the CLIs speak to it, without the wire.
type protocol struct {
	tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

func newProtocol(tb testing.TB, url string, options ...Option) protocol {
	tb.Helper()
	s := protocol{ProviderServer: NewServer("test", options...)()}
	var err error
	if s.schema, err = s.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		tb.Fatal(err)
	}
	s.configure(tb, map[string]tftypes.Value{"base_url": stringValue(url), "username": stringValue(testUser), "password": stringValue(testPassword)})
	return s
}

func (s protocol) configure(tb testing.TB, settings map[string]tftypes.Value) {
	tb.Helper()
	configured, err := s.ConfigureProvider(tb.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: dynamic(tb, s.schema.Provider.ValueType(), settings),
	})
	if err != nil || len(configured.Diagnostics) > 0 {
		tb.Fatalf("%v, %v", err, configured)
	}
}

// create applies a configuration of nothing but a new authorization.
func (s protocol) create(tb testing.TB, object tftypes.Type, config *tfprotov6.DynamicValue) (state *tfprotov6.DynamicValue, private []byte) {
	tb.Helper()
	absent, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
	if err != nil {
		tb.Fatal(err)
	}
	planned, err := s.PlanResourceChange(tb.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: authorizationType, PriorState: &absent, ProposedNewState: config, Config: config,
	})
	if err != nil || len(planned.Diagnostics) > 0 {
		tb.Fatalf("%v, %v", err, planned)
	}
	applied, err := s.ApplyResourceChange(tb.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: authorizationType, PriorState: &absent, PlannedState: planned.PlannedState, Config: config, PlannedPrivate: planned.PlannedPrivate,
	})
	if err != nil || len(applied.Diagnostics) > 0 {
		tb.Fatalf("%v, %v", err, applied)
	}
	return applied.NewState, applied.Private
}

// dynamic returns an object of the given values, and null for all others.
func dynamic(tb testing.TB, object tftypes.Type, given map[string]tftypes.Value) *tfprotov6.DynamicValue {
	tb.Helper()
	values := map[string]tftypes.Value{}
	for name, attribute := range object.(tftypes.Object).AttributeTypes { //nolint:forcetypeassert // providers and resources are objects
		values[name] = tftypes.NewValue(attribute, nil)
	}
	maps.Copy(values, given)
	value, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		tb.Fatal(err)
	}
	return &value
}
