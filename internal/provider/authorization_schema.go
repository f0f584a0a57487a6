package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// authorizationAttributes returns the attributes of ghes_authorization.
func authorizationAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"note": schema.StringAttribute{
			MarkdownDescription: "What the token is for. Required without `client_id` and `note_prefix`, and unique among the user's personal access tokens.",
			Optional:            true,
			Computed:            true,
		},
		"note_prefix": schema.StringAttribute{
			MarkdownDescription: "Instead of `note`: the note becomes this and a suffix that no other has, so that a new token can be made before the old one is revoked. " + replacementUnlessImported,
			Optional:            true,
		},
		"note_url": schema.StringAttribute{
			MarkdownDescription: "An address with more about what the token is for. Removing it clears it on the server.",
			Optional:            true,
		},
		"scopes": scopesAttribute(),
		"fingerprint": schema.StringAttribute{
			MarkdownDescription: "Tells the tokens of one app and user apart. It is changed in place. Removing it replaces the authorization, and so does a value that is unknown in the plan, since it may be none.",
			Optional:            true,
		},
		"client_id": schema.StringAttribute{
			MarkdownDescription: "Client ID of the OAuth app that the token is for. A change replaces the authorization.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(maxClientID)},
		},
		"client_secret": schema.StringAttribute{
			MarkdownDescription: "The OAuth app's client secret. Only creating the authorization needs it: a change of it alone sends nothing. It is kept in the state; `client_secret_wo` is not.",
			Optional:            true,
			Sensitive:           true,
		},
		"client_secret_wo": schema.StringAttribute{
			MarkdownDescription: "The OAuth app's client secret, in neither plan nor state. Needs Terraform or OpenTofu 1.11 or newer; older ones refuse it and print the line that sets it.",
			Optional:            true,
			Sensitive:           true,
			WriteOnly:           true,
		},
		"on_existing": onExistingAttribute(onExistingFail),
	}
	maps.Copy(attributes, tokenAttributes())
	maps.Copy(attributes, rotationAttributes())
	maps.Copy(attributes, authorizationComputed())
	return attributes
}

// replacementUnlessImported is the part of a description that says what
// authorizationModel.replacements does.
const replacementUnlessImported = "A change replaces the authorization, but setting it on an imported or adopted one does not."

// tokenAttributes returns the attributes that hold a new token, or say where it goes.
func tokenAttributes() map[string]schema.Attribute {
	encryptToken := encryptTokenAttribute()
	encryptToken.MarkdownDescription += " " + replacementUnlessImported
	return map[string]schema.Attribute{
		"store_token": schema.BoolAttribute{
			MarkdownDescription: "Whether the state keeps the token. With `false` the ephemeral resource `ghes_authorization_token` has it, in the apply that makes it and never again. Default `true`. " + replacementUnlessImported,
			Optional:            true,
		},
		"encrypt_token":   encryptToken,
		"token":           markSensitive(unchanged("The token. The server shows it once, when it makes the authorization, so it is null after an import or an adoption; with `store_token = false` and with `encrypt_token` it is always null.")),
		"encrypted_token": unchanged("The token, encrypted as `encrypt_token` says; null after an import or an adoption."),
	}
}

// rotationAttributes returns the attributes that say when a token is replaced.
func rotationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"rotate_after_days": schema.Float64Attribute{
			MarkdownDescription: "After this many days the first plan that refreshes replaces the authorization. It can be changed in place, also on an old authorization.",
			Optional:            true,
			Validators:          []validator.Float64{dayCount{}},
		},
		"rotate_when_changed": schema.MapAttribute{
			MarkdownDescription: "Any values whose change is to replace the authorization. Setting them on an imported or adopted one does not.",
			Optional:            true,
			ElementType:         types.StringType,
		},
		"rotate_at": schema.StringAttribute{
			MarkdownDescription: "When the token is due for rotation: `rotate_after_days` days after `created_at` (RFC 3339); null without `rotate_after_days`.",
			Computed:            true,
		},
	}
}

func onExistingAttribute(defaultValue string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "What to do where the server has such an authorization already: `fail` with its number, `adopt` it without its token, or `replace` it by a new one, which revokes its token. Default `" + defaultValue + "`.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(onExistingFail, onExistingAdopt, onExistingReplace)},
	}
}

// authorizationComputed returns the attributes whose values the server decides.
func authorizationComputed() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.Int64Attribute{
			MarkdownDescription: "The authorization's number.",
			Computed:            true,
			PlanModifiers:       []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		},
		"token_last_eight": unchanged("The last eight characters of the token."),
		"hashed_token":     unchanged("The SHA-256 of the token in hexadecimal."),
		"app":              appAttribute(),
		"url":              unchanged("The authorization's address in the API."),
		"created_at":       unchanged("When the authorization was made (RFC 3339)."),
		"updated_at": schema.StringAttribute{
			MarkdownDescription: "When the authorization was last changed (RFC 3339).",
			Computed:            true,
		},
		"expires_at": unchanged("When the token expires (RFC 3339); null where it does not."),
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
