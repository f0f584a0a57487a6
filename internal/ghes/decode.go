package ghes

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
)

// learnTokens masks from now on the tokens that an answer shows. Out of one that
// has not made them it takes them, so that none is mistaken for a new one.
func (c *Client) learnTokens(answer any, created bool) {
	var shown []*Authorization
	switch answer := answer.(type) {
	case *Authorization:
		shown = append(shown, answer)
	case *[]Authorization:
		for i := range *answer {
			shown = append(shown, &(*answer)[i])
		}
	}
	for _, a := range shown {
		c.secrets.Add(a.Token)
		if !created {
			a.Token = ""
		}
	}
}

// decode unmarshals an answer of the server. Its errors tell the form of what
// was wrong, never a value: what came may hold a token.
func decode(header http.Header, body []byte, out any) error {
	if !isJSON(header) {
		return ErrNotJSON
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return errEmpty
	}
	err := json.Unmarshal(body, out)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &typeError{field: wrong.Field, got: wrong.Value}
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return errMalformed
	}
	if a, ok := out.(*Authorization); ok {
		// A time of another form ends the decoding, and a token may be behind it.
		var essence struct {
			ID    int64  `json:"id"`
			Token string `json:"token"`
		}
		_ = json.Unmarshal(body, &essence)
		a.ID, a.Token = essence.ID, essence.Token
	}
	return errWrongForm
}

// isJSON reports whether an answer says that it is JSON. One that does not say
// what it is gets the benefit of the doubt.
func isJSON(header http.Header) bool {
	contentType := header.Get("Content-Type")
	if contentType == "" {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}
