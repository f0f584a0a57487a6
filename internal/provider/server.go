package provider

import (
	"context"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// NewServer returns a constructor of what serves the provider to one CLI.
func NewServer(version string, options ...Option) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		p := newProvider(version, options)
		inner := providerserver.NewProtocol6(p)()
		if all, ok := inner.(frameworkServer); ok {
			return &server{all, p.silent}
		}
		return inner
	}
}

// frameworkServer is all that the framework serves.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// server makes the framework's fit for many resources. That one keeps the context
// of each call until the CLI stops the provider, and with it the loggers that are
// its values: 50 MB for 1,000 resources, for the garbage collector to scan again and
// again. What is called for every resource, or for what each of them triggers,
// therefore gets a context whose values go when the call ends. A list does not: it
// is read after its call has ended.
type server struct {
	frameworkServer
	silent bool // no call has loggers
}

// forgotten makes a call of which nothing is kept.
func forgotten[Req, Resp any](ctx context.Context, s *server, req Req, call func(context.Context, Req) (Resp, error)) (Resp, error) {
	ctx, end := s.callContext(ctx)
	defer end()
	return call(ctx, req)
}

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return forgotten(ctx, s, req, s.frameworkServer.ValidateResourceConfig)
}

func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return forgotten(ctx, s, req, s.frameworkServer.UpgradeResourceState)
}

func (s *server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return forgotten(ctx, s, req, s.frameworkServer.ImportResourceState)
}

func (s *server) GenerateResourceConfig(ctx context.Context, req *tfprotov6.GenerateResourceConfigRequest) (*tfprotov6.GenerateResourceConfigResponse, error) {
	return forgotten(ctx, s, req, s.frameworkServer.GenerateResourceConfig)
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return forgotten(ctx, s, req, s.frameworkServer.ReadResource)
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return forgotten(ctx, s, req, s.frameworkServer.PlanResourceChange)
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return forgotten(ctx, s, req, s.frameworkServer.ApplyResourceChange)
}

// CallFunction also gives the framework a null that OpenTofu has left out: it
// sends an argument that is null as one without a value.
func (s *server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	for _, argument := range req.Arguments {
		if len(argument.MsgPack) == 0 && len(argument.JSON) == 0 {
			argument.MsgPack = []byte{0xc0} // nil in MessagePack
		}
	}
	return forgotten(ctx, s, req, s.frameworkServer.CallFunction)
}

func (s *server) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	return forgotten(ctx, s, req, s.frameworkServer.PlanAction)
}

// InvokeAction lasts until its events are read, which happens after it returned.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	ctx, end := s.callContext(ctx)
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

// call is the context of a call.
type call struct {
	context.Context
	values atomic.Pointer[context.Context]
}

// callContext returns a context for a call that has ctx, and what ends it.
func (s *server) callContext(ctx context.Context) (context.Context, func()) {
	own, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, cancel)
	c := &call{Context: own}
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
func (c *call) Value(key any) any {
	if value := c.Context.Value(key); value != nil { // context itself asks for one
		return value
	}
	if values := c.values.Load(); values != nil {
		return (*values).Value(key)
	}
	return nil
}
