package tokencrypt

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"golang.org/x/crypto/ssh"
)

const madeUpToken = "ghp_madeUpTokenMadeUpTokenMadeUpToken0"

// target is the input of one of the constructors of Encrypter.
type target struct {
	keys  []string
	build func(now time.Time) (Encrypter, error)
}

func ageTo(recipients ...string) target {
	return target{recipients, func(time.Time) (Encrypter, error) { return ToAge(recipients) }}
}

func pgpTo(key string) target {
	return target{[]string{key}, func(now time.Time) (Encrypter, error) { return ToPGP(key, now) }}
}

func sealedBoxTo(key string) target {
	return target{[]string{key}, func(time.Time) (Encrypter, error) { return ToSealedBox(key) }}
}

// encrypted returns the token, encrypted to the target.
func (to target) encrypted(t *testing.T) string {
	t.Helper()
	encrypt, err := to.build(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ciphertext, err := encrypt(madeUpToken)
	if err != nil {
		t.Fatal(err)
	}
	return ciphertext
}

// subject is what an error is about, if it is not about one recipient of a list.
const subject = -1

// invalidKey is a target that is refused with an error about the recipient with
// that index, or about the subject, that contains want.
type invalidKey struct {
	to        target
	recipient int
	want      string
}

func (test invalidKey) check(t *testing.T) {
	t.Helper()
	encrypt, err := test.to.build(time.Now())
	if encrypt != nil || err == nil {
		t.Fatalf("built an Encrypter (%t), error %v", encrypt != nil, err)
	}
	test.to.checkRepeatsNoKey(t, err)
	if errors.Is(err, ErrSecretKey) {
		t.Errorf("it is taken for a secret key")
	}
	if invalid, ok := errors.AsType[RecipientErrors](err); ok {
		err = invalid.only(t, test.recipient)
	} else if test.recipient != subject {
		t.Errorf("the error is not about recipient %d", test.recipient)
	}
	if !strings.Contains(err.Error(), test.want) {
		t.Errorf("%v\nwant: %s", err, test.want)
	}
}

// only returns the error about the recipient with that index, which has to be the
// only one.
func (e RecipientErrors) only(t *testing.T, index int) error {
	t.Helper()
	for i, err := range e {
		if (err != nil) != (i == index) {
			t.Fatalf("recipient %d: %v", i, err)
		}
	}
	if index < 0 || index >= len(e) {
		t.Fatalf("no error about recipient %d", index)
	}
	return e[index]
}

// checkRepeatsNoKey looks for words of the keys in an error.
func (to target) checkRepeatsNoKey(t *testing.T, err error) {
	t.Helper()
	for _, key := range to.keys {
		for piece := range strings.FieldsSeq(key) {
			if len(piece) > 8 && strings.Contains(err.Error(), piece) {
				t.Errorf("%q is repeated: %v", piece, err)
			}
		}
	}
}

// checkSecret wants the targets to be refused because they hold a secret key.
func checkSecret(t *testing.T, targets map[string]target) {
	t.Helper()
	for name, to := range targets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if encrypt, err := to.build(time.Now()); encrypt != nil || !errors.Is(err, ErrSecretKey) {
				t.Errorf("built an Encrypter (%t), error %v", encrypt != nil, err)
			}
		})
	}
}

// must is for errors that only a mistake in a test can cause.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// sshKey returns a pair of keys as ssh-keygen writes them.
func sshKey(private any) (secret, public string) {
	signer := must(ssh.NewSignerFromKey(private))
	return string(pem.EncodeToMemory(must(ssh.MarshalPrivateKey(private, "")))), string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

func newEd25519() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(rand.Text() + rand.Text())[:32])
}

// newPGPKey returns a key, and its public part with and without armor.
func newPGPKey(config *packet.Config) (key *openpgp.Entity, armored string, binary []byte) {
	key = must(openpgp.NewEntity("Octocat", "", "octocat@example.com", config))
	var public bytes.Buffer
	if err := key.Serialize(&public); err != nil {
		panic(err)
	}
	return key, inArmor(openpgp.PublicKeyType, public.Bytes()), public.Bytes()
}

func inArmor(kind string, data []byte) string {
	var text strings.Builder
	w := must(armor.Encode(&text, kind, nil))
	must(w.Write(data))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return text.String() + "\n"
}
