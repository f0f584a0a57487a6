package ghessim

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
)

// write sends a response with the headers of the protocol.
func (s *Server) write(w http.ResponseWriter, r *http.Request, a reply) {
	header := w.Header()
	header.Set("Server", "GitHub.com")
	header.Set("Date", s.now().Format(http.TimeFormat)) // net/http would take the host's time
	header.Set("X-GitHub-Request-Id", requestID())
	header.Set("X-GitHub-Media-Type", mediaType(r.Header.Get("Accept")))
	header.Set("X-GitHub-Enterprise-Version", s.options.Version)
	maps.Copy(header, a.header)
	if a.status == http.StatusNoContent {
		header.Set("Content-Type", "application/octet-stream") // recorded 2018
		s.writeHeader(w, a.status)
		return
	}

	body := encode(a.body, r.UserAgent())
	if a.status == http.StatusOK || a.status == http.StatusCreated {
		tag := etag(r.Method, body)
		// On these alone: of 144 recorded 204s and errors a single one had them.
		header.Set("Cache-Control", "private, max-age=60, s-maxage=60")
		header.Set("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP")
		header.Set("ETag", tag)
		if a.status == http.StatusOK {
			if r.Method == http.MethodGet && matches(r.Header.Get("If-None-Match"), tag) {
				s.writeHeader(w, http.StatusNotModified) // with the strong form of the tag (recorded 2014)
				return
			}
			header.Set("ETag", "W/"+tag) // weak on 200 only (recorded since October 2015)
		}
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	s.writeHeader(w, a.status)
	_, _ = w.Write(body) // a client that has disconnected needs no response
}

func (s *Server) writeHeader(w http.ResponseWriter, status int) {
	// Every response had this header until 2020. Assumption: 3.0 removed it.
	if !s.version.since3(0) {
		w.Header().Set("Status", fmt.Sprintf("%d %s", status, http.StatusText(status)))
	}
	w.WriteHeader(status)
}

// encode writes JSON, indented for curl as the real server does (documented).
func encode(body any, userAgent string) []byte {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	curl := strings.HasPrefix(userAgent, "curl/")
	if curl {
		encoder.SetIndent("", "  ")
	}
	if err := encoder.Encode(body); err != nil {
		panic(err) // only types of this package are encoded, and they can be
	}
	if curl {
		return buf.Bytes()
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// etag also hashes the method, because a PATCH never had the tag of the GET after it (recorded). Servers have
// sent 64 digits since 2022.
func etag(method string, body []byte) string {
	sum := sha256.Sum256(append([]byte(method+"\n"), body...))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// matches compares weakly, so that a tag from a 200 does match.
func matches(ifNoneMatch, tag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

var githubType = regexp.MustCompile(`^application/vnd\.github(?:\.([a-z0-9-]+))?(?:\.([a-z]+))?\+json\b`)

// mediaType describes the Accept header in the words of the recordings.
func mediaType(accept string) string {
	m := githubType.FindStringSubmatch(accept)
	if m == nil {
		return "unknown, github.v3"
	}
	name, param := m[1], m[2]
	if name == "" {
		name = "v3"
	}
	if param != "" {
		param = "; param=" + param
	}
	return "github." + name + param + "; format=json"
}

// requestID is a UUID, as on every recorded GHES.
func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
