package provider

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ghes-tools/terraform-provider-ghes/internal/ghessim"
)

// spelledPassword has characters that each syntax escapes.
const spelledPassword = "p*ss w'rd/é=x"

// passwordSpellings are the ways in which servers write spelledPassword, by name.
var passwordSpellings = map[string]string{
	"plain":               spelledPassword,
	"JSON in ASCII":       `p*ss w'rd/\u00e9=x`,
	"JSON, slash":         `p*ss w'rd\/é=x`,
	"JSON, all":           eachRune(`\u%04x`),
	"JSON in JSON":        `p*ss w'rd/\\u00e9=x`,
	"JSON of Go":          `p*ss w\u0027rd/é=x`,
	"query":               url.QueryEscape(spelledPassword),
	"query, lower case":   strings.ToLower(url.QueryEscape(spelledPassword)),
	"path":                url.PathEscape(spelledPassword),
	"CGI.escape":          "p*ss+w%27rd%2F%C3%A9%3Dx",
	"URL, all":            eachByte("%%%02X"),
	"URL twice":           url.QueryEscape(url.QueryEscape(spelledPassword)),
	"HTML, names":         "p&ast;ss w&apos;rd&sol;&eacute;&equals;x",
	"HTML, decimal":       eachRune("&#%d;"),
	"HTML, hexadecimal":   eachRune("&#x%x;"),
	"HTML, upper case":    eachRune("&#X%X;"),
	"HTML of Ruby":        "p*ss w&#39;rd/é=x",
	"HTML twice":          html.EscapeString(eachRune("&#%d;")),
	"inspect":             `p*ss w'rd/\u00E9=x`,
	"inspect, binary":     `p*ss w'rd/\xC3\xA9=x`,
	"inspect in HTML":     html.EscapeString(`p*ss w'rd/\u00E9=x`),
	"shell, single":       `p*ss w'\''rd/é=x`,
	"shell, double":       `p*ss w'"'"'rd/é=x`,
	"Shellwords":          `p\*ss\ w\'rd/é\=x`,
	"shell, octal":        `p*ss w\'rd/\303\251=x`,
	"hexadecimal":         hex.EncodeToString([]byte(spelledPassword)),
	"HEXADECIMAL":         strings.ToUpper(hex.EncodeToString([]byte(spelledPassword))),
	"base64":              base64.StdEncoding.EncodeToString([]byte(spelledPassword)),
	"base64, offset 1":    base64.StdEncoding.EncodeToString([]byte("-" + spelledPassword + "-")),
	"base64, offset 2":    base64.URLEncoding.EncodeToString([]byte("--" + spelledPassword + "--")),
	"base64, credentials": base64.StdEncoding.EncodeToString([]byte(testUser + ":" + spelledPassword)),
}

func eachRune(format string) string {
	var out strings.Builder
	for _, r := range spelledPassword {
		fmt.Fprintf(&out, format, r)
	}
	return out.String()
}

func eachByte(format string) string {
	var out strings.Builder
	for _, b := range []byte(spelledPassword) {
		fmt.Fprintf(&out, format, b)
	}
	return out.String()
}

// spellingChannels are the parts of a response that repeat a text. All of them but redirect are
// printed.
var spellingChannels = map[string]func(w http.ResponseWriter, text string){
	"message": func(w http.ResponseWriter, text string) {
		respondJSON(w, http.StatusBadRequest, map[string]any{"message": text})
	},
	"field message": func(w http.ResponseWriter, text string) {
		respondJSON(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []map[string]string{{"field": "description", "code": "custom", "message": text}}})
	},
	"field": func(w http.ResponseWriter, text string) {
		respondJSON(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []map[string]string{{"resource": "OauthAccess", "field": text, "code": "custom"}}})
	},
	"field code": func(w http.ResponseWriter, text string) {
		respondJSON(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []map[string]string{{"resource": text, "field": "scopes", "code": text}}})
	},
	"text for a field": func(w http.ResponseWriter, text string) {
		respondJSON(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed", "errors": []string{text}})
	},
	"request ID": func(w http.ResponseWriter, text string) {
		w.Header().Set("X-Github-Request-Id", text)
		respondJSON(w, http.StatusBadRequest, map[string]any{"message": "Bad Request"})
	},
	"redirect": func(w http.ResponseWriter, text string) {
		w.Header().Set("Location", "https://"+url.PathEscape(text)+"@elsewhere.example.com/"+url.PathEscape(text)+"?"+url.QueryEscape(text)+"#"+url.PathEscape(text))
		w.WriteHeader(http.StatusFound)
	},
}

// A server repeats the password in every spelling. The error has "***" in its place, and it is in
// no output, log or state.
func TestLeaks_spellings(t *testing.T) {
	t.Parallel()
	for channel, respond := range spellingChannels {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			sim := newInstance(t, func(o *ghessim.Options) { o.Users[0].Password = spelledPassword })
			sim.inject(map[string]fault{http.MethodPost: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if spelled, ok := passwordSpellings[sim.about(r)]; ok {
					respond(w, "[["+spelled+"]]")
					return
				}
				next.ServeHTTP(w, r)
			}})
			w := spellingsWorkspace(t, sim)
			output := w.must(1, "apply", "-auto-approve", "-parallelism=20")
			if n := len(errorsIn(output)); n != len(passwordSpellings) {
				t.Errorf("%d errors, want %d", n, len(passwordSpellings))
			}
			for _, e := range errorsIn(output) {
				checkRedacted(t, e, channel == "redirect")
			}
			checkNoSpelling(t, w, output)
		})
	}
}

// spellingsWorkspace is a workspace with a resource for each spelling, after one that the server
// accepts. The password comes from the environment, and the CLI logs all that it can.
func spellingsWorkspace(t *testing.T, sim *instance) *workspace {
	t.Helper()
	names, err := json.Marshal(slices.Sorted(maps.Keys(passwordSpellings)))
	if err != nil {
		t.Fatal(err)
	}
	w := newBinaryWorkspace(t, requiredProviders+fmt.Sprintf(`
provider "ghes" {
  base_url = %q
  username = %q
}
resource "ghes_authorization" "first" { note = "first" }
resource "ghes_authorization" "test" {
  for_each   = toset(%s)
  note       = each.key
  depends_on = [ghes_authorization.first]
}
`, sim.url, testUser, names))
	w.env = append(w.env, envPassword+"="+spelledPassword, "GHES_MAX_RETRIES=0", "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(w.dir, "trace.log"))
	return w
}

// checkRedacted fails unless the text between brackets is redacted. Neighbors of the password in
// base64 may remain.
func checkRedacted(t *testing.T, text string, isHidden bool) {
	t.Helper()
	said := regexp.MustCompile(`\[\[(.*?)\]\]`).FindAllStringSubmatch(text, -1)
	if isHidden != (len(said) == 0) {
		t.Errorf("%q has %d texts of the server", text, len(said))
	}
	for _, match := range said {
		if rest := strings.Replace(match[1], "***", "", 1); !strings.Contains(match[1], "***") || len(rest) > 7 {
			t.Errorf("%q is not redacted", match[1])
		}
	}
}

// checkNoSpelling fails if a spelling of the password is in the output or in a file.
func checkNoSpelling(t *testing.T, w *workspace, output string) {
	t.Helper()
	texts := w.files()
	texts["output"] = output
	for where, text := range texts {
		for _, decoded := range []string{text, html.UnescapeString(text)} {
			for name, spelled := range passwordSpellings {
				if strings.Contains(decoded, spelled) {
					t.Errorf("the password as %s is in %s", name, where)
				}
			}
		}
	}
}
