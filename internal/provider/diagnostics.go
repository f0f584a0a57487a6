package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// unknownSettingsError is the error of every request while settings are unknown.
type unknownSettingsError struct{ names []string }

func (e *unknownSettingsError) Error() string {
	return fmt.Sprintf("The provider needs settings that are only known after an apply: %s. Nothing was sent. "+
		"First apply the resources that they come from, with -target, or set known values.", strings.Join(e.names, ", "))
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
// to" and the action. The detail has what to do, the request and the server's words. A
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

// detail returns the detail of a failed request: the advice, what the request was about,
// and then what happened, which ends with the server's own words.
func detail(e *ghes.Error, what, advice string) string {
	paragraphs := []string{advice, about(e, advice), what}
	paragraphs = slices.DeleteFunc(paragraphs, func(paragraph string) bool { return paragraph == "" })
	return strings.Join(paragraphs, "\n\n")
}

// about names the object, the user and the server of a request, unless the advice does, and
// the request ID.
func about(e *ghes.Error, advice string) string {
	var sentences []string
	switch {
	case e.Account == "" || strings.Contains(advice, e.Account):
	case e.Object == "":
		sentences = append(sentences, "The request was sent to the server as "+e.Account+".")
	case strings.HasPrefix(e.Account, "user "):
		sentences = append(sentences, "The request was about "+e.Object+" of "+e.Account+".")
	default:
		sentences = append(sentences, "The request was about "+e.Object+" on "+e.Account+".")
	}
	if e.RequestID != "" {
		sentences = append(sentences, "Request ID: "+e.RequestID)
	}
	return strings.Join(sentences, " ")
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
	if failed, ok := errors.AsType[*net.OpError](e); ok && failed.Op == "dial" {
		return "The provider could not connect to the server. Check base_url, DNS, the network and the proxy."
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
	{ghes.ErrMustWait, always("The server asks to wait for longer than max_wait. Run again after the time that the response below names, or raise max_wait.")},
	{ghes.ErrOTP, func(e *ghes.Error) string { return otpAdvice(e) + signedInAs(e) + noMoreRequests }},
	{ghes.ErrBadCredentials, func(e *ghes.Error) string {
		return "Invalid username or password for " + signIn(e) + ". Check username and password in the provider block, or " +
			envUsername + " and " + envPassword + " in the environment. If the server uses SAML or CAS, it accepts no passwords: use the ephemeral resource ghes_impersonation_token." + noMoreRequests
	}},
	{ghes.ErrBadToken, func(e *ghes.Error) string {
		return "The server does not accept the admin token for " + signIn(e) + ". It may be mistyped, revoked or expired. Set admin_token in the provider block, or " +
			envAdminToken + " in the environment, to a personal access token of a site administrator with the scope site_admin. " +
			"The provider sends no more requests with this token in this run."
	}},
	{ghes.ErrTokenRefused, always("The server refuses the admin token for this request. admin_token must be a classic personal access token of a site administrator with the scope site_admin.")},
	{ghes.ErrProxyAuth, always("The proxy requires a username and a password, and those in the environment are missing or wrong. Set http://USER:PASSWORD@HOST:PORT in " +
		proxyVariables + ". Percent-encode special characters, for example %40 for @. The provider sends no more requests in this run.")},
	{ghes.ErrTokenAuth, func(e *ghes.Error) string {
		return "The password is a token. This API accepts only the user's own password: set password in the provider block, or " +
			envPassword + " in the environment." + signedInAs(e) + noMoreRequests
	}},
	{ghes.ErrLockedOut, func(e *ghes.Error) string {
		return "After too many failed sign-ins, the server has locked the account for some minutes. It refuses even the right password until then. " +
			"Check the password, wait, and then run again." + signedInAs(e) + noMoreRequests
	}},
	{ghes.ErrNoPasswords, func(e *ghes.Error) string { return serverAdvice(e) + nothingChanged }},
	{ghes.ErrNotOffered, func(e *ghes.Error) string { return serverAdvice(e) + nothingChanged }},
	{ghes.ErrRedirected, always("The server redirects the request to another address or to another kind of request. The provider does not follow it, so that no other server gets the password. If the server has moved, set base_url to its current address.")},
	{ghes.ErrWantsHTTPS, always("The server at this port does not accept unencrypted http. It may use https. Check the scheme and the port in base_url.")},
	{ghes.ErrNotJSON, always("The response is not from the API. It may be from a proxy, a sign-in page, or a server that requires a client certificate. " +
		"Check that base_url is the address of the server, and check the network between this machine and the server.")},
	{ghes.ErrBadClient, always("The server has no OAuth app with this client ID and client secret. Check client_id, and client_secret or client_secret_wo.")},
	{context.DeadlineExceeded, always("The server did not respond within request_timeout. It may still have executed the request: run terraform plan to see. If the server needs longer, raise request_timeout.")},
	{ghes.ErrNotFound, always("The authorization or the grant was deleted after the plan. Run terraform plan again to see what remains to do.")},
}

// Parts of advice.
const (
	noMoreRequests = " The provider sends no more requests in this run, because repeated failures lock the account."
	nothingChanged = " The state was not changed."
)

// signedInAs names the account whose credentials were refused, and where they come from.
func signedInAs(e *ghes.Error) string {
	return " The provider tried to sign in as " + signIn(e) + "."
}

// signIn names the account of an error, and where the settings for it come from.
func signIn(e *ghes.Error) string { return e.Account + " (" + e.Origins + ")" }

// always returns advice that is the same for every error.
func always(advice string) func(*ghes.Error) string {
	return func(*ghes.Error) string { return advice }
}

func leftBehindAdvice(left *ghes.LeftBehindError) string {
	advice := "The server may have created " + left.What + " without the provider having received its token. Look for it on the server. If this run created it, delete it in the user's settings, or with DELETE /authorizations/ID: " +
		"its token is valid, and nobody has it."
	if cause, ok := errors.AsType[*ghes.Error](errors.Join(left.Unwrap()...)); ok {
		advice = strings.TrimSpace(advice + " " + errorAdvice(cause))
	}
	return advice
}

// serverAdvice explains why the provider cannot work with a server.
func serverAdvice(e *ghes.Error) string {
	const notGitHubCom = " github.com has not offered this API since November 2020."
	switch {
	case e.Server == nil:
		return "The server at base_url does not identify itself as a GitHub Enterprise Server. Check base_url." + notGitHubCom
	case e.Server.InstalledVersion == "":
		return "The server at base_url is not a GitHub Enterprise Server. Check base_url." + notGitHubCom
	case e.Server.ExternalLogin:
		return "The server is GitHub Enterprise Server " + e.Server.InstalledVersion + ", and its users sign in by SAML or CAS. It has no passwords, and this API accepts nothing else. Use the ephemeral resource ghes_impersonation_token instead."
	}
	return "The server is GitHub Enterprise Server " + e.Server.InstalledVersion + ", but this API is missing or blocked. Check base_url, and ask the administrator of the server."
}

// useNotePrefix is for a note that the authorization which is being replaced may have.
const useNotePrefix = "If you are replacing it with create_before_destroy or destroy = false, use note_prefix instead of note."

func fieldAdvice(f ghes.FieldError) string {
	switch {
	case f.Code == "already_exists" && attributeOf[f.Field] == "note":
		return "The user already has a personal access token with this note. Choose another note, or import the existing authorization by its ID. " +
			useNotePrefix
	case f.Code == "already_exists" && f.Field == "fingerprint":
		return "The user already has an authorization for this app and fingerprint. Choose another fingerprint, or import the existing authorization by its ID."
	case f.Code == "missing_field" && attributeOf[f.Field] == "note":
		return "A personal access token needs a note. Set note or note_prefix."
	}
	return ""
}
