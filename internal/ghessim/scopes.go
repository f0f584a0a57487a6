package ghessim

import "slices"

// implied lists what each scope grants besides itself, directly (documented).
var implied = map[string][]string{
	"repo":             {"repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"},
	"admin:repo_hook":  {"write:repo_hook"},
	"write:repo_hook":  {"read:repo_hook"},
	"admin:org":        {"write:org", "manage_runners:org"},
	"write:org":        {"read:org"},
	"admin:public_key": {"write:public_key"},
	"write:public_key": {"read:public_key"},
	"user":             {"read:user", "user:email", "user:follow"},
	"project":          {"read:project"},
	"admin:gpg_key":    {"write:gpg_key"},
	"write:gpg_key":    {"read:gpg_key"},
	"admin:enterprise": {"manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"},
	"write:discussion": {"read:discussion"},
}

// prune drops scopes that another scope implies, if the instance does so. The API itself was never seen doing so.
// The web flow is documented to do so.
func (s *Server) prune(scopes []string) []string {
	pruned := copyScopes(scopes)
	if !s.options.PruneScopes {
		return pruned
	}
	return slices.DeleteFunc(pruned, func(scope string) bool {
		return slices.ContainsFunc(scopes, func(other string) bool { return implies(other, scope) })
	})
}

func implies(scope, other string) bool {
	return slices.ContainsFunc(implied[scope], func(child string) bool {
		return child == other || implies(child, other)
	})
}

// union appends the scopes that are missing.
func union(scopes, more []string) []string {
	all := copyScopes(scopes)
	for _, scope := range more {
		if !slices.Contains(all, scope) {
			all = append(all, scope)
		}
	}
	return all
}

func sameScopes(a, b []string) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

// copyScopes returns a list that is never nil: no scopes are [] in JSON (recorded).
func copyScopes(scopes []string) []string { return append([]string{}, scopes...) }
