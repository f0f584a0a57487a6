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
)

// storesToken reports that the state is where the token goes.
func (m *authorizationModel) storesToken() bool {
	return isTrue(m.StoreToken) && m.EncryptToken.IsNull()
}

// encrypter returns the function that encrypts the token, nil where none is asked
// for or something is not known yet. What is wrong with a key shows here, and not
// when there is a token. It is for a token that is yet to be made: a key that
// expires later does no harm.
func (m *authorizationModel) encrypter(ctx context.Context, now time.Time, diags *diag.Diagnostics) func(token string) (string, error) {
	if !isKnown(m.EncryptToken) {
		return nil
	}
	var to tokenEncryption
	diags.Append(m.EncryptToken.As(ctx, &to, basetypes.ObjectAsOptions{})...)
	return to.encrypter(now, diags)
}

// foreseeToken plans null for where a new token will not be.
func (m *authorizationModel) foreseeToken() {
	if m.EncryptToken.IsNull() {
		m.EncryptedToken = types.StringNull()
	}
	stored, unknown := m.storesToken(), m.StoreToken.IsUnknown() || m.EncryptToken.IsUnknown()
	if !stored && !unknown {
		m.Token = types.StringNull()
	}
}

// setToken puts the token of a new authorization where it is wanted, and returns
// what is to be recorded of it. The token is "" where there is none to be had.
func (m *authorizationModel) setToken(token string, encrypt func(string) (string, error), memory *tokenMemory, diags *diag.Diagnostics) authorizationRecord {
	m.Token, m.EncryptedToken = types.StringNull(), types.StringNull()
	if m.storesToken() {
		m.Token = stringOrNull(token)
		return authorizationRecord{}
	}
	if token == "" {
		return authorizationRecord{}
	}
	memory.hold(m.ID.ValueInt64(), token)
	if encrypt != nil {
		encrypted, err := encrypt(token)
		if err != nil {
			diags.AddError("Unable to encrypt the token",
				fmt.Sprintf("Authorization %d was made, but its token is lost: %s. The next apply replaces it.", m.ID.ValueInt64(), err))
		}
		m.EncryptedToken = stringOrNull(encrypted)
	}
	return authorizationRecord{TokenSHA256: sha256Hex(token)}
}

// wasReset reports that the server's token is no longer the one that was made.
// A hash of another form than a SHA-256 in hexadecimal tells nothing.
func (m *authorizationModel) wasReset(record authorizationRecord) bool {
	made := record.TokenSHA256
	if isSet(m.Token) {
		made = sha256Hex(m.Token.ValueString())
	}
	hash, err := hex.DecodeString(m.HashedToken.ValueString())
	return made != "" && err == nil && len(hash) == sha256.Size && !strings.EqualFold(made, m.HashedToken.ValueString())
}

func (m *authorizationModel) resetWarning() diag.Diagnostic {
	where := "the state"
	if !m.storesToken() {
		where = "what was handed out"
	}
	return diag.NewWarningDiagnostic("The token was reset outside of Terraform",
		fmt.Sprintf("The server has another token for authorization %d than %s, so that one is no longer valid. "+
			"The server does not show the new one: the authorization has to be replaced to get a token that works.", m.ID.ValueInt64(), where))
}

func sha256Hex(s string) string {
	hash := sha256.Sum256([]byte(s))
	return hex.EncodeToString(hash[:])
}

// warnUnlessEphemeral warns of a token that nothing can get: ephemeral resources
// and what takes their values are in Terraform and OpenTofu from 1.11 (Terraform
// 1.10 has the former).
func (m *authorizationModel) warnUnlessEphemeral(cli string, diags *diag.Diagnostics) {
	v, err := version.NewVersion(cli)
	if err != nil || isTrue(m.StoreToken) || m.StoreToken.IsUnknown() || !m.EncryptToken.IsNull() || v.Core().GreaterThanOrEqual(version.Must(version.NewVersion("1.11"))) {
		return
	}
	diags.AddAttributeWarning(path.Root("store_token"), "The token will be lost",
		fmt.Sprintf("With store_token = false only the ephemeral resource ghes_authorization_token has the token, for a write-only argument of another resource. "+
			"That takes Terraform or OpenTofu 1.11, and this is %s (with Terraform 1.10, provisioners and provider blocks have it). With encrypt_token the state keeps the token for the owner of a key, on any version.", cli))
}
