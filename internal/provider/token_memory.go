package provider

import "sync"

// maxTokens limits the tokens that one run keeps in memory, at about 100 bytes each. An
// apply does not create more of them.
const maxTokens = 10_000

// tokenMemory holds the tokens that this run created and that are not in the state, by
// the ID of the authorization. It keeps all of them until the run ends, because each may
// still be read by a write-only argument.
type tokenMemory struct {
	mu     sync.Mutex
	tokens map[int64]string
}

func (t *tokenMemory) put(id int64, token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tokens == nil {
		t.tokens = map[int64]string{}
	}
	t.tokens[id] = token
}

// get returns the token of an authorization, if this run created it.
func (t *tokenMemory) get(id int64) (token string, available bool) {
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
