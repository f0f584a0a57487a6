package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
)

func noteURLAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "An address with more about what the token is for. Removing it clears it on the server.",
		Optional:            true,
	}
}

// storeTokenAttribute returns the attribute store_token. change says what a change of it does.
func storeTokenAttribute(change string) schema.Attribute {
	return schema.BoolAttribute{
		MarkdownDescription: "Whether the state keeps the token. With `false`, only the ephemeral resource `ghes_authorization_token` has it, in the apply that creates it: a token that is not written to its secret store in that apply is lost, so prefer `encrypt_token`. Default `true`. " + change,
		Optional:            true,
	}
}

// tokenComputed returns the attributes of a token whose values the server decides.
func tokenComputed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.Int64Attribute{
			MarkdownDescription: "The authorization's number.",
			Computed:            true,
			PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		},
		"token":            markSensitive(unchanged("The token. The server shows it once, when it makes the authorization, so it is null after an import or an adoption; with `store_token = false` and with `encrypt_token` it is always null.")),
		"encrypted_token":  unchanged("The token, encrypted as `encrypt_token` says; null after an import or an adoption."),
		"token_last_eight": unchanged("The last eight characters of the token."),
		"hashed_token":     unchanged("The SHA-256 of the token in hexadecimal."),
		"url":              unchanged("The authorization's address in the API."),
		"created_at":       unchanged("When the authorization was made (RFC 3339)."),
		"expires_at":       unchanged("When the token expires (RFC 3339); null where it does not."),
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
