package provider

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

// sealedBoxEncrypter encrypts to a key in base64.
func sealedBoxEncrypter(text string) (func(string) (string, error), error) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	switch {
	case err != nil || len(decoded) == 0:
		return nil, errors.New("it is not base64; give the key as the API prints it, all 44 characters")
	case len(decoded) != sealedBoxKeySize:
		return nil, fmt.Errorf("it is base64 of %d bytes, and a key has %d; give the key as the API prints it", len(decoded), sealedBoxKeySize)
	}
	if err := checkX25519Key(decoded); err != nil {
		return nil, err
	}
	key := [sealedBoxKeySize]byte(decoded)
	return func(token string) (string, error) {
		sealed, err := box.SealAnonymous(nil, []byte(token), &key, rand.Reader)
		return base64.StdEncoding.EncodeToString(sealed), err
	}, nil
}

// checkX25519Key refuses the few points of low order. Boxes to them open without
// any key, and the box package makes them without an error.
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
		return errors.New("it is no key that protects anything, such as one of zeros only; make another pair")
	}
	return nil
}
