package provider

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	envOTP                = "GHES_OTP"
	envTOTPSecret         = "GHES_TOTP_SECRET" //nolint:gosec // the name of a variable
	envCACertPEM          = "GHES_CA_CERT_PEM"
	envClientCertPEM      = "GHES_CLIENT_CERT_PEM"
	envClientKeyPEM       = "GHES_CLIENT_KEY_PEM"
	envInsecureSkipVerify = "GHES_INSECURE_SKIP_VERIFY"
	envAllowHTTP          = "GHES_ALLOW_HTTP"
	envRequestTimeout     = "GHES_REQUEST_TIMEOUT"
	envMaxRetries         = "GHES_MAX_RETRIES"
	envMaxWait            = "GHES_MAX_WAIT"
)

const (
	defaultRequestTimeout = 30 * time.Second
	defaultMaxRetries     = 4
	defaultMaxWait        = 60 * time.Second
)

// settings are the provider's arguments, with the environment's in the place
// of those that are absent.
type settings struct {
	baseURL            *url.URL
	username, password string
	otp, totpSeed      string // at most one of them
	roots              *x509.CertPool
	certificate        *tls.Certificate
	insecureSkipVerify bool
	requestTimeout     time.Duration
	maxRetries         int
	maxWait            time.Duration
	// secrets masks the settings that nobody is to read, in errors and logs.
	secrets ghes.Secrets

	// unknown names the arguments whose values only an apply will tell.
	unknown []string
	diags   *diag.Diagnostics
}

// readSettings reads and checks every setting that is known.
func readSettings(m providerModel, diags *diag.Diagnostics) *settings {
	s := &settings{diags: diags}
	s.readServer(m)
	s.readCredentials(m)
	s.readCodes(m)
	s.readTLS(m)
	s.requestTimeout = s.duration("request_timeout", envRequestTimeout, m.RequestTimeout, defaultRequestTimeout, 1)
	s.maxRetries = s.count("max_retries", envMaxRetries, m.MaxRetries, defaultMaxRetries)
	s.maxWait = s.duration("max_wait", envMaxWait, m.MaxWait, defaultMaxWait, 0)
	return s
}

func (s *settings) readServer(m providerModel) {
	allowHTTP, allowHTTPKnown := s.flag("allow_http", envAllowHTTP, m.AllowHTTP)
	if allowHTTP {
		s.diags.AddAttributeWarning(path.Root("allow_http"), "Unencrypted connections are allowed",
			"With an http:// address the password and every new token cross the network readable by anyone on the way.")
	}
	address, known := s.required("base_url", envBaseURL, m.BaseURL)
	if !known || !allowHTTPKnown {
		return
	}
	baseURL, err := ghes.ParseBaseURL(address, allowHTTP)
	if err != nil {
		var d diag.Diagnostic = diag.NewErrorDiagnostic("Invalid provider setting",
			fmt.Sprintf("The server's address, from base_url or %s, cannot be used: %s.", envBaseURL, err))
		if !strings.Contains(address, "@") { // it may have a password, and the CLI would print it
			d = diag.WithPath(path.Root("base_url"), d)
		}
		s.diags.Append(d)
	}
	s.baseURL = baseURL
}

func (s *settings) readCredentials(m providerModel) {
	s.username, _ = s.required("username", envUsername, m.Username)
	if strings.Contains(s.username, ":") || hasControl(s.username) {
		// Without a path, since what follows a colon may be the password.
		s.diags.AddError("Invalid provider setting", "The user name, from username or "+envUsername+
			", has a colon or a control character, which Basic authentication cannot carry.")
	}
	s.password, _ = s.secret(s.required("password", envPassword, m.Password))
	if hasControl(s.password) {
		// Without a path: the CLI would print the line that holds the password.
		s.diags.AddError("Invalid provider setting", "The password, from password or "+envPassword+
			", contains a control character, which Basic authentication cannot carry. A line break at its end is the usual cause; trimspace() removes it.")
	}
}

// text returns an argument or, where it is absent or empty, the variable of the
// environment, without the white space that files and shells leave around it.
func (s *settings) text(name, env string, v types.String) (value string, known bool) {
	if !s.isKnown(name, v) {
		return "", false
	}
	if v.ValueString() != "" {
		return v.ValueString(), true
	}
	return strings.TrimSpace(os.Getenv(env)), true
}

// isKnown reports whether v is known, and notes the name of what is not.
func (s *settings) isKnown(name string, v attr.Value) bool {
	if v.IsUnknown() {
		s.unknown = append(s.unknown, name)
	}
	return !v.IsUnknown()
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
	if !s.isKnown(name, v) {
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

// count returns a number that is not negative.
func (s *settings) count(name, env string, v types.Int64, standard int) int {
	text := strings.TrimSpace(os.Getenv(env))
	if !s.isKnown(name, v) || v.IsNull() && text == "" {
		return standard
	}
	if !v.IsNull() {
		text = strconv.FormatInt(v.ValueInt64(), 10)
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		s.diags.AddAttributeError(path.Root(name), "Invalid provider setting",
			fmt.Sprintf("%q, from %s or %s, is not a number from 0 on.", text, name, env))
	}
	return int(n)
}

// duration returns a duration of at least that much, which is nothing or next to
// nothing.
func (s *settings) duration(name, env string, v types.String, standard, least time.Duration) time.Duration {
	text, _ := s.text(name, env, v)
	if text == "" {
		return standard
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least {
		limit := "from zero on"
		if least > 0 {
			limit = "above zero"
		}
		s.diags.AddAttributeError(path.Root(name), "Invalid provider setting",
			fmt.Sprintf("%q, from %s or %s, is not a duration %s, such as 45s or 2m.", text, name, env, limit))
		return standard
	}
	return d
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// client makes the client that these settings describe, for a CLI of that version.
// It sends nothing.
func (s *settings) client(p *ghesProvider, cli string) *ghes.Client {
	client, err := ghes.NewClient(ghes.Config{
		BaseURL:    s.baseURL,
		Username:   s.username,
		Password:   s.password,
		OTP:        s.codes(p.now),
		OTPFixed:   s.otp != "",
		UserAgent:  p.userAgent(cli),
		Timeout:    s.requestTimeout,
		MaxRetries: s.maxRetries,
		MaxWait:    s.maxWait,
		Backoff:    p.backoff,
		Now:        p.now,
		Transport:  logged{s.transport(p.now), &s.secrets},
		Secrets:    &s.secrets,

		ReadsByNumber: p.readsByNumber,
	})
	if err != nil {
		s.diags.AddError("Unable to configure the provider", err.Error())
	}
	return client
}

// userAgent names the provider and the CLI, and what TF_APPEND_USER_AGENT adds.
func (p *ghesProvider) userAgent(terraformVersion string) string {
	agent := fmt.Sprintf("terraform-provider-ghes/%s Terraform/%s", p.version, terraformVersion)
	// Control characters, a line break among them, would make every request fail.
	more := strings.FieldsFunc(os.Getenv("TF_APPEND_USER_AGENT"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Join(append([]string{agent}, more...), " ")
}
