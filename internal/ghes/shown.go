package ghes

import (
	"context"
	"sync"
)

// shown has the numbers of authorizations that answers have shown to this client,
// which are therefore of no request whose answer was lost.
type shown struct {
	numbers sync.Map // of struct{}
	turns   sync.Map // of chan struct{}, by what is made
}

func (s *shown) note(id int64) { s.numbers.Store(id, struct{}{}) }

func (s *shown) has(id int64) bool {
	_, ok := s.numbers.Load(id)
	return ok
}

// alone waits until nothing else makes what has this name, and returns what ends
// its turn.
func (s *shown) alone(ctx context.Context, name string) (end func(), err error) {
	stored, _ := s.turns.LoadOrStore(name, make(chan struct{}, 1))
	turn, _ := stored.(chan struct{})
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
