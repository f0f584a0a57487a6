package ghessim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// apiVersion is the only one that any server knows so far (documented).
const apiVersion = "2022-11-28"

// lockout is how long a user whose password was wrong too often is refused.
// Assumption: the documentation says "later".
const lockout = time.Hour

type failures struct {
	count int
	last  time.Time
}

// admit decides whether a request gets as far as its handler, and whose it is.
// Assumption: only that the code comes before validation is known of the order.
func (s *Server) admit(rt route, r *http.Request) (login string, f *fault) {
	if r.UserAgent() == "" {
		// JSON that calls itself something else (recorded 2012).
		return "", &fault{
			status:      http.StatusForbidden,
			message:     "Missing or invalid User Agent string. See http://developer.github.com/v3/#user-agent-required",
			contentType: "application/octet-stream",
		}
	}
	// Assumption: an operation that is not there does not ask who is calling.
	if s.options.NoAuthorizations && !rt.open && rt.scope == "" {
		return "", notFound()
	}
	user, f := s.authenticate(rt, r)
	if f != nil {
		return "", f
	}
	if rt.scope != "" {
		user, f = s.siteAdmin(rt, r)
	} else {
		f = s.secondFactor(user, r)
	}
	if f != nil {
		return "", f
	}
	if f := s.checkAPIVersion(r); f != nil {
		return "", f
	}
	return user.Login, nil
}

// authenticate finds the user whose password the request has. For an open route that may be nobody.
func (s *Server) authenticate(rt route, r *http.Request) (User, *fault) {
	switch scheme, _ := authorization(r); scheme {
	case "basic":
		login, password, ok := r.BasicAuth()
		switch {
		case !ok:
			return User{}, badCredentials()
		case s.withToken(password) != nil || s.withToken(login) != nil:
			return User{}, tokenFault(rt)
		default:
			return s.checkPassword(login, password)
		}
	case "token", "bearer":
		// Assumption: a token that is not valid is refused as such before the operation is looked at.
		if s.headerToken(r) == nil {
			return User{}, badCredentials()
		}
		return User{}, tokenFault(rt)
	default:
		return User{}, s.anonymousFault(rt)
	}
}

func (s *Server) anonymousFault(rt route) *fault {
	switch {
	case s.options.PrivateMode:
		return &fault{status: http.StatusUnauthorized, message: "Must authenticate to access this API."}
	case rt.open:
		return nil
	default:
		return &fault{status: http.StatusUnauthorized, message: "Requires authentication"}
	}
}

// siteAdmin finds the site administrator whose token the request has. A token that lacks a scope finds nothing, as was
// recorded for another operation. Assumption: a password and the token of another user find nothing either.
func (s *Server) siteAdmin(rt route, r *http.Request) (User, *fault) {
	token := s.headerToken(r)
	if token == nil || !slices.Contains(token.Scopes, rt.scope) {
		return User{}, notFound()
	}
	user, ok := s.user(token.Login)
	if !ok || !user.SiteAdmin {
		return User{}, notFound()
	}
	return user, nil
}

// tokenFault is the same for a token in a header and one given as Basic password (quoted for GHES 2.6 and for
// github.com in 2017). Assumption: GHES 3.x still says 403, not the 404 of 2013.
func tokenFault(rt route) *fault {
	if rt.open || rt.scope != "" {
		return nil
	}
	return &fault{
		status:  http.StatusForbidden,
		message: "This API can only be accessed with username and password Basic Auth",
		page:    "/oauth_authorizations/#oauth-authorizations-api",
	}
}

// authorization splits the header of that name into the scheme, in lower case, and the credentials.
func authorization(r *http.Request) (scheme, credentials string) {
	scheme, credentials, _ = strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.ToLower(scheme), strings.TrimSpace(credentials)
}

// headerToken finds the authorization whose token the request has in its header, or nil.
func (s *Server) headerToken(r *http.Request) *Authorization {
	scheme, credentials := authorization(r)
	if scheme != "token" && scheme != "bearer" {
		return nil
	}
	return s.withToken(credentials)
}

// withToken finds the authorization with that token, or nil.
func (s *Server) withToken(token string) *Authorization {
	for _, a := range s.authorizations {
		if token != "" && a.Token == token {
			return a
		}
	}
	return nil
}

// user finds a user. Assumption: logins ignore case, as they do in a browser.
func (s *Server) user(login string) (User, bool) {
	i := slices.IndexFunc(s.options.Users, func(u User) bool { return strings.EqualFold(u.Login, login) })
	if i < 0 {
		return User{}, false
	}
	return s.options.Users[i], true
}

func (s *Server) checkPassword(login, password string) (User, *fault) {
	// Assumption: where passwords are checked elsewhere, none is ever right, and none counts as a failure.
	if s.options.ExternalAuth {
		return User{}, badCredentials()
	}
	now := s.options.Now()
	login = strings.ToLower(login)
	failed := s.failures[login]
	if failed.count >= s.options.MaxLoginFailures {
		if now.Sub(failed.last) < lockout {
			// Documented: the right password is refused as well.
			return User{}, &fault{
				status:  http.StatusForbidden,
				message: "Maximum number of login attempts exceeded. Please try again later.",
			}
		}
		failed.count = 0
	}
	user, ok := s.user(login)
	if !ok || user.Password != password {
		s.failures[login] = failures{count: failed.count + 1, last: now}
		return User{}, badCredentials()
	}
	delete(s.failures, login)
	return user, nil
}

// secondFactor requires a code with every request that has a password. A wrong code gets the same response as no
// code (quoted from octokit). Assumption: wrong codes do not count towards the lockout.
func (s *Server) secondFactor(user User, r *http.Request) *fault {
	if user.VerifyOTP == nil {
		return nil
	}
	if code := r.Header.Get("X-GitHub-OTP"); code != "" && user.VerifyOTP(code, s.options.Now()) {
		return nil
	}
	return &fault{
		status:  http.StatusUnauthorized,
		message: "Must specify two-factor authentication OTP code.",
		page:    "/auth#working-with-two-factor-authentication",
		// Assumption: always "app", for GHES sends no SMS. "sms" was recorded on github.com.
		header: http.Header{"X-Github-Otp": {"required; app"}},
	}
}

func (s *Server) checkAPIVersion(r *http.Request) *fault {
	asked := r.Header.Get("X-GitHub-Api-Version")
	if asked == "" || asked == apiVersion || !s.version.hasAPIVersions() {
		return nil
	}
	// The words are those of github.com's response of 2023, as it was quoted.
	return &fault{
		status: http.StatusBadRequest,
		message: `Bad Request: The version you specified in the "X-GitHub-API-Version" request header, ` + strconv.Quote(asked) +
			`, is not a supported version. The following versions are currently supported: "` + apiVersion + `" (most recent).`,
	}
}
