package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// scopesAttribute is the scopes argument of resources. Scopes are equal if they grant
// the same.
func scopesAttribute() schema.Attribute {
	return schema.SetAttribute{
		MarkdownDescription: "Scopes of the token. Default: none, which gives read access to public information only. A change updates them in place. Scopes are compared by the access that they grant: order, duplicates and implied scopes make no difference.",
		ElementType:         types.StringType,
		Optional:            true,
		Computed:            true,
		Default:             setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{})),
		Validators:          []validator.Set{scopeNames{}},
		PlanModifiers:       []planmodifier.Set{keepEquivalentScopes{}},
	}
}

// scopeNames warns of scopes that are probably mistakes. They are not errors, because
// servers store any name.
type scopeNames struct{}

func (scopeNames) Description(context.Context) string {
	return "Warns of redundant and unknown scopes."
}

func (v scopeNames) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v scopeNames) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	resp.Diagnostics.Append(v.validate(req.Path, req.ConfigValue)...)
}

func (v scopeNames) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	resp.Diagnostics.Append(v.validate(req.Path, req.ConfigValue)...)
}

func (scopeNames) validate(at path.Path, names interface{ Elements() []attr.Value }) (diags diag.Diagnostics) {
	if slices.ContainsFunc(names.Elements(), attr.Value.IsNull) {
		diags.AddAttributeError(at, "Null scope", "A scope is null. Remove it: compact() removes null values from a list.")
	}
	var unknown, redundant []string
	scopes := elements(names)
	for _, scope := range scopes {
		if !ghes.IsKnownScope(scope) {
			unknown = append(unknown, quote(&redact.Secrets{}, scope))
		}
		if wider := ghes.ImplyingScope(scopes, scope); wider != "" {
			redundant = append(redundant, fmt.Sprintf("%q grants all that %q does", wider, scope))
		}
	}
	// The CLIs show only one of several warnings with the same summary.
	if len(unknown) > 0 {
		diags.AddAttributeWarning(at, "Unknown scope",
			fmt.Sprintf("GitHub Enterprise Server documents no scope %s. The server may refuse, ignore or store it. Check the spelling.", strings.Join(unknown, ", ")))
	}
	if len(redundant) > 0 {
		diags.AddAttributeWarning(at, "Redundant scope", strings.Join(redundant, "; ")+". Remove the narrower scope, or ignore this warning.")
	}
	return diags
}

// keepEquivalentScopes plans the scopes in state if the configured ones grant the same.
// So there is no change for a server that drops implied scopes, or for another spelling.
type keepEquivalentScopes struct{}

func (keepEquivalentScopes) Description(context.Context) string {
	return "Treats scopes that grant the same access as unchanged."
}

func (m keepEquivalentScopes) MarkdownDescription(ctx context.Context) string {
	return m.Description(ctx)
}

func (keepEquivalentScopes) PlanModifySet(_ context.Context, req planmodifier.SetRequest, resp *planmodifier.SetResponse) {
	if equivalentScopes(req.PlanValue, req.StateValue) {
		resp.PlanValue = req.StateValue
	}
}

// equivalentScopes reports whether the planned scopes are all known and grant the same
// as the scopes in state.
func equivalentScopes(plan, state types.Set) bool {
	known := elements(plan)
	return !plan.IsUnknown() && !state.IsNull() && len(known) == len(plan.Elements()) &&
		ghes.SameScopes(known, elements(state))
}
