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
)

// readTLS reads whom to trust, and what to show to whom. Errors about the text of
// a certificate have no path, since it may be a private key by mistake.
func (s *settings) readTLS(m providerModel) {
	s.insecureSkipVerify, _ = s.flag("insecure_skip_verify", envInsecureSkipVerify, m.InsecureSkipVerify)
	if s.insecureSkipVerify {
		s.diags.AddAttributeWarning(path.Root("insecure_skip_verify"), "TLS certificates are not verified",
			"Anyone on the way to the server can pose as it and read the password and every new token. Trust the server's own authority with ca_cert_pem instead.")
	}
	if pem, _ := s.text("ca_cert_pem", envCACertPEM, m.CACertPEM); pem != "" {
		s.readRoots(pem)
	}
	cert, certKnown := s.text("client_cert_pem", envClientCertPEM, m.ClientCertPEM)
	key, keyKnown := s.secret(s.text("client_key_pem", envClientKeyPEM, m.ClientKeyPEM))
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
		fmt.Sprintf("A client certificate takes its key: %s is set, so set %s in the provider block as well, or %s in the environment.", other, name, env))
}

// readRoots trusts the system's certificates and those of pem.
func (s *settings) readRoots(pem string) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM([]byte(pem)) {
		s.diags.AddError("Invalid provider setting", "No certificate was found in ca_cert_pem or "+envCACertPEM+". It takes the text of a PEM file, BEGIN CERTIFICATE line included, not the file's name: file(\"ca.pem\") reads one.")
	}
	s.roots = roots
}

func (s *settings) readCertificate(cert, key string) {
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		s.diags.AddError("Invalid provider setting", fmt.Sprintf(
			"The client certificate, from client_cert_pem or %s, and its key, from client_key_pem or %s, cannot be used: %s. Both are the text of PEM files, not their names, the key belongs to the first certificate, and it is not encrypted.",
			envClientCertPEM, envClientKeyPEM, s.secrets.Mask(err.Error())))
	}
	s.certificate = &pair
}

// transport carries requests as these settings say, by way of the environment's
// proxies.
func (s *settings) transport(now func() time.Time) http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // net/http documents it
	// The CLI works on ten resources at a time by default; net/http keeps two
	// connections.
	transport.MaxIdleConnsPerHost = 32
	transport.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            s.roots,
		InsecureSkipVerify: s.insecureSkipVerify, //nolint:gosec // asked for, and warned about
	}
	if s.certificate != nil {
		transport.TLSClientConfig.Certificates = []tls.Certificate{*s.certificate}
	}
	return handshakes{next: transport, now: now, certified: s.certificate != nil}
}

// handshakes says of every connection that TLS did not come to terms about what
// to do.
type handshakes struct {
	next      http.RoundTripper
	now       func() time.Time
	certified bool // this client shows a certificate
}

// handshakeError is a failure of TLS with what to do about it.
type handshakeError struct {
	error
	advice string
}

func (e *handshakeError) Unwrap() error { return e.error }

// RoundTrip implements http.RoundTripper.
func (h handshakes) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := h.next.RoundTrip(req)
	if err == nil {
		return resp, nil
	}
	if advice := h.advice(err); advice != "" {
		return nil, &handshakeError{err, advice}
	}
	return nil, err
}

func (h handshakes) advice(err error) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return fmt.Sprintf("The server's certificate is valid from %s to %s, and this machine's clock says %s. Have the certificate renewed, or set the clock right.",
			stamp(invalid.Cert.NotBefore), stamp(invalid.Cert.NotAfter), stamp(h.now()))
	}
	if mismatch, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("The server's certificate is for %s, and not for %q. Set base_url to a name that the certificate has, or have the server's certificate renewed for this one.",
			namesOf(mismatch.Certificate), mismatch.Host)
	}
	if isCertificateError(err) {
		return "If the server's certificate is of an authority of your own, give that authority's certificate with ca_cert_pem, or " + envCACertPEM + " in the environment."
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "What listens there does not speak https; it may speak unencrypted http. Check the port in base_url. An http:// address is for a loopback host, or with allow_http."
	}
	refused, ok := errors.AsType[*net.OpError](err)
	if !ok || refused.Op != "remote error" {
		return ""
	}
	// The alert has no exported type.
	alert := refused.Err.Error()
	unsaid := strings.Contains(alert, "handshake failure")
	const give = "Set client_cert_pem and client_key_pem, or " + envClientCertPEM + " and " + envClientKeyPEM + " in the environment."
	switch {
	case !unsaid && !strings.Contains(alert, "certificate"):
		return ""
	case unsaid && !h.certified: // servers with TLS 1.2 may say no more
		return "The server ended the handshake without a reason. It may demand a certificate of its clients. " + give
	case h.certified:
		return "The server refuses the certificate that this client shows. Check that client_cert_pem, or " + envClientCertPEM + ", has not expired, is of an authority that the server trusts, and is followed by the intermediate certificates up to it."
	}
	return "The server demands a certificate of its clients. " + give
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// namesOf returns the hosts that a certificate is for, quoted, since others chose
// them.
func namesOf(certificate *x509.Certificate) string {
	const most = 10
	var names []string
	for _, name := range certificate.DNSNames {
		names = append(names, fmt.Sprintf("%q", name))
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

func isCertificateError(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
