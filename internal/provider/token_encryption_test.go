package provider

import (
	"bytes"
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const madeUpToken = "ghp_madeUpTokenMadeUpTokenMadeUpToken0"

// envRequireDecrypters is a variable for the tests of internal/tokencrypt. TestMain
// leaves it alone.
const envRequireDecrypters = "GHES_REQUIRE_DECRYPTERS"

func ageTo(recipients ...string) *tokenEncryption {
	elements := make([]attr.Value, 0, len(recipients))
	for _, recipient := range recipients {
		elements = append(elements, types.StringValue(recipient))
	}
	return ageToValues(elements...)
}

func ageToValues(recipients ...attr.Value) *tokenEncryption {
	return &tokenEncryption{AgeRecipients: types.ListValueMust(types.StringType, recipients)}
}

func pgpTo(key string) *tokenEncryption { return &tokenEncryption{PGPKey: types.StringValue(key)} }

func sealedBoxTo(key string) *tokenEncryption {
	return &tokenEncryption{SealedBoxKey: types.StringValue(key)}
}

// must is for errors that only a mistake in a test can cause.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// newPGPKey returns a key, and its public part with and without armor.
func newPGPKey(config *packet.Config) (key *openpgp.Entity, armored string, binary []byte) {
	key = must(openpgp.NewEntity("Octocat", "", "octocat@example.com", config))
	var public bytes.Buffer
	if err := key.Serialize(&public); err != nil {
		panic(err)
	}
	return key, inArmor(openpgp.PublicKeyType, public.Bytes()), public.Bytes()
}

func inArmor(kind string, data []byte) string {
	var text strings.Builder
	w := must(armor.Encode(&text, kind, nil))
	must(w.Write(data))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return text.String() + "\n"
}

// The attribute has the type of the struct.
func TestTokenEncryption_attribute(t *testing.T) {
	t.Parallel()
	attributes := schema.Schema{Attributes: map[string]schema.Attribute{"encrypt_token": encryptTokenAttribute()}}
	if diags := attributes.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(diags)
	}
	state := tfsdk.State{Schema: attributes, Raw: tftypes.NewValue(attributes.Type().TerraformType(t.Context()), nil)}
	want := sealedBoxTo("made up")
	want.AgeRecipients = types.ListNull(types.StringType)
	if diags := state.SetAttribute(t.Context(), path.Root("encrypt_token"), want); diags.HasError() {
		t.Fatal(diags)
	}
	var got *tokenEncryption
	if diags := state.GetAttribute(t.Context(), path.Root("encrypt_token"), &got); diags.HasError() || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, diags)
	}
}

func TestTokenEncryption(t *testing.T) {
	t.Parallel()
	_, armored, binary := newPGPKey(nil)
	recipient := must(age.GenerateX25519Identity()).Recipient().String()
	for name, test := range map[string]struct {
		to   *tokenEncryption
		want string
	}{
		"age":             {ageTo(recipient, recipient), "-----BEGIN AGE ENCRYPTED FILE-----"},
		"OpenPGP":         {pgpTo(armored), "-----BEGIN PGP MESSAGE-----"},
		"OpenPGP, base64": {pgpTo(base64.StdEncoding.EncodeToString(binary)), "-----BEGIN PGP MESSAGE-----"},
		"sealed box":      {sealedBoxTo(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))), ""},
		// A module may pass null, "" or [] for an argument that is not set.
		"empty arguments": {&tokenEncryption{AgeRecipients: types.ListValueMust(types.StringType, nil), PGPKey: types.StringValue(armored), SealedBoxKey: types.StringValue("")}, "-----BEGIN PGP MESSAGE-----"},
	} {
		var diags diag.Diagnostics
		encrypt := test.to.encrypter(time.Now(), &diags)
		if encrypt == nil || len(diags) != 0 {
			t.Fatalf("%s: there is an encrypter (%t), %v", name, encrypt != nil, diags)
		}
		if got, err := encrypt(madeUpToken); err != nil || got == "" || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: encrypted to %q (%v), want %s", name, got, err, test.want)
		}
	}
}

// There is no error about an unknown value, and nothing is encrypted then.
func TestTokenEncryption_unknown(t *testing.T) {
	t.Parallel()
	_, pgpKey, _ := newPGPKey(nil)
	recipient := types.StringValue(must(age.GenerateX25519Identity()).Recipient().String())
	list := func(elements ...attr.Value) types.List { return types.ListValueMust(types.StringType, elements) }
	for name, e := range map[string]tokenEncryption{
		"one":                 {PGPKey: types.StringUnknown()},
		"all":                 {AgeRecipients: types.ListUnknown(types.StringType), PGPKey: types.StringUnknown(), SealedBoxKey: types.StringUnknown()},
		"maybe another":       {PGPKey: types.StringValue(pgpKey), SealedBoxKey: types.StringUnknown()},
		"recipients":          {AgeRecipients: list(types.StringUnknown(), types.StringUnknown())},
		"some of recipients":  {AgeRecipients: list(recipient, types.StringUnknown())},
		"another and a maybe": {AgeRecipients: list(recipient), PGPKey: types.StringUnknown()},
	} {
		var diags diag.Diagnostics
		if encrypt := e.encrypter(time.Now(), &diags); encrypt != nil || len(diags) != 0 {
			t.Errorf("%s: there is an encrypter (%t), %v", name, encrypt != nil, diags)
		}
	}
}

// withoutPath is the path of an error about a secret key. For an error with a path,
// the CLI would print the line with the key.
const withoutPath = ""

// An error is about the argument or the element to correct.
func TestTokenEncryption_invalid(t *testing.T) {
	t.Parallel()
	identity, hybrid := must(age.GenerateX25519Identity()), must(age.GenerateHybridIdentity())
	recipient := identity.Recipient().String()
	key, armored, _ := newPGPKey(nil)
	var private bytes.Buffer
	if err := key.SerializePrivate(&private, nil); err != nil {
		t.Fatal(err)
	}
	pair := base64.StdEncoding.EncodeToString(make([]byte, 64))
	unknown := types.StringUnknown()
	two, secretOfTwo := ageTo(recipient), sealedBoxTo(pair)
	two.PGPKey, secretOfTwo.PGPKey = types.StringValue("made up"), types.StringValue("made up")
	twoAndUnknown := *two
	twoAndUnknown.SealedBoxKey = unknown
	const secretKey = "Secret key in encrypt_token\nThe value of encrypt_token."
	for name, test := range map[string]struct {
		to   *tokenEncryption
		path string
		want string // summary and detail
	}{
		"empty":           {pgpTo(""), "encrypt_token", "Invalid encrypt_token\nSet exactly one of"},
		"empty list":      {ageTo(), "encrypt_token", "Invalid encrypt_token\nSet exactly one of"},
		"none":            {&tokenEncryption{}, "encrypt_token", "Invalid encrypt_token\nSet exactly one of age_recipients, pgp_key and sealed_box_key."},
		"two":             {two, "encrypt_token.pgp_key", "Invalid encrypt_token\nSet only one of age_recipients and pgp_key."},
		"two and unknown": {&twoAndUnknown, "encrypt_token.pgp_key", "Set only one of age_recipients and pgp_key."},

		"age, a recipient":         {ageTo(recipient, "age1made-up"), "encrypt_token.age_recipients[1]", "Invalid key in encrypt_token\nThe token cannot be encrypted to encrypt_token.age_recipients[1]: it is damaged or incomplete; "},
		"age, after an unknown":    {ageToValues(unknown, types.StringValue(recipient), types.StringValue("age1made-up")), "encrypt_token.age_recipients[2]", "it is damaged or incomplete"},
		"age, null":                {ageToValues(unknown, types.StringNull()), "encrypt_token.age_recipients[1]", "it is null or empty"},
		"age, list":                {ageTo(recipient, hybrid.Recipient().String()), "encrypt_token.age_recipients", "The token cannot be encrypted to encrypt_token.age_recipients: incompatible recipients: can't mix"},
		"age, list and an unknown": {ageToValues(types.StringValue(recipient), unknown, types.StringValue(hybrid.Recipient().String())), "encrypt_token.age_recipients", "can't mix"},
		"age, too many":            {ageTo(make([]string, 101)...), "encrypt_token.age_recipients", "it has 101 recipients, and the maximum is 100"},
		"OpenPGP":                  {pgpTo("made up"), "encrypt_token.pgp_key", "Invalid key in encrypt_token\nThe token cannot be encrypted to encrypt_token.pgp_key: it is neither a PGP PUBLIC KEY BLOCK"},
		"sealed box":               {sealedBoxTo("made up"), "encrypt_token.sealed_box_key", "Invalid key in encrypt_token\nThe token cannot be encrypted to encrypt_token.sealed_box_key: it is not base64"},

		"secret, age":                {ageTo("age1made-up", identity.String()), withoutPath, secretKey + "age_recipients looks like a secret key"},
		"secret, age and an unknown": {ageToValues(unknown, types.StringValue(identity.String())), withoutPath, secretKey + "age_recipients looks like a secret key"},
		"secret, OpenPGP":            {pgpTo(armored + inArmor(openpgp.PrivateKeyType, private.Bytes())), withoutPath, secretKey + "pgp_key looks like a secret key"},
		"secret, said to be public":  {pgpTo(inArmor(openpgp.PublicKeyType, private.Bytes())), withoutPath, secretKey + "pgp_key looks like a secret key"},
		"secret, sealed box":         {sealedBoxTo(pair), withoutPath, secretKey + "sealed_box_key looks like a secret key"},
		"secret, one of two":         {secretOfTwo, withoutPath, secretKey + "sealed_box_key looks like a secret key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			if encrypt := test.to.encrypter(time.Now(), &diags); encrypt != nil || len(diags) != 1 {
				t.Fatalf("there is an encrypter (%t), want 1 error: %v", encrypt != nil, diags)
			}
			at := withoutPath
			if d, ok := diags[0].(diag.DiagnosticWithPath); ok {
				at = d.Path().String()
			}
			text := diags[0].Summary() + "\n" + diags[0].Detail()
			if at != test.path || !strings.Contains(text, test.want) {
				t.Errorf("at %q: %s\nwant, at %q: %s", at, text, test.path, test.want)
			}
		})
	}
}

// Each invalid recipient has an error of its own.
func TestTokenEncryption_invalidRecipients(t *testing.T) {
	t.Parallel()
	recipient := must(age.GenerateX25519Identity()).Recipient().String()
	var diags diag.Diagnostics
	ageTo("made-up", recipient, "").encrypter(time.Now(), &diags)
	var paths []string
	for _, d := range diags {
		if d, ok := d.(diag.DiagnosticWithPath); ok {
			paths = append(paths, d.Path().String())
		}
	}
	if want := []string{"encrypt_token.age_recipients[0]", "encrypt_token.age_recipients[2]"}; !reflect.DeepEqual(paths, want) {
		t.Errorf("errors at %q, want %q: %v", paths, want, diags)
	}
}
