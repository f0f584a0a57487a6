package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// selector is an argument that selects what a data source reads or an action revokes.
// Errors about it point at its attribute.
type selector struct {
	attribute    string
	set, unknown bool
}

func selectorOf(attribute string, value attr.Value) selector {
	empty := !isKnown(value) || value.Equal(types.StringValue(""))
	return selector{attribute, !empty, value.IsUnknown()}
}

// exactlyOne adds an error unless exactly one selector is set. An unknown one may be
// set later, when Terraform validates again before it reads.
func exactlyOne(choice string, diags *diag.Diagnostics, selectors ...selector) bool {
	var set []string
	unknown := false
	for _, s := range selectors {
		if s.set {
			set = append(set, s.attribute)
		}
		unknown = unknown || s.unknown
	}
	switch {
	case len(set) > 1:
		diags.AddAttributeError(path.Root(set[1]), "More than one selector",
			fmt.Sprintf("Set exactly one of %s. The configuration sets %s.", choice, strings.Join(set, " and ")))
	case len(set) == 0 && !unknown:
		diags.AddAttributeError(path.Root(selectors[0].attribute), "Missing selector", fmt.Sprintf("Set exactly one of %s.", choice))
	default:
		return true
	}
	return false
}

// noSuchIDError is for an ID that the server does not find.
func noSuchIDError(noun string, id int64, err error) diag.Diagnostic {
	what := fmt.Sprintf("The user has no %s %d. The server does not show the objects of other users. Check id, and base_url and username in the provider block.", noun, id)
	if e, ok := errors.AsType[*ghes.Error](err); ok {
		what = detail(e, e.Error(), what)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), "Unable to read "+noun, what)
}

// joinSome joins IDs, and says how many more there are if they are too many to print.
func joinSome(ids []string) string {
	printed := ids[:min(len(ids), maxQuotedValues)]
	if more := len(ids) - len(printed); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(printed, ", "), more)
	}
	return strings.Join(printed, ", ")
}

// notOneError is for none or several objects that match the description, which have
// these IDs.
func notOneError(noun, attribute, description string, ids []string) diag.Diagnostic {
	what := fmt.Sprintf("The user has no %s %s.", noun, description)
	if len(ids) > 0 {
		what = fmt.Sprintf("The user has %d %ss %s: %s. Select one of them with id.",
			len(ids), noun, description, joinSome(ids))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Unable to read "+noun, what)
}
