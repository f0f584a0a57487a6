package tokencrypt

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// FuzzEncrypters passes any text as a key. Either tokens can be encrypted to it, or the
// constructor refuses it with an error that repeats nothing of it.
func FuzzEncrypters(f *testing.F) {
	secret, public := sshKey(newEd25519())
	_, armored, binary := newPGPKey(&packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	identity, hybrid := must(age.GenerateX25519Identity()), must(age.GenerateHybridIdentity())
	for _, key := range []string{
		identity.Recipient().String(), identity.String(), hybrid.Recipient().String(), public, secret,
		"age1yubikey1madeup", "ssh-rsa AAAAB3NzaC1yc2E=", armored, base64Of(binary), base64Of([]byte(armored)), "keybase:octocat",
		base64Of(append(bytes.Clone(binary), binary...)), inArmor("PGP MESSAGE", binary), inArmor(openpgp.PrivateKeyType, binary),
		base64Of(make([]byte, 32)), base64Of(bytes.Repeat([]byte{9}, 32)), base64Of(make([]byte, 64)), "made up",
	} {
		for kind := range byte(3) {
			f.Add(kind, key, "")
		}
	}
	const value = "hunter2-made-up"
	now := time.Now()
	f.Fuzz(func(t *testing.T, kind byte, before, after string) {
		for _, key := range []string{before + after, before + value + after, base64Of([]byte(before + value + after))} {
			to := [...]target{ageTo(key), pgpTo(key), sealedBoxTo(key)}[kind%3]
			encrypt, err := to.build(now)
			if isSecret := LooksLikeSecretKey(key); isSecret != errors.Is(err, ErrSecretKey) {
				t.Errorf("%q: %v; a secret key: %t", key, err, isSecret)
			}
			if err != nil {
				if strings.Contains(err.Error(), value) {
					t.Errorf("%q is repeated: %v", key, err)
				}
				continue
			}
			if _, err := encrypt(madeUpToken); err != nil {
				t.Errorf("%q: %v", key, err)
			}
		}
	})
}
