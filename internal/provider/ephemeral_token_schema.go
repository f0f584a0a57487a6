package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

// ephemeralTokenAttributes returns the attributes of an ephemeral resource that creates a token, with
// the arguments of its own.
func ephemeralTokenAttributes(arguments map[string]schema.Attribute) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"defer_until": schema.DynamicAttribute{
			MarkdownDescription: "Any value. Default: none, which creates a token in each plan and each apply. While the value is unknown, the provider creates no token. A value that is unknown in the plan, such as the `id` of a resource to be created, defers the token to the apply.",
			Optional:            true,
		},
		"token": schema.StringAttribute{MarkdownDescription: "The token.", Computed: true, Sensitive: true},
		"token_last_eight": schema.StringAttribute{
			MarkdownDescription: "Last eight characters of the token.",
			Computed:            true,
		},
		"hashed_token": schema.StringAttribute{
			MarkdownDescription: "SHA-256 of the token in hexadecimal.",
			Computed:            true,
		},
	}
	maps.Copy(attributes, arguments)
	return attributes
}
