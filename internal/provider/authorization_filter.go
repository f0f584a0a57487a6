package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// Descriptions of the arguments that filter authorizations.
const (
	clientIDFilter   = "Client ID of an OAuth app. Matches only tokens for this app."
	notePrefixFilter = "Prefix of the note, case-sensitive. Matches only tokens with a note that begins with it."
	scopesFilter     = "Scopes. Matches only tokens that grant all of them, directly or through a wider scope: `repo` grants `repo:status`."
)

// authorizationFilter matches the authorizations that all of its fields match. The zero
// value matches every authorization.
type authorizationFilter struct {
	clientID, notePrefix string
	scopes               []string
}

func newAuthorizationFilter(clientID, notePrefix types.String, scopes interface{ Elements() []attr.Value }) authorizationFilter {
	return authorizationFilter{clientID.ValueString(), notePrefix.ValueString(), elements(scopes)}
}

func (f authorizationFilter) matches(a ghes.Authorization) bool {
	// Servers before GHES 3.0 ignore the client ID in the request.
	ofApp := f.clientID == "" || a.ClientID() == f.clientID
	return ofApp && hasPrefix(a.Note, f.notePrefix) && ghes.ScopesCover(a.Scopes, f.scopes)
}
