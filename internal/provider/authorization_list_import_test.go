package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// terraform query generates a configuration for each authorization in a list. The
// import by identity then has nothing to change. The list has the values that the
// refresh after the import finds, and never a token.
func TestAuthorizationList_import(t *testing.T) {
	t.Parallel()
	all := map[string]ghessim.Authorization{
		"personal":               {Note: new("ci"), Scopes: []string{"repo", "gist"}},
		"note_url":               {Note: new("ci"), NoteURL: new("https://ci.example.com"), Scopes: []string{"repo"}},
		"no scopes":              {Note: new("ci")},
		"fingerprint":            {Note: new("ci"), Fingerprint: new("laptop")},
		"expiring":               {Note: new("ci"), ExpiresAt: new(time.Now().AddDate(0, 1, 0))},
		"long note":              {Note: new(strings.Repeat("long ", 2000))},
		"template":               {Note: new("${var.x} %{ if true } $${y} %%{")},
		"quotes and lines":       {Note: new("\"ci\"\n\\\t<<EOT\r\n"), NoteURL: new(" \x00\u202e\U0001f511")},
		"no note":                {Note: new("")},
		"app":                    {ClientID: testClientID, Scopes: []string{"repo"}},
		"app, note":              {ClientID: testClientID, Note: new("ci"), NoteURL: new("https://ci.example.com")},
		"app, fingerprint":       {ClientID: testClientID, Fingerprint: new("laptop")},
		"app, all":               {ClientID: testClientID, Fingerprint: new("lap top?%"), Note: new("ci"), NoteURL: new("x"), Scopes: []string{"gist"}},
		"app, no path element":   {ClientID: testClientID, Fingerprint: new("a/b")},
		"app, no path element 2": {ClientID: testClientID, Fingerprint: new("..")},
	}
	for name, a := range all {
		for _, kind := range []string{authorizationType, fingerprintType} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				sim := newInstance(t)
				created := sim.AddAuthorization(a)
				s := newProtocol(t, sim.url)
				results := s.list(t, tfprotov6.ListResourceRequest{TypeName: kind, Limit: 100, IncludeResource: true}, nil)
				if kind == fingerprintType && (a.ClientID == "" || a.Fingerprint == nil || strings.Contains(name, "no path element")) {
					if len(results) != 0 {
						t.Errorf("listed %q, which does not fit", listedIDs(t, results))
					}
					return
				}
				listedIDs(t, results)
				s.checkImport(t, kind, results[0], created.Token)
				if sent := sim.sent(); len(sent) > 3 {
					t.Errorf("sent %q", sent)
				}
			})
		}
	}
}

// checkImport checks that the list has the values that an import finds. The
// configuration that is generated from it must be accepted without a warning and plan
// nothing.
func (s protocol) checkImport(t *testing.T, kind string, listed tfprotov6.ListResourceResult, token string) {
	t.Helper()
	ctx, object := t.Context(), s.schema.ResourceSchemas[kind].ValueType()
	generated, err := s.GenerateResourceConfig(ctx, &tfprotov6.GenerateResourceConfigRequest{TypeName: kind, State: listed.Resource})
	noDiagnostics(t, err, generated.Diagnostics)
	validated, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: kind, Config: generated.Config})
	noDiagnostics(t, err, validated.Diagnostics)
	imported, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: kind, Identity: listed.Identity})
	noDiagnostics(t, err, imported.Diagnostics)
	one := imported.ImportedResources[0]
	read, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: kind, CurrentState: one.State, Private: one.Private, CurrentIdentity: one.Identity})
	noDiagnostics(t, err, read.Diagnostics)
	state := decode(t, object, read.NewState)
	if got := decode(t, object, listed.Resource); !got.Equal(state) {
		t.Errorf("listed\n%s\nimported\n%s", got, state)
	}
	if strings.Contains(string(listed.Resource.MsgPack), token) {
		t.Error("the token is in the list")
	}
	planned, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: kind, PriorState: read.NewState, ProposedNewState: s.proposed(t, kind, generated.Config, read.NewState),
		Config: generated.Config, PriorPrivate: read.Private, PriorIdentity: read.NewIdentity,
	})
	noDiagnostics(t, err, planned.Diagnostics)
	if plan := decode(t, object, planned.PlannedState); !plan.Equal(state) || len(planned.RequiresReplace) > 0 {
		t.Errorf("planned\n%s\nfor\n%s\nreplaced for %v", plan, state, planned.RequiresReplace)
	}
}

// noDiagnostics fails if a call returned an error or diagnostics.
func noDiagnostics(t *testing.T, err error, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diags {
		t.Fatalf("%s: %s: %s", d.Severity, d.Summary, d.Detail)
	}
}

// proposed is what the CLIs propose: the configuration, and what it leaves out of
// the computed values as it was.
func (s protocol) proposed(t *testing.T, kind string, config, state *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	t.Helper()
	object := s.schema.ResourceSchemas[kind].ValueType()
	var values, prior map[string]tftypes.Value
	if err := decode(t, object, config).As(&values); err != nil {
		t.Fatal(err)
	}
	if err := decode(t, object, state).As(&prior); err != nil {
		t.Fatal(err)
	}
	for _, attribute := range s.schema.ResourceSchemas[kind].Block.Attributes {
		if attribute.Computed && values[attribute.Name].IsNull() {
			values[attribute.Name] = prior[attribute.Name]
		}
	}
	return dynamic(t, object, values)
}

func decode(t *testing.T, object tftypes.Type, value *tfprotov6.DynamicValue) tftypes.Value {
	t.Helper()
	decoded, err := value.Unmarshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}
