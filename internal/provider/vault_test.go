package provider

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// vault stands in for a secret store: a provider with the resource and the ephemeral resource
// of the real one for a secret. It keeps what was written to it.
type vault struct {
	storesPlanned bool // keeps the planned state if an update fails, as providers on the old SDK do

	mu      sync.Mutex
	sealed  bool              // refuses to be written to
	written []string          // tokens, in order
	secrets map[string]string // the data of each secret, by its name
}

// withVault serves a vault to the workspace.
func (w *workspace) withVault(t *testing.T) *vault {
	t.Helper()
	v := &vault{}
	w.serve("hashicorp/vault", providerserver.NewProtocol6(v))
	return v
}

// requiringVault is a configuration that requires ghes, and a vault as well.
func requiringVault(config string) string {
	const ghes = `ghes = { source = "ghes-tools/ghes" }`
	return strings.Replace(config, ghes, ghes+"\n    vault = { source = \"hashicorp/vault\" }", 1)
}

func (v *vault) seal(sealed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sealed = sealed
}

// tokens returns what was written; "" stands for null.
func (v *vault) tokens() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string{}, v.written...)
}

func (v *vault) put(name, data string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sealed {
		return errors.New("the vault is sealed")
	}
	var secret struct{ Token string }
	if err := json.Unmarshal([]byte(data), &secret); err != nil {
		return err
	}
	v.written = append(v.written, secret.Token)
	if v.secrets == nil {
		v.secrets = map[string]string{}
	}
	v.secrets[name] = data
	return nil
}

func (v *vault) get(name string) map[string]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var data map[string]string
	_ = json.Unmarshal([]byte(v.secrets[name]), &data) // null tokens are left out
	return data
}

func (v *vault) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "vault"
}

func (v *vault) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (v *vault) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (v *vault) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (v *vault) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return &vaultEphemeral{v} }}
}

func (v *vault) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &vaultSecret{v} }}
}

type vaultSecret struct{ vault *vault }

type vaultSecretModel struct {
	ID         types.String `tfsdk:"id"`
	Mount      types.String `tfsdk:"mount"`
	Name       types.String `tfsdk:"name"`
	DataJSONWO types.String `tfsdk:"data_json_wo"`
	Version    types.Int64  `tfsdk:"data_json_wo_version"`
}

func (s *vaultSecret) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "vault_kv_secret_v2"
}

func (s *vaultSecret) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":                   schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"mount":                schema.StringAttribute{Required: true},
		"name":                 schema.StringAttribute{Required: true},
		"data_json_wo":         schema.StringAttribute{Optional: true, WriteOnly: true},
		"data_json_wo_version": schema.Int64Attribute{Optional: true},
	}}
}

func (s *vaultSecret) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config vaultSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if err := s.vault.put(plan.Name.ValueString(), config.DataJSONWO.ValueString()); err != nil {
		resp.Diagnostics.AddError("Unable to write the secret", err.Error())
		return
	}
	plan.ID = types.StringValue(plan.Mount.ValueString() + "/data/" + plan.Name.ValueString())
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *vaultSecret) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (s *vaultSecret) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config vaultSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !plan.Version.Equal(state.Version) {
		if err := s.vault.put(plan.Name.ValueString(), config.DataJSONWO.ValueString()); err != nil {
			resp.Diagnostics.AddError("Unable to write the secret", err.Error())
			if !s.vault.storesPlanned {
				return
			}
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *vaultSecret) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// vaultEphemeral reads a secret.
type vaultEphemeral struct{ vault *vault }

type vaultEphemeralModel struct {
	Mount   types.String `tfsdk:"mount"`
	MountID types.String `tfsdk:"mount_id"` // has no effect, but an unknown value puts the reading off
	Name    types.String `tfsdk:"name"`
	Data    types.Map    `tfsdk:"data"`
}

func (s *vaultEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "vault_kv_secret_v2"
}

func (s *vaultEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{Attributes: map[string]ephemeralschema.Attribute{
		"mount":    ephemeralschema.StringAttribute{Required: true},
		"mount_id": ephemeralschema.StringAttribute{Optional: true},
		"name":     ephemeralschema.StringAttribute{Required: true},
		"data":     ephemeralschema.MapAttribute{Computed: true, ElementType: types.StringType},
	}}
}

func (s *vaultEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model vaultEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	data, diags := types.MapValueFrom(ctx, types.StringType, s.vault.get(model.Name.ValueString()))
	model.Data = data
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}
