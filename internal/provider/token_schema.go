package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
)

func noteURLAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "URL with more information about the purpose of the token. A change updates it in place, and removing it clears it on the server.",
		Optional:            true,
	}
}

// storeTokenAttribute returns the attribute store_token. change says what a change of it does.
func storeTokenAttribute(change string) schema.Attribute {
	return schema.BoolAttribute{
		MarkdownDescription: "Whether to store the token in state. Default: `true`. With `false`, only the ephemeral resource `ghes_authorization_token` returns it, in the apply that creates it. **If its consumer fails in that apply, the token is lost**, so prefer `encrypt_token`. " + change,
		Optional:            true,
	}
}

// tokenComputed returns the attributes of a token whose values the server decides.
func tokenComputed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.Int64Attribute{
			MarkdownDescription: "ID of the authorization.",
			Computed:            true,
			PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		},
		"token":            markSensitive(unchanged("The token. The server shows it only once, when it creates the authorization. Null for an existing token that was imported or adopted. Always null with `store_token = false` or `encrypt_token`.")),
		"encrypted_token":  unchanged("The token, encrypted to the keys in `encrypt_token`. Null for an existing token that was imported or adopted."),
		"token_last_eight": unchanged("Last eight characters of the token."),
		"hashed_token":     unchanged("SHA-256 of the token in hexadecimal."),
		"url":              unchanged("URL of the authorization in the API."),
		"created_at":       unchanged("Time at which the authorization was created (RFC 3339)."),
		"expires_at":       unchanged("Time at which the token expires (RFC 3339). Null if it does not expire."),
	}
}

// unchanged is a computed string that an update does not change.
func unchanged(description string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description,
		Computed:            true,
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

func markSensitive(attribute schema.StringAttribute) schema.StringAttribute {
	attribute.Sensitive = true
	return attribute
}
