package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// cloudStore stands in for the provider of a secret store: aws or kubernetes. Its resources have the documented arguments
// that the guide uses. Like the real ones, it is on the old SDK, so a failed update stores the planned state.
type cloudStore struct {
	secretStore
	name       string
	resources  []func() resource.Resource
	ephemerals []func() ephemeral.EphemeralResource
}

// withCloudStore serves a stand-in for that provider to the workspace.
func (w *workspace) withCloudStore(t *testing.T, name string) *cloudStore {
	t.Helper()
	c := &cloudStore{name: name}
	switch name {
	case "aws":
		c.resources = []func() resource.Resource{
			func() resource.Resource { return awsSecret{} },
			func() resource.Resource { return awsVersion{c} },
		}
		c.ephemerals = []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return awsEphemeral{c} }}
	case "kubernetes":
		c.resources = []func() resource.Resource{func() resource.Resource { return kubernetesSecret{c} }}
	}
	w.serve("hashicorp/"+name, providerserver.NewProtocol6(c))
	return c
}

func (c *cloudStore) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = c.name
}

func (c *cloudStore) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (c *cloudStore) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (c *cloudStore) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (c *cloudStore) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return c.ephemerals
}

func (c *cloudStore) Resources(context.Context) []func() resource.Resource { return c.resources }

var (
	requiresReplace = []planmodifier.String{stringplanmodifier.RequiresReplace()}
	keepsUnknown    = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
)

// awsSecret is a secret without a value.
type awsSecret struct{}

func (awsSecret) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "aws_secretsmanager_secret"
}

func (awsSecret) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":   schema.StringAttribute{Computed: true, PlanModifiers: keepsUnknown},
		"name": schema.StringAttribute{Required: true, PlanModifiers: requiresReplace},
	}}
}

func (awsSecret) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var name types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("name"), &name)...)
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), "arn:"+name.ValueString())...)
}

func (awsSecret) Read(context.Context, resource.ReadRequest, *resource.ReadResponse)       {}
func (awsSecret) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (awsSecret) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// awsVersion is a value of a secret. The real provider replaces it if secret_string_wo_version changes, and its deletion
// leaves the current value in place.
type awsVersion struct{ store *cloudStore }

type awsVersionModel struct {
	SecretID  types.String `tfsdk:"secret_id"`
	StringWO  types.String `tfsdk:"secret_string_wo"`
	WOVersion types.Int64  `tfsdk:"secret_string_wo_version"`
	ID        types.String `tfsdk:"id"` // SECRET|VERSION
}

func (awsVersion) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "aws_secretsmanager_secret_version"
}

func (awsVersion) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"secret_id":                schema.StringAttribute{Required: true, PlanModifiers: requiresReplace},
		"secret_string_wo":         schema.StringAttribute{Optional: true, WriteOnly: true},
		"secret_string_wo_version": schema.Int64Attribute{Optional: true, PlanModifiers: []planmodifier.Int64{int64planmodifier.RequiresReplace()}},
		"id":                       schema.StringAttribute{Computed: true, PlanModifiers: keepsUnknown},
	}}
}

func (v awsVersion) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config awsVersionModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	var data struct{ Token string }
	err := json.Unmarshal([]byte(config.StringWO.ValueString()), &data)
	if err == nil {
		err = v.store.put(plan.SecretID.ValueString(), data.Token, time.Time{})
	}
	if err != nil {
		resp.Diagnostics.AddError("Unable to write the secret", err.Error())
		return
	}
	plan.ID = types.StringValue(fmt.Sprintf("%s|%d", plan.SecretID.ValueString(), len(v.store.tokens())))
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (v awsVersion) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state awsVersionModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if _, ok := v.store.get(state.SecretID.ValueString()); !ok {
		resp.State.RemoveResource(ctx)
	}
}

func (awsVersion) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (awsVersion) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// awsEphemeral reads a value.
type awsEphemeral struct{ store *cloudStore }

type awsEphemeralModel struct {
	SecretID     types.String `tfsdk:"secret_id"`
	SecretString types.String `tfsdk:"secret_string"`
}

func (awsEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "aws_secretsmanager_secret_version"
}

func (awsEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{Attributes: map[string]ephemeralschema.Attribute{
		"secret_id":     ephemeralschema.StringAttribute{Required: true},
		"secret_string": ephemeralschema.StringAttribute{Computed: true},
	}}
}

func (e awsEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model awsEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	stored, ok := e.store.get(model.SecretID.ValueString())
	if !ok {
		resp.Diagnostics.AddError("Unable to read the secret", "The secret has no value.")
		return
	}
	model.SecretString = types.StringValue(fmt.Sprintf(`{"token":%q}`, stored.token))
	resp.Diagnostics.Append(resp.Result.Set(ctx, &model)...)
}

// kubernetesSecret is a Secret. No resource reads it back.
type kubernetesSecret struct{ store *cloudStore }

type kubernetesSecretModel struct {
	Metadata []kubernetesMetadata    `tfsdk:"metadata"`
	DataWO   map[string]types.String `tfsdk:"data_wo"`
	Revision types.Int64             `tfsdk:"data_wo_revision"`
}

type kubernetesMetadata struct {
	Name      types.String `tfsdk:"name"`
	Namespace types.String `tfsdk:"namespace"`
}

func (m *kubernetesSecretModel) id() string {
	return m.Metadata[0].Namespace.ValueString() + "/" + m.Metadata[0].Name.ValueString()
}

func (kubernetesSecret) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "kubernetes_secret_v1"
}

func (kubernetesSecret) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		Attributes: map[string]schema.Attribute{
			"data_wo":          schema.MapAttribute{Optional: true, WriteOnly: true, ElementType: types.StringType},
			"data_wo_revision": schema.Int64Attribute{Optional: true},
		},
		Blocks: map[string]schema.Block{"metadata": schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{
			Attributes: map[string]schema.Attribute{
				"name":      schema.StringAttribute{Optional: true, PlanModifiers: requiresReplace},
				"namespace": schema.StringAttribute{Optional: true, PlanModifiers: requiresReplace},
			},
		}}},
	}
}

func (s kubernetesSecret) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config kubernetesSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if err := s.store.put(plan.id(), config.DataWO["token"].ValueString(), time.Time{}); err != nil {
		resp.Diagnostics.AddError("Unable to write the secret", err.Error())
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (s kubernetesSecret) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state kubernetesSecretModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if _, ok := s.store.get(state.id()); !ok {
		resp.State.RemoveResource(ctx)
	}
}

func (s kubernetesSecret) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config kubernetesSecretModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if err := s.store.put(plan.id(), config.DataWO["token"].ValueString(), time.Time{}); err != nil {
		resp.Diagnostics.AddError("Unable to write the secret", err.Error())
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...) // after a failure as well, since this is the old SDK
}

func (s kubernetesSecret) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state kubernetesSecretModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	s.store.remove(state.id())
}
