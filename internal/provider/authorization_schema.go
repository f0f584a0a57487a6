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
			MarkdownDescription: "What the token is for. Required without `client_id` and `note_prefix`, and unique among the user's personal access tokens.",
			Optional:            true,
			Computed:            true,
		},
		"note_prefix": schema.StringAttribute{
			MarkdownDescription: "Instead of `note`: the note becomes this and a suffix that no other has, so that a new token can be made before the old one is revoked. " + replacementUnlessImported,
			Optional:            true,
		},
		"note_url": noteURLAttribute(),
		"scopes":   scopesAttribute(),
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
	encryptToken := encryptTokenAttribute()
	encryptToken.MarkdownDescription += " " + replacementUnlessImported
	attributes["encrypt_token"] = encryptToken
	attributes["store_token"] = storeTokenAttribute(replacementUnlessImported)
	attributes["rotate_when_changed"] = schema.MapAttribute{
		MarkdownDescription: "Any values whose change is to replace the authorization. Setting them on an imported or adopted one does not.",
		Optional:            true,
		ElementType:         types.StringType,
	}
	maps.Copy(attributes, tokenComputed())
	attributes["app"] = appAttribute()
	attributes["updated_at"] = schema.StringAttribute{
		MarkdownDescription: "When the authorization was last changed (RFC 3339).",
		Computed:            true,
	}
	return attributes
}

// replacementUnlessImported is the part of a description that says what
// authorizationModel.replacements does.
const replacementUnlessImported = "A change replaces the authorization, but setting it on an imported or adopted one does not."

func onExistingAttribute(defaultValue string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "What to do where the server has such an authorization already: `fail` with its number, `adopt` it without its token, or `replace` it by a new one, which revokes its token. Default `" + defaultValue + "`.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(onExistingFail, onExistingAdopt, onExistingReplace)},
	}
}
