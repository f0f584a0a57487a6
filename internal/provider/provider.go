// Package provider is the Terraform provider: its settings, resources and
// diagnostics, on the client of internal/ghes.
package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

var (
	_ provider.ProviderWithEphemeralResources = (*ghesProvider)(nil)
	_ provider.ProviderWithListResources      = (*ghesProvider)(nil)
	_ provider.ProviderWithFunctions          = (*ghesProvider)(nil)
	_ provider.ProviderWithActions            = (*ghesProvider)(nil)
)

type ghesProvider struct {
	version string
	now     func() time.Time
	leases  *Leases
	backoff time.Duration // the first wait before a repeat, 0 is the client's own

	readsByNumber bool
	silent        bool
}

// New returns a constructor of the provider, which names version to servers.
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider { return newProvider(version, options) }
}

func newProvider(version string, options []Option) *ghesProvider {
	p := &ghesProvider{version: version, now: time.Now, leases: &Leases{}}
	for _, option := range options {
		option(p)
	}
	return p
}

// Option changes what New makes.
type Option func(*ghesProvider)

// WithClock makes now the time for everything that depends on it: when a token
// is due for rotation, and whether a key has expired.
func WithClock(now func() time.Time) Option {
	return func(p *ghesProvider) { p.now = now }
}

// WithLeases records in leases the tokens that are there for one run only, so
// that whoever serves the provider can revoke those that no CLI has closed.
func WithLeases(leases *Leases) Option {
	return func(p *ghesProvider) { p.leases = leases }
}

// WithReadsByNumber has every authorization read by its number, to compare what
// reading them from lists saves.
func WithReadsByNumber() Option {
	return func(p *ghesProvider) { p.readsByNumber = true }
}

// WithoutLog keeps the provider from logging, for a CLI that would throw it away:
// to make a logger for each call takes longer than to read an authorization.
func WithoutLog() Option {
	return func(p *ghesProvider) { p.silent = true }
}

// withBackoff has tests wait for backoff at first, before a request is repeated.
func withBackoff(backoff time.Duration) Option {
	return func(p *ghesProvider) { p.backoff = backoff }
}

type providerModel struct {
	BaseURL            types.String `tfsdk:"base_url"`
	Username           types.String `tfsdk:"username"`
	Password           types.String `tfsdk:"password"`
	OTP                types.String `tfsdk:"otp"`
	TOTPSecret         types.String `tfsdk:"totp_secret"`
	CACertPEM          types.String `tfsdk:"ca_cert_pem"`
	ClientCertPEM      types.String `tfsdk:"client_cert_pem"`
	ClientKeyPEM       types.String `tfsdk:"client_key_pem"`
	InsecureSkipVerify types.Bool   `tfsdk:"insecure_skip_verify"`
	AllowHTTP          types.Bool   `tfsdk:"allow_http"`
	RequestTimeout     types.String `tfsdk:"request_timeout"`
	MaxRetries         types.Int64  `tfsdk:"max_retries"`
	MaxWait            types.String `tfsdk:"max_wait"`
}

func (p *ghesProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "ghes"
	resp.Version = p.version
}

func (p *ghesProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s := readSettings(model, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	client := ghes.Unavailable(&unknownSettingsError{s.unknown})
	if len(s.unknown) == 0 {
		client = s.client(p, req.TerraformVersion)
	} else if req.ClientCapabilities.DeferralAllowed {
		resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
	}
	run := newRunClient(client, p.now, p.leases, req.TerraformVersion, s.owner())
	resp.ResourceData = run
	resp.DataSourceData = run
	resp.EphemeralResourceData = run
	resp.ListResourceData = run
	resp.ActionData = run
}

func (p *ghesProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newAuthorizationResource, newAuthorizationFingerprintResource, newGrantsExclusiveResource}
}

func (p *ghesProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newAuthorizationDataSource, newAuthorizationsDataSource,
		newGrantDataSource, newGrantsDataSource,
	}
}

func (p *ghesProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newAuthorizationEphemeral, newAuthorizationTokenEphemeral}
}

func (p *ghesProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newAuthorizationList, newAuthorizationFingerprintList}
}

func (p *ghesProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		newNormalizeScopesFunction, newScopesCoverFunction,
		newTokenSHA256Function, newTokenLastEightFunction,
	}
}

func (p *ghesProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newRevokeGrantAction, newRevokeAuthorizationsAction}
}
