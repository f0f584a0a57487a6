package provider

import "sync"

// maxTokens bounds what one run keeps in memory, at about a hundred bytes each.
// More of them in one apply are refused before they are made.
const maxTokens = 10_000

// tokenMemory has the tokens that this run has made and that are not in the
// state, by authorization. It ends with the run, and never gives up a token
// before: the write-only argument that comes for it last is no less in need of
// it than the first.
type tokenMemory struct {
	mu     sync.Mutex
	tokens map[int64]string
}

func (t *tokenMemory) hold(id int64, token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tokens == nil {
		t.tokens = map[int64]string{}
	}
	t.tokens[id] = token
}

// of returns the token of an authorization, if this run made it.
func (t *tokenMemory) of(id int64) (token string, available bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	token, available = t.tokens[id]
	return token, available
}

func (t *tokenMemory) isFull() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.tokens) >= maxTokens
}
