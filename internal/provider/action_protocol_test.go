package provider

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const (
	revokeGrant          = "ghes_revoke_grant"
	revokeAuthorizations = "ghes_revoke_authorizations"
)

// notYetKnown is the value of an argument that is not known yet.
const notYetKnown = tftypes.UnknownValue

// argumentValues are the arguments of an action. The others are null.
type argumentValues map[string]any

// actionOutput is the output of an action for a CLI.
type actionOutput struct {
	messages []string
	diags    []*tfprotov6.Diagnostic
}

// text is all that the user can read of it.
func (o actionOutput) text() string {
	return strings.Join(append(strings.Split(diagnosticsText(o.diags), "\n"), o.messages...), "\n")
}

func (o actionOutput) count(severity tfprotov6.DiagnosticSeverity) int {
	n := 0
	for _, d := range o.diags {
		if d.Severity == severity {
			n++
		}
	}
	return n
}

func diagnosticsText(diags []*tfprotov6.Diagnostic) string {
	var text strings.Builder
	for _, d := range diags {
		text.WriteString(d.Severity.String() + ": " + d.Summary + ": " + d.Detail + "\n")
	}
	return text.String()
}

func (s protocol) actions(tb testing.TB) tfprotov6.ActionServer {
	tb.Helper()
	actions, ok := s.ProviderServer.(tfprotov6.ActionServer)
	if !ok {
		tb.Fatal("the server has no actions")
	}
	return actions
}

func (s protocol) arguments(tb testing.TB, action string, arguments argumentValues) *tfprotov6.DynamicValue {
	tb.Helper()
	object := s.schema.ActionSchemas[action].Schema.ValueType()
	values := map[string]tftypes.Value{}
	for name, value := range arguments {
		values[name] = tftypes.NewValue(object.(tftypes.Object).AttributeTypes[name], value) //nolint:forcetypeassert // it is an object
	}
	return dynamic(tb, object, values)
}

func (s protocol) validateAction(tb testing.TB, action string, arguments argumentValues) []*tfprotov6.Diagnostic {
	tb.Helper()
	resp, err := s.actions(tb).ValidateActionConfig(tb.Context(), &tfprotov6.ValidateActionConfigRequest{
		ActionType: action, Config: s.arguments(tb, action, arguments),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return resp.Diagnostics
}

func (s protocol) planAction(tb testing.TB, action string, arguments argumentValues) []*tfprotov6.Diagnostic {
	tb.Helper()
	resp, err := s.actions(tb).PlanAction(tb.Context(), &tfprotov6.PlanActionRequest{
		ActionType: action, Config: s.arguments(tb, action, arguments),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return resp.Diagnostics
}

func (s protocol) invoke(tb testing.TB, action string, arguments argumentValues) actionOutput {
	tb.Helper()
	return s.invokeIn(tb.Context(), tb, action, arguments)
}

// invokeIn invokes an action as the CLIs do, which read its output once the call has
// returned.
func (s protocol) invokeIn(ctx context.Context, tb testing.TB, action string, arguments argumentValues) (o actionOutput) {
	tb.Helper()
	stream, err := s.actions(tb).InvokeAction(ctx, &tfprotov6.InvokeActionRequest{
		ActionType: action, Config: s.arguments(tb, action, arguments),
	})
	if err != nil {
		tb.Fatal(err)
	}
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			o.messages = append(o.messages, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			o.diags = event.Diagnostics
		}
	}
	return o
}

// An apply refuses the same arguments as a plan, and sends nothing. No filter, or an
// empty one, would match all authorizations of the user.
func TestActions_refused(t *testing.T) {
	t.Parallel()
	const noApp = "00000000000000000000"
	for name, test := range map[string]struct {
		action    string
		arguments argumentValues
		want      string
	}{
		"grant, none":              {revokeGrant, argumentValues{}, "Set exactly one of grant_id and client_id."},
		"grant, both":              {revokeGrant, argumentValues{"grant_id": 1, "client_id": testClientID}, "The configuration sets grant_id and client_id."},
		"grant, ID 0":              {revokeGrant, argumentValues{"grant_id": 0}, "Invalid grant_id"},
		"grant, negative ID":       {revokeGrant, argumentValues{"grant_id": -1}, "Invalid grant_id"},
		"grant, half an ID":        {revokeGrant, argumentValues{"grant_id": 1.5}, "Value Conversion Error"},
		"grant, empty ID":          {revokeGrant, argumentValues{"client_id": ""}, "Empty client_id"},
		"grant, ID and empty app":  {revokeGrant, argumentValues{"grant_id": 1, "client_id": ""}, "Empty client_id"},
		"grant, blank ID":          {revokeGrant, argumentValues{"client_id": " \t"}, "Empty client_id"},
		"grant, long ID":           {revokeGrant, argumentValues{"client_id": testClientID + "k"}, "at most 20 characters"},
		"grant, no app's":          {revokeGrant, argumentValues{"client_id": noApp}, "every personal access token"},
		"none":                     {revokeAuthorizations, argumentValues{}, "Missing filter"},
		"dry_run only":             {revokeAuthorizations, argumentValues{"dry_run": true}, "Missing filter"},
		"empty prefix":             {revokeAuthorizations, argumentValues{"note_prefix": ""}, "Empty note_prefix"},
		"blank prefix":             {revokeAuthorizations, argumentValues{"note_prefix": " \t\n\u00a0"}, "Empty note_prefix"},
		"empty prefix, and an age": {revokeAuthorizations, argumentValues{"note_prefix": "", "older_than_days": 1}, "Empty note_prefix"},
		"empty ID":                 {revokeAuthorizations, argumentValues{"client_id": ""}, "Empty client_id"},
		"empty ID, and a prefix":   {revokeAuthorizations, argumentValues{"client_id": "", "note_prefix": "ci"}, "Empty client_id"},
		"blank ID":                 {revokeAuthorizations, argumentValues{"client_id": "  "}, "Empty client_id"},
		"long ID":                  {revokeAuthorizations, argumentValues{"client_id": testClientID + "k"}, "at most 20 characters"},
		"no app's":                 {revokeAuthorizations, argumentValues{"client_id": noApp}, "every personal access token"},
		"no app's, and a prefix":   {revokeAuthorizations, argumentValues{"client_id": noApp, "note_prefix": "ci"}, "every personal access token"},
		"0 days":                   {revokeAuthorizations, argumentValues{"older_than_days": 0}, "more than 0"},
		"0 days, and a prefix":     {revokeAuthorizations, argumentValues{"older_than_days": 0, "note_prefix": "ci"}, "more than 0"},
		"negative days":            {revokeAuthorizations, argumentValues{"older_than_days": -1}, "more than 0"},
		"days beyond all times":    {revokeAuthorizations, argumentValues{"older_than_days": 100_001}, "at most 100000"},
		"endless days":             {revokeAuthorizations, argumentValues{"older_than_days": new(big.Float).SetInf(false)}, "cannot be represented"},
		"days without a beginning": {revokeAuthorizations, argumentValues{"older_than_days": new(big.Float).SetInf(true)}, "cannot be represented"},
		"too many days":            {revokeAuthorizations, argumentValues{"older_than_days": 1e300}, "at most 100000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			s := newProtocol(t, sim.url)
			for at, diags := range map[string][]*tfprotov6.Diagnostic{
				"validate": s.validateAction(t, test.action, test.arguments),
				"plan":     s.planAction(t, test.action, test.arguments),
				"invoke":   s.invoke(t, test.action, test.arguments).diags,
			} {
				if text := diagnosticsText(diags); !strings.Contains(text, "ERROR") || !strings.Contains(text, test.want) {
					t.Errorf("%s: %q does not contain %q", at, text, test.want)
				}
			}
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Before the plan, an unknown argument is no error. The plan refuses it if it could
// become null, as if nobody had set it. An invocation always refuses it.
func TestActions_unknown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		action    string
		arguments argumentValues
		plans     bool
	}{
		"grant_id":                        {revokeGrant, argumentValues{"grant_id": notYetKnown}, true},
		"client_id of a grant":            {revokeGrant, argumentValues{"client_id": notYetKnown}, true},
		"client_id beside grant_id":       {revokeGrant, argumentValues{"client_id": notYetKnown, "grant_id": 1}, true},
		"note_prefix":                     {revokeAuthorizations, argumentValues{"note_prefix": notYetKnown}, true},
		"client_id":                       {revokeAuthorizations, argumentValues{"client_id": notYetKnown}, true},
		"older_than_days":                 {revokeAuthorizations, argumentValues{"older_than_days": notYetKnown}, true},
		"older_than_days beside a prefix": {revokeAuthorizations, argumentValues{"older_than_days": notYetKnown, "note_prefix": "ci"}, false},
		"note_prefix beside a client_id":  {revokeAuthorizations, argumentValues{"note_prefix": notYetKnown, "client_id": testClientID}, false},
		"client_id beside an unknown age": {revokeAuthorizations, argumentValues{"client_id": notYetKnown, "older_than_days": notYetKnown}, false},
		"dry_run beside a prefix":         {revokeAuthorizations, argumentValues{"note_prefix": "ci", "dry_run": notYetKnown}, false},
		"dry_run and note_prefix":         {revokeAuthorizations, argumentValues{"note_prefix": notYetKnown, "dry_run": notYetKnown}, false},
		"note_prefix in a dry run":        {revokeAuthorizations, argumentValues{"note_prefix": notYetKnown, "dry_run": true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			s := newProtocol(t, sim.url)
			if diags := s.validateAction(t, test.action, test.arguments); len(diags) > 0 {
				t.Errorf("validate: %s", diagnosticsText(diags))
			}
			diags := s.planAction(t, test.action, test.arguments)
			if test.plans != (len(diags) == 0) {
				t.Errorf("plan: %s", diagnosticsText(diags))
			}
			if text := diagnosticsText(s.invoke(t, test.action, test.arguments).diags); !strings.Contains(text, "ERROR: Unknown ") {
				t.Errorf("invoke: %s", text)
			}
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A server that is not known yet is no reason to complain before it is asked.
func TestActions_unknownSettings(t *testing.T) {
	t.Parallel()
	s := newProtocol(t, newInstance(t).url)
	settings := map[string]tftypes.Value{}
	for _, name := range []string{"base_url", "username", "password"} {
		settings[name] = tftypes.NewValue(tftypes.String, notYetKnown)
	}
	configured, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(t, s.schema.Provider.ValueType(), settings)})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatalf("%v, %v", err, configured)
	}
	for action, arguments := range map[string]argumentValues{revokeGrant: {"grant_id": 1}, revokeAuthorizations: {"note_prefix": "ci"}} {
		if diags := s.planAction(t, action, arguments); len(diags) > 0 {
			t.Errorf("%s: %s", action, diagnosticsText(diags))
		}
		contains(t, s.invoke(t, action, arguments).text(), "needs settings that are only known after an apply")
	}
}

// A plan asks the server nothing.
func TestActions_plan(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	s := newProtocol(t, sim.url)
	for _, test := range []struct {
		action    string
		arguments argumentValues
	}{
		{revokeGrant, argumentValues{"grant_id": 1}},
		{revokeGrant, argumentValues{"client_id": testClientID}},
		{revokeAuthorizations, argumentValues{"note_prefix": "ci", "client_id": testClientID, "older_than_days": 0.5, "dry_run": true}},
	} {
		if diags := append(s.validateAction(t, test.action, test.arguments), s.planAction(t, test.action, test.arguments)...); len(diags) > 0 {
			t.Error(diagnosticsText(diags))
		}
	}
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
}
