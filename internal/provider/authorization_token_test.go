package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	test "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

func TestStoreToken(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	notStored := statecheck.ExpectKnownValue(testAddress, tfjsonpath.New("token"), knownvalue.Null())
	step := func(argument string, action plancheck.ResourceActionType, check statecheck.StateCheck) test.TestStep {
		return test.TestStep{
			PreConfig:         sim.forget,
			Config:            sim.config("resource \"ghes_authorization\" \"test\" {\n  note = \"ci\"\n" + argument + "\n}"),
			ConfigPlanChecks:  test.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(testAddress, action)}},
			ConfigStateChecks: []statecheck.StateCheck{check},
		}
	}
	sim.test(t,
		step(``, plancheck.ResourceActionCreate, sim.expectTokenInState()),
		step(`store_token = true`, plancheck.ResourceActionUpdate, sim.expectSent("GET /api/v3/authorizations/1")),
		step(`store_token = false`, plancheck.ResourceActionDestroyBeforeCreate, notStored),
		step("store_token = false\nscopes = [\"repo\"]", plancheck.ResourceActionUpdate, notStored),
		step(``, plancheck.ResourceActionDestroyBeforeCreate, sim.expectTokenInState()),
	)
}

// encryptedTo is an authorization with that encrypt_token.
func encryptedTo(encryption string) string {
	return "resource \"ghes_authorization\" \"test\" {\n  note = \"ci\"\n  encrypt_token = " + encryption + "\n}\noutput \"encrypted\" { value = ghes_authorization.test.encrypted_token }\n"
}

func TestEncryptToken(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	first, second := must(age.GenerateX25519Identity()), must(age.GenerateX25519Identity())
	to := func(i *age.X25519Identity) string {
		return sim.config(encryptedTo(fmt.Sprintf("{ age_recipients = [%q] }", i.Recipient())))
	}
	w := newWorkspace(t, to(first))
	w.must(0, "apply", "-auto-approve")
	w.checkEncrypted(sim, first)
	w.must(0, "plan", "-detailed-exitcode", "-out=saved.tfplan")
	sim.forget()

	w.write("main.tf", to(second))
	contains(t, w.must(0, "apply", "-auto-approve"), "encrypt_token", "forces replacement", "1 added, 0 changed, 1 destroyed")
	w.checkEncrypted(sim, second)

	sim.ResetToken(sim.only())
	contains(t, w.must(0, "apply", "-auto-approve"), "Warning: The token was reset outside of Terraform", "1 added, 0 changed, 1 destroyed")
	w.checkEncrypted(sim, second)
	w.must(0, "plan", "-detailed-exitcode")

	w.write("main.tf", sim.config(`resource "ghes_authorization" "test" { note = "ci" }`))
	contains(t, w.must(0, "apply", "-auto-approve"), "1 added, 0 changed, 1 destroyed")
}

// checkEncrypted decrypts the output, and looks for the token everywhere.
func (w *workspace) checkEncrypted(sim *instance, identity age.Identity) {
	w.t.Helper()
	output, err := w.command("output", "-raw", "encrypted").Output()
	if err != nil {
		w.t.Fatal(err)
	}
	plain, err := age.Decrypt(armor.NewReader(bytes.NewReader(output)), identity)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, output)
	}
	created, _ := sim.Authorization(sim.only())
	if token, err := io.ReadAll(plain); err != nil || string(token) != created.Token {
		w.t.Errorf("decrypted %q, %v, the server has %q", token, err, created.Token)
	}
	if found := w.find(created.Token); len(found) > 0 {
		w.t.Errorf("the token is in %q", found)
	}
	contains(w.t, w.must(0, "show", "-json"), `"token":null`)
}

// A key that cannot be used is an error in the plan, with nothing sent. One that
// the apply will tell is checked then, before anything is created.
func TestEncryptToken_badKey(t *testing.T) {
	t.Parallel()
	later := "\nresource \"terraform_data\" \"later\" { input = \"not a key\" }\n"
	for name, test := range map[string]struct {
		encryption, more string
		want             []string
	}{
		"age":         {`{ age_recipients = ["age1made-up"] }`, "", []string{"Invalid key in encrypt_token", "encrypt_token.age_recipients[0]"}},
		"OpenPGP":     {`{ pgp_key = "made up" }`, "", []string{"Invalid key in encrypt_token", "encrypt_token.pgp_key"}},
		"sealed box":  {`{ sealed_box_key = "made up" }`, "", []string{"Invalid key in encrypt_token", "encrypt_token.sealed_box_key"}},
		"none":        {`{}`, "", []string{"Invalid encrypt_token", "Set exactly one of"}},
		"two":         {`{ pgp_key = "made up", sealed_box_key = "made up" }`, "", []string{"Invalid encrypt_token", "Set only one of"}},
		"known later": {`{ pgp_key = terraform_data.later.output }`, later, []string{"Invalid key in encrypt_token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			w := newWorkspace(t, sim.config(encryptedTo(test.encryption)+test.more))
			command := []string{"plan"}
			if test.more != "" {
				w.must(0, "plan")
				command = []string{"apply", "-auto-approve"}
			}
			contains(t, w.must(1, command...), append(test.want, "on main.tf line")...)
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A key that expires after it has encrypted a token is no reason for anything,
// until a new token is needed.
func TestEncryptToken_keyExpires(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	w := newWorkspace(t, sim.config(encryptedTo("{ pgp_key = file(\"key.asc\") }")), WithClock(sim.now))
	_, key, _ := newPGPKey(&packet.Config{KeyLifetimeSecs: 10 * 24 * 60 * 60})
	w.write("key.asc", key)
	w.must(0, "apply", "-auto-approve")
	sim.advance(11)
	w.must(0, "plan", "-detailed-exitcode")
	contains(t, w.must(1, "plan", "-replace=ghes_authorization.test"), "Invalid key in encrypt_token", "expired")
	contains(t, w.must(0, "destroy", "-auto-approve"), "1 destroyed")
}

// On a CLI that cannot hand the token out, the plan says that it will be lost.
func TestStoreToken_warnsOldCLI(t *testing.T) {
	t.Parallel()
	not := types.BoolValue(false)
	for _, c := range []struct {
		cli   string
		store types.Bool
		want  bool
	}{
		{"1.8.0", not, true},
		{"1.10.3", not, true},
		{"1.11.0", not, false},
		{"1.11.0-beta1", not, false},
		{"1.13.0", not, false},
		{"2.0.0", not, false},
		{"", not, false},
		{"1.8.0", types.BoolNull(), false},
		{"1.8.0", types.BoolValue(true), false},
		{"1.8.0", types.BoolUnknown(), false},
	} {
		var diags diag.Diagnostics
		m := tokenModel{StoreToken: c.store}
		m.warnUnlessEphemeral(c.cli, &diags)
		if got := diags.WarningsCount() == 1; got != c.want {
			t.Errorf("%s, store_token = %s: %v", c.cli, c.store, diags)
		}
	}
}

func TestTokenMemory_isFull(t *testing.T) {
	t.Parallel()
	client := newSession(ghes.Unavailable(errors.New("a request was sent")), time.Now, &EphemeralTokens{}, "1.11.0", account{})
	for id := range int64(maxTokens) {
		client.tokens.put(id, "made-up-token", false)
	}
	diags := createPlanned(t, client, authorizationModel{tokenModel: tokenModel{Note: types.StringValue("ci"), StoreToken: types.BoolValue(false)}})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail(), "Nothing was sent") {
		t.Errorf("got %v", diags)
	}
	diags = createPlanned(t, client, authorizationModel{tokenModel: tokenModel{Note: types.StringValue("ci")}})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail(), "a request was sent") {
		t.Errorf("a token that is stored needs no memory, got %v", diags)
	}
}

// createPlanned creates a planned authorization, and returns the diagnostics.
func createPlanned(t *testing.T, client *session, planned authorizationModel) diag.Diagnostics {
	t.Helper()
	var s resource.SchemaResponse
	r := &authorizationResource{session: client, onExisting: onExistingFail}
	r.Schema(t.Context(), resource.SchemaRequest{}, &s)
	null := tftypes.NewValue(s.Schema.Type().TerraformType(t.Context()), nil)
	plan := tfsdk.Plan{Schema: s.Schema, Raw: null}
	planned.Scopes = types.SetNull(types.StringType)
	planned.RotateWhenChanged = types.MapNull(types.StringType)
	planned.EncryptToken = types.ObjectNull(encryptTokenAttribute().GetType().(types.ObjectType).AttrTypes) //nolint:forcetypeassert // it is a nested attribute
	planned.App = types.ObjectNull(appTypes)
	if diags := plan.Set(t.Context(), &planned); diags.HasError() {
		t.Fatal(diags)
	}
	resp := resource.CreateResponse{State: tfsdk.State{Schema: s.Schema, Raw: null}}
	createAuthorization(context.Background(), client, createByPost, resource.CreateRequest{
		Plan:   plan,
		Config: tfsdk.Config{Schema: s.Schema, Raw: plan.Raw},
	}, &resp)
	return resp.Diagnostics
}
