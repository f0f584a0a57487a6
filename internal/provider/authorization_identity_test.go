package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.Number, "host": tftypes.String, "user": tftypes.String}}

// identityOf returns an identity as the CLIs send it: of an account, or with the ID only.
func identityOf(t *testing.T, id int64, owner account) *tfprotov6.ResourceIdentityData {
	t.Helper()
	text := func(s string) tftypes.Value {
		if s == "" {
			return tftypes.NewValue(tftypes.String, nil)
		}
		return tftypes.NewValue(tftypes.String, s)
	}
	value, err := tfprotov6.NewDynamicValue(identityType, tftypes.NewValue(identityType, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.Number, id), "host": text(owner.Host), "user": text(owner.User),
	}))
	if err != nil {
		t.Fatal(err)
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: &value}
}

// checkIdentity checks that a resource got the identity of the test user's authorization id.
func (i *instance) checkIdentity(t *testing.T, got *tfprotov6.ResourceIdentityData, id int64) {
	t.Helper()
	if got == nil {
		t.Error("no identity")
		return
	}
	value, err := got.IdentityData.Unmarshal(identityType)
	if want, _ := identityOf(t, id, account{i.host(), testUser}).IdentityData.Unmarshal(identityType); err != nil || !value.Equal(want) {
		t.Errorf("identity %s, %v, want %s", value, err, want)
	}
}

// A state without an identity gets one with the next refresh or update. If the
// authorization was deleted on the server, the missing identity is no error.
func TestIdentity_olderState(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	s := newProtocol(t, sim.url)
	object := s.schema.ResourceSchemas[authorizationType].ValueType()
	config := dynamic(t, object, map[string]tftypes.Value{"note": tftypes.NewValue(tftypes.String, "ci")})
	state, private := s.create(t, object, config)

	read := func() *tfprotov6.ReadResourceResponse {
		resp, err := s.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: authorizationType, CurrentState: state, Private: private})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range resp.Diagnostics {
			if d.Severity == tfprotov6.DiagnosticSeverityError {
				t.Errorf("%s: %s", d.Summary, d.Detail)
			}
		}
		return resp
	}
	sim.checkIdentity(t, read().NewIdentity, sim.only())

	changed := dynamic(t, object, map[string]tftypes.Value{"note": tftypes.NewValue(tftypes.String, "other")})
	planned, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: authorizationType, PriorState: state, ProposedNewState: withNote(t, object, state, "other"), Config: changed, PriorPrivate: private,
	})
	if err != nil || len(planned.Diagnostics) > 0 {
		t.Fatalf("%v, %v", err, planned)
	}
	applied, err := s.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: authorizationType, PriorState: state, PlannedState: planned.PlannedState, Config: changed,
		PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity,
	})
	if err != nil || len(applied.Diagnostics) > 0 {
		t.Fatalf("%v, %v", err, applied)
	}
	sim.checkIdentity(t, applied.NewIdentity, sim.only())

	sim.RevokeAuthorization(sim.only())
	if gone, err := read().NewState.Unmarshal(object); err != nil || !gone.IsNull() {
		t.Errorf("%s, %v, want no state", gone, err)
	}
}

// withNote returns a state with another note.
func withNote(t *testing.T, object tftypes.Type, state *tfprotov6.DynamicValue, note string) *tfprotov6.DynamicValue {
	t.Helper()
	value, err := state.Unmarshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]tftypes.Value
	if err := value.As(&values); err != nil {
		t.Fatal(err)
	}
	values["note"] = tftypes.NewValue(tftypes.String, note)
	return dynamic(t, object, values)
}

func TestIdentity_import(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	personal := sim.AddAuthorization(ghessim.Authorization{Note: new("ci")})
	ofApp := sim.AddAuthorization(ghessim.Authorization{ClientID: testClientID, Fingerprint: new("laptop")})
	s := newProtocol(t, sim.url)
	own, elsewhere, other := account{sim.host(), testUser}, account{Host: "ghe.example.com"}, account{User: "hubot"}
	const both = "hubot\" on 127.0.0.1"
	for _, test := range []struct {
		kind     string
		request  tfprotov6.ImportResourceStateRequest
		id       int64
		refusing []string
	}{
		{kind: "ghes_authorization", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, personal.ID, account{})}, id: personal.ID},
		{kind: "ghes_authorization", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, personal.ID, account{Host: own.Host})}, id: personal.ID},
		{kind: "ghes_authorization", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, personal.ID, account{User: strings.ToUpper(testUser)})}, id: personal.ID},
		{kind: "ghes_authorization", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, personal.ID, own)}, id: personal.ID},
		{kind: "ghes_authorization", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, personal.ID, elsewhere)}, refusing: []string{"ghe.example.com", own.String(), "Nothing was sent"}},
		{kind: "ghes_authorization", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, personal.ID, other)}, refusing: []string{both, own.String()}},
		{kind: "ghes_authorization", request: tfprotov6.ImportResourceStateRequest{ID: fmt.Sprint(ofApp.ID)}, id: ofApp.ID},
		{kind: "ghes_authorization", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, -1, own)}, refusing: []string{`"-1" is not the ID of an authorization`}},
		{kind: "ghes_authorization_fingerprint", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, ofApp.ID, own)}, id: ofApp.ID},
		{kind: "ghes_authorization_fingerprint", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, ofApp.ID, other)}, refusing: []string{both, own.String()}},
		{kind: "ghes_authorization_fingerprint", request: tfprotov6.ImportResourceStateRequest{ID: testClientID + "/laptop"}, id: ofApp.ID},
		{kind: "ghes_authorization_fingerprint", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, personal.ID, account{})}, refusing: []string{"has no OAuth app or no fingerprint"}},
		{kind: "ghes_authorization_fingerprint", request: tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, 999, account{})}, refusing: []string{`no authorization "999"`}},
	} {
		test.request.TypeName = test.kind
		resp, err := s.ImportResourceState(t.Context(), &test.request)
		switch {
		case err != nil:
			t.Error(err)
		case test.refusing != nil:
			if len(resp.Diagnostics) != 1 {
				t.Fatalf("%v, want an error with %q", resp.Diagnostics, test.refusing)
			}
			contains(t, resp.Diagnostics[0].Detail, test.refusing...)
		case len(resp.Diagnostics) > 0 || len(resp.ImportedResources) != 1:
			t.Errorf("%v, %v", resp.Diagnostics, resp.ImportedResources)
		default:
			sim.checkIdentity(t, resp.ImportedResources[0].Identity, test.id)
		}
	}
}

// An identity of version 0 has the ID only. It is accepted, and the next refresh completes it.
func TestIdentity_upgrade(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	s := newProtocol(t, sim.url)
	for _, kind := range []string{"ghes_authorization", "ghes_authorization_fingerprint"} {
		resp, err := s.UpgradeResourceIdentity(t.Context(), &tfprotov6.UpgradeResourceIdentityRequest{
			TypeName: kind, Version: 0, RawIdentity: &tfprotov6.RawState{JSON: []byte(`{"id": 7}`)},
		})
		if err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("%v, %v", err, resp)
		}
		value, err := resp.UpgradedIdentity.IdentityData.Unmarshal(identityType)
		if want, _ := identityOf(t, 7, account{}).IdentityData.Unmarshal(identityType); err != nil || !value.Equal(want) {
			t.Errorf("identity %s, %v, want %s", value, err, want)
		}
	}
}
