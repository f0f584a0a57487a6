package provider

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes"
)

// clients returns the client that signs in as the user, and the one that signs in with the
// admin token, for a CLI of that version. They send nothing. Calls of a client whose
// settings are unknown or missing fail.
func (s *settings) clients(p *ghesProvider, cliVersion string) (user, admin *ghes.Client) {
	config := ghes.Config{
		Connection: ghes.Connection{
			BaseURL:      s.baseURL,
			UserAgent:    p.userAgent(cliVersion),
			Timeout:      s.requestTimeout,
			RoundTripper: loggingTransport{s.transport(p.now), &s.secrets},
			Secrets:      &s.secrets,
		},
		MaxRetries: s.maxRetries,
		MaxWait:    s.maxWait,
		Backoff:    p.backoff,
		Now:        p.now,
		ReadsByID:  p.readsByID,
	}
	return s.userClient(config, p.now), s.adminClient(config)
}

func (s *settings) userClient(config ghes.Config, now func() time.Time) *ghes.Client {
	if unknown := s.unknownExcept("admin_token"); len(unknown) > 0 {
		return ghes.Unavailable(&unknownSettingsError{unknown})
	}
	if s.username == "" || s.password == "" {
		return ghes.Unavailable(s.missingCredentials())
	}
	config.Username, config.Password = s.username, s.password
	config.OTP, config.OTPFixed = s.codes(now), s.otp != ""
	config.Account, config.Origins = s.account().String(), s.describeCredentials()
	return ghes.NewClient(config)
}

func (s *settings) adminClient(config ghes.Config) *ghes.Client {
	if unknown := s.unknownExcept("username", "password", "otp", "totp_secret"); len(unknown) > 0 {
		return ghes.Unavailable(&unknownSettingsError{unknown})
	}
	if s.adminToken == "" {
		return ghes.Unavailable(missingSettingsError("To create an impersonation token, the provider needs the personal access token of a site administrator. " +
			howToSet("admin_token", envAdminToken)))
	}
	config.Token = s.adminToken
	config.Account, config.Origins = serverName(s.baseURL), s.describeOrigins("base_url", "admin_token")
	return ghes.NewClient(config)
}

// unknownExcept returns the names of the unknown arguments, without these.
func (s *settings) unknownExcept(names ...string) []string {
	return slices.DeleteFunc(slices.Clone(s.unknown), func(name string) bool { return slices.Contains(names, name) })
}

// missingCredentials is the error of requests as the user if only an admin token is set.
func (s *settings) missingCredentials() error {
	text := "The server accepts the admin token for ghes_impersonation_token only. All other requests need a username and a password."
	if s.username == "" {
		text += " " + howToSet("username", envUsername)
	}
	if s.password == "" {
		text += " " + howToSet("password", envPassword)
	}
	return missingSettingsError(text)
}

// describeCredentials says where the server's address and the credentials come from.
func (s *settings) describeCredentials() string {
	names := []string{"base_url", "username", "password"}
	if s.otp != "" {
		names = append(names, "otp")
	}
	if s.totpSecret != "" {
		names = append(names, "totp_secret")
	}
	return s.describeOrigins(names...)
}

// describeOrigins says where the values of arguments come from.
func (s *settings) describeOrigins(names ...string) string {
	for i, name := range names {
		names[i] = name + " from " + s.origins[name]
	}
	return strings.Join(names, ", ")
}

// userAgent names the provider and the CLI, and adds the value of TF_APPEND_USER_AGENT.
func (p *ghesProvider) userAgent(cliVersion string) string {
	agent := fmt.Sprintf("terraform-provider-ghes/%s Terraform/%s", p.version, cliVersion)
	// Every request would fail with a control character, such as a line break.
	more := strings.FieldsFunc(os.Getenv("TF_APPEND_USER_AGENT"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.Join(append([]string{agent}, more...), " ")
}
