package provider

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// tokenEncryption is the argument encrypt_token: whom a token is encrypted to.
// Exactly one of the three is set.
type tokenEncryption struct {
	AgeRecipients types.List   `tfsdk:"age_recipients"`
	PGPKey        types.String `tfsdk:"pgp_key"`
	SealedBoxKey  types.String `tfsdk:"sealed_box_key"`
}

func encryptTokenAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Encrypts the token to public keys: the state then has `encrypted_token`, and `token` is null. Exactly one of `age_recipients`, `pgp_key` and `sealed_box_key`. What is encrypted is the token itself, without a line break.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"age_recipients": schema.ListAttribute{
				MarkdownDescription: "Recipients of [age](https://age-encryption.org): public keys that `age-keygen` prints (`age1…`, post-quantum ones only among themselves), or SSH public keys (`ssh-ed25519 …`, `ssh-rsa …`). Each of them can decrypt: `age --decrypt --identity KEYFILE`.",
				ElementType:         types.StringType,
				Optional:            true,
			},
			"pgp_key": schema.StringAttribute{
				MarkdownDescription: "One OpenPGP public key that can encrypt, as `gpg --armor --export KEY` or `gpg --export KEY | base64` prints it. To decrypt: `gpg --decrypt`.",
				Optional:            true,
			},
			"sealed_box_key": schema.StringAttribute{
				MarkdownDescription: "An X25519 public key of 32 bytes in base64, such as the `key` that GitHub's API gives for a repository's Actions secrets. `encrypted_token` is then what `encrypted_value` of such a secret takes: a libsodium sealed box in base64. To decrypt: `crypto_box_seal_open`.",
				Optional:            true,
			},
		},
	}
}

// errSecretKey is about a value that no error may point at, since the CLI would
// print its line.
var errSecretKey = errors.New("it is a secret key")

// encrypter returns what encrypts tokens, nil where a value is unknown. All that
// can be wrong with a key at that time is found here, before there is a token to
// lose; after an error what is returned is of no use.
func (e *tokenEncryption) encrypter(now time.Time, diags *diag.Diagnostics) func(string) (string, error) {
	// First and alone: an error about one argument may print the line of another.
	if name := e.secretKey(); name != "" {
		addSecretKeyError(name, diags)
		return nil
	}
	given, unknown := e.given()
	if len(given) == 0 && !unknown {
		diags.AddAttributeError(path.Root("encrypt_token"), "Invalid encrypt_token", "Set one of age_recipients, pgp_key and sealed_box_key.")
		return nil
	}
	if len(given) > 1 { // not at the whole, of which the CLI would print every line
		diags.AddAttributeError(path.Root("encrypt_token").AtName(given[1]), "Invalid encrypt_token",
			fmt.Sprintf("Only one of %s can be set.", strings.Join(given, " and ")))
		return nil
	}
	name, encrypt, err := e.chosen(now, diags)
	if encrypt != nil { // some keys show only in use that nothing can be encrypted to them
		_, err = encrypt("a trial")
	}
	switch {
	case errors.Is(err, errSecretKey):
		addSecretKeyError(name, diags)
	case err != nil:
		addKeyError(path.Root("encrypt_token").AtName(name), err, diags)
	case !unknown:
		return encrypt
	}
	return nil
}

// given returns the names of the arguments that are set, and whether any value is
// unknown.
func (e *tokenEncryption) given() (names []string, unknown bool) {
	unknown = slices.ContainsFunc(e.AgeRecipients.Elements(), attr.Value.IsUnknown)
	for _, argument := range []struct {
		name  string
		value attr.Value
	}{{"age_recipients", e.AgeRecipients}, {"pgp_key", e.PGPKey}, {"sealed_box_key", e.SealedBoxKey}} {
		unknown = unknown || argument.value.IsUnknown()
		if isGiven(argument.value) {
			names = append(names, argument.name)
		}
	}
	return names, unknown
}

// chosen returns the name of the argument that is set, and what encrypts to it.
func (e *tokenEncryption) chosen(now time.Time, diags *diag.Diagnostics) (name string, encrypt func(string) (string, error), err error) {
	switch {
	case isGiven(e.AgeRecipients):
		name = "age_recipients"
		encrypt, err = ageEncrypter(e.AgeRecipients, diags)
	case isGiven(e.PGPKey):
		name = "pgp_key"
		encrypt, err = pgpEncrypter(e.PGPKey.ValueString(), now)
	case isGiven(e.SealedBoxKey):
		name = "sealed_box_key"
		encrypt, err = sealedBoxEncrypter(e.SealedBoxKey.ValueString())
	}
	return name, encrypt, err
}

// isGiven reports that v is known and there is something in it: a module may pass
// null, "" or [] for none.
func isGiven(v attr.Value) bool {
	switch v := v.(type) {
	case types.String:
		return isSet(v)
	case types.List:
		return len(v.Elements()) > 0
	}
	return false
}

// addKeyError says what is wrong with the key at that path, and never repeats
// it: what does not look like a key may be a secret.
func addKeyError(at path.Path, err error, diags *diag.Diagnostics) {
	diags.AddAttributeError(at, "Invalid key in encrypt_token", fmt.Sprintf("The token cannot be encrypted to %s: %s.", at, err))
}

func addSecretKeyError(name string, diags *diag.Diagnostics) {
	diags.AddError("Secret key in encrypt_token", "What is in encrypt_token."+name+" looks like a secret key, so it is not shown here. "+
		"Give the public key of a new pair: whoever has seen this configuration may be able to decrypt with the old one.")
}

// secretKey returns the name of an argument that has a secret key, "" where none
// has.
func (e *tokenEncryption) secretKey() string {
	recipient := func(element attr.Value) bool {
		s, ok := element.(types.String)
		return ok && looksSecret(s.ValueString())
	}
	switch {
	case slices.ContainsFunc(e.AgeRecipients.Elements(), recipient):
		return "age_recipients"
	case looksSecret(e.PGPKey.ValueString()):
		return "pgp_key"
	case looksSecret(e.SealedBoxKey.ValueString()):
		return "sealed_box_key"
	}
	return ""
}

// secretMarks are in upper case: identities of age and of its plugins, PEM and
// OpenPGP armor, what is in OpenSSH's PEM, and PuTTY's files.
var secretMarks = []string{"AGE-SECRET-KEY-", "AGE-PLUGIN-", "PRIVATE KEY", "OPENSSH-KEY-V1", "PUTTY-USER-KEY-FILE"}

// looksSecret reports whether text is a secret key of any kind, or base64 of
// one. It does not have to be whole.
func looksSecret(text string) bool {
	// What precedes an error of base64 is decoded all the same.
	decoded, _ := base64.StdEncoding.DecodeString(withoutSpace(text))
	upper := strings.ToUpper(text + "\n" + string(decoded))
	marked := func(mark string) bool { return strings.Contains(upper, mark) }
	return slices.ContainsFunc(secretMarks, marked) ||
		len(decoded) == 2*sealedBoxKeySize || // libraries keep a secret key and its public one together
		len(decoded) > sealedBoxKeySize && isSecretPacket(decoded[0])
}

func withoutSpace(s string) string { return strings.Join(strings.Fields(s), "") }
