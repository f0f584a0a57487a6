package provider

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// readProxy checks the proxy of the environment, which net/http uses for base_url: if the
// variable is no valid URL, net/http ignores it and connects directly. Errors and logs
// redact the credentials of the proxy.
func (s *settings) readProxy(getenv func(string) string) {
	if s.baseURL == nil {
		return
	}
	name := strings.ToUpper(s.baseURL.Scheme) + "_PROXY"
	value := getenv(name)
	if value == "" {
		name = strings.ToLower(name)
		value = getenv(name)
	}
	if value == "" {
		return
	}
	proxy, err := parseProxy(value)
	if err != nil {
		s.diags.AddError("Invalid proxy setting", fmt.Sprintf(
			"The variable %s in the environment is not a valid proxy URL, such as http://USER:PASSWORD@HOST:PORT. Special characters in the username and the password must be percent-encoded: %% as %%25, for example.", name))
		return
	}
	if password, ok := proxy.User.Password(); ok {
		s.secrets.Add(password, base64.RawStdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password)))
	}
}

// parseProxy parses a proxy as net/http does, which accepts one without a scheme.
func parseProxy(value string) (*url.URL, error) {
	proxy, err := url.Parse(value)
	if err != nil || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, proxy.Scheme) {
		proxy, err = url.Parse("http://" + value)
	}
	if err == nil && proxy.Hostname() == "" {
		err = fmt.Errorf("it has no host")
	}
	return proxy, err
}
