package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
)

func (p *ghesProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Declares a GitHub Enterprise Server user's OAuth authorizations: personal access tokens and OAuth app tokens.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				MarkdownDescription: "Address of the server, `https://HOST`, with or without `/api/v3`. `http://` is for loopback hosts, or with `allow_http`. " + orEnv(envBaseURL),
				Optional:            true,
			},
			"username": schema.StringAttribute{
				MarkdownDescription: "The user whose authorizations are managed. " + orEnv(envUsername),
				Optional:            true,
			},
			"password": schema.StringAttribute{
				MarkdownDescription: "The user's password. The API does not take a token in its place. " + orEnv(envPassword),
				Optional:            true,
				Sensitive:           true,
			},
			"otp": schema.StringAttribute{
				MarkdownDescription: "A one-time code of the moment, for a user with two-factor authentication. It expires within a minute or so: enough for a short run. Conflicts with `totp_secret`. " + orEnv(envOTP),
				Optional:            true,
				Sensitive:           true,
			},
			"totp_secret": schema.StringAttribute{
				MarkdownDescription: "The seed of the one-time codes (base32), as GitHub Enterprise Server shows it when an authenticator app is set up. The provider computes a code for every request. Conflicts with `otp`. " + orEnv(envTOTPSecret),
				Optional:            true,
				Sensitive:           true,
			},
			"admin_token": schema.StringAttribute{
				MarkdownDescription: "A site administrator's personal access token with the scope `site_admin`. Only the ephemeral resource `ghes_impersonation_token` uses it. With it, `username` and `password` are required only for the other blocks. " + orEnv(envAdminToken),
				Optional:            true,
				Sensitive:           true,
			},
			"ca_cert_pem": schema.StringAttribute{
				MarkdownDescription: "Certificates, as PEM, to trust besides the system's: for a server with a certificate of your own authority. " + orEnv(envCACertPEM),
				Optional:            true,
			},
			"client_cert_pem": schema.StringAttribute{
				MarkdownDescription: "Certificate, as PEM, with which this client shows who it is where the server demands one; intermediate certificates follow it. Only together with `client_key_pem`. " + orEnv(envClientCertPEM),
				Optional:            true,
			},
			"client_key_pem": schema.StringAttribute{
				MarkdownDescription: "Private key of `client_cert_pem`, as PEM, not encrypted. " + orEnv(envClientKeyPEM),
				Optional:            true,
				Sensitive:           true,
			},
			"insecure_skip_verify": schema.BoolAttribute{
				MarkdownDescription: "Accept any TLS certificate. The password can then be read by whoever is on the way to the server. " + orEnv(envInsecureSkipVerify),
				Optional:            true,
			},
			"allow_http": schema.BoolAttribute{
				MarkdownDescription: "Accept an `http://` address of a host that is not loopback. The password is then sent unencrypted. " + orEnv(envAllowHTTP),
				Optional:            true,
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: "The longest that one request may take, as a Go duration such as `45s`. Default `30s`. " + orEnv(envRequestTimeout),
				Optional:            true,
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: "How often a request is repeated at most, where that is safe. Default `4`; `0` is never. " + orEnv(envMaxRetries),
				Optional:            true,
			},
			"max_wait": schema.StringAttribute{
				MarkdownDescription: "The longest that one operation waits between repeats, in all, as a Go duration. Where the server asks for more, it fails at once. Default `60s`. " + orEnv(envMaxWait),
				Optional:            true,
			},
		},
	}
}

func orEnv(name string) string { return "Can be set with `" + name + "` in the environment instead." }
