package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// authorizationAttributes returns the attributes of ghes_authorization.
func authorizationAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"note": schema.StringAttribute{
			MarkdownDescription: "Note that says what the token is for. Conflicts with `note_prefix`. Required without `client_id` and `note_prefix`. Must be unique among the personal access tokens of the user. A change updates it in place.",
			Optional:            true,
			Computed:            true,
		},
		"note_prefix": schema.StringAttribute{
			MarkdownDescription: "Prefix of the note. Conflicts with `note`. The provider appends a unique suffix, so that it can create a new token before it revokes the previous one. A change replaces the authorization, unless the current note begins with the new prefix. Setting it for the first time on an imported or adopted authorization does not replace it.",
			Optional:            true,
		},
		"note_url": noteURLAttribute(),
		"scopes":   scopesAttribute(),
		"fingerprint": schema.StringAttribute{
			MarkdownDescription: "Fingerprint, which distinguishes the tokens of one app and user. A change updates it in place. Removing it replaces the authorization, and so does a value that is unknown in the plan.",
			Optional:            true,
		},
		"client_id": schema.StringAttribute{
			MarkdownDescription: "Client ID of the OAuth app that the token is for. At most 20 characters. Default: none, which creates a personal access token. A change replaces the authorization.",
			Optional:            true,
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(maxClientID)},
		},
		"client_secret": schema.StringAttribute{
			MarkdownDescription: "Client secret of the OAuth app, **stored in plan and state**. Conflicts with `client_secret_wo`, which is not stored. Used only to create the authorization, so a change of it alone sends no request.",
			Optional:            true,
			Sensitive:           true,
		},
		"client_secret_wo": schema.StringAttribute{
			MarkdownDescription: "Client secret of the OAuth app, stored in neither plan nor state. Requires Terraform or OpenTofu 1.11. Older versions report an error, which prints the line that sets it. Conflicts with `client_secret`. Used only to create the authorization, so a change of it alone sends no request.",
			Optional:            true,
			Sensitive:           true,
			WriteOnly:           true,
		},
		"on_existing": onExistingAttribute(onExistingFail),
	}
	encryptToken := encryptTokenAttribute()
	encryptToken.MarkdownDescription += " " + replacementUnlessImported
	attributes["encrypt_token"] = encryptToken
	attributes["store_token"] = storeTokenAttribute(replacementUnlessImported)
	attributes["rotate_when_changed"] = schema.MapAttribute{
		MarkdownDescription: "Map of arbitrary values, also known as keepers or triggers. A change replaces the authorization. Setting it for the first time on an imported or adopted authorization does not.",
		Optional:            true,
		ElementType:         types.StringType,
	}
	maps.Copy(attributes, tokenComputed())
	attributes["app"] = appAttribute()
	attributes["updated_at"] = schema.StringAttribute{
		MarkdownDescription: "Time of the last change to the authorization (RFC 3339).",
		Computed:            true,
	}
	return attributes
}

// replacementUnlessImported is the part of a description about authorizationModel.replacements.
const replacementUnlessImported = "A change replaces the authorization, unless it was imported or adopted."

func onExistingAttribute(defaultValue string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Action if the authorization exists already. `fail` reports an error with its ID. `adopt` takes it over without its token. `replace` **revokes its token** and creates a new one. Default: `" + defaultValue + "`.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(onExistingFail, onExistingAdopt, onExistingReplace)},
	}
}
