package provider

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// readTLS reads the trusted and the client certificates. Errors about a certificate have
// no path, because the value may be a private key by mistake, which the CLI would print.
func (s *settings) readTLS(m providerModel) {
	s.insecureSkipVerify, _ = s.boolOrEnv("insecure_skip_verify", envInsecureSkipVerify, m.InsecureSkipVerify)
	if s.insecureSkipVerify {
		s.diags.AddAttributeWarning(path.Root("insecure_skip_verify"), "TLS certificates are not verified",
			"Anyone on the network path to the server can impersonate it, and read the password and every new token. Trust the server's CA with ca_cert_pem instead.")
	}
	if pem, _ := s.stringOrEnv("ca_cert_pem", envCACertPEM, m.CACertPEM); pem != "" {
		s.readRoots(pem)
	}
	cert, certKnown := s.stringOrEnv("client_cert_pem", envClientCertPEM, m.ClientCertPEM)
	key, keyKnown := s.redact(s.stringOrEnv("client_key_pem", envClientKeyPEM, m.ClientKeyPEM))
	switch {
	case !certKnown || !keyKnown || cert == "" && key == "":
	case cert == "":
		s.missingHalf("client_cert_pem", envClientCertPEM, "client_key_pem")
	case key == "":
		s.missingHalf("client_key_pem", envClientKeyPEM, "client_cert_pem")
	default:
		s.readCertificate(cert, key)
	}
}

func (s *settings) missingHalf(name, env, other string) {
	s.diags.AddAttributeError(path.Root(name), "Missing provider setting",
		fmt.Sprintf("A client certificate and its key are only used together: %s is set. Set %s in the provider block as well, or %s in the environment.", other, name, env))
}

// readRoots trusts the certificates of the system and those in pem.
func (s *settings) readRoots(pem string) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM([]byte(pem)) {
		s.diags.AddError("Invalid provider setting", "The value of ca_cert_pem or "+envCACertPEM+" contains no certificate. Set it to the text of a PEM file, BEGIN CERTIFICATE line included, not to the name of the file. Example: file(\"ca.pem\").")
	}
	s.roots = roots
}

func (s *settings) readCertificate(cert, key string) {
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		s.diags.AddError("Invalid provider setting", fmt.Sprintf(
			"The client certificate, from client_cert_pem or %s, and its key, from client_key_pem or %s, cannot be used: %s. Set both to the text of PEM files, not to their names. The key must belong to the first certificate, and must not be encrypted.",
			envClientCertPEM, envClientKeyPEM, s.secrets.Redact(err.Error())))
	}
	s.certificate = &pair
}

// transport returns the transport with these TLS settings and this proxy.
func (s *settings) transport(now func() time.Time) http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // net/http documents it
	// By default the CLI works on ten resources at a time, and net/http keeps two idle
	// connections.
	transport.MaxIdleConnsPerHost = 32
	transport.MaxResponseHeaderBytes = 256 << 10
	transport.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            s.roots,
		InsecureSkipVerify: s.insecureSkipVerify, //nolint:gosec // the user configured it, and gets a warning
	}
	if s.certificate != nil {
		transport.TLSClientConfig.Certificates = []tls.Certificate{*s.certificate}
	}
	transport.OnProxyConnectResponse = ghes.CheckProxyResponse
	transport.Proxy = http.ProxyURL(s.proxy)
	var next http.RoundTripper = transport
	if s.proxy != nil {
		next = proxyAdvisor{next, s.proxy}
	}
	return tlsAdvisor{next: next, now: now, secrets: &s.secrets, hasClientCert: s.certificate != nil}
}

// tlsAdvisor adds to every failed TLS handshake what the user can do about it.
type tlsAdvisor struct {
	next          http.RoundTripper
	now           func() time.Time
	secrets       *redact.Secrets
	hasClientCert bool
}

// advisedError is a failed connection with advice for the user.
type advisedError struct {
	error
	advice string
}

func (e *advisedError) Unwrap() error { return e.error }

// RoundTrip implements http.RoundTripper.
func (t tlsAdvisor) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err == nil {
		return resp, nil
	}
	for _, advise := range []func(error) string{t.certificateAdvice, protocolAdvice, t.alertAdvice} {
		if advice := advise(err); advice != "" {
			return nil, &advisedError{err, advice}
		}
	}
	return nil, err
}

// certificateAdvice is about a certificate of the server that this machine did not
// accept.
func (t tlsAdvisor) certificateAdvice(err error) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return fmt.Sprintf("The server's certificate is valid from %s to %s, and this machine's clock says %s. Renew the certificate, or correct the clock.",
			formatTime(invalid.Cert.NotBefore), formatTime(invalid.Cert.NotAfter), formatTime(t.now()))
	}
	if mismatch, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("The server's certificate is for %s, and not for %q. Set base_url to a name that is in the certificate, or install a certificate for this name on the server.",
			t.certificateNames(mismatch.Certificate), mismatch.Host)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "This machine does not trust the CA of the server's certificate. If a private CA issued it, set ca_cert_pem, or " + envCACertPEM + " in the environment, to the certificate of that CA."
	}
	return ""
}

// protocolAdvice is about a server that does not use TLS.
func protocolAdvice(err error) string {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "The server at this port does not use https. It may use unencrypted http. Check the port in base_url. An http:// address requires a loopback host or allow_http."
	}
	return ""
}

// alertAdvice is about a handshake that the server ended, as it does without a client
// certificate that it accepts.
func (t tlsAdvisor) alertAdvice(err error) string {
	refused, ok := errors.AsType[*net.OpError](err)
	if !ok || refused.Op != "remote error" {
		return ""
	}
	const setCertificate = "Set client_cert_pem and client_key_pem, or " + envClientCertPEM + " and " + envClientKeyPEM + " in the environment."
	alert := refused.Err.Error() // its type is not exported
	noReason := strings.Contains(alert, "handshake failure")
	switch {
	case !noReason && !strings.Contains(alert, "certificate"):
		return ""
	case t.hasClientCert:
		return "The server refused the client certificate. Check that client_cert_pem, or " + envClientCertPEM + ", has not expired, is from a CA that the server trusts, and is followed by the intermediate certificates of that CA."
	case noReason: // with TLS 1.2, servers may give none
		return "The server ended the TLS handshake and gave no reason. It may require a client certificate. " + setCertificate
	}
	return "The server requires a client certificate. " + setCertificate
}

func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// certificateNames returns the hosts in a certificate. It quotes them, because others
// chose them.
func (t tlsAdvisor) certificateNames(certificate *x509.Certificate) string {
	const most = 10
	var names []string
	for _, name := range certificate.DNSNames {
		names = append(names, quote(t.secrets, name))
	}
	for _, ip := range certificate.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "no host"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
