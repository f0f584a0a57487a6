package provider

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// proxy is a proxy on loopback that responds for every host, and tunnels to one.
type proxy struct {
	mu     sync.Mutex
	asked  []string
	tunnel string
	direct http.Handler
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host+" "+r.Header.Get("Authorization"))
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		p.direct.ServeHTTP(w, r)
		return
	}
	server, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", p.tunnel)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = server.Close() }()
	w.WriteHeader(http.StatusOK)
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = client.Close() }()
	go func() { _, _ = io.Copy(server, buffered) }()
	_, _ = io.Copy(client, server)
}

// Proxies are the environment's. The binary is run, since net/http reads it once.
func TestTLS_proxy(t *testing.T) {
	t.Parallel()
	sim, a := newInstance(t), newAuthority(t)
	named := func(c *x509.Certificate) {
		c.DNSNames, c.IPAddresses = []string{"ghe.invalid"}, []net.IP{net.IPv4zero}
	}
	base := must(url.Parse(a.serveTLS(sim, &tls.Config{}, named)))
	for name, test := range map[string]struct {
		base, asked string
		env         []string
	}{
		"https": {"https://ghe.invalid", "CONNECT ghe.invalid:443 ", []string{"HTTPS_PROXY="}},
		"http":  {"http://ghe.invalid", "POST ghe.invalid Basic b2N0b2NhdDpjb3JyZWN0LWhvcnNlLWJhdHRlcnktc3RhcGxl", []string{"HTTP_PROXY="}},
		// This address is the machine itself, and unlike others of it may have a proxy.
		"no proxy": {"https://0.0.0.0:" + base.Port(), "", []string{"HTTPS_PROXY=", "NO_PROXY=0.0.0.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &proxy{tunnel: base.Host, direct: sim}
			server := httptest.NewServer(p)
			t.Cleanup(server.Close)
			w := newBinaryWorkspace(t, strings.Replace(a.tlsConfig(test.base, "allow_http = true"), `"ci"`, fmt.Sprintf("%q", name), 1))
			w.env = append(w.env, "http_proxy=", "https_proxy=", "no_proxy=", "HTTP_PROXY=", "HTTPS_PROXY=", "NO_PROXY=")
			w.env = append(w.env, test.env[0]+server.URL)
			w.env = append(w.env, test.env[1:]...)
			w.must(0, "apply", "-auto-approve")
			p.mu.Lock()
			defer p.mu.Unlock()
			if got := strings.Join(p.asked, "\n"); got != test.asked {
				t.Errorf("the proxy was asked %q, want %q", got, test.asked)
			}
		})
	}
}
