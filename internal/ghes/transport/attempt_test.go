package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// received is when the responses of these tests arrived.
var received = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// responded returns an attempt with a response, whose headers are names and values in turn.
func responded(status int, pairs ...string) Attempt {
	return Attempt{Response: &http.Response{StatusCode: status, Header: headers(pairs...)}, Received: received}
}

func TestOutcomeOf_noResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err         error
		isConnected bool
		want        Outcome
	}{
		"no connection":                {errors.New("no route to host"), false, NotSent},
		"timeout without connection":   {context.DeadlineExceeded, false, NotSent},
		"timeout":                      {context.DeadlineExceeded, true, Unknown},
		"cancelled":                    {context.Canceled, true, Unknown},
		"connection closed":            {io.EOF, true, Unknown},
		"not HTTP":                     {errors.New("malformed HTTP response"), true, Unknown},
		"not signed":                   {&unsentError{errors.New("no code")}, true, NotSent},
		"not signed, wrapped":          {fmt.Errorf("Get: %w", &unsentError{io.EOF}), true, NotSent},
		"client certificate refused":   {errors.New("remote error: tls: certificate required"), true, NotSent},
		"header that cannot be sent":   {errors.New("net/http: invalid header field value"), true, NotSent},
		"own TLS error, no connection": {errors.New("tls: failed to verify certificate"), false, NotSent},
		"own TLS error":                {errors.New("tls: bad record MAC"), true, Unknown},
	} {
		if got := outcomeOf(Attempt{Err: test.err}, test.isConnected); got != test.want {
			t.Errorf("%s: outcome %d, want %d", name, got, test.want)
		}
	}
}

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	for status, test := range map[int]struct{ whole, cut Outcome }{
		200: {Complete, Unknown},
		201: {Complete, Unknown},
		202: {Complete, Unknown},
		204: {Complete, Unknown},
		301: {Complete, Rejected},
		304: {Complete, Rejected},
		307: {Complete, Rejected},
		400: {Complete, Rejected},
		401: {Complete, Rejected},
		403: {Complete, Rejected},
		404: {Complete, Rejected},
		407: {Complete, Rejected},
		408: {Unknown, Unknown},
		410: {Complete, Rejected},
		422: {Complete, Rejected},
		429: {Rejected, Rejected},
		499: {Unknown, Unknown},
		500: {Unknown, Unknown},
		501: {Complete, Rejected},
		502: {Unknown, Unknown},
		503: {Unknown, Unknown},
		504: {Unknown, Unknown},
		507: {Unknown, Unknown},
		520: {Unknown, Unknown},
		524: {Unknown, Unknown},
		599: {Unknown, Unknown},
	} {
		a := responded(status)
		if got := outcomeOf(a, true); got != test.whole {
			t.Errorf("%d: outcome %d, want %d", status, got, test.whole)
		}
		a.Err = io.ErrUnexpectedEOF
		if got := outcomeOf(a, true); got != test.cut {
			t.Errorf("%d, cut short: outcome %d, want %d", status, got, test.cut)
		}
		// A later hop of a redirect may have had no connection. The response counts.
		if got := outcomeOf(a, false); got != test.cut {
			t.Errorf("%d, cut short, without connection: outcome %d, want %d", status, got, test.cut)
		}
	}
}

// limitCase is a response, and whether it is a rate limit.
type limitCase struct {
	status  int
	body    string
	headers []string
	want    bool
}

func limitCases() map[string]limitCase {
	const (
		secondary = `{"message":"You have exceeded a secondary rate limit."}`
		lockedOut = `{"message":"Maximum number of login attempts exceeded. Please try again later."}`
		token     = `{"message":"This API can only be accessed with username and password Basic Auth"}`
	)
	asks, spent := []string{"Retry-After", "60"}, []string{"X-RateLimit-Remaining", "0"}
	return map[string]limitCase{
		"429":                        {429, ``, nil, true},
		"429, asks":                  {429, ``, asks, true},
		"403":                        {403, `{"message":"Suspended"}`, nil, false},
		"403, asks":                  {403, ``, asks, true},
		"403, asks for no time":      {403, ``, []string{"Retry-After", "0"}, true},
		"403, asks with a time":      {403, ``, []string{"Retry-After", "Fri, 01 May 2026 12:00:09 GMT"}, true},
		"403, asks for a past time":  {403, ``, []string{"Retry-After", "Fri, 01 May 2020 12:00:09 GMT"}, true},
		"403, invalid time":          {403, ``, []string{"Retry-After", "soon"}, false},
		"403, negative time":         {403, ``, []string{"Retry-After", "-5"}, false},
		"403, nothing remains":       {403, ``, spent, true},
		"403, something remains":     {403, ``, []string{"X-RateLimit-Remaining", "1"}, false},
		"403, secondary":             {403, secondary, nil, true},
		"403, SECONDARY":             {403, `{"message":"SECONDARY RATE LIMIT"}`, nil, true},
		"403, abuse":                 {403, `{"message":"You have triggered an abuse detection mechanism."}`, nil, true},
		"403, documented":            {403, `{"message":"No","documentation_url":"https://docs.example.com/#secondary-rate-limits"}`, nil, true},
		"403, documented as abuse":   {403, `{"documentation_url":"https://docs.example.com/#abuse-rate-limits"}`, nil, true},
		"403, cut short":             {403, secondary[:len(secondary)-2], nil, false},
		"403, locked out":            {403, lockedOut, nil, false},
		"403, locked out, asks":      {403, lockedOut, asks, false},
		"403, locked out, spent":     {403, lockedOut, spent, false},
		"403, token":                 {403, token, nil, false},
		"403, token, asks":           {403, token, asks, false},
		"503":                        {503, ``, nil, false},
		"503, asks":                  {503, ``, asks, true},
		"503, nothing remains":       {503, ``, spent, false},
		"503, secondary":             {503, secondary, nil, false},
		"401, asks":                  {401, secondary, asks, false},
		"404, asks":                  {404, secondary, asks, false},
		"422, asks":                  {422, secondary, asks, false},
		"500, asks":                  {500, secondary, asks, false},
		"502, asks":                  {502, secondary, asks, false},
		"200, asks, nothing remains": {200, secondary, append(asks, spent...), false},
	}
}

// A rate limit is a rejection, so that a create is sent again too.
func TestIsLimited(t *testing.T) {
	t.Parallel()
	for name, test := range limitCases() {
		a := responded(test.status, test.headers...)
		a.Body = []byte(test.body)
		if got := a.isLimited(); got != test.want {
			t.Errorf("%s: isLimited is %t, want %t", name, got, test.want)
		}
		if got := outcomeOf(a, true) == Rejected; got != test.want {
			t.Errorf("%s: rejected is %t, want %t", name, got, test.want)
		}
	}
}

// permanentErrors are errors that a retry would meet again.
func permanentErrors() []error {
	return []error{
		&http.MaxBytesError{Limit: MaxBody},
		fmt.Errorf("read: %w", &http.MaxBytesError{Limit: MaxBody}),
		&unsentError{errors.New("no code")},
		&ProxyError{Proxy: "proxy.example.com:3128", Status: http.StatusProxyAuthRequired},
		&ProxyError{Proxy: "proxy.example.com:3128", Status: http.StatusForbidden},
		http.ErrSchemeMismatch,
		errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
		errors.New("x509: certificate has expired"),
		errors.New("remote error: tls: certificate required"),
		errors.New("malformed HTTP response"),
		errors.New("net/http: invalid header field value"),
	}
}

// passingErrors are errors that a retry may not meet again.
func passingErrors() []error {
	return []error{
		nil, io.EOF, io.ErrUnexpectedEOF, context.DeadlineExceeded, errors.New("no route to host"),
		&ProxyError{Proxy: "proxy.example.com:3128", Status: http.StatusBadGateway},
	}
}

func TestIsPermanent(t *testing.T) {
	t.Parallel()
	for _, err := range permanentErrors() {
		if !(Attempt{Err: err}).isPermanent() {
			t.Errorf("isPermanent is false for %v", err)
		}
	}
	for _, err := range passingErrors() {
		if (Attempt{Err: err}).isPermanent() {
			t.Errorf("isPermanent is true for %v", err)
		}
	}
}

// These errors come after the server may have acted.
func TestIsUnsent_acted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`stream error: stream ID 1; PROTOCOL_ERROR; invalid header field name "X-Served-By"`,
		"remote error: tls: bad record MAC", "remote error: tls: internal error", "remote error: tls: user canceled",
	} {
		if err := errors.New(text); isUnsent(err) {
			t.Errorf("isUnsent is true for %v", err)
		}
	}
}
