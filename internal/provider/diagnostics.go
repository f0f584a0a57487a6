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

// unknownSettingsError is the error of every request while settings are unknown.
type unknownSettingsError struct{ names []string }

func (e *unknownSettingsError) Error() string {
	return fmt.Sprintf("The provider has to send a request, but these provider settings will only be known after an apply: %s. "+
		"Apply the resources that they come from first, with -target, or set known values.", strings.Join(e.names, ", "))
}

// missingSettingsError is the error of every request for which settings are missing.
type missingSettingsError string

func (e missingSettingsError) Error() string { return string(e) }

// attributeOf maps the fields in a 422 to attributes. The server calls a note
// "description".
var attributeOf = map[string]string{
	"description":   "note",
	"note":          "note",
	"note_url":      "note_url",
	"url":           "note_url",
	"scopes":        "scopes",
	"fingerprint":   "fingerprint",
	"client_id":     "client_id",
	"client_secret": "client_id", // not client_secret, since the CLI would print the line with the secret
}

// apiErrors returns the diagnostics for an error of the client. The summary is "Unable
// to" and the action. The detail has the request, the server's words and what to do. A
// 422 gives one diagnostic for each field, on its attribute.
func apiErrors(action string, err error) diag.Diagnostics {
	return apiErrorsOn(attributeOf, action, err)
}

// apiErrorsOn is apiErrors for a block whose attributes for the fields are these.
func apiErrorsOn(attributes map[string]string, action string, err error) diag.Diagnostics {
	summary := "Unable to " + action
	e, ok := errors.AsType[*ghes.Error](err)
	if !ok && errors.Is(err, context.Canceled) {
		return diag.Diagnostics{diag.NewErrorDiagnostic(summary, "The run was interrupted before the server responded.")}
	}
	if !ok {
		return diag.Diagnostics{diag.NewErrorDiagnostic(summary, err.Error())}
	}
	if notSent, ok := errors.AsType[*ghes.NotSentError](err); ok && notSent.IsRefusal {
		return diag.Diagnostics{diag.NewErrorDiagnostic(summary, refusedBefore(notSent.First))}
	}
	if errors.Is(err, ghes.ErrProxyAuth) {
		// The proxy may repeat the username, which is not redacted.
		e = &ghes.Error{Method: e.Method, Path: e.Path, Attempts: e.Attempts, Err: e.Err}
	}
	_, isLeftBehind := errors.AsType[*ghes.LeftBehindError](err)
	if len(e.Fields) == 0 || isLeftBehind {
		d := diag.NewErrorDiagnostic(summary, detail(e, e.Error(), errorAdvice(e)))
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

// refusals are the errors after which a run sends no more requests.
var refusals = []error{ghes.ErrBadCredentials, ghes.ErrBadToken, ghes.ErrOTP, ghes.ErrTokenAuth, ghes.ErrLockedOut, ghes.ErrNoPasswords, ghes.ErrProxyAuth}

// refusedBefore refers in one line to the first error of a run whose credentials are refused.
func refusedBefore(first error) string {
	reason := ""
	for _, refusal := range refusals {
		if errors.Is(first, refusal) {
			reason = ": " + refusal.Error()
		}
	}
	return "Not sent, because an earlier request of this run was refused" + reason + ". The error of that request says what to do."
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

// errorAdvice says what the user can do about an error. It is "" if there is nothing
// to say.
func errorAdvice(e *ghes.Error) string {
	if left, ok := errors.AsType[*ghes.LeftBehindError](e); ok {
		return leftBehindAdvice(left)
	}
	for _, rule := range adviceRules {
		if errors.Is(e, rule.err) {
			return rule.advice(e)
		}
	}
	if advised, ok := errors.AsType[*advisedError](e); ok {
		return advised.advice
	}
	return ""
}

// adviceRule says what to do about errors that are err.
type adviceRule struct {
	err    error
	advice func(*ghes.Error) string
}

// adviceRules are in order of precedence, since an error may match several.
var adviceRules = []adviceRule{
	{ghes.ErrMustWait, always("Run again after that time, or set max_wait to more than the server asks for.")},
	{ghes.ErrOTP, func(e *ghes.Error) string { return otpAdvice(e) + signedInAs(e) + noMoreRequests }},
	{ghes.ErrBadCredentials, func(e *ghes.Error) string {
		return "Invalid username or password for " + e.Account + ". Check username and password in the provider block, or " +
			envUsername + " and " + envPassword + " in the environment. A server whose users sign in by SAML or CAS accepts no passwords: use the ephemeral resource ghes_impersonation_token there." + noMoreRequests
	}},
	{ghes.ErrBadToken, func(e *ghes.Error) string {
		return "The server does not accept the admin token for " + e.Account + ". It may be mistyped, revoked or expired. Set admin_token in the provider block, or " +
			envAdminToken + " in the environment, to a personal access token of a site administrator with the scope site_admin. " +
			"The provider sends no more requests with this token in this run."
	}},
	{ghes.ErrTokenRefused, always("The server refuses the admin token for this request. admin_token must be a classic personal access token of a site administrator with the scope site_admin.")},
	{ghes.ErrProxyAuth, always("The proxy requires a username and a password, and the environment has none or wrong ones. Set them as http://USER:PASSWORD@HOST:PORT in " +
		proxyVariables + ". Percent-encode special characters, for example %40 for @. The provider sends no more requests in this run.")},
	{ghes.ErrTokenAuth, func(e *ghes.Error) string {
		return "The password is a token. This API accepts only the user's own password: set password in the provider block, or " +
			envPassword + " in the environment." + signedInAs(e) + noMoreRequests
	}},
	{ghes.ErrLockedOut, func(e *ghes.Error) string {
		return "After too many failed sign-ins, the server refuses every sign-in of this user for some minutes, even with the right password. " +
			"Check the password, wait, and run again." + signedInAs(e) + noMoreRequests
	}},
	{ghes.ErrNoPasswords, func(e *ghes.Error) string { return serverAdvice(e) + nothingChanged }},
	{ghes.ErrNotOffered, func(e *ghes.Error) string { return serverAdvice(e) + nothingChanged }},
	{ghes.ErrRedirected, always("The provider follows a redirect only on the same server and with the same request, so that the password goes to no other server. If the server has moved, set base_url to its new address.")},
	{ghes.ErrWantsHTTPS, always("The server at this port does not accept unencrypted http. It may use https. Check the scheme and the port in base_url.")},
	{ghes.ErrNotJSON, always("The response is not from the API. It may be from a proxy, a sign-in page, or a server that requires a client certificate. " +
		"Check base_url, which is the address of the server, and the network between this machine and the server.")},
	{ghes.ErrBadClient, always("Check client_id and the client secret: the server has no OAuth app with both.")},
	{context.DeadlineExceeded, always("Raise request_timeout if the server needs longer. The server may have executed the request after all. Run plan again to see.")},
	{ghes.ErrNotFound, always("It was deleted in the meantime. Run plan again to see what remains to do.")},
}

// Parts of advice.
const (
	noMoreRequests = " The provider sends no more requests in this run, since repeated failures lock the account."
	nothingChanged = " Nothing was changed in the state."
)

// signedInAs names the account whose credentials were refused, and where they come from.
func signedInAs(e *ghes.Error) string {
	return " The provider tried to sign in as " + e.Account + "."
}

// always returns advice that is the same for every error.
func always(advice string) func(*ghes.Error) string {
	return func(*ghes.Error) string { return advice }
}

func leftBehindAdvice(left *ghes.LeftBehindError) string {
	advice := "Look on the server for " + left.What + ". If this run created it, its token is valid, and nobody has it: " +
		"delete it in the user's settings, or with DELETE /authorizations/ID."
	if cause, ok := errors.AsType[*ghes.Error](errors.Join(left.Unwrap()...)); ok {
		advice = strings.TrimSpace(advice + " " + errorAdvice(cause))
	}
	return advice
}

// serverAdvice explains why the provider cannot work with a server.
func serverAdvice(e *ghes.Error) string {
	const notGitHubCom = " github.com has not had this API since November 2020."
	switch {
	case e.Server == nil:
		return "Check base_url: it must be the address of a GitHub Enterprise Server, and the server there does not say that it is one." + notGitHubCom
	case e.Server.InstalledVersion == "":
		return "Check base_url: the server there says that it is not a GitHub Enterprise Server." + notGitHubCom
	case e.Server.ExternalLogin:
		return "This is GitHub Enterprise Server " + e.Server.InstalledVersion + ", and its users sign in by SAML or CAS. It has no passwords, and this API accepts nothing else. Only the ephemeral resource ghes_impersonation_token works there."
	}
	return "Check base_url: the server there is GitHub Enterprise Server " + e.Server.InstalledVersion + ", but this API is missing or blocked. Ask the administrator of the server."
}

func fieldAdvice(f ghes.FieldError) string {
	switch {
	case f.Code == "already_exists" && attributeOf[f.Field] == "note":
		return "The user has another personal access token with this note. Choose another note, or import the existing authorization by its ID. With create_before_destroy or destroy = false, it may be the authorization that is being replaced: then change the note as well."
	case f.Code == "already_exists" && f.Field == "fingerprint":
		return "The user has an authorization for this app and fingerprint already. Choose another fingerprint, or import the existing authorization by its ID."
	case f.Code == "missing_field" && attributeOf[f.Field] == "note":
		return "A personal access token needs a note."
	}
	return ""
}
