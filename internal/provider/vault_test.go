package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// vault stands in for a secret store: a provider with the resource and the ephemeral resource
// of the real one for a secret.
type vault struct{ secretStore }

// withVault serves a vault to the workspace.
func (w *workspace) withVault(t *testing.T) *vault {
	t.Helper()
	v := &vault{}
	w.serve("hashicorp/vault", providerserver.NewProtocol6(v))
	return v
}

// requiringVault is a configuration that requires ghes, and a vault as well.
func requiringVault(config string) string { return requiring("hashicorp/vault", config) }

// requiring is a configuration that requires ghes, and another provider as well.
func requiring(source, config string) string {
	const ghes = `ghes = { source = "ghes-tools/ghes" }`
	return strings.Replace(config, ghes, fmt.Sprintf("%s\n    %s = { source = %q }", ghes, path.Base(source), source), 1)
}

// write writes the JSON text that the secret's write-only argument has.
func (v *vault) write(model, config vaultSecretModel) error {
	var data struct{ Token string }
	if err := json.Unmarshal([]byte(config.DataJSONWO.ValueString()), &data); err != nil {
		return err
	}
	return v.put(model.Name.ValueString(), data.Token, time.Time{})
}

func (v *vault) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "vault"
}

func (v *vault) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{
		"token": providerschema.StringAttribute{Optional: true}, // has no effect
	}}
}

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
		"name":                 schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"data_json_wo":         schema.StringAttribute{Optional: true, WriteOnly: true},
		"data_json_wo_version": schema.Int64Attribute{Optional: true},
	}}
}

func (s *vaultSecret) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config vaultSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if err := s.vault.write(plan, config); err != nil {
		resp.Diagnostics.AddError("Unable to write the secret", err.Error())
		return
	}
	plan.ID = types.StringValue(plan.Mount.ValueString() + "/data/" + plan.Name.ValueString())
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *vaultSecret) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state vaultSecretModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if _, ok := s.vault.get(state.Name.ValueString()); !ok {
		resp.State.RemoveResource(ctx)
	}
}

func (s *vaultSecret) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config vaultSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !plan.Version.Equal(state.Version) {
		if err := s.vault.write(plan, config); err != nil {
			resp.Diagnostics.AddError("Unable to write the secret", err.Error())
			if !s.vault.storesPlanned {
				return
			}
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *vaultSecret) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state vaultSecretModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	s.vault.remove(state.Name.ValueString())
}

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
	values := map[string]string{}
	if stored, ok := s.vault.get(model.Name.ValueString()); ok && stored.token != "" {
		values["token"] = stored.token
	}
	data, diags := types.MapValueFrom(ctx, types.StringType, values)
	model.Data = data
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}
