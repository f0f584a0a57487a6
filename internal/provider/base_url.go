package provider

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// parseBaseURL returns the root of the API for the address of a server as a user gives it:
// https://HOST, with or without /api/v3 and a trailing slash. Unencrypted http:// is for loopback
// hosts, or with allowHTTP for any host. Errors do not repeat the address, since it may contain a
// password.
func parseBaseURL(address string, allowHTTP bool) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("it is not a valid URL")
	}
	if err := checkHost(u, allowHTTP); err != nil {
		return nil, err
	}
	switch {
	case u.User != nil:
		return nil, errors.New("it must not contain a username or a password; set the arguments username and password")
	case u.RawPath != "":
		return nil, errors.New("its path must not contain escapes")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(address, "#"):
		return nil, errors.New("it must not contain a query or a fragment")
	}
	root := strings.TrimRight(u.Path, "/")
	if !strings.HasSuffix(root, "/api/v3") {
		root += "/api/v3"
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.TrimSuffix(u.Host, ":"), Path: root + "/"}, nil
}

func checkHost(u *url.URL, allowHTTP bool) error {
	port, portErr := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return errors.New("it must look like https://HOST, with the scheme")
	case u.Port() != "" && (portErr != nil || port == 0):
		return errors.New("its port is not a number from 1 to 65535")
	case u.User == nil && u.Scheme == "http" && !allowHTTP && !isLoopback(u.Hostname()):
		return errors.New("the password would be sent unencrypted over http://; use https://, or set allow_http")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
