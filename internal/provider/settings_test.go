package provider

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const oneNote = `
resource "ghes_authorization" "test" {
  note = "ci"
}
`

// providerBlock is a configuration with these lines in the provider block.
func providerBlock(lines string) string {
	return requiredProviders + "provider \"ghes\" {\n" + lines + "\n}\n" + oneNote
}

func TestSettings_refused(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"base_url": `"http://127.0.0.1:1"`,
		"username": `"octocat"`,
		"password": `"correct-horse-battery-staple"`,
	}
	for name, test := range map[string]struct {
		with map[string]string
		want []string
	}{
		"no base_url":       {map[string]string{"base_url": "null"}, []string{"Missing provider setting", "Set base_url in the provider block, or GHES_BASE_URL in the environment"}},
		"no username":       {map[string]string{"username": "null"}, []string{"Missing provider setting", "Set username in the provider block, or GHES_USERNAME in the environment"}},
		"no password":       {map[string]string{"password": "null"}, []string{"Missing provider setting", "Set password in the provider block, or GHES_PASSWORD in the environment"}},
		"empty password":    {map[string]string{"password": `""`}, []string{"Missing provider setting", "Set password"}},
		"no scheme":         {map[string]string{"base_url": `"ghe.example.com"`}, []string{"base_url = ", "must look like https://HOST"}},
		"other scheme":      {map[string]string{"base_url": `"ftp://ghe.example.com"`}, []string{"must look like https://HOST"}},
		"no host":           {map[string]string{"base_url": `"https:///api/v3"`}, []string{"must look like https://HOST"}},
		"userinfo":          {map[string]string{"base_url": `"https://octocat:correct-horse@ghe.example.com"`}, []string{"must not contain a username or a password"}},
		"query":             {map[string]string{"base_url": `"https://ghe.example.com?a=b"`}, []string{"must not contain a query or a fragment"}},
		"fragment":          {map[string]string{"base_url": `"https://ghe.example.com#a"`}, []string{"must not contain a query or a fragment"}},
		"password, no URL":  {map[string]string{"base_url": `"https://octocat:correct-horse@ghe.example.com:port"`}, []string{"not a valid URL"}},
		"escaped path":      {map[string]string{"base_url": `"https://ghe.example.com/a%2Fb"`}, []string{"must not contain escapes"}},
		"no URL":            {map[string]string{"base_url": `"https://ghe.example.com:port"`}, []string{"not a valid URL"}},
		"http":              {map[string]string{"base_url": `"http://ghe.example.com"`}, []string{"unencrypted", "use https://, or set allow_http"}},
		"colon in username": {map[string]string{"username": `"octocat:correct-horse"`}, []string{"The username, from username or GHES_USERNAME, contains a colon"}},
		"line in username":  {map[string]string{"username": `"octocat\n"`}, []string{"or a control character"}},
		"line in password":  {map[string]string{"password": `"correct-horse\n"`}, []string{"The password, from password or GHES_PASSWORD, contains a control character", "trimspace()"}},
		"no certificate":    {map[string]string{"ca_cert_pem": `"ca.pem"`}, []string{"contains no certificate", `file("ca.pem")`}},
		"no duration":       {map[string]string{"request_timeout": `"30"`}, []string{"request_timeout = ", `"30", from request_timeout or GHES_REQUEST_TIMEOUT, is not a duration`}},
		"code and seed":     {map[string]string{"otp": `"correct-horse"`, "totp_secret": `"NZXXIIDBEBZGKYLM"`}, []string{"Conflicting provider settings", "Set either otp or totp_secret in the provider block"}},
		"line in code":      {map[string]string{"otp": `"correct-horse\n"`}, []string{"The one-time code, from otp or GHES_OTP, contains a control character"}},
		"no seed":           {map[string]string{"totp_secret": `"correct-horse-1890"`}, []string{"from totp_secret or GHES_TOTP_SECRET, is not base32"}},
		"code for a seed":   {map[string]string{"totp_secret": `"234567"`}, []string{"is not base32", "not to a code of six digits"}},
		"padding for seed":  {map[string]string{"totp_secret": `"===="`}, []string{"is not base32"}},
		"negative retries":  {map[string]string{"max_retries": `-1`}, []string{"max_retries = ", `"-1", from max_retries or GHES_MAX_RETRIES, is not a whole number of at least 0`}},
		"negative wait":     {map[string]string{"max_wait": `"-1s"`}, []string{"max_wait = ", `"-1s", from max_wait or GHES_MAX_WAIT, is not a duration of at least zero`}},
		"zero duration":     {map[string]string{"request_timeout": `"0s"`}, []string{`"0s"`, "not a duration above zero"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := maps.Clone(good)
			maps.Copy(values, test.with)
			var lines strings.Builder
			for argument, value := range values {
				fmt.Fprintf(&lines, "  %s = %s\n", argument, value)
			}
			output := newWorkspace(t, providerBlock(lines.String())).must(1, "plan")
			contains(t, output, append(test.want, "Error: ")...)
			if strings.Contains(output, "correct-horse") {
				t.Errorf("the password is printed:\n%s", output)
			}
		})
	}
}

// Every argument can come from the environment, with the whitespace that files leave.
// The provider block takes precedence.
func TestSettings_environment(t *testing.T) {
	sim := newInstance(t)
	t.Setenv(envBaseURL, sim.url+"/api/v3/\n")
	t.Setenv(envUsername, testUser)
	t.Setenv(envPassword, " "+testPassword+"\n")
	t.Setenv(envAllowHTTP, "true")
	t.Setenv(envInsecureSkipVerify, "1")
	t.Setenv(envRequestTimeout, "5s")
	t.Setenv(envMaxRetries, " 2\n")
	t.Setenv(envMaxWait, "10s")
	t.Setenv("TF_APPEND_USER_AGENT", "ci/1.0\n")

	output := newWorkspace(t, requiredProviders+oneNote).must(0, "apply", "-auto-approve")
	contains(t, output, "Warning: Unencrypted connections are allowed", "Warning: TLS certificates are not verified")
	request := sim.Requests()[0]
	agent := request.Header.Get("User-Agent")
	if !strings.HasPrefix(agent, "terraform-provider-ghes/test Terraform/1.") || !strings.HasSuffix(agent, " ci/1.0") {
		t.Errorf("User-Agent: %s", agent)
	}
	for header, want := range map[string]string{"Accept": "application/vnd.github+json", "X-Github-Api-Version": "2022-11-28", "Content-Type": "application/json"} {
		if got := request.Header.Get(header); got != want {
			t.Errorf("%s: %s, want %s", header, got, want)
		}
	}

	output = newWorkspace(t, providerBlock(`username = "somebody"`)).must(1, "apply", "-auto-approve")
	contains(t, output, "401 Unauthorized: \"Bad credentials\"")
	for variable, want := range map[string]string{
		envAllowHTTP:          `"maybe" in GHES_ALLOW_HTTP is neither true nor false`,
		envInsecureSkipVerify: `"maybe" in GHES_INSECURE_SKIP_VERIFY is neither true nor false`,
		envRequestTimeout:     `"maybe", from request_timeout or GHES_REQUEST_TIMEOUT`,
		envMaxRetries:         `"maybe", from max_retries or GHES_MAX_RETRIES`,
		envMaxWait:            `"maybe", from max_wait or GHES_MAX_WAIT`,
		envCACertPEM:          "contains no certificate",
	} {
		t.Setenv(variable, "maybe")
		contains(t, newWorkspace(t, requiredProviders+oneNote).must(1, "plan"), want)
		t.Setenv(variable, "")
	}
}

// A server with a certificate of its own is trusted with ca_cert_pem, and not
// without.
func TestSettings_tls(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	server := httptest.NewUnstartedServer(sim)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are meant to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	block := fmt.Sprintf("base_url = %q\nusername = %q\npassword = %q\n", server.URL, testUser, testPassword)

	contains(t, newWorkspace(t, providerBlock(block)).must(1, "apply", "-auto-approve"), "Unable to create authorization", "certificate signed by unknown authority", "ca_cert_pem, or GHES_CA_CERT_PEM")
	contains(t, newWorkspace(t, providerBlock(block+"insecure_skip_verify = true")).must(0, "apply", "-auto-approve"), "Warning: TLS certificates are not verified")
	sim.RevokeAuthorization(sim.only())
	w := newWorkspace(t, providerBlock(block+"ca_cert_pem = file(\"ca.pem\")"))
	w.write("ca.pem", ca)
	w.must(0, "apply", "-auto-approve")
}

func TestSettings_requestTimeout(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	sim.Intercept(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() })
	block := fmt.Sprintf("base_url = %q\nusername = %q\npassword = %q\nrequest_timeout = \"100ms\"", sim.url, testUser, testPassword)
	contains(t, newWorkspace(t, providerBlock(block)).must(1, "apply", "-auto-approve"), "Unable to create authorization", "POST /api/v3/authorizations: no response in time", "raise request_timeout")
}

// Nothing fails for a setting that only the apply will tell until the server is
// needed: a plan that only creates does not.
func TestSettings_unknown(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(trigger int) string {
		return fmt.Sprintf(`
resource "terraform_data" "server" {
  triggers_replace = [%d]
  input            = %q
}
`, trigger, sim.url) + providerBlock(fmt.Sprintf("base_url = terraform_data.server.output\nusername = %q\npassword = %q", testUser, testPassword))
	}
	w := newWorkspace(t, config(1))
	contains(t, w.must(0, "plan"), "2 to add")
	w.must(0, "apply", "-auto-approve")
	w.must(0, "plan", "-detailed-exitcode")

	w.write("main.tf", config(2))
	contains(t, w.must(1, "plan"), "Unable to read authorization", "needs settings that are only known after an apply: base_url", "-target")
	w.must(0, "apply", "-auto-approve", "-target=terraform_data.server")
	w.must(0, "plan", "-detailed-exitcode")
}

// If the client allows it, the provider returns the deferred response. No released CLI
// does, so this test uses the protocol.
func TestSettings_deferred(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{false, true} {
		server, err := providerserver.NewProtocol6WithError(New("test")())()
		if err != nil {
			t.Fatal(err)
		}
		schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			t.Fatal(err)
		}
		object := schema.Provider.ValueType().(tftypes.Object) //nolint:forcetypeassert // providers are objects
		values := map[string]tftypes.Value{}
		for name, attribute := range object.AttributeTypes {
			values[name] = tftypes.NewValue(attribute, tftypes.UnknownValue)
		}
		config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
		if err != nil {
			t.Fatal(err)
		}
		configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
			Config:             &config,
			ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: allowed},
		})
		if err != nil || len(configured.Diagnostics) != 0 {
			t.Fatalf("%v, %v", err, configured.Diagnostics)
		}
		if got := plannedDeferral(t.Context(), t, server, schema); (got != nil) != allowed {
			t.Errorf("deferral allowed %t: plan answers %v", allowed, got)
		}
	}
}

func plannedDeferral(ctx context.Context, t *testing.T, server tfprotov6.ProviderServer, schema *tfprotov6.GetProviderSchemaResponse) *tfprotov6.Deferred {
	t.Helper()
	object := schema.ResourceSchemas["ghes_authorization"].ValueType().(tftypes.Object) //nolint:forcetypeassert // resources are objects
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
	}
	values["note"] = tftypes.NewValue(tftypes.String, "ci")
	config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	prior, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, nil))
	if err != nil {
		t.Fatal(err)
	}
	planned, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: "ghes_authorization", Config: &config, ProposedNewState: &config, PriorState: &prior,
		ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || len(planned.Diagnostics) != 0 {
		t.Fatalf("%v, %v", err, planned.Diagnostics)
	}
	return planned.Deferred
}

func TestSettings_defaults(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	s := readSettings(providerModel{
		BaseURL: types.StringValue("https://ghe.example.com"), Username: types.StringValue("o"), Password: types.StringValue("p"),
	}, &diags)
	if len(diags) != 0 || s.requestTimeout != 30*time.Second || s.maxRetries != 4 || s.maxWait != time.Minute || s.insecureSkipVerify || s.roots != nil || s.certificate != nil || s.codes(time.Now) != nil || s.baseURL.String() != "https://ghe.example.com/api/v3/" {
		t.Errorf("%+v, %v", s, diags)
	}
}

// An optional setting that is unknown is ignored, and
// nothing fails for it.
func TestSettings_unknownOptional(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	unknown := types.StringUnknown()
	s := readSettings(providerModel{
		BaseURL: types.StringValue("https://ghe.example.com"), Username: types.StringValue("o"), Password: types.StringValue("p"),
		OTP: types.StringValue("123456"), TOTPSecret: unknown, ClientCertPEM: unknown, ClientKeyPEM: types.StringValue("made-up"),
		MaxRetries: types.Int64Unknown(), MaxWait: unknown,
	}, &diags)
	want := []string{"totp_secret", "client_cert_pem", "max_retries", "max_wait"}
	if len(diags) != 0 || !slices.Equal(s.unknown, want) {
		t.Errorf("unknown %q, want %q, %v", s.unknown, want, diags)
	}
}

// Every spelling of an address is the same server. Another port or path is not.
func TestSettings_account(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://GHE.example.com:443": "ghe.example.com",
		"https://ghe.example.com.":    "ghe.example.com",
		"https://ghe.example.com:80":  "ghe.example.com:80",
		"http://127.0.0.1:80":         "127.0.0.1",
		"https://[2001:DB8::7]:443/":  "[2001:db8::7]",

		"https://ghe.example.com/api/v3":        "ghe.example.com",
		"https://ghe.example.com/api/v3/":       "ghe.example.com",
		"https://GHE.example.com:443/a":         "ghe.example.com/a",
		"https://ghe.example.com/a//":           "ghe.example.com/a",
		"https://ghe.example.com/a/api/v3":      "ghe.example.com/a",
		"https://ghe.example.com/A":             "ghe.example.com/A",
		"https://ghe.example.com:8443/a/b":      "ghe.example.com:8443/a/b",
		"https://ghe.example.com/api":           "ghe.example.com/api",
		"https://ghe.example.com/api/v3/api/v3": "ghe.example.com/api/v3",
	} {
		base, err := parseBaseURL(address, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := (&settings{baseURL: base, username: "octocat"}).account(); got.Host != want {
			t.Errorf("%s: %s, want %s", address, got.Host, want)
		}
	}
}
