package tokencrypt

import (
	"errors"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"
)

const (
	maxIdentities = 64 << 10 // bytes of the identities; an RSA key of 16384 bits has 13 kB
	maxAgeFile    = 1 << 20  // bytes of an armored age file; ToAge writes less
	maxPlaintext  = 64 << 10 // bytes of a decrypted token
)

// Identities are secret keys of age.
type Identities []age.Identity

// ParseIdentities returns the identities in text: lines that age-keygen printed, or one
// unencrypted SSH private key. The text of an error continues a sentence about the identity,
// and never repeats any part of it.
func ParseIdentities(text string) (Identities, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, errors.New("it is empty")
	case len(text) > maxIdentities:
		return nil, errors.New("it is too long for an identity")
	case strings.HasPrefix(text, "-----BEGIN"):
		return parseSSHIdentity(text)
	case strings.HasPrefix(text, "age1"), strings.HasPrefix(text, "ssh-"):
		return nil, errors.New("it is a public key; give the secret key that belongs to it")
	case strings.Contains(strings.ToUpper(text), "AGE-PLUGIN-"):
		return nil, errors.New("it is for a plugin of age, which the provider does not run")
	}
	identities, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, errors.New("it is damaged or incomplete; give lines that begin with AGE-SECRET-KEY-, or an SSH private key")
	}
	return identities, nil
}

func parseSSHIdentity(text string) (Identities, error) {
	identity, err := agessh.ParseIdentity([]byte(text + "\n"))
	if _, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		return nil, errors.New("it is an SSH private key that a passphrase protects; give one without a passphrase")
	}
	if err != nil {
		return nil, errors.New("it is not an SSH private key that age can use; give an unencrypted Ed25519 or RSA key in PEM")
	}
	return Identities{identity}, nil
}

// DecryptAge returns the token in an armored age file that ToAge wrote. The text of an error
// continues a sentence about the file, and never repeats any part of it.
func DecryptAge(file string, identities Identities) (string, error) {
	file = strings.TrimSpace(file)
	switch {
	case len(file) > maxAgeFile:
		return "", errors.New("it is too long for an encrypted token")
	case strings.HasPrefix(file, pgpArmorStart):
		return "", errors.New("it is an OpenPGP message; only age can be decrypted here, so use age_recipients")
	case !strings.HasPrefix(file, armor.Header):
		return "", errors.New("it is not an armored age file; only age can be decrypted here, so use age_recipients")
	}
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(file+"\n")), identities...)
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return "", errors.New("no identity in age_identity can decrypt it; give the secret key of one of its recipients")
	}
	if err != nil {
		return "", errors.New("it is damaged or incomplete")
	}
	token, err := io.ReadAll(io.LimitReader(plain, maxPlaintext+1))
	if err != nil || len(token) > maxPlaintext {
		return "", errors.New("it is damaged or incomplete")
	}
	return string(token), nil
}
