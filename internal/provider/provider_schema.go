package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
)

func (p *ghesProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Personal access tokens and OAuth app tokens of a GitHub Enterprise Server user.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				MarkdownDescription: "URL of the server: `https://HOST`, with or without `/api/v3`. Must begin with `https://`, except for a loopback host or with `allow_http`. " + fromEnv(envBaseURL),
				Optional:            true,
			},
			"username": schema.StringAttribute{
				MarkdownDescription: "Username. The provider manages the authorizations of this user. " + fromEnv(envUsername),
				Optional:            true,
			},
			"password": schema.StringAttribute{
				MarkdownDescription: "Password of the user. The API does not accept a token in its place. " + fromEnv(envPassword),
				Optional:            true,
				Sensitive:           true,
			},
			"otp": schema.StringAttribute{
				MarkdownDescription: "One-time code of a user with two-factor authentication, for a short run. Conflicts with `totp_secret`. The run must finish before the code expires, which takes about a minute. " + fromEnv(envOTP),
				Optional:            true,
				Sensitive:           true,
			},
			"totp_secret": schema.StringAttribute{
				MarkdownDescription: "TOTP secret (base32) of a user with two-factor authentication. Conflicts with `otp`. GitHub Enterprise Server shows it when you set up an authenticator app. The provider computes a one-time code for every request. " + fromEnv(envTOTPSecret),
				Optional:            true,
				Sensitive:           true,
			},
			"admin_token": schema.StringAttribute{
				MarkdownDescription: "Personal access token of a site administrator, with the scope `site_admin`. Only the ephemeral resource `ghes_impersonation_token` uses it. With it, `username` and `password` are required only for the other blocks. " + fromEnv(envAdminToken),
				Optional:            true,
				Sensitive:           true,
			},
			"ca_cert_pem": schema.StringAttribute{
				MarkdownDescription: "PEM certificates of a private CA. The provider trusts them in addition to the certificates of the system. " + fromEnv(envCACertPEM),
				Optional:            true,
			},
			"client_cert_pem": schema.StringAttribute{
				MarkdownDescription: "PEM client certificate for mutual TLS, followed by any intermediate certificates. Requires `client_key_pem`. " + fromEnv(envClientCertPEM),
				Optional:            true,
			},
			"client_key_pem": schema.StringAttribute{
				MarkdownDescription: "PEM private key of `client_cert_pem`. Must not be encrypted. Requires `client_cert_pem`. " + fromEnv(envClientKeyPEM),
				Optional:            true,
				Sensitive:           true,
			},
			"insecure_skip_verify": schema.BoolAttribute{
				MarkdownDescription: "Whether to disable TLS verification. **This exposes the password to interception.** " + fromEnvOr(envInsecureSkipVerify, "false"),
				Optional:            true,
			},
			"allow_http": schema.BoolAttribute{
				MarkdownDescription: "Whether to accept an `http://` URL for a host that is not a loopback host. **The provider then sends the password unencrypted.** " + fromEnvOr(envAllowHTTP, "false"),
				Optional:            true,
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: "Timeout of each attempt of a request, as a Go duration such as `45s`. " + fromEnvOr(envRequestTimeout, "30s"),
				Optional:            true,
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: "Maximum number of retries of a request. `0` disables retries. The provider retries only if a retry cannot create a second token. " + fromEnvOr(envMaxRetries, "4"),
				Optional:            true,
			},
			"max_wait": schema.StringAttribute{
				MarkdownDescription: "Maximum total wait between the retries of one operation, as a Go duration. If the server asks for a longer wait, the operation fails immediately. " + fromEnvOr(envMaxWait, "60s"),
				Optional:            true,
			},
		},
	}
}

// fromEnv is the end of the description of an argument that an environment variable can set as well.
func fromEnv(name string) string { return "Default: the environment variable `" + name + "`." }

// fromEnvOr is fromEnv for an argument that has another default as well.
func fromEnvOr(name, value string) string {
	return "Default: the environment variable `" + name + "`, or `" + value + "` if it is not set."
}
