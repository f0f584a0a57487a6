package ghes

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"
)

// createGrace is how long the answer to a create is waited for after the run was
// interrupted: the token in it would be lost, and stay valid.
const createGrace = 5 * time.Second

// WithGrace returns a context that outlives ctx by 5 seconds, for what must not
// be left half done when a run is interrupted.
func WithGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	grace, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(createGrace, cancel) })
	return grace, func() { stop(); cancel() }
}

// once is a transport that sends a request a single time and reads the answer
// whole: one that breaks off is seen where the request can be repeated.
type once struct {
	client *http.Client
	clock  *serverClock
}

// RoundTrip implements http.RoundTripper.
func (o *once) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	way := courseOf(ctx)
	if makes(req.Method) {
		grace, cancel := WithGrace(ctx)
		defer cancel()
		ctx = grace
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { way.unsure = false },
		GotConn: func(httptrace.GotConnInfo) { way.unsure = true },
	})
	way.attempts++
	way.abandoned = false
	way.unsure = true // where the transport tells nothing
	way.sent = time.Now()
	resp, err := o.client.Do(req.WithContext(ctx))
	if err != nil {
		timeout, ok := errors.AsType[net.Error](err)
		way.abandoned = way.unsure && (ctx.Err() != nil || ok && timeout.Timeout())
		if neverSent(err) {
			way.unsure = false
		}
		return nil, bare(err)
	}
	text, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	way.received = time.Now()
	date, _ := http.ParseTime(resp.Header.Get("Date"))
	o.clock.learn(date, way.sent, way.received)
	resp.Body = &answer{text: text, rest: bytes.NewReader(text), broken: err}
	return resp, nil
}

// neverSent reports that the server cannot have taken a request, whatever there
// was of a connection: TLS ended in an alert, which in version 1.3 comes after
// the handshake as this side sees it, or net/http found something wrong.
func neverSent(err error) bool {
	if _, unsent := errors.AsType[*unsentError](err); unsent {
		return true
	}
	text := err.Error()
	return strings.Contains(text, "remote error: tls: ") || strings.Contains(text, "invalid header field")
}

// answer is a body that has been read.
type answer struct {
	text   []byte
	rest   *bytes.Reader
	broken error // why there is no more of it, nil if it is whole
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.rest.Read(p)
	if err == io.EOF && a.broken != nil {
		err = a.broken
	}
	return n, err
}

// Close implements io.Closer.
func (a *answer) Close() error { return nil }

// bare returns an error of an http.Client without what that puts around it: the
// client that this transport is part of does so again.
func bare(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}
