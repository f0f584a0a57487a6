package ghessim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

const tokenText = "This API can only be accessed with username and password Basic Auth"

func TestAuthentication(t *testing.T) {
	t.Parallel()
	token := ghessim.Authorization{ID: 7, Note: new("lent"), Token: "made-up-token"}
	for name, c := range map[string]struct {
		options option
		path    string
		status  int
		message string
	}{
		"password":              {basic(login, password), "/authorizations", 200, ""},
		"login in capitals":     {basic("OctoCat", password), "/authorizations/7", 200, ""},
		"nobody":                {anonymous, "/authorizations", 401, "Requires authentication"},
		"unknown scheme":        {header("Authorization", "Negotiate abc"), "/authorizations", 401, "Requires authentication"},
		"wrong password":        {basic(login, "incorrect"), "/authorizations", 401, "Bad credentials"},
		"empty password":        {basic(login, ""), "/authorizations", 401, "Bad credentials"},
		"unknown user":          {basic("nobody", password), "/authorizations", 401, "Bad credentials"},
		"broken Basic":          {header("Authorization", "Basic !"), "/authorizations", 401, "Bad credentials"},
		"token":                 {header("Authorization", "token made-up-token"), "/authorizations", 403, tokenText},
		"bearer":                {header("Authorization", "Bearer made-up-token"), "/applications/grants", 403, tokenText},
		"token as password":     {basic(login, "made-up-token"), "/authorizations/7", 403, tokenText},
		"token as user":         {basic("made-up-token", "x-oauth-basic"), "/authorizations", 403, tokenText},
		"revoked token":         {header("Authorization", "token gone"), "/authorizations", 401, "Bad credentials"},
		"meta for nobody":       {anonymous, "/meta", 200, `{"verifiable_password_authentication":true,"installed_version":"3.19.0"}`},
		"meta with a password":  {basic(login, password), "/meta", 200, ""},
		"meta with a token":     {header("Authorization", "token made-up-token"), "/meta", 200, ""},
		"meta, wrong password":  {basic(login, "incorrect"), "/meta", 401, "Bad credentials"},
		"no user agent":         {header("User-Agent", ""), "/authorizations", 403, "Missing or invalid User Agent string"},
		"meta, no user agent":   {header("User-Agent", ""), "/meta", 403, "Missing or invalid User Agent string"},
		"somebody else's":       {basic("hubot", "wrong-horse"), "/authorizations/7", 404, "Not Found"},
		"somebody else's list":  {basic("hubot", "wrong-horse"), "/authorizations", 200, "[]"},
		"documentation address": {anonymous, "/authorizations", 401, `"documentation_url":"https://docs.github.com/enterprise/3.19/rest"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := start(t, ghessim.Options{})
			i.AddAuthorization(token)
			got := i.do("GET", c.path, "", c.options).want(c.status, c.message)
			if challenge := got.header.Get("Www-Authenticate"); challenge != "" {
				t.Errorf("there is a WWW-Authenticate: %q", challenge)
			}
			if contentType := got.header.Get("Content-Type"); strings.Contains(name, "no user agent") &&
				contentType != "application/octet-stream" {
				t.Errorf("Content-Type is %q", contentType)
			}
		})
	}
}

func TestAuthentication_privateMode(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{PrivateMode: true})
	const message = "Must authenticate to access this API."
	got := i.do("GET", "/meta", "", anonymous).want(401, message)
	if got.header.Get("X-GitHub-Media-Type") == "" {
		t.Error("there is no X-GitHub-Media-Type")
	}
	i.do("GET", "/authorizations", "", anonymous).want(401, message)
	i.do("GET", "/meta", "").want(200, "3.19.0")
}

func TestAuthentication_external(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{ExternalAuth: true, MaxLoginFailures: 1})
	i.do("GET", "/meta", "", anonymous).want(200, `"verifiable_password_authentication":false`)
	for range 3 {
		i.do("GET", "/authorizations", "").want(401, "Bad credentials")
	}
}

func TestAuthentication_lockout(t *testing.T) {
	t.Parallel()
	now := someday
	i := start(t, ghessim.Options{Now: func() time.Time { return now }})
	wrong := basic(login, "incorrect")
	for range 9 {
		i.do("GET", "/authorizations", "", wrong).want(401, "Bad credentials")
	}
	i.do("GET", "/authorizations", "").want(200, "[]") // failures count in a row only
	for range 10 {
		i.do("GET", "/authorizations", "", wrong).want(401, "Bad credentials")
	}
	const message = "Maximum number of login attempts exceeded. Please try again later."
	i.do("GET", "/authorizations", "", wrong).want(403, message)
	i.do("GET", "/authorizations", "").want(403, message)
	i.do("GET", "/authorizations", "", basic("hubot", "wrong-horse")).want(200, "[]")

	now = now.Add(time.Hour)
	i.do("GET", "/authorizations", "").want(200, "[]")
}

// plain leaves a request as it is.
func plain(*http.Request) {}

func TestAuthentication_secondFactor(t *testing.T) {
	t.Parallel()
	verify := func(code string, now time.Time) bool { return code == "123456" && now.Equal(someday) }
	i := start(t, ghessim.Options{
		Users: []ghessim.User{{Login: login, Password: password, VerifyOTP: verify}},
		Now:   func() time.Time { return someday },
	})
	right := header("X-GitHub-OTP", "123456")
	const message = "Must specify two-factor authentication OTP code."
	for name, c := range map[string]struct {
		method, path, body string
		option             option
	}{
		"no code":                {"GET", "/authorizations", "", plain},
		"wrong code":             {"GET", "/authorizations", "", header("X-GitHub-OTP", "654321")},
		"before validation":      {"POST", "/authorizations", "", plain},
		"before parsing":         {"POST", "/authorizations", "{", plain},
		"before what is missing": {"GET", "/authorizations/9", "", plain},
		"on no operation":        {"PATCH", "/authorizations", "", plain},
		"meta":                   {"GET", "/meta", "", plain},
	} {
		got := i.do(c.method, c.path, c.body, c.option).want(401, message)
		if otp := got.header.Get("X-GitHub-OTP"); otp != "required; app" {
			t.Errorf("%s: X-GitHub-OTP is %q", name, otp)
		}
	}
	i.do("GET", "/authorizations", "", right).want(200, "[]")
	i.do("POST", "/authorizations", "", right).want(422, "missing_field")
	i.do("PATCH", "/authorizations", "", right).want(404, "Not Found")
	got := i.do("GET", "/authorizations", "", right, basic(login, "incorrect")).want(401, "Bad credentials")
	if otp, ok := got.header["X-Github-Otp"]; ok {
		t.Errorf("a wrong password is answered with X-GitHub-OTP %q", otp)
	}
}

func TestNoAuthorizations(t *testing.T) {
	t.Parallel()
	i := start(t, ghessim.Options{NoAuthorizations: true})
	for _, credentials := range []option{basic(login, password), basic(login, "incorrect"), anonymous} {
		i.do("GET", "/authorizations", "", credentials).want(404, "Not Found")
		i.do("POST", "/authorizations", `{"note":"ci"}`, credentials).want(404, "Not Found")
		i.do("GET", "/applications/grants", "", credentials).want(404, "Not Found")
	}
	i.do("GET", "/meta", "").want(200, "3.19.0")
}

func TestAPIVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		server, asked string
		status        int
	}{
		{"3.9.0", "2022-11-28", 200},
		{"3.9.0", "2021-01-01", 400},
		{"3.8.0", "2021-01-01", 200},
		{"unknown", "2021-01-01", 400},
	} {
		t.Run(fmt.Sprintf("%s asked for %s", c.server, c.asked), func(t *testing.T) {
			t.Parallel()
			i := start(t, ghessim.Options{Version: c.server})
			got := i.do("GET", "/meta", "", header("X-GitHub-Api-Version", c.asked)).want(c.status, "")
			if c.status == 400 {
				got.want(400, "is not a supported version")
			}
			if version := got.header.Get("X-GitHub-Enterprise-Version"); version != c.server {
				t.Errorf("X-GitHub-Enterprise-Version is %q", version)
			}
		})
	}
}
