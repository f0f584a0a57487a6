package provider

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// proxyUser and proxyPassword are made up. The password has characters that a URL has to escape.
const (
	proxyUser     = "made-up-proxy-user"
	proxyPassword = "made-up p@ss w'rd/é=%41"
)

// rawProxy is a proxy on loopback that sends the same bytes in response to every request, and
// then closes the connection.
type rawProxy struct {
	address     string // host and port
	connections atomic.Int64

	mu    sync.Mutex
	asked []string
}

func newRawProxy(t *testing.T, answer string) *rawProxy {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	p := &rawProxy{address: listener.Addr().String()}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.connections.Add(1)
			go p.serve(conn, answer)
		}
	}()
	return p
}

func (p *rawProxy) serve(conn net.Conn, answer string) {
	defer func() { _ = conn.Close() }()
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
	p.mu.Unlock()
	fmt.Fprint(conn, answer)
	// To close a connection before everything is read would reset it.
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, conn)
}

// requests returns the requests to the proxy since the last call.
func (p *rawProxy) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

// proxyCredentials returns the part before the host in the URL of a proxy, and the header that
// net/http sends to the proxy for it.
func proxyCredentials() (userinfo, header string) {
	return url.UserPassword(proxyUser, proxyPassword).String() + "@", "Basic " + base64.StdEncoding.EncodeToString([]byte(proxyUser+":"+proxyPassword))
}

// refusal is the response of a proxy that repeats its credentials in every way, with this status
// and body.
func refusal(status int, contentType, body string) string {
	userinfo, header := proxyCredentials()
	said := strings.Join([]string{proxyPassword, userinfo, header, url.QueryEscape(proxyPassword), base64.StdEncoding.EncodeToString([]byte(proxyPassword))}, " ")
	body = strings.ReplaceAll(body, "SAID", said)
	return strings.Join([]string{
		fmt.Sprintf("HTTP/1.1 %d Proxy says %s is wrong", status, said),
		"Proxy-Authenticate: Basic realm=\"" + said + "\"",
		"X-Github-Request-Id: " + said,
		"X-Squid-Error: " + said,
		"Content-Type: " + contentType,
		fmt.Sprintf("Content-Length: %d", len(body)),
		"Connection: close",
		"", body,
	}, "\r\n")
}

// proxyWorkspace returns a workspace whose CLI runs the binary with these variables of the
// environment and no other proxies, and logs all that it can.
func proxyWorkspace(t *testing.T, config string, env ...string) *workspace {
	t.Helper()
	w := newBinaryWorkspace(t, config)
	w.env = append(w.env, "http_proxy=", "https_proxy=", "no_proxy=", "HTTP_PROXY=", "HTTPS_PROXY=", "NO_PROXY=", "REQUEST_METHOD=",
		"GHES_MAX_RETRIES=1", "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(w.dir, "trace.log"))
	w.env = append(w.env, env...)
	return w
}

// checkNoProxyPassword fails if the CLI has printed, logged or stored the password of the proxy, or
// one of the other secrets.
func (w *workspace) checkNoProxyPassword(others ...string) {
	w.t.Helper()
	for _, secret := range append(others, proxyPassword, url.QueryEscape(proxyPassword), proxyUser+":"+proxyPassword) {
		if found := w.find(secret); len(found) > 0 {
			w.t.Errorf("%q is in %q", secret, found)
		}
	}
}

// twentyThrough is a configuration of 20 authorizations on a server that is reached through a proxy.
func twentyThrough(base string) string {
	config := twenty(base, testPassword)
	if strings.HasPrefix(base, "http://") {
		config = strings.Replace(config, "password =", "allow_http = true\npassword =", 1)
	}
	return config
}

// errorsIn returns the errors in the output of a CLI, from their summaries on.
func errorsIn(output string) []string {
	return strings.Split(strings.ReplaceAll(output, "Internal Server Error:", "Internal Server Error"), "Error: ")[1:]
}

// checkShared fails unless the output has so many errors, of which one contains all of these texts,
// and each of the others ends with the line that refers to it.
func checkShared(t *testing.T, output string, count int, reference string, texts ...string) {
	t.Helper()
	all := errorsIn(output)
	isReference := func(text string) bool {
		return strings.HasSuffix(strings.TrimSpace(text), "{ Not sent, because an earlier request of this run was refused: "+reference+". The error of that request says what to do.")
	}
	first := slices.DeleteFunc(slices.Clone(all), isReference)
	if len(all) != count || len(first) != 1 {
		t.Fatalf("%d errors, want %d. Those that do not refer to another one:\n%s", len(all), count, strings.Join(first, "\n"))
	}
	contains(t, first[0], texts...)
}

// A proxy that refuses its credentials gets one request, whatever its response is, and the output
// contains no secret of that response.
func TestProxy_credentialsRefused(t *testing.T) {
	t.Parallel()
	userinfo, header := proxyCredentials()
	const onlyUser = "made-up-proxy-api-key"
	refused := func(contentType, body string) string {
		return refusal(http.StatusProxyAuthRequired, contentType, body)
	}
	repeating := func(text string) string {
		return strings.ReplaceAll("HTTP/1.1 407 TEXT\r\nX-Github-Request-Id: TEXT\r\nContent-Length: 0\r\n\r\n", "TEXT", text)
	}
	for name, test := range map[string]struct{ base, variable, userinfo, answer, asked string }{
		"https":                {"https://ghe.invalid", "HTTPS_PROXY", userinfo, refused("text/html", "<p>SAID</p>"), "CONNECT ghe.invalid:443 " + header},
		"lower case":           {"https://ghe.invalid", "https_proxy", userinfo, refused("application/json", `{"message":"SAID"}`), "CONNECT ghe.invalid:443 " + header},
		"no credentials":       {"https://ghe.invalid", "HTTPS_PROXY", "", repeating("Sign in"), "CONNECT ghe.invalid:443 "},
		"no password":          {"https://ghe.invalid", "HTTPS_PROXY", onlyUser + "@", repeating(onlyUser), "CONNECT ghe.invalid:443 Basic " + base64.StdEncoding.EncodeToString([]byte(onlyUser+":"))},
		"http":                 {"http://ghe.invalid", "HTTP_PROXY", userinfo, refused("text/html", "<p>SAID</p>"), "POST ghe.invalid " + header},
		"http, JSON":           {"http://ghe.invalid", "http_proxy", userinfo, refused("application/json", `{"message":"SAID"}`), "POST ghe.invalid " + header},
		"http, no credentials": {"http://ghe.invalid", "HTTP_PROXY", "", repeating("Sign in"), "POST ghe.invalid "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newRawProxy(t, test.answer)
			w := proxyWorkspace(t, twentyThrough(test.base), test.variable+"=http://"+test.userinfo+p.address)
			output := w.must(1, "apply", "-auto-approve", "-parallelism=20")
			checkShared(t, output, 20, "the proxy requires authentication", "Unable to create authorization", "the proxy "+p.address+" responded with 407 Proxy Authentication Required",
				"Set http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY, or HTTP_PROXY if base_url begins with http://.")
			w.checkNoProxyPassword(proxyUser, onlyUser)
			if asked := p.requests(); !slices.Equal(asked, []string{test.asked}) {
				t.Errorf("the proxy was asked %q, want %q", asked, test.asked)
			}
		})
	}
}

// The reads of a plan are refused in the same way.
func TestProxy_credentialsRefusedInPlan(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	base := strings.Replace(sim.url, "127.0.0.1", "0.0.0.0", 1) // unlike 127.0.0.1, it may have a proxy
	userinfo, header := proxyCredentials()
	p := newRawProxy(t, refusal(http.StatusProxyAuthRequired, "application/json", `{"message":"SAID"}`))
	w := proxyWorkspace(t, twentyThrough(base))
	w.must(0, "apply", "-auto-approve")
	sim.forget()
	w.env = append(w.env, "HTTP_PROXY=http://"+userinfo+p.address)
	shown := 20
	if !isOpenTofu && !cliOlderThan("1.12") {
		shown = 2 // From 1.12 on, a plan of Terraform shows equal errors of one resource block once.
	}
	checkShared(t, w.must(1, "plan", "-parallelism=20"), shown, "the proxy requires authentication", "Unable to read authorization", "the proxy "+p.address+" responded with 407")
	w.checkNoProxyPassword(proxyUser)
	if asked := p.requests(); len(asked) != 1 || !strings.HasSuffix(asked[0], header) {
		t.Errorf("the proxy was asked %q", asked)
	}
	if err := sim.checkSent(); err != nil {
		t.Error(err)
	}
}

// Other failures of a proxy are not about credentials. The error names the proxy, and says nothing
// that the proxy says.
func TestProxy_unavailable(t *testing.T) {
	t.Parallel()
	userinfo, header := proxyCredentials()
	for name, test := range map[string]struct {
		answer   string
		attempts int
		want     string
	}{
		"403":         {refusal(http.StatusForbidden, "text/html", "SAID"), 1, "the proxy ADDRESS responded with 403 Forbidden"},
		"502":         {refusal(http.StatusBadGateway, "text/html", "SAID"), 2, "the proxy ADDRESS responded with 502 Bad Gateway, after 2 attempts"},
		"closes":      {"", 2, "the proxy, or the server behind it, closed the connection, after 2 attempts"},
		"cut short":   {"HTTP/1.1 200 ", 2, "the proxy, or the server behind it, closed the connection, after 2 attempts"},
		"not HTTP":    {"220 " + proxyPassword + "\r\n", 2, "the response of the proxy is not HTTP, after 2 attempts"},
		"200, closes": {"HTTP/1.1 200 OK " + proxyPassword + "\r\n\r\n", 2, "the proxy, or the server behind it, closed the connection, after 2 attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newRawProxy(t, test.answer)
			w := proxyWorkspace(t, strings.Replace(twentyThrough("https://ghe.invalid"), "count = 20", "count = 1", 1), "HTTPS_PROXY=http://"+userinfo+p.address)
			output := w.must(1, "apply", "-auto-approve")
			contains(t, output, "Error: Unable to create authorization", strings.Replace(test.want, "ADDRESS", p.address, 1),
				"The provider could not connect to the server through the proxy "+p.address+", from the environment: HTTPS_PROXY")
			w.checkNoProxyPassword(proxyUser)
			if asked, want := p.requests(), times(test.attempts, "CONNECT ghe.invalid:443 "+header); !slices.Equal(asked, want) {
				t.Errorf("the proxy was asked %q, want %q", asked, want)
			}
		})
	}
}

// Without TLS, the response of a proxy looks like one of the server. The provider prints its words,
// redacted.
func TestProxy_unavailableWithoutTLS(t *testing.T) {
	t.Parallel()
	userinfo, _ := proxyCredentials()
	for name, test := range map[string]struct{ answer, want string }{
		"403":       {refusal(http.StatusForbidden, "application/json", `{"message":"SAID"}`), "403 Forbidden: \"*** "},
		"502":       {refusal(http.StatusBadGateway, "application/json", `{"message":"SAID"}`), "502 Bad Gateway: \"*** "},
		"403, HTML": {refusal(http.StatusForbidden, "text/html", "<p>SAID</p>"), "403 Forbidden: the response is not JSON"},
		"not HTTP":  {"220 " + proxyPassword + "\r\n", "the response is not HTTP"},
		"closes":    {"", "the server closed the connection without a response"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newRawProxy(t, test.answer)
			w := proxyWorkspace(t, strings.Replace(twentyThrough("http://ghe.invalid"), "count = 20", "count = 1", 1), "HTTP_PROXY=http://"+userinfo+p.address)
			contains(t, w.must(1, "apply", "-auto-approve"), "Error: Unable to create authorization", test.want)
			w.checkNoProxyPassword()
		})
	}
}
