package provider

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"
)

// maxDays limits numbers of days, so that the year of a date that is so far away has four digits.
const maxDays = 100_000

// maxClientID is the most characters that the API allows in a client ID.
const maxClientID = 20

func isKnown(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }

// isSet reports whether s has a value. The server treats null and "" alike, and so does
// the provider: a module may pass either of them for no value.
func isSet(s types.String) bool { return s.ValueString() != "" }

// isAbsent reports whether s is known to be null or "".
func isAbsent(s types.String) bool { return !s.IsUnknown() && s.ValueString() == "" }

// isChanged reports whether plan may have another value than state. null and "" are
// the same.
func isChanged(plan, state types.String) bool {
	return plan.IsUnknown() || !sameText(plan.ValueString(), state.ValueString())
}

func stringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// normalize returns text as Terraform stores every string: in Unicode normal form C.
// The server stores the bytes that it gets.
func normalize(text string) string { return norm.NFC.String(text) }

// sameText compares a text of Terraform with one of the server.
func sameText(a, b string) bool { return a == b || normalize(a) == normalize(b) }

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// hasPrefix is strings.HasPrefix for a text of the server and a prefix of Terraform.
func hasPrefix(text, prefix string) bool {
	return strings.HasPrefix(normalize(text), normalize(prefix))
}

// elements returns the known elements of a set or a list of strings.
func elements(collection interface{ Elements() []attr.Value }) []string {
	known := []string{}
	for _, element := range collection.Elements() {
		if s, ok := element.(types.String); ok && !s.IsUnknown() && !s.IsNull() {
			known = append(known, s.ValueString())
		}
	}
	return known
}

// hasKnownElements reports whether a set and all of its elements are known, and no element
// is null.
func hasKnownElements(set types.Set) bool {
	return !set.IsUnknown() && len(elements(set)) == len(set.Elements())
}

func stringSet(all []string) types.Set {
	values := make([]attr.Value, 0, len(all))
	for _, s := range slices.Compact(slices.Sorted(slices.Values(all))) {
		values = append(values, types.StringValue(s))
	}
	return types.SetValueMust(types.StringType, values)
}

// isTrueByDefault reports the value of a flag whose default is true.
func isTrueByDefault(b types.Bool) bool { return b.IsNull() || b.ValueBool() }

// sameValues compares maps. A null map is empty, and a key with a null value does not
// count.
func sameValues(a, b types.Map) bool {
	values := func(m types.Map) map[string]attr.Value {
		elements := m.Elements()
		maps.DeleteFunc(elements, func(_ string, v attr.Value) bool { return v.IsNull() })
		return elements
	}
	return !a.IsUnknown() && maps.EqualFunc(values(a), values(b), attr.Value.Equal)
}
