package provider

import (
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// BenchmarkServer_plan measures one resource of many in a plan without changes: a
// refresh from a list that is loaded already, and the plan.
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
