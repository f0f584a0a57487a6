// Package ghes is a client for the OAuth Authorizations API of GitHub Enterprise Server: the ten
// operations below /authorizations and /applications/grants, and the two for impersonation tokens.
// It knows nothing of Terraform.
package ghes

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghes/transport"
	"github.com/ghes-tools/terraform-provider-ghes/internal/redact"
)

// Connection is transport.Config.
type Connection = transport.Config

// CheckProxyResponse and WithGrace are those of package transport.
var (
	CheckProxyResponse = transport.CheckProxyResponse
	WithGrace          = transport.WithGrace
)

// Config says how a client talks to a server.
type Config struct {
	Connection
	Account    string           // names the user and the server, for errors
	Origins    string           // says where the credentials come from, for errors
	OTPFixed   bool             // OTP always returns the same code, which expires during the run
	MaxRetries int              // how often a request is sent again at most
	MaxWait    time.Duration    // how long a call waits between its attempts at most, in total
	Backoff    time.Duration    // about the first of these waits; each later one is twice as long. 0 is 500 ms
	Now        func() time.Time // this machine's time, to compare the server's with; nil is time.Now
	ReadsByID  bool             // reads every authorization by its ID, to measure what the list cache saves
}

// Client calls the OAuth Authorizations API as one user, with one credential: a password, or a site
// administrator's token. It is safe for concurrent use. Its errors are *Error, the context's, or the
// reason given to Unavailable.
type Client struct {
	config      Config
	transport   *transport.Client
	unavailable error

	gate        loginGate
	list        atomic.Pointer[listCache]
	askOffered  singleflight.Group
	offered     atomic.Pointer[error] // nil until it is known; then to a nil error or ErrNotOffered
	askServer   sync.Once
	server      *ServerInfo // the result of askServer
	dates       clockOffset // of the Date headers
	creations   clockOffset // of the times at which authorizations were created
	known       sync.Map    // the IDs of authorizations that this client has read, changed or created
	creating    sync.Map    // of *semaphore.Weighted, by what is created
	stopCreates atomic.Pointer[LeftBehindError]
}

// NewClient returns a client for cfg. It sends nothing.
func NewClient(cfg Config) *Client {
	cfg.Secrets = cmp.Or(cfg.Secrets, &redact.Secrets{})
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Backoff = cmp.Or(cfg.Backoff, 500*time.Millisecond)
	cfg.Secrets.Add(cfg.Token, cfg.Password, base64.RawStdEncoding.EncodeToString([]byte(cfg.Username+":"+cfg.Password)))
	c := &Client{config: cfg, transport: transport.New(cfg.Connection)}
	c.list.Store(newListCache())
	return c
}

// Unavailable returns a client whose calls all fail with reason: the settings are not known yet.
func Unavailable(reason error) *Client {
	return &Client{unavailable: reason, config: Config{Connection: Connection{BaseURL: &url.URL{}, Secrets: &redact.Secrets{}}}}
}

// Secrets returns what redacts this client's errors. The caller can add secrets of its own.
func (c *Client) Secrets() *redact.Secrets { return c.config.Secrets }

// throughGate makes one call of this API once the login gate lets it. r names the call in errors.
func throughGate[T any](ctx context.Context, c *Client, r transport.Request, call func() (T, error)) (value T, err error) {
	if c.unavailable != nil {
		return value, c.unavailable
	}
	leave, err := c.gate.enter(ctx)
	if _, isShared := errors.AsType[*NotSentError](err); isShared {
		err = c.newError(r, err)
	}
	if err != nil {
		return value, err
	}
	value, err = call()
	leave(err)
	return value, err
}

// budget returns what a call may spend on sending its next request again, and wait for it in total.
func (c *Client) budget(wait time.Duration) transport.Budget {
	return transport.NewBudget(c.config.MaxRetries, wait, c.config.Backoff)
}

// send sends a request within a budget. A write empties the list cache before and after, since a
// list that is read meanwhile may be from before the write.
func (c *Client) send(ctx context.Context, r transport.Request, budget transport.Budget) (transport.Attempt, transport.Budget) {
	if r.Method != http.MethodGet {
		c.list.Store(newListCache())
		defer func() { c.list.Store(newListCache()) }()
	}
	a, rest := c.transport.Send(ctx, r, budget)
	if a.Response != nil {
		date, _ := http.ParseTime(a.Response.Header.Get("Date"))
		c.dates.learn(date, a.Sent, a.Received)
	}
	return a, rest
}

// itemRequest returns a request about the authorization or grant with an ID in the list at path.
func itemRequest(method, path string, id int64) transport.Request {
	number := strconv.FormatInt(id, 10)
	kind := map[string]string{authorizationsPath: "authorization ", grantsPath: "grant "}[path]
	return transport.Request{Method: method, Path: path + "/" + number, Object: kind + number}
}

// sendForItem sends a request whose response is the authorization or grant with an ID.
func sendForItem[T identified](ctx context.Context, c *Client, r transport.Request, id int64) (*T, error) {
	var item T
	a, _ := c.send(ctx, r, c.budget(c.config.MaxWait))
	err := c.decode(ctx, r, a, &item, http.StatusOK)
	if err == nil && (item.identifier() != id || id <= 0) {
		err = c.responseError(r, a, errWrongID)
	}
	if err != nil {
		return nil, err
	}
	return &item, nil
}

// decode checks the response to a request and decodes it into value. From then on, the credentials
// are accepted and the tokens in the response are redacted, also if a part of it is wrong.
func (c *Client) decode(ctx context.Context, r transport.Request, a transport.Attempt, value any, want ...int) error {
	if a.Err != nil || !slices.Contains(want, a.Response.StatusCode) {
		return c.failure(ctx, r, a)
	}
	if a.Response.StatusCode != http.StatusNoContent {
		err := decodeJSON(a.Response.Header, a.Body, value)
		c.redactTokens(value, a.Response.StatusCode == http.StatusCreated)
		if err != nil {
			return c.responseError(r, a, err)
		}
	}
	c.gate.accepted.Store(true) // A 401 later in the same call is about an expired code.
	return nil
}

// redactTokens redacts the tokens of a decoded response from now on, and keeps only a new one.
func (c *Client) redactTokens(value any, created bool) {
	switch value := value.(type) {
	case *pageItems[Authorization]:
		for i := range *value {
			c.redactTokens(&(*value)[i], created)
		}
	case *impersonationToken:
		c.config.Secrets.Add(value.Token)
	case *Authorization:
		c.config.Secrets.Add(value.Token)
		if !created {
			value.Token = ""
		}
	}
}

// decodeJSON decodes a response. Its errors never repeat a value, which may be a token.
func decodeJSON(header http.Header, body []byte, value any) error {
	if !isJSON(header) {
		return ErrNotJSON
	}
	err := json.Unmarshal(body, value)
	wrong, isWrongType := errors.AsType[*json.UnmarshalTypeError](err)
	_, isMalformed := errors.AsType[*json.SyntaxError](err)
	switch {
	case err == nil:
		return nil
	case isWrongType:
		kind, _, _ := strings.Cut(wrong.Value, " ") // The value of a number follows.
		where := strings.TrimPrefix(fmt.Sprintf("%q in ", wrong.Field), `"" in `) + "the response"
		return fmt.Errorf("%s is a JSON %s, which the API does not document", where, kind)
	case isMalformed:
		return errMalformed
	}
	if a, ok := value.(*Authorization); ok {
		// A time in another form ends the decoding, and the token may come after it.
		var essence struct {
			ID    int64  `json:"id"`
			Token string `json:"token"`
		}
		_ = json.Unmarshal(body, &essence)
		a.ID, a.Token = essence.ID, essence.Token
	}
	return errWrongForm
}

// isJSON reports whether a response says that it is JSON, or does not say what it is.
func isJSON(header http.Header) bool {
	kind, _, _ := mime.ParseMediaType(cmp.Or(header.Get("Content-Type"), "application/json"))
	return kind == "application/json"
}

// newError returns an error about a request without a response.
func (c *Client) newError(r transport.Request, cause error) *Error {
	path, _, _ := strings.Cut(c.config.BaseURL.EscapedPath()+r.Path, "?")
	return &Error{
		Method: r.Method, Path: c.config.Secrets.Sanitize(path, 300), Object: c.config.Secrets.Sanitize(r.Object, 300),
		Account: c.config.Account, Origins: c.config.Origins, Err: cause,
	}
}
