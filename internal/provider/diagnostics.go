package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// unknownSettingsError is what every call ends in while settings are unknown.
type unknownSettingsError struct{ names []string }

func (e *unknownSettingsError) Error() string {
	return fmt.Sprintf("The server has to be asked, but these provider settings will only be known after an apply: %s. "+
		"Apply what they come from first, with -target, or set them to values that are known.", strings.Join(e.names, ", "))
}

// attributeOf maps the fields that the server complains about to attributes.
// It calls a note "description".
var attributeOf = map[string]string{
	"description":   "note",
	"note":          "note",
	"note_url":      "note_url",
	"url":           "note_url",
	"scopes":        "scopes",
	"fingerprint":   "fingerprint",
	"client_id":     "client_id",
	"client_secret": "client_id", // not the secret: the CLI would print its line
}

// apiErrors turns an error of the client into diagnostics: "Unable to" and the
// action, then what the server said of which request, and what to do about it.
// A 422 gives one for each field, on its attribute.
func apiErrors(action string, err error) diag.Diagnostics {
	return apiErrorsOn(attributeOf, action, err)
}

// apiErrorsOn is apiErrors for a block with attributes of its own for the fields.
func apiErrorsOn(attributes map[string]string, action string, err error) diag.Diagnostics {
	summary := "Unable to " + action
	e, ok := errors.AsType[*ghes.Error](err)
	if !ok && errors.Is(err, context.Canceled) {
		return diag.Diagnostics{diag.NewErrorDiagnostic(summary, "The run was interrupted before the server answered.")}
	}
	if !ok {
		return diag.Diagnostics{diag.NewErrorDiagnostic(summary, err.Error())}
	}
	if len(e.Fields) == 0 {
		d := diag.NewErrorDiagnostic(summary, detail(e, e.Error(), advice(e)))
		if errors.Is(err, ghes.ErrBadClient) {
			return diag.Diagnostics{diag.WithPath(path.Root("client_id"), d)}
		}
		return diag.Diagnostics{d}
	}
	var diags diag.Diagnostics
	for _, field := range e.Fields {
		one := *e
		one.Fields = []ghes.FieldError{field}
		var d diag.Diagnostic = diag.NewErrorDiagnostic(summary, detail(e, one.Error(), fieldAdvice(field)))
		if attribute, ok := attributes[field.Field]; ok {
			d = diag.WithPath(path.Root(attribute), d)
		}
		diags.Append(d)
	}
	return diags
}

func detail(e *ghes.Error, what, advice string) string {
	paragraphs := []string{what}
	if advice != "" {
		paragraphs = append(paragraphs, advice)
	}
	if e.RequestID != "" {
		paragraphs = append(paragraphs, "Request ID: "+e.RequestID)
	}
	return strings.Join(paragraphs, "\n\n")
}

// advice says what the user can do about an error, "" where nobody knows.
func advice(e *ghes.Error) string {
	const nothingMore = " Nothing more is sent in this run, since repeated failures lock the account."
	if left, ok := errors.AsType[*ghes.LeftBehindError](e); ok {
		next := ""
		if cause, ok := errors.AsType[*ghes.Error](errors.Join(left.Unwrap()...)); ok {
			next = advice(cause)
		}
		return strings.TrimSpace("Look on the server for " + left.What() + ". If this run made it, nobody has its token, which is valid: " +
			"delete it in the user's settings, or with DELETE /authorizations/NUMBER. " + next)
	}
	switch {
	case errors.Is(e, ghes.ErrMustWait):
		return "Run again after that time, or set max_wait to more than the server asks for."
	case errors.Is(e, ghes.ErrOTP):
		return otpAdvice(e) + nothingMore
	case errors.Is(e, ghes.ErrBadCredentials):
		return "The server does not accept this user name and password. Check username and password in the provider block, or " +
			envUsername + " and " + envPassword + " in the environment. A server whose users sign in by SAML or CAS knows no passwords, so it accepts none." + nothingMore
	case errors.Is(e, ghes.ErrTokenAuth):
		return "The password is a token. This API takes the user's own password only; set it with password in the provider block, or " +
			envPassword + " in the environment."
	case errors.Is(e, ghes.ErrLockedOut):
		return "The server refuses all logins of this user for a while, right ones too. Wait some minutes, make sure of the password, then run again." + nothingMore
	case errors.Is(e, ghes.ErrNoPasswords), errors.Is(e, ghes.ErrNotOffered):
		return serverAdvice(e) + " Nothing was changed in the state."
	case errors.Is(e, ghes.ErrRedirected):
		return "A redirect is followed only on the same server, and only as the same request: the password goes nowhere else. If the server has moved, set base_url to its new address."
	case errors.Is(e, ghes.ErrWantsHTTPS):
		return "What listens there does not take unencrypted http; it may speak https. Check the scheme and the port in base_url."
	case errors.Is(e, ghes.ErrNotJSON):
		return "Something other than the API answered, such as a proxy, a sign-in page, or a server that demands a client certificate. Check base_url, which is the server's address without any path but /api/v3, and what is between here and the server."
	case errors.Is(e, ghes.ErrBadClient):
		return "Check client_id and the client secret: the server has no OAuth app with both."
	case errors.Is(e, context.DeadlineExceeded):
		return "Raise request_timeout if the server needs longer. It may have done what was asked for all the same; run plan again to see."
	case errors.Is(e, ghes.ErrNotFound):
		return "It was deleted in the meantime. Run plan again to see what is left to do."
	}
	if handshake, ok := errors.AsType[*handshakeError](e); ok {
		return handshake.advice
	}
	return ""
}

// serverAdvice says of a server that cannot serve this provider which kind it
// is, and what to do.
func serverAdvice(e *ghes.Error) string {
	switch {
	case e.Server == nil:
		return "Check base_url: it has to be the address of a GitHub Enterprise Server, and what answers there does not say that it is one. github.com has not had this API since November 2020."
	case e.Server.InstalledVersion == "":
		return "Check base_url: what answers there is no GitHub Enterprise Server, by what it says of itself. github.com has not had this API since November 2020."
	case e.Server.ExternalLogin:
		return "This is GitHub Enterprise Server " + e.Server.InstalledVersion + ", and its users sign in by SAML or CAS: it knows no passwords, and this API takes nothing else. An account of such a server cannot use this provider."
	}
	return "Check base_url: what answers there is GitHub Enterprise Server " + e.Server.InstalledVersion + ", but without this API, or behind something that keeps it away. Ask who runs the server."
}

func fieldAdvice(f ghes.FieldError) string {
	switch {
	case f.Code == "already_exists" && attributeOf[f.Field] == "note":
		return "The user has another personal access token with this note. Choose another note, or import the existing authorization by its number. With create_before_destroy it is the one that is being replaced: the note has to change as well."
	case f.Code == "already_exists" && f.Field == "fingerprint":
		return "The user has an authorization for this app and fingerprint already. Choose another fingerprint, or import the existing authorization by its number."
	case f.Code == "missing_field" && attributeOf[f.Field] == "note":
		return "A personal access token needs a note."
	}
	return ""
}
