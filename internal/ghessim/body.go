package ghessim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// fields is the JSON object of a request. Keys that nobody asks for are ignored (recorded 2018), and so is the
// Content-Type: curl's default one is taken (quoted for GHES 2.8).
type fields map[string]json.RawMessage

// parseBody reads a request's body; an empty one is an empty object.
func parseBody(body []byte) (fields, *fault) {
	if len(body) > maxBody {
		// Assumption: nobody has tried.
		return nil, &fault{status: http.StatusRequestEntityTooLarge, message: "Request body is too large"}
	}
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return fields{}, nil
	}
	// Both messages are documented.
	if !json.Valid(body) {
		return nil, &fault{status: http.StatusBadRequest, message: "Problems parsing JSON"}
	}
	var f fields
	if json.Unmarshal(body, &f) != nil || f == nil {
		return nil, &fault{status: http.StatusBadRequest, message: "Body should be a JSON object"}
	}
	return f, nil
}

// reader takes values out of a body and collects what is wrong with them.
type reader struct {
	fields fields
	faults []string
}

// text is a string of a request, or null, or not there at all.
type text struct {
	sent  bool
	value *string
}

// string returns "" for a null and for a missing text.
func (t text) string() string {
	if t.value == nil {
		return ""
	}
	return *t.value
}

// blank turns an empty string into null.
func (t text) blank() *string {
	if t.string() == "" {
		return nil
	}
	return t.value
}

// text reads a string of at most limit characters, where a limit is documented.
// Assumption: null is allowed everywhere, since GHES took it for a note_url in 2014.
func (r *reader) text(name string, limit int) text {
	raw, sent := r.fields[name]
	if !sent || isNull(raw) {
		return text{sent: sent}
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		r.wrongType("string", raw)
	}
	if limit > 0 && len([]rune(s)) > limit {
		// Assumption: the limits are documented, the words are not.
		r.faults = append(r.faults, fmt.Sprintf("%q is longer than %d characters.", name, limit))
	}
	return text{sent: true, value: &s}
}

// scopes reads a list of scopes, nil if there is none. A bare string is a list of one (quoted for GHES 2.8), and each
// scope counts once. Names are not checked: an unknown one was stored in 2012.
// Assumption: a null that the documentation allows counts as not sent, on PATCH as well.
func (r *reader) scopes(name string, nullable bool) []string {
	raw, sent := r.fields[name]
	if !sent || nullable && isNull(raw) {
		return nil
	}
	var one string
	if !isNull(raw) && json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var items []json.RawMessage
	if isNull(raw) || json.Unmarshal(raw, &items) != nil {
		r.wrongType("array", raw)
		return nil
	}
	scopes := []string{}
	for _, item := range items {
		var scope string
		if isNull(item) || json.Unmarshal(item, &scope) != nil {
			r.wrongType("string", item)
			continue
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// require notes that a field is missing; null is as good as nothing.
func (r *reader) require(name string) {
	if raw, sent := r.fields[name]; !sent || isNull(raw) {
		r.faults = append(r.faults, fmt.Sprintf("%q wasn't supplied.", name))
	}
}

func (r *reader) wrongType(want string, raw json.RawMessage) {
	got := string(raw)
	if isNull(raw) {
		got = "nil"
	}
	r.faults = append(r.faults, fmt.Sprintf("Expected data to be of type %q; value was: %s.", want, got))
}

// fault is the response to a body of the wrong form: a message with a line for each fault and no
// "errors". Assumption: so recorded on other endpoints in 2014 and 2019, never on these.
func (r *reader) fault() *fault {
	if len(r.faults) == 0 {
		return nil
	}
	return &fault{
		status:  http.StatusUnprocessableEntity,
		message: "Invalid request.\n\n" + strings.Join(r.faults, "\n"),
		page:    createPage,
	}
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }
