package provider

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// valueKey is the key of a value in a context.
type valueKey struct{}

// withValue returns a context with a value, and a pointer that tells whether the value
// still exists.
func withValue(ctx context.Context) (context.Context, weak.Pointer[[64]byte]) {
	value := new([64]byte)
	return context.WithValue(ctx, valueKey{}, value), weak.Make(value)
}

// The server remembers nothing of the calls that come for every resource.
func TestServer_forgets(t *testing.T) {
	t.Parallel()
	s, ok := NewServer("test")().(*contextServer)
	if !ok {
		t.Fatal("the framework's server is served as it is")
	}
	calls := map[string]func(context.Context) error{
		"ValidateResourceConfig": func(ctx context.Context) error {
			_, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: "none"})
			return err
		},
		"UpgradeResourceState": func(ctx context.Context) error {
			_, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: "none"})
			return err
		},
		"ImportResourceState": func(ctx context.Context) error {
			_, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: "none"})
			return err
		},
		"GenerateResourceConfig": func(ctx context.Context) error {
			_, err := s.GenerateResourceConfig(ctx, &tfprotov6.GenerateResourceConfigRequest{TypeName: "none"})
			return err
		},
		"ReadResource": func(ctx context.Context) error {
			_, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "none"})
			return err
		},
		"PlanResourceChange": func(ctx context.Context) error {
			_, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: "none"})
			return err
		},
		"ApplyResourceChange": func(ctx context.Context) error {
			_, err := s.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{TypeName: "none"})
			return err
		},
		"PlanAction": func(ctx context.Context) error {
			_, err := s.PlanAction(ctx, &tfprotov6.PlanActionRequest{ActionType: "none"})
			return err
		},
		"InvokeAction": func(ctx context.Context) error {
			stream, err := s.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: "none"})
			if err == nil {
				stream.Events(func(tfprotov6.InvokeActionEvent) bool { return true })
			}
			return err
		},
		"CallFunction": func(ctx context.Context) error {
			_, err := s.CallFunction(ctx, &tfprotov6.CallFunctionRequest{Name: "none"})
			return err
		},
	}
	for name, call := range calls {
		ctx, gone := withValue(t.Context())
		if err := call(ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		runtime.GC()
		if gone.Value() != nil {
			t.Errorf("%s: the context is still there", name)
		}
	}
	runtime.KeepAlive(s)
}

// OpenTofu sends an argument without a value for null.
func TestServer_nullArgument(t *testing.T) {
	t.Parallel()
	resp, err := NewServer("test")().CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{
		Name: "normalize_scopes", Arguments: []*tfprotov6.DynamicValue{{}},
	})
	if err != nil || resp.Error != nil {
		t.Fatalf("%v, %+v", err, resp.Error)
	}
	got, err := resp.Result.Unmarshal(tftypes.Set{ElementType: tftypes.String})
	if want := tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{}); err != nil || !got.Equal(want) {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

// A CLI that gives no object gets an error, not a panic.
func TestServer_noObject(t *testing.T) {
	t.Parallel()
	s := newProtocol(t, "http://127.0.0.1:1")
	object := s.schema.ResourceSchemas[authorizationType].ValueType()
	for _, value := range []any{nil, tftypes.UnknownValue} {
		config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, value))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: authorizationType, Config: &config})
		if err != nil || len(resp.Diagnostics) == 0 {
			t.Errorf("%v, %+v", err, resp)
		}
	}
}

func TestServer_callContext(t *testing.T) {
	t.Parallel()
	s := &contextServer{}
	outer, cancel := context.WithCancel(context.WithValue(t.Context(), valueKey{}, "value"))
	defer cancel()
	ctx, end := s.newCallContext(outer)
	defer end()
	inner, stop := context.WithCancel(ctx)
	defer stop()
	if inner.Value(valueKey{}) != "value" {
		t.Error("the value is not there")
	}
	cancel()
	<-inner.Done()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Errorf("error %v", ctx.Err())
	}

	ctx, end = s.newCallContext(context.WithValue(t.Context(), valueKey{}, "value"))
	inner, stop = context.WithCancel(ctx)
	defer stop()
	end()
	if <-inner.Done(); inner.Value(valueKey{}) != nil {
		t.Error("the value is still there")
	}

	silent := &contextServer{silent: true}
	ctx, end = silent.newCallContext(context.WithValue(t.Context(), valueKey{}, "value"))
	defer end()
	if ctx.Value(valueKey{}) != nil {
		t.Error("a silent server has the value")
	}
}
