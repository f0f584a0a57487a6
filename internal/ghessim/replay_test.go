package ghessim_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// recordedBody is an authorization of the recordings, read to seed the simulator with.
type recordedBody struct {
	ID  int64
	App struct {
		Name, URL string
		ClientID  string `json:"client_id"`
	}
	HashedToken *string `json:"hashed_token"`
	Note        *string
	NoteURL     *string   `json:"note_url"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Scopes      []string
	Fingerprint *string
}

// recordedBodies are the authorizations in the response, which has one or a list. A 204 and an error have none.
func (e exchange) recordedBodies(t *testing.T) []recordedBody {
	t.Helper()
	if e.Status >= 300 || len(e.ResponseBody) == 0 || string(e.ResponseBody) == "null" {
		return nil
	}
	body := string(e.ResponseBody)
	if body[0] == '{' {
		body = "[" + body + "]"
	}
	var bodies []recordedBody
	if err := json.Unmarshal([]byte(body), &bodies); err != nil {
		t.Fatal(err)
	}
	return bodies
}

func (b recordedBody) personal() bool { return b.App.ClientID == "00000000000000000000" }

// apps are the apps of the recorded response, in their order there, and the app of the request.
func (e exchange) apps(t *testing.T) []ghessim.App {
	t.Helper()
	var apps []ghessim.App
	for _, b := range e.recordedBodies(t) {
		known := slices.ContainsFunc(apps, func(a ghessim.App) bool { return a.ClientID == b.App.ClientID })
		if !known && !b.personal() {
			apps = append(apps, ghessim.App{ClientID: b.App.ClientID, ClientSecret: secret, Name: b.App.Name, URL: b.App.URL})
		}
	}
	return append(apps, ghessim.App{ClientID: "last-app"})
}

// seed adds the objects that the server must have had to give the recorded response.
func (e exchange) seed(t *testing.T, sim *instance) {
	t.Helper()
	bodies := e.recordedBodies(t)
	slices.Reverse(bodies) // so that a list's order is not the order of insertion
	for _, b := range bodies {
		if e.Status == 201 {
			// The next number is the recorded one.
			sim.AddAuthorization(ghessim.Authorization{ID: b.ID - 1, Login: "somebody-else"})
			continue
		}
		a := ghessim.Authorization{
			ID: b.ID, Note: b.Note, NoteURL: b.NoteURL, Fingerprint: b.Fingerprint, Scopes: b.Scopes,
			CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt,
		}
		if !b.personal() {
			a.ClientID = b.App.ClientID
		}
		a.Scopes = e.scopesBefore(t, b.Scopes)
		sim.AddAuthorization(a)
		if b.HashedToken == nil {
			sim.EditAuthorization(b.ID, func(a *ghessim.Authorization) { a.Token = "" })
		}
	}
	if m := onePath.FindStringSubmatch(e.path); m != nil && e.Method == "DELETE" && e.Status == 204 {
		id, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sim.AddAuthorization(ghessim.Authorization{ID: id})
	}
	// Enough for as many pages as were linked, behind all that was recorded.
	link, _ := e.ResponseHeaders["link"].(string)
	if m := regexp.MustCompile(`page=(\d+)>; rel="last"`).FindStringSubmatch(link); m != nil {
		pages, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		for range (pages-1)*30 + 1 - len(bodies) {
			sim.AddAuthorization(ghessim.Authorization{ClientID: "last-app"})
		}
	}
}

// scopesBefore undoes what the request does to the scopes.
func (e exchange) scopesBefore(t *testing.T, after []string) []string {
	t.Helper()
	if _, replaced := e.RequestBody["scopes"]; replaced && e.Method != "PUT" {
		return []string{"gist"}
	}
	raw, added := e.RequestBody["add_scopes"]
	if !added {
		return after
	}
	var add []string
	if err := json.Unmarshal(raw, &add); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Clone(after), func(s string) bool { return slices.Contains(add, s) })
}

// compareLists compares the order and each item. If the recording has no fingerprint for an item, the item's place
// does not count.
func (e exchange) compareLists(t *testing.T, got readResponse) {
	t.Helper()
	var want []map[string]any
	if err := json.Unmarshal(e.ResponseBody, &want); err != nil {
		t.Fatal(err)
	}
	items := decode[[]map[string]any](got)
	if len(items) != len(want) {
		t.Fatalf("got %d items, recorded %d", len(items), len(want))
	}
	blanked := func(item map[string]any) bool {
		fingerprint, _ := item["fingerprint"].(string)
		return regexp.MustCompile(`^[A-Z_]+$`).MatchString(fingerprint)
	}
	items = slices.DeleteFunc(items, blanked)
	want = slices.DeleteFunc(want, blanked)
	for i := range want {
		if items[i]["id"] != want[i]["id"] {
			t.Errorf("item %d: got %v, recorded %v", i, items[i]["id"], want[i]["id"])
			continue
		}
		compareObjects(t, items[i], want[i])
	}
}

// compareObjects compares the keys, which of them are null or empty, and the values that the request determines.
func compareObjects(t *testing.T, got, want map[string]any) {
	t.Helper()
	if got, want := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		t.Errorf("keys: got %q, recorded %q", got, want)
	}
	for key := range want {
		if (got[key] == nil) != (want[key] == nil) || (got[key] == "") != (want[key] == "") {
			t.Errorf("%s: got %#v, recorded %#v", key, got[key], want[key])
		}
	}
	for _, key := range []string{"id", "message", "note", "scopes", "fingerprint"} {
		if !reflect.DeepEqual(got[key], want[key]) {
			t.Errorf("%s: got %#v, recorded %#v", key, got[key], want[key])
		}
	}
	gotApp, _ := got["app"].(map[string]any)
	wantApp, _ := want["app"].(map[string]any)
	for _, key := range []string{"name", "client_id"} {
		if gotApp[key] != wantApp[key] {
			t.Errorf("app.%s: got %#v, recorded %#v", key, gotApp[key], wantApp[key])
		}
	}
}
