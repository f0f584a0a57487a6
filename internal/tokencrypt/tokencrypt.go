// Package tokencrypt encrypts a token to somebody's public key: as an age file,
// as an OpenPGP message, or as a libsodium sealed box.
//
// A key is checked when its Encrypter is built, and not when there is a token to
// encrypt. A server shows a token only once, so a key that turns out to be
// unusable afterwards would cost the token.
//
// The text of an error continues a sentence about the key, such as "Cannot encrypt
// to KEY: it is damaged". It never repeats any part of the key: a text that is not
// a public key may be a secret.
package tokencrypt

import "errors"

// Encrypter encrypts a token to somebody's public key. The ciphertext is text,
// and what it decrypts to is the token without a line break. It is not for several
// goroutines at the same time, because an OpenPGP key remembers what it has verified.
type Encrypter func(token string) (ciphertext string, err error)

// ErrSecretKey is the error for a secret key in place of a public key. Callers
// must not show the place where they read the key, because the key is there.
var ErrSecretKey = errors.New("it is a secret key")

// tryOut returns encrypt after it has encrypted something. Some keys can be
// parsed, and only encrypting shows that they cannot be used.
func tryOut(encrypt Encrypter) (Encrypter, error) {
	if _, err := encrypt("trial"); err != nil {
		return nil, err
	}
	return encrypt, nil
}
