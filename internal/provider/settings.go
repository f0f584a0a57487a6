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

	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// Environment variables for arguments that are not in the provider block.
const (
	envBaseURL            = "GHES_BASE_URL"
	envUsername           = "GHES_USERNAME"
	envPassword           = "GHES_PASSWORD"
	envOTP                = "GHES_OTP"
	envTOTPSecret         = "GHES_TOTP_SECRET" //nolint:gosec // the name of a variable
	envAdminToken         = "GHES_ADMIN_TOKEN" //nolint:gosec // the name of a variable
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

// settings are the arguments of the provider block, and of the environment for those
// that the block does not set.
type settings struct {
	baseURL            *url.URL
	username, password string
	otp, totpSecret    string // at most one of them
	adminToken         string
	roots              *x509.CertPool
	certificate        *tls.Certificate
	insecureSkipVerify bool
	proxy              *url.URL // nil without a proxy
	requestTimeout     time.Duration
	maxRetries         int
	maxWait            time.Duration
	// secrets redacts the sensitive settings in errors and logs.
	secrets redact.Secrets

	// origins says where the value of an argument comes from.
	origins map[string]string
	// unknown has the names of the arguments that will only be known after an apply.
	unknown []string
	diags   *diag.Diagnostics
}

// readSettings reads and checks every setting that is known.
func readSettings(m providerModel, diags *diag.Diagnostics) *settings {
	s := &settings{origins: map[string]string{}, diags: diags}
	s.readServer(m)
	s.readAdminToken(m)
	s.readCredentials(m)
	s.readCodes(m)
	s.readTLS(m)
	s.readProxy()
	s.requestTimeout = s.durationOrEnv("request_timeout", envRequestTimeout, m.RequestTimeout, defaultRequestTimeout, 1)
	s.maxRetries = s.intOrEnv("max_retries", envMaxRetries, m.MaxRetries, defaultMaxRetries)
	s.maxWait = s.durationOrEnv("max_wait", envMaxWait, m.MaxWait, defaultMaxWait, 0)
	return s
}

func (s *settings) readServer(m providerModel) {
	allowHTTP, allowHTTPKnown := s.boolOrEnv("allow_http", envAllowHTTP, m.AllowHTTP)
	if allowHTTP {
		s.diags.AddAttributeWarning(path.Root("allow_http"), "Unencrypted connections are allowed",
			"With an http:// address, anyone on the network path to the server can read the password and every new token.")
	}
	address, known := s.requiredString("base_url", envBaseURL, m.BaseURL, "")
	if !known || !allowHTTPKnown {
		return
	}
	baseURL, err := parseBaseURL(address, allowHTTP)
	if err != nil {
		var d diag.Diagnostic = diag.NewErrorDiagnostic("Invalid provider setting",
			fmt.Sprintf("The server's address, from base_url or %s, cannot be used: %s.", envBaseURL, err))
		if !strings.Contains(address, "@") { // then it contains no password that the CLI would print
			d = diag.WithPath(path.Root("base_url"), d)
		}
		s.diags.Append(d)
	}
	s.baseURL = baseURL
}

func (s *settings) readAdminToken(m providerModel) {
	s.adminToken, _ = s.redact(s.stringOrEnv("admin_token", envAdminToken, m.AdminToken))
	if hasControl(s.adminToken) {
		// Without a path: the CLI would print the line that holds the token.
		s.diags.AddError("Invalid provider setting", "The site administrator's token, from admin_token or "+envAdminToken+
			", contains a control character, which a request cannot carry. The usual cause is a line break at its end. trimspace() removes it.")
	}
}

// readCredentials reads the username and the password. With an admin token a missing one
// is an error only once a request needs it.
func (s *settings) readCredentials(m providerModel) {
	read := func(name, env string, v types.String) (string, bool) {
		return s.requiredString(name, env, v, " If you use only ghes_impersonation_token, set admin_token instead.")
	}
	if s.adminToken != "" || m.AdminToken.IsUnknown() {
		read = s.stringOrEnv
	}
	s.username, _ = read("username", envUsername, m.Username)
	if strings.Contains(s.username, ":") || hasControl(s.username) {
		// Without a path: after the colon there may be the password.
		s.diags.AddError("Invalid provider setting", "The username, from username or "+envUsername+
			", contains a colon or a control character, which Basic authentication cannot carry.")
	}
	s.password, _ = s.redact(read("password", envPassword, m.Password))
	if hasControl(s.password) {
		// Without a path: the CLI would print the line that holds the password.
		s.diags.AddError("Invalid provider setting", "The password, from password or "+envPassword+
			", contains a control character, which Basic authentication cannot carry. The usual cause is a line break at its end. trimspace() removes it.")
	}
}

// stringOrEnv returns an argument or, if it is null or empty, the environment variable
// without the whitespace around it, which files and shells add.
func (s *settings) stringOrEnv(name, env string, v types.String) (value string, known bool) {
	if !s.isKnown(name, v) {
		return "", false
	}
	if v.ValueString() != "" {
		s.origins[name] = "the provider block"
		return v.ValueString(), true
	}
	s.origins[name] = env
	return strings.TrimSpace(os.Getenv(env)), true
}

// isKnown reports whether v is known. It adds the name of an unknown argument to
// s.unknown.
func (s *settings) isKnown(name string, v attr.Value) bool {
	if v.IsUnknown() {
		s.unknown = append(s.unknown, name)
	}
	return !v.IsUnknown()
}

// requiredString is stringOrEnv with an error if there is no value, which ends with advice.
func (s *settings) requiredString(name, env string, v types.String, advice string) (value string, known bool) {
	value, known = s.stringOrEnv(name, env, v)
	if known && value == "" {
		s.diags.AddAttributeError(path.Root(name), "Missing provider setting", howToSet(name, env)+advice)
		return "", false
	}
	return value, known
}

func howToSet(name, env string) string {
	return fmt.Sprintf("Set %s in the provider block, or %s in the environment.", name, env)
}

// redact has errors and logs redact a value that stringOrEnv or requiredString returned.
func (s *settings) redact(value string, known bool) (string, bool) {
	s.secrets.Add(value)
	return value, known
}

func (s *settings) boolOrEnv(name, env string, v types.Bool) (value, known bool) {
	if !s.isKnown(name, v) {
		return false, false
	}
	variable := strings.TrimSpace(os.Getenv(env))
	if !v.IsNull() || variable == "" {
		return v.ValueBool(), true
	}
	value, err := strconv.ParseBool(variable)
	if err != nil {
		s.diags.AddAttributeError(path.Root(name), "Invalid provider setting",
			fmt.Sprintf("%q in %s is neither true nor false.", variable, env))
	}
	return value, true
}

// intOrEnv returns an integer of at least 0.
func (s *settings) intOrEnv(name, env string, v types.Int64, defaultValue int) int {
	value := strings.TrimSpace(os.Getenv(env))
	if !s.isKnown(name, v) || v.IsNull() && value == "" {
		return defaultValue
	}
	if !v.IsNull() {
		value = strconv.FormatInt(v.ValueInt64(), 10)
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || n < 0 {
		s.diags.AddAttributeError(path.Root(name), "Invalid provider setting",
			fmt.Sprintf("%q, from %s or %s, is not a whole number of at least 0.", value, name, env))
	}
	return int(n)
}

// durationOrEnv returns a duration of at least minimum, which is 0 or, for a duration
// that must be positive, 1.
func (s *settings) durationOrEnv(name, env string, v types.String, defaultValue, minimum time.Duration) time.Duration {
	value, _ := s.stringOrEnv(name, env, v)
	if value == "" {
		return defaultValue
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < minimum {
		limit := "of at least zero"
		if minimum > 0 {
			limit = "above zero"
		}
		s.diags.AddAttributeError(path.Root(name), "Invalid provider setting",
			fmt.Sprintf("%q, from %s or %s, is not a duration %s, such as 45s or 2m.", value, name, env, limit))
		return defaultValue
	}
	return d
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
