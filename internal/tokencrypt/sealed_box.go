package tokencrypt

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/nacl/box"
)

// sealedBoxKeySize is the length of an X25519 public key in bytes.
const sealedBoxKeySize = 32

// ToSealedBox returns an Encrypter that writes libsodium sealed boxes in base64,
// as GitHub takes the secrets of Actions. The key is an X25519 public key in
// base64.
func ToSealedBox(key string) (Encrypter, error) {
	if LooksLikeSecretKey(key) {
		return nil, ErrSecretKey
	}
	decoded, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(key))
	switch {
	case err != nil || len(decoded) == 0:
		return nil, errors.New("it is not base64; give the key as the API prints it, all 44 characters")
	case len(decoded) != sealedBoxKeySize:
		return nil, fmt.Errorf("it is base64 of %d bytes, and a key has %d; give the key as the API prints it", len(decoded), sealedBoxKeySize)
	}
	if err := checkX25519Key(decoded); err != nil {
		return nil, err
	}
	to := [sealedBoxKeySize]byte(decoded)
	return tryOut(func(token string) (string, error) {
		sealed, err := box.SealAnonymous(nil, []byte(token), &to, rand.Reader)
		return base64.StdEncoding.EncodeToString(sealed), err
	})
}

// checkX25519Key refuses the few points of low order. Anybody can open a box to
// such a point, and the box package seals it without an error.
func checkX25519Key(key []byte) error {
	public, err := ecdh.X25519().NewPublicKey(key)
	if err != nil {
		return err
	}
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if _, err := private.ECDH(public); err != nil {
		return errors.New("it is a weak key, such as one of zeros only, which protects nothing; create another pair of keys")
	}
	return nil
}
