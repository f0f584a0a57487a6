package provider

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"golang.org/x/crypto/nacl/box"
)

// github stands in for the provider of secrets of GitHub Actions. It takes tokens encrypted to
// its key, and its server shows when a secret was written, but not the secret.
type github struct {
	secretStore
	now         func() time.Time
	public, key *[32]byte
}

// withGitHub serves a github to the workspace, which is built on the old SDK.
func (w *workspace) withGitHub(t *testing.T, now func() time.Time) *github {
	t.Helper()
	public, key, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	g := &github{now: now, public: public, key: key}
	w.serve("integrations/github", func() tfprotov6.ProviderServer { return oldSDKServer{providerserver.NewProtocol6(g)()} })
	return g
}

// oldSDKServer lets a resource change planned values, as the old SDK does.
type oldSDKServer struct{ tfprotov6.ProviderServer }

func (s oldSDKServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := s.ProviderServer.PlanResourceChange(ctx, req)
	resp.UnsafeToUseLegacyTypeSystem = true //nolint:staticcheck // The old SDK uses it.
	return resp, err
}

func (s oldSDKServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.ProviderServer.ApplyResourceChange(ctx, req)
	resp.UnsafeToUseLegacyTypeSystem = true //nolint:staticcheck // The old SDK uses it.
	return resp, err
}

func (g *github) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "github"
}

func (g *github) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (g *github) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (g *github) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return &githubKey{g} }}
}

func (g *github) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &githubSecret{g} }}
}

// githubKey is the data source of the key that encrypts secrets.
type githubKey struct{ github *github }

type githubKeyModel struct {
	Repository types.String `tfsdk:"repository"`
	Key        types.String `tfsdk:"key"`
	KeyID      types.String `tfsdk:"key_id"`
}

func (d *githubKey) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "github_actions_public_key"
}

func (d *githubKey) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = datasourceschema.Schema{Attributes: map[string]datasourceschema.Attribute{
		"repository": datasourceschema.StringAttribute{Required: true},
		"key":        datasourceschema.StringAttribute{Computed: true},
		"key_id":     datasourceschema.StringAttribute{Computed: true},
	}}
}

func (d *githubKey) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model githubKeyModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	model.Key = types.StringValue(base64.StdEncoding.EncodeToString(d.github.public[:]))
	model.KeyID = types.StringValue("1")
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

type githubSecret struct{ github *github }

type githubSecretModel struct {
	Repository      types.String `tfsdk:"repository"`
	SecretName      types.String `tfsdk:"secret_name"`
	KeyID           types.String `tfsdk:"key_id"`
	ValueEncrypted  types.String `tfsdk:"value_encrypted"`
	RemoteUpdatedAt types.String `tfsdk:"remote_updated_at"`
}

func (s *githubSecret) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "github_actions_secret"
}

func (s *githubSecret) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"repository":        schema.StringAttribute{Required: true},
		"secret_name":       schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"key_id":            schema.StringAttribute{Required: true},
		"value_encrypted":   schema.StringAttribute{Required: true, Sensitive: true},
		"remote_updated_at": schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
	}}
}

// write decrypts the value with the key that the ID names, as the server does.
func (s *githubSecret) write(model *githubSecretModel) error {
	encrypted, err := base64.StdEncoding.DecodeString(model.ValueEncrypted.ValueString())
	if err != nil {
		return err
	}
	token, ok := box.OpenAnonymous(nil, encrypted, s.github.public, s.github.key)
	if !ok || model.KeyID.ValueString() != "1" {
		return errors.New("the secret is encrypted to another key")
	}
	return s.github.put(model.SecretName.ValueString(), string(token), s.github.now())
}

// refresh sets the time at which the secret was written, and reports whether there is one.
func (s *githubSecret) refresh(model *githubSecretModel) bool {
	stored, ok := s.github.get(model.SecretName.ValueString())
	model.RemoteUpdatedAt = types.StringValue(stored.at.UTC().Truncate(time.Second).String())
	return ok
}

func (s *githubSecret) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan githubSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if err := s.write(&plan); err != nil {
		resp.Diagnostics.AddError("Unable to write the secret", err.Error())
		return
	}
	s.refresh(&plan)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *githubSecret) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state githubSecretModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !s.refresh(&state) {
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

func (s *githubSecret) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan githubSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if err := s.write(&plan); err != nil {
		resp.Diagnostics.AddError("Unable to write the secret", err.Error())
	} else {
		s.refresh(&plan)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...) // after a failure as well, since this is the old SDK
}

func (s *githubSecret) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state githubSecretModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	s.github.remove(state.SecretName.ValueString())
}
