package ghessim

import "net/http"

// fault is an error response. page is the target of its documentation link, for versions that have such a
// link.
type fault struct {
	status      int
	message     string
	fields      []fieldFault
	page        string
	contentType string
	header      http.Header
}

type fieldFault struct {
	Resource string `json:"resource"`
	Code     string `json:"code"`
	Field    string `json:"field"`
}

type faultJSON struct {
	Message          string       `json:"message"`
	Errors           []fieldFault `json:"errors,omitempty"`
	DocumentationURL string       `json:"documentation_url"`
}

const createPage = "/oauth_authorizations/#create-a-new-authorization"

// notFound is also the response for objects of another user. Every client expects that, and no recording
// contradicts it.
func notFound() *fault { return &fault{status: http.StatusNotFound, message: "Not Found"} }

// invalid is a validation fault. A note is called "description" (recorded 2014, quoted since).
func invalid(code, field string) *fault {
	return &fault{
		status:  http.StatusUnprocessableEntity,
		message: "Validation Failed",
		fields:  []fieldFault{{Resource: "OauthAccess", Code: code, Field: field}},
		page:    createPage,
	}
}

// invalidClient has no "errors" (quoted 2017).
func invalidClient() *fault {
	return &fault{
		status:  http.StatusUnprocessableEntity,
		message: "Invalid OAuth application client_id or secret.",
		page:    createPage,
	}
}

func badCredentials() *fault {
	return &fault{status: http.StatusUnauthorized, message: "Bad credentials"}
}

// reply turns a fault into the error envelope.
func (s *Server) reply(f *fault) reply {
	header := f.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if f.contentType != "" {
		header.Set("Content-Type", f.contentType)
	}
	return reply{
		status: f.status,
		header: header,
		body:   faultJSON{Message: f.message, Errors: f.fields, DocumentationURL: s.version.docs(f.page)},
	}
}
