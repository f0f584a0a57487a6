package provider

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// vault stands in for a secret store: a provider with one resource, which has
// the write-only argument of the real one. It keeps what was written to it.
type vault struct {
	mu      sync.Mutex
	sealed  bool     // refuses to be written to
	written []string // tokens, in order
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

func (v *vault) put(data string) error {
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
	return nil
}

func (v *vault) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "vault"
}

func (v *vault) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (v *vault) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (v *vault) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (v *vault) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &vaultSecret{v} }}
}

type vaultSecret struct{ vault *vault }

type vaultSecretModel struct {
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
	if err := s.vault.put(config.DataJSONWO.ValueString()); err != nil {
		resp.Diagnostics.AddError("Unable to write the secret", err.Error())
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *vaultSecret) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (s *vaultSecret) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config vaultSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !plan.Version.Equal(state.Version) {
		if err := s.vault.put(config.DataJSONWO.ValueString()); err != nil {
			resp.Diagnostics.AddError("Unable to write the secret", err.Error())
			return
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s *vaultSecret) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
