package provider

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fault is the reaction of a server to a request, instead of its work or besides it.
type fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// inject puts faults in the way of requests, by method.
func (i *instance) inject(faults map[string]fault) {
	i.Intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if f, ok := faults[r.Method]; ok {
			f(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// nowhere is an address that refuses connections.
const nowhere = "http://127.0.0.1:1"

// respond responds in the API's form.
func respond(status int, body string) fault { return respondAs("application/json", status, body) }

func respondAs(contentType string, status int, body string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// retryAfter is f with a time to wait, in seconds.
func retryAfter(seconds int, f fault) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		f(w, r, next)
	}
}

// changed is the server's response with one text replaced by another.
func changed(old, with string) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := httptest.NewRecorder()
		next.ServeHTTP(whole, r)
		respond(whole.Code, strings.Replace(whole.Body.String(), old, with, 1))(w, r, next)
	}
}

// acted has the server do its work, before something on the way fails.
func acted(then fault) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		then(w, r, next)
	}
}

// first is f for the first request, and the server's work after that.
func first(f fault) fault {
	var came atomic.Bool
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if came.Swap(true) {
			next.ServeHTTP(w, r)
			return
		}
		f(w, r, next)
	}
}

// late begins its work when the client may have disconnected.
func late(after time.Duration) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		time.Sleep(after)
		next.ServeHTTP(w, r)
	}
}

// dropped closes the connection in good order.
func dropped(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// reset breaks the connection off.
func reset(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// cutShort sends half of the server's response.
func cutShort(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := httptest.NewRecorder()
	next.ServeHTTP(whole, r)
	maps.Copy(w.Header(), whole.Header())
	w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
	w.WriteHeader(whole.Code)
	_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
}

// knownFault is a fault and its effect on a create.
type knownFault struct {
	fault
	acts   bool // whether the server executes the request
	status int  // of the response, 0 for none
	body   string
}

// knownFaults are all faults between client and server, except an unreachable server.
// They are new for each test, because some remember requests.
func knownFaults() map[string]knownFault {
	const busy, limited = `{"message":"Service unavailable"}`, `{"message":"API rate limit exceeded"}`
	return map[string]knownFault{
		"reset":                         {fault: reset},
		"reset, acted":                  {fault: acted(reset), acts: true},
		"dropped":                       {fault: dropped},
		"dropped, acted":                {fault: acted(dropped), acts: true},
		"cut short":                     {cutShort, true, http.StatusCreated, "unexpected EOF"},
		"garbage":                       {acted(respond(http.StatusCreated, "\x00\xff{]")), true, http.StatusCreated, "{]"},
		"wrong types":                   {changed(`"id":`, `"id":"one","was":`), true, http.StatusCreated, `"id":"one"`},
		"HTML 502":                      {respondAs("text/html", http.StatusBadGateway, "<h1>Bad gateway</h1>"), false, http.StatusBadGateway, "<h1>"},
		"HTML 502, acted":               {acted(respondAs("text/html", http.StatusBadGateway, "<h1>Bad gateway</h1>")), true, http.StatusBadGateway, "<h1>"},
		"500":                           {respond(http.StatusInternalServerError, `{"message":"Server Error"}`), false, http.StatusInternalServerError, "Server Error"},
		"500, acted":                    {acted(respond(http.StatusInternalServerError, `{"message":"Server Error"}`)), true, http.StatusInternalServerError, "Server Error"},
		"503, then fine":                {first(retryAfter(1, respond(http.StatusServiceUnavailable, busy))), false, http.StatusServiceUnavailable, "Service"},
		"429, then fine":                {first(retryAfter(1, respond(http.StatusTooManyRequests, limited))), false, http.StatusTooManyRequests, "limit"},
		"429 for an hour":               {retryAfter(3600, respond(http.StatusTooManyRequests, limited)), false, http.StatusTooManyRequests, "limit"},
		"secondary limit, then fine":    {first(retryAfter(1, respond(http.StatusForbidden, `{"message":"You have exceeded a secondary rate limit"}`))), false, http.StatusForbidden, "secondary"},
		"later than the client's limit": {fault: late(1500 * time.Millisecond), acts: true},
	}
}

// Each fault has the effect that its name says: the client's view, and whether there is
// an authorization afterwards.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, known := range knownFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t)
			sim.inject(map[string]fault{http.MethodPost: known.fault})
			status, body := sim.post(t)
			if status != known.status || status != 0 && !strings.Contains(body, known.body) {
				t.Errorf("%d with %q, want %d with %q", status, body, known.status, known.body)
			}
			created := func() bool { return len(sim.Authorizations()) == 1 }
			for range 30 { // one fault acts late
				if created() != known.acts {
					time.Sleep(100 * time.Millisecond)
				}
			}
			if created() != known.acts {
				t.Errorf("an authorization was created: %t", created())
			}
			if !strings.HasSuffix(name, ", then fine") {
				return
			}
			if status, _ := sim.post(t); status != http.StatusCreated {
				t.Errorf("then %d", status)
			}
		})
	}
}

// post sends a create, for up to a second. It returns the status and the body, or the
// error instead.
func (i *instance) post(t *testing.T) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.url+"/api/v3/authorizations", strings.NewReader(`{"note":"ci"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", "test")
	req.SetBasicAuth(testUser, testPassword)
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err.Error()
	}
	return resp.StatusCode, string(body)
}
