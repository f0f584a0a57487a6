package provider

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// Environment variables that stand in for arguments of the provider block.
const (
	envBaseURL            = "GHES_BASE_URL"
	envUsername           = "GHES_USERNAME"
	envPassword           = "GHES_PASSWORD"
	envCACertPEM          = "GHES_CA_CERT_PEM"
	envInsecureSkipVerify = "GHES_INSECURE_SKIP_VERIFY"
	envAllowHTTP          = "GHES_ALLOW_HTTP"
	envRequestTimeout     = "GHES_REQUEST_TIMEOUT"
)

const defaultRequestTimeout = 30 * time.Second

// settings are the provider's arguments, with the environment's in the place
// of those that are absent.
type settings struct {
	baseURL            *url.URL
	username, password string
	roots              *x509.CertPool
	insecureSkipVerify bool
	requestTimeout     time.Duration
	// secrets masks the settings that nobody is to read, in errors and logs.
	secrets ghes.Secrets

	// unknown names the arguments whose values only an apply will tell.
	unknown []string
	diags   *diag.Diagnostics
}

// readSettings reads and checks every setting that is known.
func readSettings(m providerModel, diags *diag.Diagnostics) *settings {
	s := &settings{diags: diags, requestTimeout: defaultRequestTimeout}

	allowHTTP, allowHTTPKnown := s.flag("allow_http", envAllowHTTP, m.AllowHTTP)
	if allowHTTP {
		diags.AddAttributeWarning(path.Root("allow_http"), "Unencrypted connections are allowed",
			"With an http:// address the password and every new token cross the network readable by anyone on the way.")
	}
	if address, known := s.required("base_url", envBaseURL, m.BaseURL); known && allowHTTPKnown {
		baseURL, err := ghes.ParseBaseURL(address, allowHTTP)
		if err != nil {
			var d diag.Diagnostic = diag.NewErrorDiagnostic("Invalid provider setting",
				fmt.Sprintf("The server's address, from base_url or %s, cannot be used: %s.", envBaseURL, err))
			if !strings.Contains(address, "@") { // it may have a password, and the CLI would print it
				d = diag.WithPath(path.Root("base_url"), d)
			}
			diags.Append(d)
		}
		s.baseURL = baseURL
	}

	username, _ := s.required("username", envUsername, m.Username)
	if strings.Contains(username, ":") || hasControl(username) {
		// Without a path, since what follows a colon may be the password.
		diags.AddError("Invalid provider setting", "The user name, from username or "+envUsername+
			", has a colon or a control character, which Basic authentication cannot carry.")
	}
	password, _ := s.secret(s.required("password", envPassword, m.Password))
	if hasControl(password) {
		// Without a path: the CLI would print the line that holds the password.
		diags.AddError("Invalid provider setting", "The password, from password or "+envPassword+
			", contains a control character, which Basic authentication cannot carry. A line break at its end is the usual cause; trimspace() removes it.")
	}
	s.username, s.password = username, password

	s.insecureSkipVerify, _ = s.flag("insecure_skip_verify", envInsecureSkipVerify, m.InsecureSkipVerify)
	if s.insecureSkipVerify {
		diags.AddAttributeWarning(path.Root("insecure_skip_verify"), "TLS certificates are not verified",
			"Anyone on the way to the server can pose as it and read the password and every new token. Trust the server's own authority with ca_cert_pem instead.")
	}
	if pem, _ := s.text("ca_cert_pem", envCACertPEM, m.CACertPEM); pem != "" {
		s.roots = rootsWith(pem, diags)
	}
	if text, _ := s.text("request_timeout", envRequestTimeout, m.RequestTimeout); text != "" {
		timeout, err := time.ParseDuration(text)
		if err != nil || timeout <= 0 {
			diags.AddAttributeError(path.Root("request_timeout"), "Invalid provider setting",
				fmt.Sprintf("%q, from request_timeout or %s, is not a duration above zero, such as 45s or 2m.", text, envRequestTimeout))
		}
		s.requestTimeout = timeout
	}
	return s
}

// text returns an argument or, where it is absent or empty, the variable of the
// environment, without the white space that files and shells leave around it.
func (s *settings) text(name, env string, v types.String) (value string, known bool) {
	if v.IsUnknown() {
		s.unknown = append(s.unknown, name)
		return "", false
	}
	if v.ValueString() != "" {
		return v.ValueString(), true
	}
	return strings.TrimSpace(os.Getenv(env)), true
}

// required is text for a setting that nothing works without.
func (s *settings) required(name, env string, v types.String) (value string, known bool) {
	value, known = s.text(name, env, v)
	if known && value == "" {
		s.diags.AddAttributeError(path.Root(name), "Missing provider setting",
			fmt.Sprintf("Set %s in the provider block, or %s in the environment.", name, env))
		return "", false
	}
	return value, known
}

// secret masks, from now on, what text or required returned.
func (s *settings) secret(value string, known bool) (string, bool) {
	s.secrets.Add(value)
	return value, known
}

func (s *settings) flag(name, env string, v types.Bool) (value, known bool) {
	if v.IsUnknown() {
		s.unknown = append(s.unknown, name)
		return false, false
	}
	text := strings.TrimSpace(os.Getenv(env))
	if !v.IsNull() || text == "" {
		return v.ValueBool(), true
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		s.diags.AddAttributeError(path.Root(name), "Invalid provider setting",
			fmt.Sprintf("%q in %s is neither true nor false.", text, env))
	}
	return value, true
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// rootsWith returns the system's certificates and those of pem.
func rootsWith(pem string, diags *diag.Diagnostics) *x509.CertPool {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM([]byte(pem)) {
		// Without a path, since what is there instead may be a private key.
		diags.AddError("Invalid provider setting", "No certificate was found in ca_cert_pem or "+envCACertPEM+". It takes the text of a PEM file, BEGIN CERTIFICATE line included, not the file's name: file(\"ca.pem\") reads one.")
	}
	return roots
}

// client makes the client that these settings describe. It sends nothing.
func (s *settings) client(userAgent string, backoff time.Duration, diags *diag.Diagnostics) *ghes.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // net/http documents it
	// The CLI works on ten resources at a time by default; net/http keeps two
	// connections.
	transport.MaxIdleConnsPerHost = 32
	transport.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            s.roots,
		InsecureSkipVerify: s.insecureSkipVerify, //nolint:gosec // asked for, and warned about
	}
	client, err := ghes.NewClient(ghes.Config{
		BaseURL:    s.baseURL,
		Username:   s.username,
		Password:   s.password,
		UserAgent:  userAgent,
		Timeout:    s.requestTimeout,
		MaxRetries: 4,
		MaxWait:    60 * time.Second,
		Backoff:    backoff,
		Transport:  logged{transport, &s.secrets},
		Secrets:    &s.secrets,
	})
	if err != nil {
		diags.AddError("Unable to configure the provider", err.Error())
	}
	return client
}

// userAgent names the provider and the CLI, and what TF_APPEND_USER_AGENT adds.
func (p *ghesProvider) userAgent(terraformVersion string) string {
	agent := fmt.Sprintf("terraform-provider-ghes/%s Terraform/%s", p.version, terraformVersion)
	// A line break would make every request fail.
	return strings.Join(append([]string{agent}, strings.Fields(os.Getenv("TF_APPEND_USER_AGENT"))...), " ")
}
