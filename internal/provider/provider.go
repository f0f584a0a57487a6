// Package provider is the Terraform provider: its settings, resources and diagnostics.
// It uses the client in internal/ghes.
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
)

var (
	_ provider.ProviderWithEphemeralResources = (*ghesProvider)(nil)
	_ provider.ProviderWithListResources      = (*ghesProvider)(nil)
	_ provider.ProviderWithFunctions          = (*ghesProvider)(nil)
	_ provider.ProviderWithActions            = (*ghesProvider)(nil)
)

type ghesProvider struct {
	version         string
	now             func() time.Time
	ephemeralTokens *EphemeralTokens
	memories        *TokenMemories
	backoff         time.Duration // before the first retry; 0 means the default of the client

	readsByID bool
	silent    bool
}

// New returns a constructor of the provider. Servers see version in the User-Agent.
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider { return newProvider(version, options) }
}

func newProvider(version string, options []Option) *ghesProvider {
	p := &ghesProvider{version: version, now: time.Now, ephemeralTokens: &EphemeralTokens{}, memories: &TokenMemories{}}
	for _, option := range options {
		option(p)
	}
	return p
}

// Option changes the provider that New and NewServer create.
type Option func(*ghesProvider)

// WithClock sets the clock that decides whether a token is due for rotation and whether a
// key has expired.
func WithClock(now func() time.Time) Option {
	return func(p *ghesProvider) { p.now = now }
}

// WithEphemeralTokens has the provider add the ephemeral tokens of the run to tokens, so
// that the process can revoke those that the CLI does not close.
func WithEphemeralTokens(tokens *EphemeralTokens) Option {
	return func(p *ghesProvider) { p.ephemeralTokens = tokens }
}

// WithTokenMemories has the provider add the tokens that it keeps in memory to memories, so
// that the process can tell which of them nothing has read.
func WithTokenMemories(memories *TokenMemories) Option {
	return func(p *ghesProvider) { p.memories = memories }
}

// WithReadsByID reads every authorization by its ID and none from a list. The benchmark
// compares both.
func WithReadsByID() Option {
	return func(p *ghesProvider) { p.readsByID = true }
}

// WithoutLog disables logging, for a CLI that would discard the log. Creating a logger for
// each call takes longer than reading an authorization.
func WithoutLog() Option {
	return func(p *ghesProvider) { p.silent = true }
}

// withBackoff sets the wait before the first retry, so that tests are fast.
func withBackoff(backoff time.Duration) Option {
	return func(p *ghesProvider) { p.backoff = backoff }
}

type providerModel struct {
	BaseURL            types.String `tfsdk:"base_url"`
	Username           types.String `tfsdk:"username"`
	Password           types.String `tfsdk:"password"`
	OTP                types.String `tfsdk:"otp"`
	TOTPSecret         types.String `tfsdk:"totp_secret"`
	AdminToken         types.String `tfsdk:"admin_token"`
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
	settings := readSettings(model, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if len(settings.unknown) > 0 && req.ClientCapabilities.DeferralAllowed {
		resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
	}
	user, admin := settings.clients(p, req.TerraformVersion)
	s := newSession(user, p.now, p.ephemeralTokens, req.TerraformVersion, settings.account())
	s.admin = admin
	p.memories.add(&s.tokens)
	resp.ResourceData = s
	resp.DataSourceData = s
	resp.EphemeralResourceData = s
	resp.ListResourceData = s
	resp.ActionData = s
}

func (p *ghesProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newAuthorizationResource, newAuthorizationFingerprintResource, newRotatingAuthorizationResource,
		newGrantsExclusiveResource,
	}
}

func (p *ghesProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newAuthorizationDataSource, newAuthorizationsDataSource,
		newGrantDataSource, newGrantsDataSource,
	}
}

func (p *ghesProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newAuthorizationEphemeral, newAuthorizationTokenEphemeral, newImpersonationTokenEphemeral}
}

func (p *ghesProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newAuthorizationList, newAuthorizationFingerprintList}
}

func (p *ghesProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		newNormalizeScopesFunction, newScopesCoverFunction,
		newTokenSHA256Function, newTokenLastEightFunction, newAuditLogHashFunction,
	}
}

func (p *ghesProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newRevokeGrantAction, newRevokeAuthorizationsAction}
}
