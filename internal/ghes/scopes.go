package ghes

import (
	"maps"
	"slices"
	"strings"
)

// implies lists what a scope contains, one level deep, as documented in "Scopes for OAuth apps".
var implies = map[string][]string{
	"admin:enterprise": {"manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"},
	"admin:gpg_key":    {"write:gpg_key"},
	"admin:org":        {"write:org", "manage_runners:org"},
	"admin:public_key": {"write:public_key"},
	"admin:repo_hook":  {"write:repo_hook"},
	"project":          {"read:project"},
	"repo":             {"repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"},
	"user":             {"read:user", "user:email", "user:follow"},
	"write:discussion": {"read:discussion"},
	"write:gpg_key":    {"read:gpg_key"},
	"write:org":        {"read:org"},
	"write:public_key": {"read:public_key"},
	"write:repo_hook":  {"read:repo_hook"},
}

// knownScopes are those of implies and those that stand alone. site_admin and
// admin:pre_receive_hook are GHES's own; admin:business is the former name of admin:enterprise.
var knownScopes = granted(slices.AppendSeq(strings.Fields("admin:business admin:org_hook admin:pre_receive_hook "+
	"delete:packages delete_repo gist notifications read:audit_log read:packages site_admin workflow write:packages"), maps.Keys(implies)))

// IsKnownScope reports whether scope is one that GHES documents. Servers store other names as well.
func IsKnownScope(scope string) bool { return knownScopes[scope] }

// ImplyingScope returns another of scopes that contains scope, "" if none does.
func ImplyingScope(scopes []string, scope string) string {
	for _, s := range slices.Sorted(slices.Values(scopes)) {
		if s != scope && granted([]string{s})[scope] {
			return s
		}
	}
	return ""
}

// NormalizeScopes returns the shortest list that grants the same as scopes, sorted.
func NormalizeScopes(scopes []string) []string {
	short := []string{}
	for _, s := range slices.Compact(slices.Sorted(slices.Values(scopes))) {
		if ImplyingScope(scopes, s) == "" {
			short = append(short, s)
		}
	}
	return short
}

// ScopesCover reports whether have grants all that need does.
func ScopesCover(have, need []string) bool {
	all := granted(have)
	return !slices.ContainsFunc(need, func(s string) bool { return !all[s] })
}

// SameScopes reports whether two lists grant the same.
func SameScopes(a, b []string) bool { return maps.Equal(granted(a), granted(b)) }

// granted returns scopes and all that they contain.
func granted(scopes []string) map[string]bool {
	all := map[string]bool{}
	for _, s := range scopes {
		all[s] = true
		maps.Copy(all, granted(implies[s]))
	}
	return all
}
