package provider

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/pem"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"
	agearmor "filippo.io/age/armor"
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
	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/ssh"
)

const madeUpToken = "ghp_madeUpTokenMadeUpTokenMadeUpToken0"

func ageTo(recipients ...string) *tokenEncryption {
	elements := make([]attr.Value, 0, len(recipients))
	for _, recipient := range recipients {
		elements = append(elements, types.StringValue(recipient))
	}
	return &tokenEncryption{AgeRecipients: types.ListValueMust(types.StringType, elements)}
}

func pgpTo(key string) *tokenEncryption { return &tokenEncryption{PGPKey: types.StringValue(key)} }

func sealedBoxTo(key string) *tokenEncryption {
	return &tokenEncryption{SealedBoxKey: types.StringValue(key)}
}

// The attribute is what the struct takes.
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

// encrypted encrypts the token as of now.
func encrypted(t *testing.T, e *tokenEncryption) string {
	t.Helper()
	var diags diag.Diagnostics
	encrypt := e.encrypter(time.Now(), &diags)
	if diags.HasError() {
		t.Fatal(diags)
	}
	text, err := encrypt(madeUpToken)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// must is for what fails only where the test is wrong.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// sshKey returns a pair as ssh-keygen writes it.
func sshKey(private any) (secret, public string) {
	signer := must(ssh.NewSignerFromKey(private))
	return string(pem.EncodeToMemory(must(ssh.MarshalPrivateKey(private, "")))), string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

func newEd25519() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(rand.Text() + rand.Text())[:32])
}

func TestTokenEncryption_age(t *testing.T) {
	t.Parallel()
	x25519, hybrid := must(age.GenerateX25519Identity()), must(age.GenerateHybridIdentity())
	edSecret, edPublic := sshKey(newEd25519())
	rsaSecret, rsaPublic := sshKey(must(rsa.GenerateKey(rand.Reader, 2048)))
	ed, rsaIdentity := must(agessh.ParseIdentity([]byte(edSecret))), must(agessh.ParseIdentity([]byte(rsaSecret)))
	for name, test := range map[string]struct {
		to       *tokenEncryption
		decrypts []age.Identity
	}{
		"X25519":             {ageTo(x25519.Recipient().String() + "\n"), []age.Identity{x25519}},
		"post-quantum":       {ageTo(hybrid.Recipient().String()), []age.Identity{hybrid}},
		"every one decrypts": {ageTo(x25519.Recipient().String(), edPublic, rsaPublic), []age.Identity{x25519, ed, rsaIdentity}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, identity := range test.decrypts {
				file := agearmor.NewReader(strings.NewReader(encrypted(t, test.to)))
				if got := string(must(io.ReadAll(must(age.Decrypt(file, identity))))); got != madeUpToken {
					t.Errorf("%T decrypts %q", identity, got)
				}
			}
		})
	}
}

// newPGPKey returns a key, and its public part in armor and bare.
func newPGPKey(config *packet.Config) (key *openpgp.Entity, armored string, binary []byte) {
	key = must(openpgp.NewEntity("Octocat", "", "octocat@example.com", config))
	var bare bytes.Buffer
	if err := key.Serialize(&bare); err != nil {
		panic(err)
	}
	return key, inArmor(openpgp.PublicKeyType, bare.Bytes()), bare.Bytes()
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

func TestTokenEncryption_pgp(t *testing.T) {
	t.Parallel()
	key, armored, binary := newPGPKey(nil)
	var lines strings.Builder
	for line := range slices.Chunk([]byte(base64Of(binary)), 76) {
		lines.WriteString(string(line) + "\n")
	}
	for name, given := range map[string]string{
		"armored":           armored,
		"indented":          "  " + strings.ReplaceAll(armored, "\n", "\n  "),
		"Windows lines":     strings.ReplaceAll(armored, "\n", "\r\n"),
		"base64":            base64Of(binary),
		"base64 in lines":   lines.String(),
		"base64 of armored": base64Of([]byte(armored)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := must(armor.Decode(strings.NewReader(encrypted(t, pgpTo(given)))))
			if block.Type != "PGP MESSAGE" {
				t.Errorf("a %s", block.Type)
			}
			message := must(openpgp.ReadMessage(block.Body, openpgp.EntityList{key}, nil, nil))
			if got := string(must(io.ReadAll(message.UnverifiedBody))); got != madeUpToken {
				t.Errorf("decrypts %q", got)
			}
		})
	}
}

func TestTokenEncryption_sealedBox(t *testing.T) {
	t.Parallel()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range []string{base64Of(public[:]), base64Of(public[:]) + "\n"} {
		sealed := must(base64.StdEncoding.DecodeString(encrypted(t, sealedBoxTo(given))))
		if got, ok := box.OpenAnonymous(nil, sealed, public, private); !ok || string(got) != madeUpToken {
			t.Errorf("decrypts %q", got)
		}
	}
}

// Nothing is wrong while it is unknown, and nothing is encrypted then.
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
