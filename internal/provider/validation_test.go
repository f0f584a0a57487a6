package provider

import (
	"strings"
	"testing"
)

// A known mistake is an error of terraform validate.
func TestValidate(t *testing.T) {
	t.Parallel()
	const damagedKey = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
	for name, test := range map[string]struct{ config, want string }{
		"damaged age key":       {twin("a", `encrypt_token = { age_recipients = ["`+damagedKey+`"] }`), "Invalid key in encrypt_token"},
		"damaged PGP key":       {twin("a", `encrypt_token = { pgp_key = "not a key" }`), "Invalid key in encrypt_token"},
		"damaged box key":       {twin("a", `encrypt_token = { sealed_box_key = "c2hvcnQ=" }`), "Invalid key in encrypt_token"},
		"no key":                {twin("a", `encrypt_token = {}`), "Set exactly one of age_recipients, pgp_key and sealed_box_key"},
		"two keys":              {twin("a", `encrypt_token = { pgp_key = "a", sealed_box_key = "b" }`), "Set only one of"},
		"no path has it":        {byFingerprint("a/b", ""), "Invalid URL path element"},
		"by fingerprint":        {byFingerprint("a", `encrypt_token = {}`), "Set exactly one of age_recipients"},
		"line break":            {"resource \"ghes_grants_exclusive\" \"a\" {\n  allowed_client_ids = [\"abcdeabcdeabcdeabcd\\n\"]\n}\n", "1 to 20 characters and no whitespace"},
		"space":                 {"resource \"ghes_grants_exclusive\" \"a\" {\n  allowed_client_ids = [\" abcde\"]\n}\n", "1 to 20 characters and no whitespace"},
		"space that is not one": {"resource \"ghes_grants_exclusive\" \"a\" {\n  allowed_client_ids = [\"abcde\u00a0\"]\n}\n", "1 to 20 characters and no whitespace"},
		"too long":              {"resource \"ghes_grants_exclusive\" \"a\" {\n  allowed_client_ids = [\"" + strings.Repeat("a", 21) + "\"]\n}\n", "1 to 20 characters and no whitespace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output := newWorkspace(t, newInstance(t).config(test.config)).must(1, "validate")
			contains(t, output, "Error: ", test.want)
			containsNone(t, output, ".. ")
		})
	}
}

// A value that is not known yet is no error of it.
func TestValidate_unknown(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, newInstance(t).config("resource \"terraform_data\" \"key\" {}\n"+
		twin("a", `encrypt_token = { age_recipients = [terraform_data.key.id] }`)+twin("b", `encrypt_token = { pgp_key = terraform_data.key.id }`)))
	w.must(0, "validate")
}

// A key that the plan does not know replaces the authorization, and the plan says why.
func TestUnknownKey(t *testing.T) {
	t.Parallel()
	sim := newInstance(t)
	config := func(key, more string) string {
		return sim.config(withKey("resource \"terraform_data\" \"key\" {\n  input = \"KEY\"\n" + more + "}\n" + twin("a", "encrypt_token = { sealed_box_key = "+key+" }")))
	}
	w := newWorkspace(t, config("terraform_data.key.output", ""))
	containsNone(t, w.must(0, "apply", "-auto-approve"), "Warning")
	containsNone(t, w.must(0, "plan", "-detailed-exitcode"), "Warning")
	w.write("main.tf", config("terraform_data.key.output", "  triggers_replace = 1\n"))
	contains(t, w.must(0, "plan"), "Warning: An unknown key replaces authorization 1", "replaces authorization 1")
}
