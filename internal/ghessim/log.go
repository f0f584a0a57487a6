package ghessim

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
)

// maxBody is far above the size of any request of this API.
const maxBody = 1 << 20

// Request is one that arrived.
type Request struct {
	Method, Path string // the path is escaped and has the query
	Header       http.Header
	Body         string
	Status       int // 0 while under way, or if the response was dropped
}

// Requests returns the requests in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, 0, len(s.log))
	for _, entry := range s.log {
		r := *entry
		r.Header = r.Header.Clone()
		requests = append(requests, r)
	}
	return requests
}

// ClearRequests empties the log.
func (s *Server) ClearRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// arrive logs r and buffers its body, which may be read again. It reports whether the body arrived whole: half a
// request must not be acted on.
func (s *Server) arrive(r *http.Request) (*Request, bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	r.Body = io.NopCloser(bytes.NewReader(body))
	entry := &Request{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header.Clone(), Body: string(body)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, entry)
	return entry, err == nil
}

// recorder notes the status of a response in the log before the client can see it.
type recorder struct {
	http.ResponseWriter
	server *Server
	entry  *Request

	written bool // or hijacked
}

func (r *recorder) note(status int) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.entry.Status = status
}

func (r *recorder) WriteHeader(status int) {
	if status >= http.StatusOK { // an informational response is followed by the real one
		r.noteFirst(status)
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.noteFirst(http.StatusOK)
	return r.ResponseWriter.Write(p)
}

// noteFirst does not change a noted status, because net/http ignores a second status as
// well.
func (r *recorder) noteFirst(status int) {
	if !r.written {
		r.written = true
		r.note(status)
	}
}

// Hijack lets an Intercept drop the connection.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err == nil {
		r.written = true
		r.note(0)
	}
	return conn, rw, err
}

// Flush lets an Intercept send half a response.
func (r *recorder) Flush() {
	// A writer that cannot flush has nothing to be told.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Unwrap serves http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
