package ghes

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	for name, op := range operations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				want := http.Header{
					"Accept":               {"application/vnd.github+json"},
					"Accept-Encoding":      {"gzip"},
					"Authorization":        {"Basic b2N0b2NhdDpjb3JyZWN0LWhvcnNl"},
					"User-Agent":           {"test/1"},
					"X-Github-Api-Version": {"2022-11-28"},
				}
				if r.ContentLength > 0 {
					want.Set("Content-Type", "application/json")
				}
				got := r.Header.Clone()
				got.Del("Content-Length")
				if !reflect.DeepEqual(got, want) {
					t.Errorf("headers %v, want %v", got, want)
				}
				reply(op.statuses[0], op.body)(w, r)
			})
			if err := op.call(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
}

// Only the statuses that the API documents for an operation are a success.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for name, op := range operations() {
		for _, status := range []int{200, 201, 202, 203, 204, 205, 206, 226, 299} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				t.Parallel()
				c, _ := serve(t, reply(status, op.body))
				err := op.call(t.Context(), c)
				if slices.Contains(op.statuses, status) {
					if err != nil {
						t.Error(err)
					}
					return
				}
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Status != status || !errors.Is(err, errUnexpectedStatus) {
					t.Errorf("error %v", err)
				}
				wantIs(t, err)
			})
		}
	}
}

// A username or password may have characters that a URL or a header cannot have.
func TestCredentials(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if username, password, _ := r.BasicAuth(); username != "mona@example" || password != "a:b %40✓\n" {
			t.Errorf("credentials %q, %q", username, password)
		}
		reply(http.StatusNoContent, "")(w, r)
	}))
	t.Cleanup(server.Close)
	base := apiRoot(t, server.URL+"/api/v3")
	c := NewClient(Config{Connection: Connection{BaseURL: base, Username: "mona@example", Password: "a:b %40✓\n", RoundTripper: http.DefaultTransport}})
	if err := c.DeleteGrant(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	reason := errors.New("the settings are not known yet")
	for name, op := range operations() {
		if err := op.call(t.Context(), Unavailable(reason)); err != reason { //nolint:errorlint // The error must not be wrapped.
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// The limit is for the decompressed body.
func TestMaxBody(t *testing.T) {
	t.Parallel()
	const body = `{"id":1}`
	for name, test := range map[string]struct {
		status, size int
		zip          bool
		want         string
	}{
		"all that is allowed": {200, 8 << 20, false, "<nil>"},
		"one byte more":       {200, 8<<20 + 1, false, "GET PREFIX/authorizations/1: 200 OK: the response is larger than 8 MiB"},
		"compressed":          {200, 8<<20 + 1, true, "GET PREFIX/authorizations/1: 200 OK: the response is larger than 8 MiB"},
		"compressed, allowed": {200, 8 << 20, true, "<nil>"},
		"error response":      {500, 9 << 20, false, "GET PREFIX/authorizations/1: 500 Internal Server Error: the response is larger than 8 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				var out io.Writer = w
				if test.zip {
					w.Header().Set("Content-Encoding", "gzip")
					zipped := gzip.NewWriter(w)
					defer zipped.Close()
					out = zipped
				}
				w.WriteHeader(test.status)
				// The client closes the connection if the body is too large, so errors are expected.
				_, _ = io.WriteString(out, strings.Repeat(" ", test.size-len(body))+body)
			})
			_, err := c.RefreshAuthorization(t.Context(), 1)
			wantError(t, err, test.want)
		})
	}
}
