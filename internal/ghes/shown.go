package ghes

import "sync"

// shown has the numbers of authorizations that answers have shown to this client,
// which are therefore of no request whose answer was lost.
type shown struct {
	numbers sync.Map // of struct{}
	locks   sync.Map // of *sync.Mutex, by what is made
}

func (s *shown) note(id int64) { s.numbers.Store(id, struct{}{}) }

func (s *shown) has(id int64) bool {
	_, ok := s.numbers.Load(id)
	return ok
}

// alone waits until nothing else makes what has this name, and returns what ends
// its turn.
func (s *shown) alone(name string) (end func()) {
	lock, _ := s.locks.LoadOrStore(name, &sync.Mutex{})
	mutex, _ := lock.(*sync.Mutex)
	mutex.Lock()
	return mutex.Unlock
}
