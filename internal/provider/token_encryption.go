package provider

import (
	"cmp"
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

	"github.com/ghes-tools/terraform-provider-ghes/internal/tokencrypt"
)

var encryptTokenPath = path.Root("encrypt_token")

// tokenEncryption is the argument encrypt_token: the public keys that a token is
// encrypted to. Exactly one of its arguments is set.
type tokenEncryption struct {
	AgeRecipients types.List   `tfsdk:"age_recipients"`
	PGPKey        types.String `tfsdk:"pgp_key"`
	SealedBoxKey  types.String `tfsdk:"sealed_box_key"`
}

func encryptTokenAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Public keys to encrypt the token to. Set exactly one of `age_recipients`, `pgp_key` and `sealed_box_key`. The state then contains `encrypted_token`, and `token` is null. The encrypted text is the token, without a line break.",
		Optional:            true,
		Attributes: map[string]schema.Attribute{
			"age_recipients": schema.ListAttribute{
				MarkdownDescription: "[age](https://age-encryption.org) recipients: public keys that `age-keygen` prints (`age1…`), or SSH public keys (`ssh-ed25519 …`, `ssh-rsa …`). Post-quantum recipients cannot be combined with others. Each recipient can decrypt the token with `age --decrypt --identity KEYFILE`.",
				ElementType:         types.StringType,
				Optional:            true,
			},
			"pgp_key": schema.StringAttribute{
				MarkdownDescription: "OpenPGP public key, as `gpg --armor --export KEY` or `gpg --export KEY | base64` prints it. Must be a single key that can encrypt. The holder of the key can decrypt the token with `gpg --decrypt`.",
				Optional:            true,
			},
			"sealed_box_key": schema.StringAttribute{
				MarkdownDescription: "X25519 public key of 32 bytes in base64, such as the `key` that GitHub's API returns for the Actions secrets of a repository. `encrypted_token` is then a libsodium sealed box in base64, for the `encrypted_value` of such a secret. `crypto_box_seal_open` decrypts it.",
				Optional:            true,
			},
		},
	}
}

// encrypter returns the function that encrypts a token, or nil while a value is
// unknown or after an error. It reports everything that can be wrong with a known
// key, before there is a token to lose. The time now is zero for a validation, which accepts
// an outdated key: it matters only for a new token.
func (e *tokenEncryption) encrypter(now time.Time, diags *diag.Diagnostics) tokencrypt.Encrypter {
	// A secret key is reported first and alone, because the CLI prints the lines
	// that other errors are about, and the secret key may be on them.
	if argument := e.argumentWithSecretKey(); argument != "" {
		addSecretKeyError(argument, diags)
		return nil
	}
	arguments, unknown := e.arguments()
	switch {
	case len(arguments) > 1:
		// The error is about one argument: for an error about encrypt_token, the CLI
		// would print all lines of it.
		diags.AddAttributeError(encryptTokenPath.AtName(arguments[1]), "Invalid encrypt_token",
			fmt.Sprintf("Set only one of %s.", strings.Join(arguments, " and ")))
	case len(arguments) == 1:
		encrypt, err := e.encrypterTo(arguments[0], now)
		if _, isOutdated := errors.AsType[*tokencrypt.OutdatedKeyError](err); isOutdated && now.IsZero() {
			return nil
		}
		if err != nil {
			e.addKeyErrors(arguments[0], err, diags)
		} else if !unknown {
			return encrypt
		}
	case !unknown:
		diags.AddAttributeError(encryptTokenPath, "Invalid encrypt_token", "Set exactly one of age_recipients, pgp_key and sealed_box_key.")
	}
	return nil
}

// arguments returns the names of the arguments that are set, and whether any value
// is unknown. A module may pass null, "" or [] for an argument that is not set.
func (e *tokenEncryption) arguments() (set []string, unknown bool) {
	unknown = slices.ContainsFunc(e.AgeRecipients.Elements(), attr.Value.IsUnknown)
	for _, argument := range []struct {
		name  string
		value attr.Value
		isSet bool
	}{
		{"age_recipients", e.AgeRecipients, len(e.AgeRecipients.Elements()) > 0},
		{"pgp_key", e.PGPKey, isSet(e.PGPKey)},
		{"sealed_box_key", e.SealedBoxKey, isSet(e.SealedBoxKey)},
	} {
		unknown = unknown || argument.value.IsUnknown()
		if argument.isSet {
			set = append(set, argument.name)
		}
	}
	return set, unknown
}

// encrypterTo returns the Encrypter to the known keys of an argument, or nil if
// all of them are unknown.
func (e *tokenEncryption) encrypterTo(argument string, now time.Time) (tokencrypt.Encrypter, error) {
	switch argument {
	case "pgp_key":
		return tokencrypt.ToPGP(e.PGPKey.ValueString(), cmp.Or(now, time.Now()))
	case "sealed_box_key":
		return tokencrypt.ToSealedBox(e.SealedBoxKey.ValueString())
	}
	recipients, _ := e.knownRecipients()
	if len(recipients) == 0 {
		return nil, nil
	}
	return tokencrypt.ToAge(recipients)
}

// knownRecipients returns the elements of age_recipients that are known, and their
// indices in the list. A null element is "", which is an invalid recipient.
func (e *tokenEncryption) knownRecipients() (recipients []string, indices []int) {
	for i, element := range e.AgeRecipients.Elements() {
		if s, ok := element.(types.String); ok && !s.IsUnknown() {
			recipients, indices = append(recipients, s.ValueString()), append(indices, i)
		}
	}
	return recipients, indices
}

// argumentWithSecretKey returns the name of an argument that holds a secret key, or
// "" if none does.
func (e *tokenEncryption) argumentWithSecretKey() string {
	recipients, _ := e.knownRecipients()
	switch {
	case slices.ContainsFunc(recipients, tokencrypt.LooksLikeSecretKey):
		return "age_recipients"
	case tokencrypt.LooksLikeSecretKey(e.PGPKey.ValueString()):
		return "pgp_key"
	case tokencrypt.LooksLikeSecretKey(e.SealedBoxKey.ValueString()):
		return "sealed_box_key"
	}
	return ""
}

// addKeyErrors adds the errors of tokencrypt about an argument. Each invalid
// recipient of a list gets an error of its own.
func (e *tokenEncryption) addKeyErrors(argument string, err error, diags *diag.Diagnostics) {
	if errors.Is(err, tokencrypt.ErrSecretKey) {
		addSecretKeyError(argument, diags)
		return
	}
	add := func(at path.Path, err error) {
		diags.AddAttributeError(at, "Invalid key in encrypt_token", fmt.Sprintf("The token cannot be encrypted to %s: %s.", at, err))
	}
	at := encryptTokenPath.AtName(argument)
	invalid, ok := errors.AsType[tokencrypt.RecipientErrors](err)
	if !ok {
		add(at, err)
		return
	}
	_, indices := e.knownRecipients()
	for i, err := range invalid {
		if err != nil {
			add(at.AtListIndex(indices[i]), err)
		}
	}
}

// addSecretKeyError adds an error without a path, because the CLI prints the line
// that a path leads to.
func addSecretKeyError(argument string, diags *diag.Diagnostics) {
	diags.AddError("Secret key in encrypt_token", "The value of encrypt_token."+argument+" looks like a secret key, so it is not shown here. "+
		"Create a new pair of keys, and set its public key. Anybody who has read this configuration may be able to decrypt tokens with the secret key in it.")
}
