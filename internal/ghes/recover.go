package ghes

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/google/go-github/v92/github"
)

// making is a request that makes an authorization, until it is clear what became
// of it. Where an answer is lost the server may have made one whose token nobody
// has: that one is looked for and deleted before the request is sent again.
type making struct {
	*Client
	method, path string
	in           AuthorizationRequest // the body
	// clientID and fingerprint are those of what is made, wherever the request has
	// them; clientID is "" for a personal access token.
	clientID, fingerprint string
	want                  []int

	way      *course
	attempts int
	lost     time.Time // when the first attempt was sent whose answer was lost
	told     int64     // the number that a broken answer told, or of what is being deleted
	others   []int64   // the numbers of what is like it, and perhaps not of this request
	timeless bool      // whether only the server's clock could tell about one of others
	pending  int       // on how many attempts, that nobody waits for, the server may still act
}

// create sends the request until its answer comes through. Others wait for it
// like for any request.
func (m *making) create(ctx context.Context) (a *Authorization, resp *github.Response, err error) {
	// Two that are alike would take each other's for their own.
	end, err := m.shown.alone(ctx, m.clientID+"\n"+cmp.Or(m.fingerprint, m.in.Note))
	if err != nil {
		return nil, nil, err
	}
	defer end()
	m.way = m.newCourse(m.maxWait)
	err = m.inTurn(ctx, m.method, m.path, func(ctx context.Context) error {
		a, resp, err = m.settle(ctx)
		return err
	})
	if err == nil || shownToken(a, resp) {
		m.shown.note(a.ID)
	}
	return a, resp, err
}

func (m *making) settle(ctx context.Context) (*Authorization, *github.Response, error) {
	for {
		a, resp, err := m.attempt(ctx)
		lost, late := m.isLost(a, resp, err), m.isLate(resp, err)
		if !lost && !late {
			if err != nil && m.pending > 0 {
				return nil, resp, m.leftBehind(err, nil)
			}
			return a, resp, err
		}
		seen := len(m.others) > 0
		deleted, cause := m.undo(ctx)
		if deleted {
			m.pending = max(0, m.pending-1)
		}
		if late && !deleted && cause == nil {
			return a, resp, err
		}
		if late { // the answer is about what is deleted
			err = &Error{Method: m.method, Path: m.Client.path(m.path), Attempts: m.attempts, Err: errLate}
		}
		unclear := cause != nil || m.timeless || seen && len(m.others) > 0
		if !unclear && m.way.pause(ctx) {
			continue
		}
		switch {
		case unclear || m.pending > 0 || len(m.others) > 0:
			err = m.leftBehind(err, cause)
		case ctx.Err() != nil:
			err = m.interrupted(ctx)
		}
		return nil, resp, err
	}
}

// attempt sends the request, and once more where the server refused to act.
func (m *making) attempt(ctx context.Context) (*Authorization, *github.Response, error) {
	m.way.attempts, m.way.unsure = 0, false
	a, resp, err := call[Authorization](m.way.in(ctx), m.Client, m.method, m.path, m.in, m.want...)
	m.attempts += m.way.attempts
	if err == nil {
		_, err = m.checked(&a, resp, 0)
	}
	if e, ok := errors.AsType[*Error](err); ok && m.way.attempts > 0 {
		e.Attempts = m.attempts
	}
	return &a, resp, err
}

// isLost reports whether the server may have made what no answer shows, and
// notes what the answer tells of it.
func (m *making) isLost(a *Authorization, resp *github.Response, err error) bool {
	if err == nil || m.way.attempts == 0 || shownToken(a, resp) {
		return false
	}
	// A web page with a 200 is one to sign in on, before the server's door.
	e, ok := errors.AsType[*Error](err)
	if !m.way.unsure && (!ok || e.Status/100 != 2 || e.foreign && e.Status != http.StatusCreated) {
		return false
	}
	if m.lost.IsZero() {
		m.lost = m.way.sent
	}
	if m.way.abandoned || ok && e.Status == http.StatusGatewayTimeout {
		m.pending++
	}
	m.told = toldNumber(a, resp)
	return true
}

// isLate reports whether the server has what is asked for already, and that may
// be of an attempt which it had not acted on when that was looked for.
func (m *making) isLate(resp *github.Response, err error) bool {
	return !m.lost.IsZero() && len(m.others) == 0 &&
		(errors.Is(err, ErrAlreadyExists) || err == nil && resp.StatusCode == http.StatusOK)
}

// toldNumber returns the number of what was made, if an answer that is odd
// otherwise tells it, and 0 if not.
func toldNumber(a *Authorization, resp *github.Response) int64 {
	if resp == nil || resp.Response == nil || resp.StatusCode != http.StatusCreated {
		return 0
	}
	if a.ID > 0 {
		return a.ID
	}
	id, _ := strconv.ParseInt(path.Base(resp.Header.Get("Location")), 10, 64)
	return id
}

// undo deletes what the request has made, also while the run is interrupted, and
// reports whether there was something.
func (m *making) undo(ctx context.Context) (deleted bool, err error) {
	grace, cancel := WithGrace(ctx)
	defer cancel()
	look := m.newCourse(m.way.wait)
	defer func() { m.way.wait = look.wait }()
	grace = look.in(grace)

	m.others, m.timeless = nil, false
	mine, err := m.FindAuthorization(grace, m.clientID, func(a Authorization) bool {
		if a.ID != m.told && !m.isAlike(a) {
			return false
		}
		isMine := m.isMine(a)
		if !isMine && !m.in.Unique && !slices.Contains(m.others, a.ID) {
			m.others = append(m.others, a.ID)
		}
		return isMine
	})
	if err != nil {
		return false, err
	}
	if mine == nil {
		m.told = 0
		return false, nil
	}
	m.others, m.timeless, m.told = nil, false, mine.ID
	if err := m.DeleteAuthorization(grace, mine.ID); err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	m.told = 0
	return true, nil
}

// isAlike reports whether the server would not make another one beside a.
func (m *making) isAlike(a Authorization) bool {
	if m.clientID == "" {
		return a.ClientID() == "" && a.Note == m.in.Note
	}
	return a.ClientID() == m.clientID && a.Fingerprint == m.fingerprint
}

// isMine reports whether a, which is alike, is of this request: what was there
// before is not touched. What equals all that was asked for, and was made in the
// second of the request or later, is; the server tells no fraction of a second.
func (m *making) isMine(a Authorization) bool {
	switch {
	case a.ID == m.told:
		return true
	case m.shown.has(a.ID):
		return false
	case m.in.Unique:
		return a.Note == m.in.Note
	case a.Note != m.in.Note, a.NoteURL != m.in.NoteURL, a.Fingerprint != m.fingerprint,
		!SameScopes(a.Scopes, m.in.Scopes), !a.UpdatedAt.Equal(a.CreatedAt):
		return false
	}
	since, perhaps, ok := m.clock.secondsOf(m.lost)
	if !ok || a.CreatedAt.Before(since) && !a.CreatedAt.Before(perhaps) {
		m.timeless = true
		return false
	}
	return !a.CreatedAt.Before(since)
}
