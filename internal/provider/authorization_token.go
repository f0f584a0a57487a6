package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/ghes-tools/terraform-provider-ghes/internal/tokencrypt"
)

// storesToken reports whether the state holds the token unencrypted.
func (m *tokenModel) storesToken() bool {
	return isTrueByDefault(m.StoreToken) && m.EncryptToken.IsNull()
}

// encrypter returns the function that encrypts the token. It is nil without
// encrypt_token, and while a value in encrypt_token is unknown. A key that cannot be
// used is an error here, before there is a token that could be lost.
func (m *tokenModel) encrypter(ctx context.Context, now time.Time, diags *diag.Diagnostics) tokencrypt.Encrypter {
	if !isKnown(m.EncryptToken) {
		return nil
	}
	var to tokenEncryption
	diags.Append(m.EncryptToken.As(ctx, &to, basetypes.ObjectAsOptions{})...)
	return to.encrypter(now, diags)
}

// warnOfUnknownKey warns of a replacement because of a key that plan m does not know. It may
// turn out to be the same key.
func (m *tokenModel) warnOfUnknownKey(ctx context.Context, state tokenModel, data privateData, diags *diag.Diagnostics) {
	planned, err := m.EncryptToken.ToTerraformValue(ctx)
	if err != nil || planned.IsFullyKnown() || state.wasImported(data) {
		return
	}
	diags.AddAttributeWarning(path.Root("encrypt_token"), fmt.Sprintf("An unknown key replaces authorization %d", state.ID.ValueInt64()), fmt.Sprintf(
		"A value in encrypt_token is only known after an apply. It may be another key, so Terraform replaces authorization %d and revokes its token. To keep it, first apply the resource that the key comes from, with -target.", state.ID.ValueInt64()))
}

// completeTokenPlan plans null for the token attributes that will not have the new
// token.
func (m *tokenModel) completeTokenPlan() {
	if m.EncryptToken.IsNull() {
		m.EncryptedToken = types.StringNull()
	}
	stored, unknown := m.storesToken(), m.StoreToken.IsUnknown() || m.EncryptToken.IsUnknown()
	if !stored && !unknown {
		m.Token = types.StringNull()
	}
}

// setToken sets the token attributes of a new authorization, or puts the token into
// memory. It returns the data for the private state. The token is "" if the response
// did not have it, as after an adoption. advice says how to get another token.
func (m *tokenModel) setToken(token string, encrypt tokencrypt.Encrypter, advice string, memory *tokenMemory, diags *diag.Diagnostics) privateData {
	m.Token, m.EncryptedToken = types.StringNull(), types.StringNull()
	if m.storesToken() {
		m.Token = stringOrNull(token)
		return privateData{}
	}
	if token == "" {
		return privateData{}
	}
	memory.put(m.ID.ValueInt64(), token, encrypt != nil)
	if encrypt != nil {
		encrypted, err := encrypt(token)
		if err != nil {
			diags.AddError("Unable to encrypt the token",
				fmt.Sprintf("The provider created authorization %d, but could not encrypt its token, which is lost: %s. %s", m.ID.ValueInt64(), err, advice))
		}
		m.EncryptedToken = stringOrNull(encrypted)
	}
	return privateData{TokenSHA256: sha256Hex(token)}
}

// wasReset reports whether the server has another token than the one that this
// resource created. A hash that is not a hexadecimal SHA-256 cannot be compared.
func (m *tokenModel) wasReset(data privateData) bool {
	created := data.TokenSHA256
	if isSet(m.Token) {
		created = sha256Hex(m.Token.ValueString())
	}
	hash, err := hex.DecodeString(m.HashedToken.ValueString())
	return created != "" && err == nil && len(hash) == sha256.Size && !strings.EqualFold(created, m.HashedToken.ValueString())
}

func (m *tokenModel) resetWarning() diag.Diagnostic {
	previous := "the one in the state"
	if !m.storesToken() {
		previous = "the one that this resource created"
	}
	return diag.NewWarningDiagnostic(fmt.Sprintf("The token was reset outside of Terraform: authorization %d", m.ID.ValueInt64()),
		fmt.Sprintf("The current token of authorization %d is not %s, which is no longer valid. "+
			"The server does not show the current token, so Terraform replaces the authorization to get a valid one.", m.ID.ValueInt64(), previous))
}

func sha256Hex(s string) string {
	hash := sha256.Sum256([]byte(s))
	return hex.EncodeToString(hash[:])
}

// warnUnlessEphemeral warns of a token that nothing can read, because the CLI has no
// ephemeral resources or no write-only arguments. Terraform has both from 1.11, and
// ephemeral resources from 1.10. OpenTofu has both from 1.11.
func (m *tokenModel) warnUnlessEphemeral(cliVersion string, diags *diag.Diagnostics) {
	v, err := version.NewVersion(cliVersion)
	if err != nil || isTrueByDefault(m.StoreToken) || m.StoreToken.IsUnknown() || !m.EncryptToken.IsNull() || v.Core().GreaterThanOrEqual(version.Must(version.NewVersion("1.11"))) {
		return
	}
	diags.AddAttributeWarning(path.Root("store_token"), "The token will be lost",
		fmt.Sprintf("With store_token = false, only the ephemeral resource ghes_authorization_token has the token. A write-only argument of another resource can take it from there. "+
			"This requires Terraform or OpenTofu 1.11 or newer, and this is %s. (With Terraform 1.10, provisioners and provider blocks can take it.) On any version, encrypt_token keeps the token in state, encrypted to your public key.", cliVersion))
}
