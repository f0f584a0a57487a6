package ghessim

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

type appJSON struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	ClientID string `json:"client_id"`
}

// authorizationJSON has the recorded order of keys. Assumption: expires_at, which has never been recorded, is last.
type authorizationJSON struct {
	ID             int64    `json:"id"`
	URL            string   `json:"url"`
	App            appJSON  `json:"app"`
	Token          string   `json:"token"`
	HashedToken    *string  `json:"hashed_token"`
	TokenLastEight *string  `json:"token_last_eight"`
	Note           *string  `json:"note"`
	NoteURL        *string  `json:"note_url"`
	CreatedAt      string   `json:"created_at"`
	UpdatedAt      string   `json:"updated_at"`
	Scopes         []string `json:"scopes"`
	Fingerprint    *string  `json:"fingerprint"`
	ExpiresAt      any      `json:"expires_at,omitzero"` // nil: the version has no such key
}

// personalClientID stands for the app of a personal access token (recorded).
const personalClientID = "00000000000000000000"

// body shows an authorization without its token, as all responses do except those to a creation (recorded since April
// 2015).
func (c *call) body(a *Authorization) authorizationJSON {
	body := authorizationJSON{
		ID:          a.ID,
		URL:         c.url(authorizationPath(a.ID)),
		App:         c.appOf(a),
		Note:        a.Note,
		NoteURL:     a.NoteURL,
		CreatedAt:   timestamp(a.CreatedAt),
		UpdatedAt:   timestamp(a.UpdatedAt),
		Scopes:      copyScopes(a.Scopes),
		Fingerprint: a.Fingerprint,
	}
	// An app that has not fetched its token yet has an authorization with neither (recorded 2018).
	if a.Token != "" {
		hash := sha256.Sum256([]byte(a.Token))
		body.HashedToken = new(hex.EncodeToString(hash[:]))
		body.TokenLastEight = new(a.Token[max(0, len(a.Token)-8):])
	}
	if c.version.hasExpiry() {
		var expires *string
		if a.ExpiresAt != nil {
			expires = new(timestamp(*a.ExpiresAt))
		}
		body.ExpiresAt = expires
	}
	return body
}

func authorizationPath(id int64) string { return fmt.Sprintf("/authorizations/%d", id) }

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// appOf is the OAuth app, or for a personal access token a stand-in that follows note and note_url (recorded since 2015).
func (c *call) appOf(a *Authorization) appJSON {
	if a.ClientID != "" {
		return c.appBody(a.ClientID)
	}
	if a.Impersonation {
		// The name is recorded. Assumption: the rest is as for a personal access token.
		return appJSON{Name: "GitHub Site Administrator", URL: c.version.docs("/enterprise/users/"), ClientID: personalClientID}
	}
	// Assumption: on 3.x this is the page that every other response points to.
	app := appJSON{Name: "GitHub API", URL: c.version.docs("/oauth_authorizations/"), ClientID: personalClientID}
	if a.Note != nil {
		app.Name = *a.Note
	}
	if a.NoteURL != nil && *a.NoteURL != "" {
		app.URL = *a.NoteURL
	}
	return app
}

func (c *call) appBody(clientID string) appJSON {
	app, _ := c.app(clientID)
	return appJSON{Name: app.Name, URL: app.URL, ClientID: app.ClientID}
}

// ownAuthorization finds the one that the path names. It does not find those of other
// users.
func (c *call) ownAuthorization() (*Authorization, *fault) {
	id, err := strconv.ParseInt(c.request.PathValue("id"), 10, 64)
	a, ok := c.authorizations[id]
	if err != nil || !ok || a.Login != c.login {
		return nil, notFound()
	}
	return a, nil
}

func (c *call) listAuthorizations() (int, any, *fault) {
	clientID := c.clientIDFilter()
	var own []*Authorization
	for a := range maps.Values(c.authorizations) {
		if a.Login == c.login && (clientID == "" || a.ClientID == clientID) {
			own = append(own, a)
		}
	}
	slices.SortFunc(own, c.listOrder)
	bodies := []authorizationJSON{}
	for _, a := range page(c, own) {
		bodies = append(bodies, c.body(a))
	}
	return http.StatusOK, bodies, nil
}

// clientIDFilter is empty on servers that do not know the parameter and therefore ignore it.
func (c *call) clientIDFilter() string {
	if !c.version.hasClientIDFilter() {
		return ""
	}
	return c.request.URL.Query().Get("client_id")
}

// listOrder has personal access tokens first, in order of ID. Tokens of apps follow, app by app: first the one
// without a fingerprint, then the others in order of fingerprint (recorded 2018 and 2019).
func (s *Server) listOrder(a, b *Authorization) int {
	_, appA := s.app(a.ClientID)
	_, appB := s.app(b.ClientID)
	if order := cmp.Compare(appA, appB); order != 0 || a.ClientID == "" {
		return cmp.Or(order, cmp.Compare(a.ID, b.ID))
	}
	return cmp.Or(
		compareFingerprints(a.Fingerprint, b.Fingerprint),
		cmp.Compare(a.ID, b.ID),
	)
}

func compareFingerprints(a, b *string) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	default:
		return strings.Compare(*a, *b)
	}
}

func (c *call) getAuthorization() (int, any, *fault) {
	a, f := c.ownAuthorization()
	if f != nil {
		return 0, nil, f
	}
	c.header.Set("Last-Modified", a.UpdatedAt.UTC().Format(http.TimeFormat)) // on this operation only (recorded)
	return http.StatusOK, c.body(a), nil
}

// deleteAuthorization leaves the app's grant alone (documented).
func (c *call) deleteAuthorization() (int, any, *fault) {
	a, f := c.ownAuthorization()
	if f != nil {
		return 0, nil, f
	}
	delete(c.authorizations, a.ID)
	return http.StatusNoContent, nil, nil
}
