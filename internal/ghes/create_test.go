package ghes

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

// hiddenFields are the fields of AuthorizationRequest that the server never shows, and Unique, which is
// about the request only.
var hiddenFields = []string{"ClientSecret", "Unique"}

func equalsCases() map[string]AuthorizationRequest {
	personal := AuthorizationRequest{Scopes: []string{"repo", "gist"}, Note: "ci", NoteURL: "https://example.com", Fingerprint: "laptop"}
	ofApp := personal
	ofApp.ClientID, ofApp.ClientSecret = appID, appSecret
	return map[string]AuthorizationRequest{"personal access token": personal, "token of an app": ofApp}
}

// The recovery of a lost create deletes an authorization that equals the request. Each field of the
// request must count, or it would delete the authorization of another request. If this test fails after a
// field was added to AuthorizationRequest, add the field to createOp.equals.
func TestCreateOp_equals(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for name, in := range equalsCases() {
		a := Authorization{
			ID: 7, App: App{ClientID: in.ClientID}, Note: in.Note, NoteURL: in.NoteURL, Fingerprint: in.Fingerprint,
			Scopes: in.Scopes, CreatedAt: now, UpdatedAt: now,
		}
		if !(createOp{in: in}).equals(a) {
			t.Errorf("%s: equals is false for %+v and %+v", name, in, a)
		}
		for field := range reflect.TypeFor[AuthorizationRequest]().Fields() {
			changed := in
			changeField(t, reflect.ValueOf(&changed).Elem().FieldByIndex(field.Index))
			if got, want := (createOp{in: changed}).equals(a), slices.Contains(hiddenFields, field.Name); got != want {
				t.Errorf("%s: equals is %t for a request with another %s, want %t", name, got, field.Name, want)
			}
		}
		a.UpdatedAt = now.Add(time.Second)
		if (createOp{in: in}).equals(a) {
			t.Errorf("%s: equals is true for an authorization that was changed", name)
		}
	}
}

// changeField gives a field another value.
func changeField(t *testing.T, field reflect.Value) {
	t.Helper()
	switch value := field.Addr().Interface().(type) {
	case *string:
		*value += "x"
	case *bool:
		*value = !*value
	case *[]string:
		*value = append(slices.Clone(*value), "admin:org")
	case *int64:
		*value++
	case *time.Time:
		*value = value.Add(time.Hour)
	default:
		t.Fatalf("add a case for %s", field.Type())
	}
}
