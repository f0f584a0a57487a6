package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// maxTokens limits the tokens that one run keeps in memory, at about 100 bytes each. An
// apply does not create more of them.
const maxTokens = 10_000

// tokenMemory holds the tokens that this run created and that are not in the state, by
// the ID of the authorization. It keeps all of them until the run ends, because each may
// still be read by a write-only argument.
type tokenMemory struct {
	mu     sync.Mutex
	tokens map[int64]string
	unread map[int64]bool // those that nothing else holds, until they are read
}

// put stores the token of an authorization. encrypted tells that the state holds it too.
func (t *tokenMemory) put(id int64, token string, encrypted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tokens == nil {
		t.tokens, t.unread = map[int64]string{}, map[int64]bool{}
	}
	t.tokens[id] = token
	if !encrypted {
		t.unread[id] = true
	}
}

// get returns the token of an authorization, if this run created it.
func (t *tokenMemory) get(id int64) (token string, available bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.unread, id)
	token, available = t.tokens[id]
	return token, available
}

func (t *tokenMemory) isFull() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.tokens) >= maxTokens
}

func (t *tokenMemory) unreadIDs() []int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.unread))
}

// TokenMemories are the tokens that each configured provider of this process keeps in
// memory. The zero value is ready to use, and safe for concurrent use.
type TokenMemories struct {
	mu  sync.Mutex
	all []*tokenMemory
}

func (m *TokenMemories) add(memory *tokenMemory) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, memory)
}

// LossWarning returns a warning about the tokens that are lost when this process ends, because
// nothing has read them, or "".
func (m *TokenMemories) LossWarning() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for _, memory := range m.all {
		for _, id := range memory.unreadIDs() {
			ids = append(ids, fmt.Sprint(id))
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return "Token lost: this run created authorizations with store_token = false, and no ephemeral resource ghes_authorization_token has read their tokens. " +
		"The tokens cannot be retrieved. IDs of the authorizations: " + strings.Join(ids, ", ") + ". " +
		"To get a new token, add the ephemeral resource, and run terraform apply -replace=ADDRESS. For a ghes_rotating_authorization, delete the authorization on the server instead: the next apply creates a new token, and keeps the previous one."
}
