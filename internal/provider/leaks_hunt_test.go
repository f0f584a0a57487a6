package provider

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// secretKind is the kind of a secret, which decides about the files that may contain
// it.
type secretKind string

const (
	aPassword        secretKind = "password"
	anAuthorization  secretKind = "user name and password in base64"
	aSeed            secretKind = "seed of one-time codes"
	aClientSecret    secretKind = "client secret"
	aWriteOnlySecret secretKind = "write-only client secret"
	aToken           secretKind = "token"
	aHiddenToken     secretKind = "token that is not stored"
	anIdentity       secretKind = "identity of age"
	anAdminToken     secretKind = "token of a site administrator"
)

// mayHold are the files that hold secrets by design, by their base names. The files in
// a plan follow its name and a colon. All other files and the output and log of the CLI
// must not contain secrets.
var mayHold = map[string][]secretKind{
	"main.tf":                  {aPassword, aClientSecret, aWriteOnlySecret},
	"terraform.tfstate":        {aClientSecret, aToken},
	"terraform.tfstate.backup": {aClientSecret, aToken},
	"plan:tfplan":              {aClientSecret, aToken},
	"plan:tfstate":             {aClientSecret, aToken},
	"plan:tfstate-prev":        {aClientSecret, aToken},
	"plan:m-":                  {aClientSecret, aWriteOnlySecret}, // the configuration
}

// hunt looks for the secrets of one server in everything that the CLIs which use
// it leave behind.
type hunt struct {
	*instance
	workspace *workspace
	password  string
	admin     string // the site administrator's token

	mu    sync.Mutex
	forms map[string]secretKind // every form of every secret
	known map[string]bool       // tokens
	shown []string              // tokens that the provider was shown in this run
	// fault responds instead of the server once it is on. The first creation of a run
	// turns it on.
	fault  echo
	on     bool
	faults int

	runs, bytes int
}

// echo responds to a request with some of the data that the server could repeat.
type echo func(w http.ResponseWriter, r *http.Request, next http.Handler, said string)

// newHunt starts a server whose password is right, and a CLI that logs all that
// it can.
func newHunt(t *testing.T, password string, options ...func(*ghessim.Options)) *hunt {
	t.Helper()
	h := &hunt{password: password, forms: map[string]secretKind{}, known: map[string]bool{}}
	h.instance = newInstance(t, append([]func(*ghessim.Options){func(o *ghessim.Options) {
		o.Users[0].Password = password
		o.Users = append(o.Users, ghessim.User{Login: "hubot"}, ghessim.User{Login: "root", SiteAdmin: true})
		o.Apps = append(o.Apps, ghessim.App{ClientID: otherClientID, ClientSecret: otherSecret})
	}}, options...)...)
	h.elsewhere(ghessim.Authorization{Note: new("elsewhere")})
	h.admin = h.adminToken("site_admin")
	h.known[h.admin] = true
	h.AddGrant(ghessim.Grant{ClientID: testClientID})
	h.AddGrant(ghessim.Grant{ClientID: "unwanted"})
	h.Intercept(h.respond)
	h.workspace = newBinaryWorkspace(t, "")
	h.workspace.env = append(h.workspace.env, "GHES_MAX_RETRIES=1", "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(h.workspace.dir, "trace.log"), envTOTPSecret+"="+testSeed, envAgeIdentity+"="+leakIdentity.String(), envAdminToken+"="+h.admin)
	h.add(anAdminToken, h.admin)
	h.add(aPassword, password)
	h.add(anAuthorization, testUser+":"+password)
	h.add(anAuthorization, base64.StdEncoding.EncodeToString([]byte(testUser+":"+password)))
	h.add(aSeed, testSeed)
	h.add(anIdentity, leakIdentity.String())
	h.add(aClientSecret, testSecret)
	h.add(aWriteOnlySecret, otherSecret)
	h.meet()
	return h
}

// respond has the server or the fault respond.
func (h *hunt) respond(w http.ResponseWriter, r *http.Request, next http.Handler) {
	h.meet()
	h.mu.Lock()
	f, shown := h.fault, strings.Join(h.shown, " ")
	if !h.on {
		f = nil
	}
	if f != nil {
		h.faults++
	}
	h.mu.Unlock()
	if f == nil {
		next.ServeHTTP(w, r)
	} else {
		f(w, r, next, h.said(r, shown))
	}
	created := h.meet()
	h.mu.Lock()
	defer h.mu.Unlock()
	if f == nil {
		h.shown = append(h.shown, created...)
	}
	h.on = h.on || r.Method == http.MethodPost
}

// said is the data that the server could repeat. It is the request with its secrets,
// the tokens that the server has shown in this run, and the token that the request is
// about.
func (h *hunt) said(r *http.Request, shown string) string {
	request, err := httputil.DumpRequest(r, true)
	if err != nil {
		request = []byte(err.Error())
	}
	secrets := []string{h.password, h.admin, shown}
	for _, secret := range []string{testSecret, otherSecret} {
		if bytes.Contains(request, []byte(secret)) {
			secrets = append(secrets, secret)
		}
	}
	for _, a := range h.Authorizations() {
		if !slices.Contains(h.others, a.ID) && strings.HasSuffix(r.URL.Path, fmt.Sprintf("/authorizations/%d", a.ID)) {
			secrets = append(secrets, a.Token)
		}
	}
	return fmt.Sprintf("%s\n%s", strings.Join(secrets, " "), request)
}

// meet returns the tokens that are new, and has the hunt look for them.
func (h *hunt) meet() []string {
	var tokens []string
	for _, a := range h.Authorizations() {
		h.mu.Lock()
		isNew := !h.known[a.Token]
		h.known[a.Token] = true
		h.mu.Unlock()
		if isNew {
			tokens = append(tokens, a.Token)
			kind := aToken
			if a.Impersonation || a.Note != nil && strings.HasPrefix(*a.Note, "hidden-") {
				kind = aHiddenToken
			}
			h.add(kind, a.Token)
		}
	}
	return tokens
}

// run runs the CLI with f instead of the server, from the beginning or from the first
// creation, and searches the output and files.
func (h *hunt) run(f echo, fromBeginning bool, code int, args ...string) string {
	t, w := h.workspace.t, h.workspace
	t.Helper()
	h.mu.Lock()
	h.fault, h.on, h.faults, h.shown = f, fromBeginning, 0, nil
	h.mu.Unlock()
	h.ClearRequests()
	output := w.must(code, args...)
	h.runs++

	h.mu.Lock()
	faults := h.faults
	h.mu.Unlock()
	if f != nil && faults == 0 {
		t.Errorf("%s: the fault has not happened", args[0])
	}
	if len(h.Requests()) > 0 && !strings.Contains(w.read("trace.log"), "Called GitHub Enterprise Server") {
		t.Errorf("%s: the provider's log is not in the CLI's", args[0])
	}
	h.search(t, "the output", output)
	h.everything(t)
	if err := os.Remove(filepath.Join(w.dir, "trace.log")); err != nil {
		t.Error(err)
	}
	return output
}

// add has the hunt look for a secret.
func (h *hunt) add(kind secretKind, secret string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, form := range echoes(secret) {
		h.forms[form] = kind
	}
}

// everything searches the files of the workspace, including those inside plans.
func (h *hunt) everything(t *testing.T) {
	t.Helper()
	for path, content := range h.workspace.files() {
		name := filepath.Base(path)
		if _, entry, inPlan := strings.Cut(path, ":"); inPlan {
			if dir, _, isConfig := strings.Cut(strings.TrimPrefix(entry, "tfconfig/"), "/"); isConfig {
				entry = dir
			}
			name = "plan:" + entry
		}
		h.search(t, name, content)
	}
}

// search reports the secrets that are in content and may not be in a file of
// that name.
func (h *hunt) search(t *testing.T, name, content string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes += len(content)
	for form, kind := range h.forms {
		if slices.Contains(mayHold[name], kind) {
			continue
		}
		if at := strings.Index(content, form); at >= 0 {
			t.Errorf("the %s is in %s, as %s:\n%s", kind, name, form, content[max(0, at-200):min(len(content), at+200)])
		}
	}
}

// hunted counts what all hunts have searched.
type hunted struct{ runs, bytes, secrets atomic.Int64 }

func (total *hunted) add(h *hunt) {
	total.runs.Add(int64(h.runs))
	total.bytes.Add(int64(h.bytes))
	total.secrets.Add(int64(len(h.known)) + 4)
}

func (total *hunted) String() string {
	return fmt.Sprintf("%d runs of the CLI, %.1f MB searched for %d secrets", total.runs.Load(), float64(total.bytes.Load())/1e6, total.secrets.Load())
}
