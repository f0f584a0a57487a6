package provider

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// longTexts are texts of about 400 kB that are expensive to redact or bad to print.
var longTexts = map[string]string{
	"authorization:":     strings.Repeat("authorization:", 28_000),
	"passwords in JSON":  strings.Repeat(`{"password":"`, 30_000),
	"escaped quotes":     `"token":"` + strings.Repeat(`\"`, 200_000),
	"control characters": strings.Repeat("\x1b]0;x\a\u202e\r\n", 40_000),
}

// longChannels are responses with a long text. The first word of a channel is the method that gets
// it.
var longChannels = map[string]func(text string) fault{
	"POST 404 message": func(text string) fault { return jsonAnswer(http.StatusNotFound, map[string]any{"message": text}) },
	"POST 422 message": func(text string) fault {
		return jsonAnswer(http.StatusUnprocessableEntity, map[string]any{"message": text})
	},
	"POST 422 fields": func(text string) fault {
		field := map[string]string{"resource": text, "field": text, "code": text, "message": text}
		return jsonAnswer(http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []any{field, field, text}})
	},
	"POST 400 request ID": func(text string) fault {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("X-Github-Request-Id", text)
			respondJSON(w, http.StatusBadRequest, map[string]any{"message": "Bad Request"})
		}
	},
	"GET 404 message": func(text string) fault { return jsonAnswer(http.StatusNotFound, map[string]any{"message": text}) },
	"GET 500 message": func(text string) fault {
		return jsonAnswer(http.StatusInternalServerError, map[string]any{"message": text})
	},
	"DELETE 403 message": func(text string) fault { return jsonAnswer(http.StatusForbidden, map[string]any{"message": text}) },
	"PATCH 401 message": func(text string) fault {
		return jsonAnswer(http.StatusUnauthorized, map[string]any{"message": text})
	},
}

func jsonAnswer(status int, body any) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { respondJSON(w, status, body) }
}

// A long text of the server ends the run like a short one, with few kilobytes of output and log.
func TestLongResponses(t *testing.T) {
	t.Parallel()
	for channel, respond := range longChannels {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			for name, text := range longTexts {
				method, _, _ := strings.Cut(channel, " ")
				sim := newInstance(t)
				w := newBinaryWorkspace(t, sim.config(oneNote))
				w.env = append(w.env, "GHES_MAX_RETRIES=0")
				if method != http.MethodPost {
					w.must(0, "apply", "-auto-approve")
				}
				sim.inject(map[string]fault{method: respond(text)})
				w.env = append(w.env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(w.dir, "trace.log"))
				w.printed.Reset()
				switch method {
				case http.MethodDelete:
					w.must(1, "destroy", "-auto-approve")
				case http.MethodPatch:
					w.write("main.tf", strings.Replace(sim.config(oneNote), `note `, "note_url = \"x\"\n  note ", 1))
					w.must(1, "apply", "-auto-approve")
				default:
					w.must(1, "apply", "-auto-approve")
				}
				checkShort(t, w, name)
			}
		})
	}
}

// checkShort fails if the output is long, or has characters that are invisible or control a
// terminal, or if the log has a long part of a text.
func checkShort(t *testing.T, w *workspace, name string) {
	t.Helper()
	output := w.printed.String()
	if n := len(output); n > 6_000 {
		t.Errorf("%s: %d bytes were printed", name, n)
	}
	if strings.ContainsAny(output, "\x1b\a\u202e") {
		t.Errorf("%s: %q was printed", name, errorsIn(output))
	}
	if strings.Contains(w.read("trace.log"), longTexts[name][:2_000]) {
		t.Errorf("%s: the text is in the log", name)
	}
}
