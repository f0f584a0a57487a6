package ghes

import (
	"slices"
	"strings"
	"testing"
)

// hierarchy returns each scope of the documentation with all scopes that it contains, at any depth.
func hierarchy() map[string][]string {
	return map[string][]string{
		"site_admin":       {},
		"repo":             {"repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"},
		"repo:status":      {},
		"repo_deployment":  {},
		"public_repo":      {},
		"repo:invite":      {},
		"security_events":  {},
		"admin:repo_hook":  {"write:repo_hook", "read:repo_hook"},
		"write:repo_hook":  {"read:repo_hook"},
		"read:repo_hook":   {},
		"admin:org":        {"write:org", "read:org", "manage_runners:org"},
		"write:org":        {"read:org"},
		"read:org":         {},
		"admin:public_key": {"write:public_key", "read:public_key"},
		"write:public_key": {"read:public_key"},
		"read:public_key":  {},
		"admin:org_hook":   {},
		"gist":             {},
		"notifications":    {},
		"user":             {"read:user", "user:email", "user:follow"},
		"read:user":        {},
		"user:email":       {},
		"user:follow":      {},
		"project":          {"read:project"},
		"read:project":     {},
		"delete_repo":      {},
		"write:packages":   {},
		"read:packages":    {},
		"delete:packages":  {},
		"admin:gpg_key":    {"write:gpg_key", "read:gpg_key"},
		"write:gpg_key":    {"read:gpg_key"},
		"read:gpg_key":     {},
		"workflow":         {},
		"admin:enterprise": {"manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"},
		"read:enterprise":  {},
		"admin:business":   {},
		"read:audit_log":   {},
		"write:discussion": {"read:discussion"},
		"read:discussion":  {},

		"manage_runners:org":        {},
		"manage_runners:enterprise": {},
		"manage_billing:enterprise": {},
		"admin:pre_receive_hook":    {},
		"Repo":                      {}, // unknown: names are case-sensitive
		"":                          {},
	}
}

func TestScopes_hierarchy(t *testing.T) {
	t.Parallel()
	all := hierarchy()
	for scope, contained := range all {
		if got, want := IsKnownScope(scope), scope != "" && scope != "Repo"; got != want {
			t.Errorf("IsKnownScope(%q) is %t", scope, got)
		}
		for other := range all {
			within := slices.Contains(contained, other)
			if got := ScopesCover([]string{scope}, []string{other}); got != (within || other == scope) {
				t.Errorf("%q covers %q: %t", scope, other, got)
			}
			want := ""
			if within {
				want = scope
			}
			if got := ImplyingScope([]string{other, scope}, other); got != want {
				t.Errorf("%q implies %q: got %q", scope, other, got)
			}
			// A contained scope adds nothing.
			if got := SameScopes([]string{other, scope}, []string{scope}); got != (within || other == scope) {
				t.Errorf("%q with %q is the same: %t", scope, other, got)
			}
		}
	}
	if got, want := len(knownScopes), len(all)-2; got != want {
		t.Errorf("%d scopes are known, want %d", got, want)
	}
}

func TestNormalizeScopes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ scopes, want []string }{
		{nil, []string{}},
		{[]string{}, []string{}},
		{[]string{"user", "gist", "user"}, []string{"gist", "user"}},
		{[]string{"user", "gist", "user:email"}, []string{"gist", "user"}},
		{[]string{"read:org", "admin:org"}, []string{"admin:org"}},
		{[]string{"read:org", "write:org", "admin:org", "manage_runners:org"}, []string{"admin:org"}},
		{[]string{"write:packages", "read:packages"}, []string{"read:packages", "write:packages"}},
		{[]string{"zebra", "Repo", "repo", "zebra"}, []string{"Repo", "repo", "zebra"}},
	} {
		before := slices.Clone(test.scopes)
		got := NormalizeScopes(test.scopes)
		if got == nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: got %#v, want %q", test.scopes, got, test.want)
		}
		if !slices.Equal(test.scopes, before) {
			t.Errorf("the argument %q has been changed to %q", before, test.scopes)
		}
		if !SameScopes(got, test.scopes) {
			t.Errorf("%q does not grant the same as %q", got, test.scopes)
		}
	}
}

func TestSameScopes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b []string
		want bool
	}{
		{nil, nil, true},
		{nil, []string{}, true},
		{nil, []string{"gist"}, false},
		{[]string{"gist", "user"}, []string{"user", "gist", "gist"}, true},
		{[]string{"admin:org"}, []string{"read:org", "admin:org"}, true},
		{[]string{"write:org"}, []string{"read:org"}, false},
		// All contained scopes together do not cover the one that contains them.
		{[]string{"user"}, []string{"read:user", "user:email", "user:follow"}, false},
		{[]string{"repo"}, []string{"Repo"}, false},
	} {
		if got := SameScopes(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %t", test.a, test.b, got)
		}
		if got := SameScopes(test.b, test.a); got != test.want {
			t.Errorf("%q, %q: %t", test.b, test.a, got)
		}
	}
}

func TestScopesCover(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		have, need []string
		want       bool
	}{
		{nil, nil, true},
		{[]string{"gist"}, nil, true},
		{nil, []string{"gist"}, false},
		{[]string{"repo", "user"}, []string{"user:email", "public_repo"}, true},
		{[]string{"admin:org"}, []string{"read:org", "gist"}, false},
		{[]string{"read:user", "user:email", "user:follow"}, []string{"user"}, false},
	} {
		if got := ScopesCover(test.have, test.need); got != test.want {
			t.Errorf("%q cover %q: %t", test.have, test.need, got)
		}
	}
}

func TestImplyingScope(t *testing.T) {
	t.Parallel()
	// It returns the first one in alphabetical order, so that messages do not vary.
	if got := ImplyingScope([]string{"write:org", "read:org", "admin:org"}, "read:org"); got != "admin:org" {
		t.Errorf("got %q", got)
	}
	if got := ImplyingScope([]string{"repo", "repo"}, "repo"); got != "" {
		t.Errorf("a scope implies itself: %q", got)
	}
	if got := ImplyingScope(nil, "gist"); got != "" {
		t.Errorf("got %q for no scopes", got)
	}
}

// FuzzScopes checks how the functions depend on each other, for lists of scopes that are separated by
// blanks.
func FuzzScopes(f *testing.F) {
	f.Add("repo user", "user:email repo:status", "public_repo")
	f.Add("admin:org", "write:org", "read:org")
	f.Add("repo repo:status", "repo", "public_repo")
	f.Add("gist gist unknown", "unknown gist", "")
	f.Add("user", "read:user user:email user:follow", "user")
	f.Fuzz(func(t *testing.T, first, second, third string) {
		a, b, c := strings.Fields(first), strings.Fields(second), strings.Fields(third)
		checkNormalized(t, a)
		checkCover(t, a, b, c)
	})
}

// checkNormalized checks that NormalizeScopes keeps the meaning of a list, and depends on nothing else.
func checkNormalized(t *testing.T, scopes []string) {
	t.Helper()
	short := NormalizeScopes(scopes)
	if again := NormalizeScopes(short); !slices.Equal(short, again) {
		t.Errorf("%q became %q, then %q", scopes, short, again)
	}
	if len(short) > len(scopes) || !SameScopes(short, scopes) {
		t.Errorf("%q became %q", scopes, short)
	}
	backwards := slices.Clone(scopes)
	slices.Reverse(backwards)
	if !SameScopes(scopes, backwards) || !slices.Equal(NormalizeScopes(backwards), short) {
		t.Errorf("%q are not the same backwards", scopes)
	}
}

// checkCover checks that ScopesCover is an order: reflexive, transitive, and the same in both directions
// only for equal scopes.
func checkCover(t *testing.T, a, b, c []string) {
	t.Helper()
	if !ScopesCover(a, a) || !ScopesCover(append(slices.Clone(b), a...), a) {
		t.Errorf("%q do not cover themselves", a)
	}
	both := ScopesCover(a, b) && ScopesCover(b, a)
	if both != SameScopes(a, b) || both != slices.Equal(NormalizeScopes(a), NormalizeScopes(b)) {
		t.Errorf("%q and %q cover each other: %t", a, b, both)
	}
	if ScopesCover(a, b) && ScopesCover(b, c) && !ScopesCover(a, c) {
		t.Errorf("%q cover %q, and these %q", a, b, c)
	}
}
