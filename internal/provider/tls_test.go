package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// authority signs certificates for one test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Made-up authority"}, SerialNumber: big.NewInt(1),
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	a.cert = must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key))))
	return a
}

func (a *authority) pem() string { return pemOf("CERTIFICATE", a.cert.Raw) }

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// sign returns a certificate for 127.0.0.1, or as edit makes it, and its key.
func (a *authority) sign(edit func(*x509.Certificate)) (cert, key string) {
	a.t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "made up"}, SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().AddDate(0, 0, -1), NotAfter: time.Now().AddDate(0, 0, 1),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if edit != nil {
		edit(template)
	}
	private := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	der := must(x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key))
	return pemOf("CERTIFICATE", der), pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(private)))
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// serveTLS serves handler with a certificate as edit makes it, to clients as
// config demands, and returns its address.
func (a *authority) serveTLS(handler http.Handler, config *tls.Config, edit func(*x509.Certificate)) string {
	a.t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are meant to fail
	config.Certificates = []tls.Certificate{must(tls.X509KeyPair(bytesOf(a.sign(edit))))}
	server.TLS = config
	server.StartTLS()
	a.t.Cleanup(server.Close)
	return server.URL
}

func bytesOf(cert, key string) ([]byte, []byte) { return []byte(cert), []byte(key) }

// tlsConfig is a configuration for a server at that address, with these lines and
// the authority's certificate.
func (a *authority) tlsConfig(base, lines string) string {
	return providerBlock(fmt.Sprintf("base_url = %q\nusername = %q\npassword = %q\nca_cert_pem = %q\n%s", base, testUser, testPassword, a.pem(), lines))
}

// Each error about a server's certificate says how to fix it.
func TestTLS_serverCertificate(t *testing.T) {
	t.Parallel()
	past := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, test := range map[string]struct {
		edit func(*x509.Certificate)
		want []string
	}{
		"other names": {
			edit: func(c *x509.Certificate) {
				c.IPAddresses, c.DNSNames = []net.IP{net.IPv4(127, 0, 0, 2)}, []string{"ghe.example.com", "*.ghe.example.com"}
			},
			want: []string{`The server's certificate is for "ghe.example.com", "*.ghe.example.com", 127.0.0.2, and not for "127.0.0.1". Set base_url`},
		},
		"many names": {
			edit: func(c *x509.Certificate) {
				c.IPAddresses, c.DNSNames = nil, strings.Fields(strings.Repeat("ghe.example.com ", 12))
			},
			want: []string{`"ghe.example.com" and 2 more, and not for`},
		},
		"hostile name": {
			edit: func(c *x509.Certificate) {
				c.IPAddresses, c.DNSNames = nil, []string{"begin\x1b]0;x\a\r\n" + strings.Repeat("long", 10_000)}
			},
			want: []string{`The server's certificate is for "begin ]0;x long`, `longl…", and not for`},
		},
		"no name": {
			edit: func(c *x509.Certificate) { c.IPAddresses = nil },
			want: []string{`The server's certificate is for no host, and not for "127.0.0.1"`},
		},
		"expired": {
			edit: func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past, past.AddDate(1, 0, 0) },
			want: []string{"valid from 2020-01-02T03:04:05Z to 2021-01-02T03:04:05Z, and this machine's clock says 20", "Renew the certificate, or correct the clock"},
		},
		"not yet": {
			edit: func(c *x509.Certificate) { c.NotBefore, c.NotAfter = past.AddDate(100, 0, 0), past.AddDate(101, 0, 0) },
			want: []string{"valid from 2120-01-02T03:04:05Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, a := newInstance(t), newAuthority(t)
			w := newWorkspace(t, a.tlsConfig(a.serveTLS(sim, &tls.Config{}, test.edit), ""))
			contains(t, w.must(1, "apply", "-auto-approve"), append(test.want, "Error: Unable to create authorization", "failed to verify certificate")...)
			if err := sim.checkSent(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A server that demands a certificate gets the one that is set; without one, and
// with one that it does not trust, the error says which it is.
func TestTLS_clientCertificate(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, a := newInstance(t), newAuthority(t)
			base := a.serveTLS(sim, &tls.Config{MinVersion: version, MaxVersion: version, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool()}, nil)
			w := newWorkspace(t, a.tlsConfig(base, ""))
			refused := w.must(1, "apply", "-auto-approve")
			if strings.Contains(refused, "may be left on the server") {
				t.Errorf("nothing was sent, but:\n%s", refused)
			}
			contains(t, refused, "Error: Unable to create authorization",
				"require", " a client certificate. Set client_cert_pem and client_key_pem, or GHES_CLIENT_CERT_PEM and GHES_CLIENT_KEY_PEM")

			lines := func(cert, key string) string {
				return fmt.Sprintf("client_cert_pem = %q\nclient_key_pem = %q", cert, key)
			}
			w.write("main.tf", a.tlsConfig(base, lines(newAuthority(t).sign(nil))))
			contains(t, w.must(1, "apply", "-auto-approve"), "The server refused the client certificate. Check that client_cert_pem")
			w.write("main.tf", a.tlsConfig(base, lines(a.sign(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }))))
			contains(t, w.must(1, "apply", "-auto-approve"), "The server refused the client certificate")

			w.write("main.tf", a.tlsConfig(base, lines(a.sign(nil))))
			w.must(0, "apply", "-auto-approve")
			if n := len(sim.sent()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// The certificate and its key come from the environment as well.
func TestTLS_environment(t *testing.T) {
	sim, a := newInstance(t), newAuthority(t)
	base := a.serveTLS(sim, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool()}, nil)
	cert, key := a.sign(nil)
	t.Setenv(envClientCertPEM, "\n"+cert)
	t.Setenv(envClientKeyPEM, key+"\n")
	newWorkspace(t, a.tlsConfig(base, "")).must(0, "apply", "-auto-approve")
	t.Setenv(envClientKeyPEM, "")
	contains(t, newWorkspace(t, a.tlsConfig(base, "")).must(1, "plan"), "Set client_key_pem in the provider block as well, or GHES_CLIENT_KEY_PEM in the environment")
}

// A pair that does not fit is refused before anything is sent, and no line of the
// configuration is printed for it.
func TestTLS_pair(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, key := a.sign(nil)
	_, other := a.sign(nil)
	for name, test := range map[string]struct {
		cert, key string
		want      []string
	}{
		"another key":   {cert, other, []string{"Error: Invalid provider setting", "private key does not match public key"}},
		"no key":        {cert, "made-up-key", []string{"Error: Invalid provider setting", "failed to find any PEM data in key input"}},
		"the key twice": {key, key, []string{"Error: Invalid provider setting", "cannot be used: tls: "}},
		"encrypted":     {cert, strings.ReplaceAll(key, "PRIVATE", "ENCRYPTED PRIVATE")[:90] + "\n-----END ENCRYPTED PRIVATE KEY-----\n", []string{"Error: Invalid provider setting", "must not be encrypted"}},
		"key alone":     {"", key, []string{"Error: Missing provider setting", "client_key_pem is set. Set client_cert_pem in the provider block as well, or GHES_CLIENT_CERT_PEM"}},
		"cert alone":    {cert, "", []string{"Error: Missing provider setting", "client_cert_pem is set. Set client_key_pem in the provider block as well"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output := newWorkspace(t, a.tlsConfig("https://127.0.0.1:1", fmt.Sprintf("client_cert_pem = %q\nclient_key_pem = %q", test.cert, test.key))).must(1, "plan")
			contains(t, output, test.want...)
			for line := range strings.Lines(key + other) {
				if !strings.HasPrefix(line, "---") && strings.Contains(output, strings.TrimSpace(line)) {
					t.Errorf("the key is printed:\n%s", output)
				}
			}
			if strings.Contains(output, "made-up-key") {
				t.Errorf("the key is printed:\n%s", output)
			}
		})
	}
}

// The address has http for a server with https, and the other way round.
func TestTLS_scheme(t *testing.T) {
	t.Parallel()
	sim, a := newInstance(t), newAuthority(t)
	base := a.serveTLS(sim, &tls.Config{}, nil)
	w := newWorkspace(t, a.tlsConfig(strings.Replace(base, "https://", "http://", 1), ""))
	contains(t, w.must(1, "apply", "-auto-approve"), "does not accept unencrypted http. It may use https. Check the scheme and the port in base_url")
	w.write("main.tf", a.tlsConfig(strings.Replace(sim.url, "http://", "https://", 1), ""))
	contains(t, w.must(1, "apply", "-auto-approve"), "does not use https. It may use unencrypted http. Check the port in base_url")
}

// No version of TLS before 1.2 is spoken.
func TestTLS_oldVersion(t *testing.T) {
	t.Parallel()
	sim, a := newInstance(t), newAuthority(t)
	base := a.serveTLS(sim, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, nil)
	contains(t, newWorkspace(t, a.tlsConfig(base, "")).must(1, "apply", "-auto-approve"), "Unable to create authorization", "protocol version not supported")
}
