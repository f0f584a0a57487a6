package ghessim_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// minReplayed is how many recorded exchanges must fit the simulator.
const minReplayed = 97

// exchange is one line of the recordings.
type exchange struct {
	File            string
	N               int
	RecordedAt      string                     `json:"recorded_at"`
	Method          string                     `json:"method"`
	URL             string                     `json:"url"`
	RequestHeaders  map[string]any             `json:"request_headers"`
	RequestBody     map[string]json.RawMessage `json:"request_body"`
	Status          int                        `json:"status"`
	ResponseHeaders map[string]any             `json:"response_headers"`
	ResponseBody    json.RawMessage            `json:"response_body"`

	path string // below the API's root, with query
}

func readExchanges(t *testing.T) []exchange {
	t.Helper()
	file, err := os.Open(contract(t, "recordings.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// Values that the recordings leave blank become those of the test's app.
	fill := strings.NewReplacer("<GITHUB_CLIENT_ID>", clientID, "<GITHUB_CLIENT_SECRET>", secret)
	var all []exchange
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var e exchange
		if err := json.Unmarshal([]byte(fill.Replace(lines.Text())), &e); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(e.URL)
		if err != nil {
			t.Fatal(err)
		}
		e.path = u.RequestURI()
		all = append(all, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	year      = regexp.MustCompile(`\b20\d\d\b`)
	onePath   = regexp.MustCompile(`^/authorizations/(\d+)$`)
	otherPath = regexp.MustCompile(`^/applications/[^/]+/(token|tokens|grant)\b`)
)

// modern says whether the exchange is of the era that the simulator models: since 2015 tokens are hidden, since 2018
// the list is full of bodies of today's form.
func (e exchange) modern() bool { return year.FindString(e.RecordedAt) >= "2018" }

// skipReason says why an exchange is not replayed; "" means that it is.
func (e exchange) skipReason() string {
	other := otherPath.FindStringSubmatch(e.path)
	switch {
	case other != nil:
		return "not one of the ten operations: /applications/CLIENT_ID/" + other[1]
	case !e.modern() && e.Method != http.MethodDelete:
		return "recorded before 2018: tokens shown, other fields and headers"
	default:
		return ""
	}
}

func TestRecorded(t *testing.T) {
	t.Parallel()
	replayed, skipped := 0, map[string]int{}
	all := readExchanges(t)
	for _, e := range all {
		if reason := e.skipReason(); reason != "" {
			skipped[reason]++
			continue
		}
		replayed++
		t.Run(fmt.Sprintf("%s#%d", e.File, e.N), func(t *testing.T) {
			t.Parallel()
			e.replay(t)
		})
	}
	t.Logf("replayed %d of %d recorded exchanges", replayed, len(all))
	for _, reason := range slices.Sorted(maps.Keys(skipped)) {
		t.Logf("not replayed: %3d, %s", skipped[reason], reason)
	}
	if replayed < minReplayed {
		t.Errorf("replayed %d exchanges, want at least %d", replayed, minReplayed)
	}
}

func (e exchange) replay(t *testing.T) {
	user := ghessim.User{Login: login, Password: password}
	challenge := e.ResponseHeaders["x-github-otp"] != nil
	if challenge {
		user.VerifyOTP = func(string, time.Time) bool { return false }
	}
	sim := start(t, ghessim.Options{
		Version: "2.14.0", // the appliance of 2018
		Users:   []ghessim.User{user},
		Apps:    e.apps(t),
	})
	e.seed(t, sim)
	body := ""
	if e.RequestBody != nil {
		marshaled, err := json.Marshal(e.RequestBody)
		if err != nil {
			t.Fatal(err)
		}
		body = string(marshaled)
	}
	accept, _ := e.RequestHeaders["accept"].(string)
	got := sim.do(e.Method, e.path, body, header("Accept", accept))

	if got.status != e.Status {
		t.Fatalf("%s %s: got %d %s, recorded %d %s", e.Method, e.path, got.status, got.body, e.Status, e.ResponseBody)
	}
	e.compareHeaders(t, got)
	if bytes.HasPrefix(e.ResponseBody, []byte("[")) {
		e.compareLists(t, got)
	} else if got.body != "" || e.ResponseBody != nil && string(e.ResponseBody) != "null" {
		var want map[string]any
		if err := json.Unmarshal(e.ResponseBody, &want); err != nil {
			t.Fatal(err)
		}
		compareObjects(t, decode[map[string]any](got), want)
	}
}

func (e exchange) compareHeaders(t *testing.T, got readResponse) {
	t.Helper()
	recorded := http.Header{}
	for name, value := range e.ResponseHeaders {
		recorded.Set(name, strings.TrimSuffix(strings.Trim(fmt.Sprint(value), "[]"), " Accept-Encoding"))
	}
	for _, name := range []string{"Location", "ETag", "Last-Modified", "Link", "Cache-Control", "X-GitHub-OTP"} {
		if (got.header.Get(name) != "") != (recorded.Get(name) != "") {
			t.Errorf("%s: got %q, recorded %q", name, got.header.Get(name), recorded.Get(name))
		}
	}
	if weak := "W/"; strings.HasPrefix(got.header.Get("ETag"), weak) != strings.HasPrefix(recorded.Get("ETag"), weak) {
		t.Errorf("ETag: got %q, recorded %q", got.header.Get("ETag"), recorded.Get("ETag"))
	}
	if got, recorded := rels(got.header.Get("Link")), rels(recorded.Get("Link")); !slices.Equal(got, recorded) {
		t.Errorf("Link: got %q, recorded %q", got, recorded)
	}
	exact := []string{"Status", "X-GitHub-Media-Type"}
	if e.modern() {
		exact = append(exact, "Content-Type", "Cache-Control", "Vary")
	}
	for _, name := range exact {
		if got.header.Get(name) != recorded.Get(name) {
			t.Errorf("%s: got %q, recorded %q", name, got.header.Get(name), recorded.Get(name))
		}
	}
}

// rels reduces a Link header to its relations and page numbers.
func rels(link string) []string {
	var found []string
	for _, m := range regexp.MustCompile(`[?&]page=(\d+)[^>]*>; rel="(\w+)"`).FindAllStringSubmatch(link, -1) {
		found = append(found, m[2]+m[1])
	}
	return found
}
