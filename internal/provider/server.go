package provider

import (
	"context"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// NewServer returns a constructor of the server that serves the provider to one CLI.
func NewServer(version string, options ...Option) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		p := newProvider(version, options)
		inner := providerserver.NewProtocol6(p)()
		if all, ok := inner.(frameworkServer); ok {
			return &contextServer{all, p.silent}
		}
		return inner
	}
}

// frameworkServer is what the server of the framework implements.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// contextServer releases the context of each call when the call ends. The server of the
// framework keeps these contexts until the CLI stops the provider, and with them the
// loggers that are their values. That takes 50 MB for 1,000 resources, which the garbage
// collector scans again and again. All calls for a resource, a function or an action
// therefore get a context that gives up its values. Calls of list resources do not,
// because the CLI reads their results after the call has returned.
type contextServer struct {
	frameworkServer
	silent bool // no call has loggers
}

// withCallContext makes a call whose context is released when it returns.
func withCallContext[Req, Resp any](ctx context.Context, s *contextServer, req Req, call func(context.Context, Req) (Resp, error)) (Resp, error) {
	ctx, end := s.newCallContext(ctx)
	defer end()
	return call(ctx, req)
}

func (s *contextServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return withCallContext(ctx, s, req, s.frameworkServer.ValidateResourceConfig)
}

func (s *contextServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return withCallContext(ctx, s, req, s.frameworkServer.UpgradeResourceState)
}

func (s *contextServer) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return withCallContext(ctx, s, req, s.frameworkServer.ImportResourceState)
}

func (s *contextServer) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return withCallContext(ctx, s, req, s.frameworkServer.GenerateResourceConfig)
}

func (s *contextServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return withCallContext(ctx, s, req, s.frameworkServer.ReadResource)
}

func (s *contextServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return withCallContext(ctx, s, req, s.frameworkServer.PlanResourceChange)
}

func (s *contextServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return withCallContext(ctx, s, req, s.frameworkServer.ApplyResourceChange)
}

// CallFunction also replaces arguments without a value, which OpenTofu sends for null.
func (s *contextServer) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	for _, argument := range req.Arguments {
		if len(argument.MsgPack) == 0 && len(argument.JSON) == 0 {
			argument.MsgPack = []byte{0xc0} // nil in MessagePack
		}
	}
	return withCallContext(ctx, s, req, s.frameworkServer.CallFunction)
}

func (s *contextServer) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return withCallContext(ctx, s, req, s.frameworkServer.PlanAction)
}

// InvokeAction releases the context after the CLI has read the events, which is after
// InvokeAction returns.
func (s *contextServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	ctx, end := s.newCallContext(ctx)
	stream, err := s.frameworkServer.InvokeAction(ctx, req)
	if err != nil {
		end()
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer end()
		stream.Events(push)
	}}, nil
}

// callContext is the context of a call. Its values are those of the CLI's context until
// the call ends.
type callContext struct {
	context.Context
	values atomic.Pointer[context.Context]
}

// newCallContext returns the context of a call that the CLI makes with ctx, and a
// function that ends it.
func (s *contextServer) newCallContext(ctx context.Context) (context.Context, func()) {
	own, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, cancel)
	c := &callContext{Context: own}
	if !s.silent {
		c.values.Store(&ctx)
	}
	return c, func() {
		stop()
		cancel()
		c.values.Store(nil)
	}
}

// Value implements context.Context.
func (c *callContext) Value(key any) any {
	if value := c.Context.Value(key); value != nil { // package context has keys of its own
		return value
	}
	if values := c.values.Load(); values != nil {
		return (*values).Value(key)
	}
	return nil
}
