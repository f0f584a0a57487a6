package provider

import (
	"maps"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// BenchmarkServer_plan is what one resource of many takes in a plan that has
// nothing to change: it is refreshed from a list that has come already, and
// planned.
func BenchmarkServer_plan(b *testing.B) {
	sim := httptest.NewServer(ghessim.New(ghessim.Options{Users: []ghessim.User{{Login: testUser, Password: testPassword}}}))
	defer sim.Close()
	s := newProtocol(b, sim.URL)
	object := s.schema.ResourceSchemas[authorizationType].ValueType()
	config := dynamic(b, object, map[string]tftypes.Value{"note": tftypes.NewValue(tftypes.String, "ci")})
	state, private := s.create(b, object, config)

	b.ReportAllocs()
	for b.Loop() {
		read, err := s.ReadResource(b.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: authorizationType, CurrentState: state, Private: private,
		})
		if err != nil || len(read.Diagnostics) > 0 {
			b.Fatalf("%v, %v", err, read)
		}
		planned, err := s.PlanResourceChange(b.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: authorizationType, PriorState: read.NewState, ProposedNewState: read.NewState, Config: config, PriorPrivate: read.Private,
		})
		if err != nil || len(planned.Diagnostics) > 0 {
			b.Fatalf("%v, %v", err, planned)
		}
	}
}

const authorizationType = "ghes_authorization"

// protocol is a configured provider as the CLIs speak to it, without the wire.
type protocol struct {
	tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

func newProtocol(b *testing.B, url string) protocol {
	b.Helper()
	s := protocol{ProviderServer: NewServer("test")()}
	var err error
	if s.schema, err = s.GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		b.Fatal(err)
	}
	configured, err := s.ConfigureProvider(b.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: dynamic(b, s.schema.Provider.ValueType(), map[string]tftypes.Value{
			"base_url": tftypes.NewValue(tftypes.String, url),
			"username": tftypes.NewValue(tftypes.String, testUser),
			"password": tftypes.NewValue(tftypes.String, testPassword),
		}),
	})
	if err != nil || len(configured.Diagnostics) > 0 {
		b.Fatalf("%v, %v", err, configured)
	}
	return s
}

// create applies a configuration of nothing but a new authorization.
func (s protocol) create(b *testing.B, object tftypes.Type, config *tfprotov6.DynamicValue) (state *tfprotov6.DynamicValue, private []byte) {
	b.Helper()
	absent, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
	if err != nil {
		b.Fatal(err)
	}
	planned, err := s.PlanResourceChange(b.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: authorizationType, PriorState: &absent, ProposedNewState: config, Config: config,
	})
	if err != nil || len(planned.Diagnostics) > 0 {
		b.Fatalf("%v, %v", err, planned)
	}
	applied, err := s.ApplyResourceChange(b.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: authorizationType, PriorState: &absent, PlannedState: planned.PlannedState, Config: config, PlannedPrivate: planned.PlannedPrivate,
	})
	if err != nil || len(applied.Diagnostics) > 0 {
		b.Fatalf("%v, %v", err, applied)
	}
	return applied.NewState, applied.Private
}

// dynamic returns an object of the given values, and null for all others.
func dynamic(b *testing.B, object tftypes.Type, given map[string]tftypes.Value) *tfprotov6.DynamicValue {
	b.Helper()
	values := map[string]tftypes.Value{}
	for name, attribute := range object.(tftypes.Object).AttributeTypes { //nolint:forcetypeassert // providers and resources are objects
		values[name] = tftypes.NewValue(attribute, nil)
	}
	maps.Copy(values, given)
	value, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		b.Fatal(err)
	}
	return &value
}
