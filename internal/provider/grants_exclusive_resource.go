package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// clientIDPattern matches a client ID without whitespace and invisible characters.
var clientIDPattern = regexp.MustCompile(`^[^\s\p{Z}\p{C}]{1,20}$`)

var (
	_ resource.ResourceWithConfigure   = (*grantsExclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*grantsExclusiveResource)(nil)
	_ resource.ResourceWithImportState = (*grantsExclusiveResource)(nil)
)

// grantsExclusiveResource revokes grants that it did not create. An update revokes only
// grants that a refresh stored in the private state and that the plan showed.
type grantsExclusiveResource struct{ session *session }

func newGrantsExclusiveResource() resource.Resource { return &grantsExclusiveResource{} }

func (r *grantsExclusiveResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_grants_exclusive"
}

func (r *grantsExclusiveResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The complete list of OAuth apps that may access the user's account. Revokes the grants of all other OAuth apps, **with all of their tokens for the user, also those that Terraform did not create**. This cannot be undone.",
		Attributes: map[string]schema.Attribute{
			"allowed_client_ids": schema.SetAttribute{
				MarkdownDescription: "Client IDs of the OAuth apps that may have a grant. Each has 1 to 20 characters and no whitespace. Must be known in the plan, so that the plan can list the grants to revoke. The apply revokes every other grant.",
				Required:            true,
				ElementType:         types.StringType,
				Validators: []validator.Set{
					setvalidator.NoNullValues(),
					setvalidator.ValueStringsAre(stringvalidator.RegexMatches(clientIDPattern, "must have 1 to 20 characters and no whitespace")),
				},
			},
			"unexpected": schema.SetAttribute{
				MarkdownDescription: "Grants to other apps that the last refresh found: their `grant_id`, `client_id` and `app_name`. Every plan changes it to an empty set.",
				Computed:            true,
				ElementType:         unexpectedGrantType,
				Default:             setdefault.StaticValue(noUnexpectedGrants),
			},
			"revoked": schema.SetAttribute{
				MarkdownDescription: "Grants in the last plan that revoked any: their `grant_id`, `client_id`, `app_name` and `created_at`. A plan that revokes grants lists each of them here, and its apply revokes no others.",
				Computed:            true,
				ElementType:         revokedGrantType,
			},
		},
	}
}

func (r *grantsExclusiveResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *grantsExclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Grants are not revoked",
			"Destroying ghes_grants_exclusive sends nothing to the server. Existing grants stay, revoked ones stay revoked, and Terraform no longer detects new ones.")
		return
	}
	var plan grantsExclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	last := noRevokedGrants
	creates := req.State.Raw.IsNull()
	if !creates {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("revoked"), &last)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if !hasKnownElements(plan.AllowedClientIDs) {
		resp.Diagnostics.AddAttributeError(path.Root("allowed_client_ids"), "Unknown allowed client IDs",
			"A client ID in allowed_client_ids is only known after an apply, so the plan cannot list the grants that will be revoked. First apply the resource that the client ID comes from, with -target, or set a known value.")
		return
	}
	seen := loadSeenGrants(ctx, req.Private, &resp.Diagnostics)
	if replaces := seen != nil; !creates || !replaces { // A replacement is planned as an update first.
		r.session.planExclusive(&resp.Diagnostics)
	}
	if creates {
		now := r.read(ctx, &resp.Diagnostics)
		if seen != nil && !slices.EqualFunc(plan.notAllowed(now), plan.notAllowed(seen), seenGrant.is) { // The warning was about others.
			resp.Diagnostics.AddError("Unable to plan the replacement", fmt.Sprintf(
				"The grants of %s have changed since the last refresh, so the plan would revoke grants that no warning lists. Nothing was changed. Plan without -refresh=false.", r.session.account))
		}
		seen = now
	}
	revoked := plan.planRevoked(ctx, last, seen, &resp.Diagnostics)
	r.session.warnOfRevocation(revoked, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// Create revokes what the plan shows. The CLI plans again right before, and stops if that
// plan shows other grants.
func (r *grantsExclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model grantsExclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	var planned []seenGrant
	resp.Diagnostics.Append(model.Revoked.ElementsAs(ctx, &planned, false)...)
	if resp.Diagnostics.HasError() {
		return
	}
	slices.SortFunc(planned, func(a, b seenGrant) int { return cmp.Compare(a.ID, b.ID) })
	remaining := r.revoke(ctx, &model, planned, &resp.Diagnostics)
	r.savePrivate(ctx, resp.Private, remaining, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (r *grantsExclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var model grantsExclusiveModel
	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)
	seen := r.read(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if model.AllowedClientIDs.IsNull() { // imported
		model.allowNow(seen)
	}
	model.setUnexpected(ctx, seen, &resp.Diagnostics)
	r.savePrivate(ctx, resp.Private, seen, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (r *grantsExclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var model grantsExclusiveModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	seen := loadSeenGrants(ctx, req.Private, &resp.Diagnostics)
	if stored := loadAccount(ctx, req.Private, &resp.Diagnostics); stored.differs(r.session.account) {
		resp.Diagnostics.Append(wrongAccountError("revoke grants", "the grants", stored, r.session.account))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	remaining := r.revoke(ctx, &model, seen, &resp.Diagnostics)
	r.savePrivate(ctx, resp.Private, remaining, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// Delete sends nothing: the grants stay, and ModifyPlan warns about that.
func (r *grantsExclusiveResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// ImportState takes any ID: a user has one set of grants.
func (r *grantsExclusiveResource) ImportState(ctx context.Context, _ resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("unexpected"), noUnexpectedGrants)...)
}

func (r *grantsExclusiveResource) read(ctx context.Context, diags *diag.Diagnostics) []seenGrant {
	grants, err := r.session.ListGrants(ctx, "")
	if err != nil {
		diags.Append(apiErrors("read grants", err)...)
	}
	return seenGrants(grants)
}

// savePrivate stores the grants and their account for the plan and the apply that
// follow.
func (r *grantsExclusiveResource) savePrivate(ctx context.Context, private privateState, seen []seenGrant, diags *diag.Diagnostics) {
	saveSeenGrants(ctx, private, seen, diags)
	saveAccount(ctx, private, r.session.account, diags)
}

// revoke revokes the seen grants that are not allowed. It stops at the first error, and
// returns the grants that remain.
func (r *grantsExclusiveResource) revoke(ctx context.Context, model *grantsExclusiveModel, seen []seenGrant, diags *diag.Diagnostics) []seenGrant {
	remaining := slices.Clone(seen)
	for _, g := range model.notAllowed(seen) {
		err := r.revokeSeen(ctx, g, diags)
		if err != nil && !errors.Is(err, ghes.ErrNotFound) {
			diags.Append(apiErrors(fmt.Sprintf("revoke grant %d", g.ID), err)...)
			break
		}
		remaining = slices.DeleteFunc(remaining, func(other seenGrant) bool { return other == g })
	}
	model.setUnexpected(ctx, remaining, diags)
	return remaining
}

// revokeSeen revokes a grant if it is still the one that was seen.
func (r *grantsExclusiveResource) revokeSeen(ctx context.Context, seen seenGrant, diags *diag.Diagnostics) error {
	g, err := r.session.GetGrant(ctx, seen.ID)
	if err != nil {
		return err
	}
	if now := newSeenGrant(g); !now.is(seen) {
		diags.AddWarning(fmt.Sprintf("Grant %d was not revoked", seen.ID), fmt.Sprintf(
			"The plan showed the grant %s, created at %s. Now this ID belongs to the grant %s, created at %s. The provider did not revoke it. Plan again.",
			r.session.describe(seen), cmp.Or(seen.CreatedAt, "an unknown time"), r.session.describe(now), cmp.Or(now.CreatedAt, "an unknown time")))
		return nil
	}
	return r.session.DeleteGrant(ctx, seen.ID)
}
