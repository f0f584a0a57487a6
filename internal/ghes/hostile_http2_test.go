package ghes

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// frames serves HTTP/2 on one connection, frame by frame. It calls handler for each request, and then
// lose, which reports whether the response is lost.
type frames struct {
	*http2.Framer
	handler http.Handler
	lose    func(f frames, method string, stream uint32) bool
}

func (f frames) serve(conn io.Reader) error {
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return err
	}
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err := f.WriteSettings(); err != nil {
		return err
	}
	requests := map[uint32]*http2.MetaHeadersFrame{}
	bodies := map[uint32]*bytes.Buffer{}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return err
		}
		id, isEnd := frame.Header().StreamID, frame.Header().Flags.Has(http2.FlagDataEndStream)
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = f.WriteSettingsAck()
			}
			isEnd = false
		case *http2.MetaHeadersFrame:
			requests[id], bodies[id] = frame, &bytes.Buffer{}
		case *http2.DataFrame:
			bodies[id].Write(frame.Data())
		default:
			isEnd = false
		}
		if isEnd && err == nil {
			err = f.respond(requests[id], bodies[id])
		}
		if err != nil {
			return err
		}
	}
}

func (f frames) respond(request *http2.MetaHeadersFrame, body io.Reader) error {
	r := httptest.NewRequestWithContext(context.Background(), request.PseudoValue("method"), "https://"+request.PseudoValue("authority")+request.PseudoValue("path"), body)
	for _, field := range request.RegularFields() {
		r.Header.Add(field.Name, field.Value)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	if f.lose(f, r.Method, request.StreamID) {
		return nil
	}
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	_ = encoder.WriteField(hpack.HeaderField{Name: ":status", Value: fmt.Sprint(w.Code)})
	for name, values := range w.Header() {
		_ = encoder.WriteField(hpack.HeaderField{Name: strings.ToLower(name), Value: values[0]})
	}
	if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: request.StreamID, BlockFragment: block.Bytes(), EndHeaders: true}); err != nil {
		return err
	}
	return f.WriteData(request.StreamID, true, w.Body.Bytes())
}

// newHTTP2Server starts a simulated server with HTTP/2. It executes the first create, and then calls lose
// instead of sending the response.
func newHTTP2Server(t *testing.T, lose func(f frames, stream uint32)) *lossyServer {
	t.Helper()
	s := simulate(0)
	var first sync.Once
	loseFirst := func(f frames, method string, stream uint32) (lost bool) {
		if method == http.MethodPost || method == http.MethodPut {
			first.Do(func() { lose(f, stream); lost = true })
		}
		return lost
	}
	server := httptest.NewUnstartedServer(nil)
	server.EnableHTTP2 = true
	server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
			_ = frames{http2.NewFramer(conn, conn), http.StripPrefix("/prefix", s), loseFirst}.serve(conn)
		},
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	s.client = connect(t, server, Config{MaxRetries: 4, MaxWait: time.Minute, Backoff: time.Millisecond})
	now := time.Now()
	s.client.creations.learn(now, now, now) // However slow the responses are, the client knows the server's clock.
	return s
}

// After some HTTP/2 errors net/http sends requests again by itself. It must not do so with a create: the
// token of the first one would be lost.
func TestHostile_http2(t *testing.T) {
	t.Parallel()
	in := AuthorizationRequest{Note: "ci", Scopes: []string{"repo"}}
	ofApp := AuthorizationRequest{ClientID: appID, ClientSecret: appSecret, Note: "ci"}
	creates := map[string]func(context.Context, *Client) (*Authorization, error){
		"POST":         func(ctx context.Context, c *Client) (*Authorization, error) { return c.CreateAuthorization(ctx, in) },
		"POST for app": func(ctx context.Context, c *Client) (*Authorization, error) { return c.CreateAuthorization(ctx, ofApp) },
		"PUT": func(ctx context.Context, c *Client) (*Authorization, error) {
			a, _, err := c.GetOrCreateAuthorization(ctx, ofApp)
			return a, err
		},
	}
	reset := func(code http2.ErrCode) func(frames, uint32) {
		return func(f frames, stream uint32) { _ = f.WriteRSTStream(stream, code) }
	}
	for name, lose := range map[string]func(frames, uint32){
		"PROTOCOL_ERROR": reset(http2.ErrCodeProtocol),
		"REFUSED_STREAM": reset(http2.ErrCodeRefusedStream),
		"INTERNAL_ERROR": reset(http2.ErrCodeInternal),
		"CANCEL":         reset(http2.ErrCodeCancel),
		"GOAWAY":         func(f frames, _ uint32) { _ = f.WriteGoAway(0, http2.ErrCodeNo, nil) },
		"GOAWAY, error":  func(f frames, _ uint32) { _ = f.WriteGoAway(0, http2.ErrCodeProtocol, nil) },
	} {
		for method, create := range creates {
			t.Run(name+", "+method, func(t *testing.T) {
				t.Parallel()
				s := newHTTP2Server(t, lose)
				a, err := create(t.Context(), s.client)
				s.wantOnly(t, a, err)
				if a != nil && a.ID != 2 { // The first one was deleted, and created again.
					t.Errorf("authorization %d", a.ID)
				}
			})
		}
	}
}
