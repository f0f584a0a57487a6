package ghes

import (
	"bufio"
	"bytes"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"
)

// createdBody is a recorded response for a personal access token. It is from a server that had no
// expires_at.
const createdBody = `{"id":223759416,"url":"https://ghes.example.com/api/v3/authorizations/223759416",
	"app":{"name":"ci","url":"https://developer.github.com/v3/oauth_authorizations/","client_id":"00000000000000000000"},
	"token":"3d2bbe5212022fc8561bd4057d7300fbc659c06d",
	"hashed_token":"26f656fcfeaa2a54343516ceb9132ec754784f909566402b98db91206ed645f9",
	"token_last_eight":"c659c06d","note":"ci","note_url":null,"created_at":"2018-09-30T19:47:15Z",
	"updated_at":"2018-09-30T19:47:16Z","scopes":["user","repo"],"fingerprint":null}`

// createdValue is the client's result for createdBody with a status.
func createdValue(status int) *Authorization {
	a := &Authorization{
		ID:  223759416,
		URL: "https://ghes.example.com/api/v3/authorizations/223759416",
		App: App{
			Name: "ci", URL: "https://developer.github.com/v3/oauth_authorizations/", ClientID: "00000000000000000000",
		},
		HashedToken:    "26f656fcfeaa2a54343516ceb9132ec754784f909566402b98db91206ed645f9",
		TokenLastEight: "c659c06d",
		Note:           "ci",
		Scopes:         []string{"user", "repo"},
		CreatedAt:      time.Date(2018, time.September, 30, 19, 47, 15, 0, time.UTC),
		UpdatedAt:      time.Date(2018, time.September, 30, 19, 47, 16, 0, time.UTC),
	}
	if status == http.StatusCreated {
		a.Token = "3d2bbe5212022fc8561bd4057d7300fbc659c06d"
	}
	return a
}

func TestCreateAuthorization(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in   AuthorizationRequest
		sent string
	}{
		"a token without scopes": {AuthorizationRequest{Note: "ci"}, `{"scopes":[],"note":"ci"}`},
		"an empty request":       {AuthorizationRequest{}, `{"scopes":[]}`},
		"scopes in their order": {
			AuthorizationRequest{Note: "a <b> & \"c\" ✓", Scopes: []string{"user", "gist", "user"}},
			`{"scopes":["user","gist","user"],"note":"a \u003cb\u003e \u0026 \"c\" ✓"}`,
		},
		"everything": {
			AuthorizationRequest{
				Scopes: []string{"repo"}, Note: "ci", NoteURL: "no URL", ClientID: "app", ClientSecret: "battery-staple", Fingerprint: "a/b",
			},
			`{"scopes":["repo"],"note":"ci","note_url":"no URL","client_id":"app","client_secret":"battery-staple","fingerprint":"a/b"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, reply(http.StatusCreated, createdBody))
			a, err := c.CreateAuthorization(t.Context(), test.in)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(a, createdValue(http.StatusCreated)) {
				t.Errorf("got %+v", a)
			}
			sent.want(t, "POST /authorizations octocat:correct-horse "+test.sent)
		})
	}
}

func TestGetOrCreateAuthorization(t *testing.T) {
	t.Parallel()
	for status, created := range map[int]bool{http.StatusCreated: true, http.StatusOK: false} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, reply(status, createdBody))
			// The client ID is only in the path.
			a, got, err := c.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{
				ClientID: "Iv1.0 %", ClientSecret: "battery-staple", Fingerprint: "a/b",
			})
			if err != nil {
				t.Fatal(err)
			}
			if got != created || !reflect.DeepEqual(a, createdValue(status)) {
				t.Errorf("created %t, got %+v", got, a)
			}
			sent.want(t, `PUT /authorizations/clients/Iv1.0%20%25 octocat:correct-horse {"scopes":[],"client_secret":"battery-staple","fingerprint":"a/b"}`)
		})
	}
}

func TestGetOrCreateAuthorization_fingerprint(t *testing.T) {
	t.Parallel()
	for fingerprint, path := range map[string]string{
		"ci":       "ci",
		"two word": "two%20word",
		"100%":     "100%25",
		"%2F":      "%252F",
		"%2e%2e":   "%252e%252e",
		"a?b=c":    "a%3Fb=c",
		"a#b":      "a%23b",
		"größe ✓":  "gr%C3%B6%C3%9Fe%20%E2%9C%93",
		"a+b":      "a+b",
		"a&b;c:d":  "a&b%3Bc:d",
		`a\b`:      "a%5Cb",
		"...":      "...",
		"a\nb":     "a%0Ab",
	} {
		t.Run(fingerprint, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, reply(http.StatusCreated, createdBody))
			_, created, err := c.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{
				ClientID: "app", ClientSecret: "battery-staple", Fingerprint: fingerprint, Note: "ci",
			})
			if err != nil || !created {
				t.Errorf("created %t, error %v", created, err)
			}
			sent.want(t, "PUT /authorizations/clients/app/"+path+` octocat:correct-horse {"scopes":[],"note":"ci","client_secret":"battery-staple"}`)
		})
	}
}

// A client ID that cannot be in a path is not sent.
func TestGetOrCreateAuthorization_pathElements(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, reply(http.StatusCreated, createdBody))
	for _, element := range []string{"", ".", "..", "a/b", "/"} {
		if IsPathElement(element) {
			t.Errorf("IsPathElement(%q) is true", element)
		}
		if _, _, err := c.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: element}); err == nil {
			t.Errorf("client ID %q is accepted", element)
		}
	}
	sent.want(t)
}

func TestGetAuthorization(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want Authorization
	}{
		"nulls": {
			`{"id":7,"url":null,"app":null,"token":null,"hashed_token":null,"token_last_eight":null,"note":null,"note_url":null,
			"created_at":null,"updated_at":null,"scopes":null,"fingerprint":null,"expires_at":null}`,
			Authorization{ID: 7},
		},
		"only the ID": {`{"id":7}`, Authorization{ID: 7}},
		"unknown fields": {
			`{"user":{"login":"octocat","id":[]},"id":7,"app":{"logo":1,"name":"Demo"},"note":"","scopes":[]}`,
			Authorization{ID: 7, App: App{Name: "Demo"}, Scopes: []string{}},
		},
		"expires": {
			`{"id":7,"expires_at":"2026-02-28T23:59:58Z","fingerprint":"a/b","note_url":"x"}`,
			Authorization{ID: 7, ExpiresAt: time.Date(2026, time.February, 28, 23, 59, 58, 0, time.UTC), Fingerprint: "a/b", NoteURL: "x"},
		},
		"white space": {"\n{ \"id\": 7,\r\n\t\"token\": \"\", \"note\": \"ci\" }\n", Authorization{ID: 7, Note: "ci"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, sent := serve(t, reply(http.StatusOK, test.body))
			a, err := c.RefreshAuthorization(t.Context(), 7)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*a, test.want) {
				t.Errorf("got %+v, want %+v", *a, test.want)
			}
			sent.want(t, "GET /authorizations/7 octocat:correct-horse")
		})
	}
}

func TestUpdateAuthorization(t *testing.T) {
	t.Parallel()
	for sent, in := range map[string]AuthorizationUpdate{
		`{}`:                           {},
		`{"scopes":[]}`:                {Scopes: &[]string{}},
		`{"scopes":["repo","gist"]}`:   {Scopes: &[]string{"repo", "gist"}},
		`{"note":"nightly \"build\""}`: {Note: new(Clearable(`nightly "build"`))},
		`{"note":null,"note_url":null,"fingerprint":""}`: {
			Note: new(Clearable("")), NoteURL: new(Clearable("")), Fingerprint: new(""),
		},
		`{"scopes":["user"],"note":"a","note_url":"b","fingerprint":"c"}`: {
			Scopes: &[]string{"user"}, Note: new(Clearable("a")), NoteURL: new(Clearable("b")), Fingerprint: new("c"),
		},
	} {
		t.Run(sent, func(t *testing.T) {
			t.Parallel()
			c, got := serve(t, reply(http.StatusOK, createdBody))
			a, err := c.UpdateAuthorization(t.Context(), 223759416, in)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(a, createdValue(http.StatusOK)) {
				t.Errorf("got %+v", a)
			}
			got.want(t, "PATCH /authorizations/223759416 octocat:correct-horse "+sent)
		})
	}
}

func TestDeleteAuthorization(t *testing.T) {
	t.Parallel()
	c, sent := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream") // as the real server does
		w.WriteHeader(http.StatusNoContent)
	})
	// IDs can be longer than 32 bits.
	if err := c.DeleteAuthorization(t.Context(), 9007199254740993); err != nil {
		t.Error(err)
	}
	sent.want(t, "DELETE /authorizations/9007199254740993 octocat:correct-horse")
}

func TestAuthorization_ClientID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{NoApp: "", "": "", "Iv1.0123456789abcdef": "Iv1.0123456789abcdef"} {
		if got := (&Authorization{App: App{ClientID: id}}).ClientID(); got != want {
			t.Errorf("ClientID of %q is %q", id, got)
		}
	}
}

// FuzzIsPathElement sends the path elements that IsPathElement accepts to a server with the API's
// routes, which must receive them unchanged.
func FuzzIsPathElement(f *testing.F) {
	for _, element := range []string{"", ".", "..", "...", "a/b", "a%2Fb", "builder ü?#%", "a;b:c@d&e=f+g", `\`, "\x00\xff", "%2e%2e", "*"} {
		f.Add(element, element)
	}
	f.Fuzz(func(t *testing.T, clientID, fingerprint string) {
		var arrived []string
		mux := http.NewServeMux()
		mux.HandleFunc("PUT "+prefix+"/authorizations/clients/{client_id}/{fingerprint}", func(w http.ResponseWriter, r *http.Request) {
			arrived = []string{r.PathValue("client_id"), r.PathValue("fingerprint")}
			reply(http.StatusOK, `{"id":1}`)(w, r)
		})
		sent := false
		c := newTestClient(t, "https://ghes.example.com", Config{Connection: Connection{RoundTripper: roundTrip(func(req *http.Request) (*http.Response, error) {
			sent = true
			var wire bytes.Buffer
			if err := req.Write(&wire); err != nil {
				return nil, err
			}
			received, err := http.ReadRequest(bufio.NewReader(&wire))
			if err != nil {
				return nil, err
			}
			received.URL.RawPath = "" // Some servers and proxies decode a path before they route it.
			return direct(mux).RoundTrip(received)
		})}})
		_, _, err := c.GetOrCreateAuthorization(t.Context(), AuthorizationRequest{ClientID: clientID, Fingerprint: fingerprint})
		if !IsPathElement(clientID) && (err == nil || sent) {
			t.Errorf("client ID %q was sent: %v", clientID, err)
		}
		if !IsPathElement(clientID) || !IsPathElement(fingerprint) {
			return
		}
		if err != nil || !slices.Equal(arrived, []string{clientID, fingerprint}) {
			t.Errorf("%q and %q arrived as %q: %v", clientID, fingerprint, arrived, err)
		}
	})
}
