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

// selector is one way to say what a data source reads, or an action revokes. Errors
// about it stand on its attribute.
type selector struct {
	attribute    string
	set, unknown bool
}

func selectorOf(attribute string, value attr.Value) selector {
	empty := !isKnown(value) || value.Equal(types.StringValue(""))
	return selector{attribute, !empty, value.IsUnknown()}
}

// exactlyOne adds an error unless one selector is set, or may be once it is
// known: Terraform validates again before it reads.
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
			fmt.Sprintf("Set exactly one of %s. Set are %s.", choice, strings.Join(set, " and ")))
	case len(set) == 0 && !unknown:
		diags.AddAttributeError(path.Root(selectors[0].attribute), "Missing selector", fmt.Sprintf("Set exactly one of %s.", choice))
	default:
		return true
	}
	return false
}

// noSuchNumber is the error for a number that the server does not know.
func noSuchNumber(noun string, id int64, err error) diag.Diagnostic {
	what := fmt.Sprintf("The user has no %s %d. Those of other users cannot be read.", noun, id)
	if e, ok := errors.AsType[*ghes.Error](err); ok {
		what = detail(e, e.Error(), what)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("id"), "Unable to read "+noun, what)
}

// notOne is the error for none or several, by their numbers, that are as described.
func notOne(noun, attribute, described string, numbers []string) diag.Diagnostic {
	what := fmt.Sprintf("The user has no %s %s.", noun, described)
	if len(numbers) > 0 {
		what = fmt.Sprintf("The user has %d %ss %s: %s. Select one of them with id.",
			len(numbers), noun, described, strings.Join(numbers, ", "))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(attribute), "Unable to read "+noun, what)
}
