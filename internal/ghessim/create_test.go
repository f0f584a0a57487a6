package ghessim_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{})
	got := i.do("POST", "/authorizations", `{"note":"ci","note_url":"not a URL","scopes":["user","repo","user"]}`).want(201, "")
	a := decode[authorization](got)
	hash := sha256.Sum256([]byte(a.Token))
	location := i.url + "/api/v3/authorizations/1"
	// Byte for byte: the order of keys is the recorded one.
	want := fmt.Sprintf(`{"id":1,"url":%q,"app":{"name":"ci","url":"not a URL","client_id":"00000000000000000000"},`+
		`"token":%q,"hashed_token":%q,"token_last_eight":%q,"note":"ci","note_url":"not a URL",`+
		`"created_at":"2024-02-29T12:30:15Z","updated_at":"2024-02-29T12:30:15Z","scopes":["user","repo"],`+
		`"fingerprint":null,"expires_at":null}`,
		location, a.Token, hex.EncodeToString(hash[:]), a.Token[len(a.Token)-8:])
	if got.body != want {
		t.Errorf("got %s\nwant %s", got.body, want)
	}
	if got.header.Get("Location") != location {
		t.Errorf("Location is %q", got.header.Get("Location"))
	}

	// The token was shown once.
	shown := strings.Replace(want, a.Token, "", 1)
	i.do("GET", "/authorizations/1", "").want(200, shown)
	i.do("GET", "/authorizations", "").want(200, "["+shown+"]")
}

// appRequest is a creation for the test's app, with more fields if need be.
func appRequest(more string) string {
	return fmt.Sprintf(`{"client_id":%q,"client_secret":%q%s}`, clientID, secret, more)
}

// occupied is an instance that has some notes and fingerprints already.
func occupied(t *testing.T) *instance {
	t.Helper()
	i := start(t, ghessim.Options{})
	i.AddAuthorization(ghessim.Authorization{Note: new("mine")})
	i.AddAuthorization(ghessim.Authorization{Note: new("hubot's"), Login: "hubot"})
	i.AddAuthorization(ghessim.Authorization{Note: new("app's"), ClientID: clientID})
	i.AddAuthorization(ghessim.Authorization{Fingerprint: new("old"), ClientID: clientID})
	return i
}

func TestCreate_accepts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, part string }{
		"a note of one's own":      {`{"note":"new"}`, `"note":"new"`},
		"note of an app's":         {`{"note":"app's"}`, `"note":"app's"`},
		"note of another user":     {`{"note":"hubot's"}`, ""},
		"empty credentials":        {`{"note":"new","client_id":"","client_secret":""}`, `"client_id":"00000000000000000000"`},
		"null everywhere":          {`{"note":"new","note_url":null,"scopes":null,"fingerprint":null,"client_id":null}`, `"scopes":[]`},
		"empty note_url":           {`{"note":"new","note_url":""}`, `"note_url":""`},
		"app.url without note_url": {`{"note":"new","note_url":""}`, `"url":"https://docs.github.com/enterprise/3.19/rest"`},
		"markup":                   {`{"note":"<&>"}`, `"note":"<&>"`},
		"unknown keys":             {`{"note":"new","scope":["gist"],"x":{}}`, `"scopes":[]`},
		"unknown scope":            {`{"note":"new","scopes":["gists"]}`, `"scopes":["gists"]`},
		"scope as a string":        {`{"note":"new","scopes":"repo"}`, `"scopes":["repo"]`},
		"fingerprint":              {`{"note":"new","fingerprint":"f"}`, `"fingerprint":"f"`},
		"parents and children":     {`{"note":"new","scopes":["public_repo","repo"]}`, `"scopes":["public_repo","repo"]`},
		"app":                      {appRequest(`,"fingerprint":"new"`), `"app":{"name":"Demo","url":"https://example.com/demo","client_id":"demo-app"}`},
		"app, note taken":          {appRequest(`,"fingerprint":"new","note":"mine"`), `"note":"mine"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := occupied(t)
			for _, contentType := range []string{"", "application/x-www-form-urlencoded", "application/json"} {
				made := i.do("POST", "/authorizations", c.body, header("Content-Type", contentType)).want(201, c.part)
				i.RevokeAuthorization(decode[authorization](made).ID)
			}
		})
	}
}

func TestCreate_refuses(t *testing.T) {
	t.Parallel()
	const (
		missing = `{"message":"Validation Failed","errors":[{"resource":"OauthAccess","code":"missing_field","field":"description"}]`
		taken   = `{"message":"Validation Failed","errors":[{"resource":"OauthAccess","code":"already_exists","field":"description"}]`
		again   = `"errors":[{"resource":"OauthAccess","code":"already_exists","field":"fingerprint"}]`
		client  = `{"message":"Invalid OAuth application client_id or secret.","documentation_url"`
		form    = `{"message":"Invalid request.\n\n`
	)
	for name, c := range map[string]struct {
		body   string
		status int
		part   string
	}{
		"nothing":                {``, 422, missing},
		"blanks":                 {" \n", 422, missing},
		"empty object":           {`{}`, 422, missing},
		"empty note":             {`{"note":""}`, 422, missing},
		"note taken":             {`{"note":"mine"}`, 422, taken},
		"app again":              {appRequest(``), 422, again},
		"app, empty fingerprint": {appRequest(`,"fingerprint":""`), 422, again},
		"app, fingerprint again": {appRequest(`,"fingerprint":"old"`), 422, again},
		"wrong secret":           {`{"client_id":"demo-app","client_secret":"wrong"}`, 422, client},
		"unknown app":            {`{"client_id":"nobody","client_secret":"x"}`, 422, client},
		"no secret":              {`{"note":"new","client_id":"demo-app"}`, 422, client},
		"no client":              {`{"note":"new","client_secret":"x"}`, 422, client},
		"note of a wrong type":   {`{"note":1}`, 422, form + `Expected data to be of type \"string\"; value was: 1."`},
		"scopes of a wrong type": {`{"scopes":{}}`, 422, form + `Expected data to be of type \"array\"; value was: {}."`},
		"null scope":             {`{"scopes":[null]}`, 422, form + `Expected data to be of type \"string\"; value was: nil."`},
		"two faults":             {`{"note":[],"scopes":[2]}`, 422, `value was: [].\nExpected`},
		"long client":            {`{"client_id":"` + strings.Repeat("a", 21) + `"}`, 422, form},
		"long secret":            {`{"client_secret":"` + strings.Repeat("a", 41) + `"}`, 422, form},
		"not JSON":               {`note=new`, 400, `{"message":"Problems parsing JSON"`},
		"cut short":              {`{"note":"new"`, 400, `{"message":"Problems parsing JSON"`},
		"an array":               {`["note"]`, 400, `{"message":"Body should be a JSON object"`},
		"null":                   {`null`, 400, `{"message":"Body should be a JSON object"`},
		"huge":                   {`{"note":"` + strings.Repeat("a", 1<<20) + `"}`, 413, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := occupied(t)
			before := len(i.Authorizations())
			i.do("POST", "/authorizations", c.body).want(c.status, c.part)
			if len(i.Authorizations()) != before {
				t.Error("a refused request made an authorization")
			}
		})
	}
}

func TestCreate_tokens(t *testing.T) {
	t.Parallel()
	for version, form := range map[string]string{
		"3.1.9": `^[0-9a-f]{40}$`, "3.2.0": `^(ghp|gho)_[0-9A-Za-z]{36}$`, "2.22.0": `^[0-9a-f]{40}$`, "4.0.0": `^(ghp|gho)_`,
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			i := start(t, ghessim.Options{Version: version})
			personal := decode[authorization](i.do("POST", "/authorizations", `{"note":"ci"}`)).Token
			app := decode[authorization](i.do("PUT", "/authorizations/clients/demo-app", `{"client_secret":"battery-staple"}`)).Token
			for _, token := range []string{personal, app} {
				if !regexp.MustCompile(form).MatchString(token) {
					t.Errorf("token is %q", token)
				}
			}
			if !strings.HasPrefix(form, "^(ghp") {
				return
			}
			if !strings.HasPrefix(personal, "ghp_") || !strings.HasPrefix(app, "gho_") {
				t.Errorf("prefixes of %q and %q", personal, app)
			}
			if got, want := personal[34:], checksum(personal[4:34]); got != want {
				t.Errorf("checksum is %q, want %q", got, want)
			}
		})
	}
}

// checksum is computed another way than the simulator's.
func checksum(random string) string {
	digits := big.NewInt(int64(crc32.ChecksumIEEE([]byte(random)))).Text(62) // has the small letters first
	return fmt.Sprintf("%06s", strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, digits))
}

func TestCreate_moreThanTen(t *testing.T) {
	t.Parallel()
	now := someday
	i := start(t, ghessim.Options{Now: func() time.Time { return now }})
	create := func(fingerprint, scopes string) {
		t.Helper()
		now = now.Add(time.Second)
		body := fmt.Sprintf(`{"client_secret":%q,"scopes":%s}`, secret, scopes)
		i.do("PUT", "/authorizations/clients/demo-app/"+url.PathEscape(fingerprint), body).want(201, "")
	}
	create("other scopes", `["gist"]`)
	for n := range 10 {
		create(fmt.Sprint("f", n), `["repo","user"]`)
	}
	i.do("POST", "/authorizations", `{"note":"personal","scopes":["repo","user"]}`).want(201, "")
	if got := len(i.Authorizations()); got != 12 {
		t.Fatalf("there are %d, want 12", got)
	}
	create("f10", `["user","repo"]`)
	left := i.Authorizations()
	gone := !slices.ContainsFunc(left, func(a ghessim.Authorization) bool {
		return a.Fingerprint != nil && *a.Fingerprint == "f0"
	})
	if len(left) != 12 || !gone {
		encoded, _ := json.Marshal(left)
		t.Errorf("the oldest of eleven is still there: %s", encoded)
	}
}
