package ghes

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// redactTokens redacts the tokens of a decoded response from now on, and keeps only a new one.
func (c *Client) redactTokens(value any, created bool) {
	switch value := value.(type) {
	case *[]Authorization:
		for i := range *value {
			c.redactTokens(&(*value)[i], created)
		}
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
