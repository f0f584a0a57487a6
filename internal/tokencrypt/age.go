package tokencrypt

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"
)

const (
	maxAgeRecipients      = 100
	maxAgeRecipientLength = 4096 // an RSA key of 16384 bits has 2800 characters
)

// RecipientErrors is the error of ToAge for invalid recipients. It has one entry
// for each recipient, at the same index, which is nil if the recipient is valid.
type RecipientErrors []error

func (e RecipientErrors) Error() string { return errors.Join(e...).Error() }

// ToAge returns an Encrypter that writes armored age files, which each of the
// recipients can decrypt. A recipient is a public key that age-keygen printed or
// an SSH public key. The error is RecipientErrors if it is about single
// recipients, and not about the list.
func ToAge(recipients []string) (Encrypter, error) {
	switch n := len(recipients); {
	case slices.ContainsFunc(recipients, LooksLikeSecretKey):
		return nil, ErrSecretKey
	case n == 0:
		return nil, errors.New("it is empty; name at least one recipient")
	case n > maxAgeRecipients:
		return nil, fmt.Errorf("it has %d recipients, and the maximum is %d", n, maxAgeRecipients)
	}
	parsed, invalid := make([]age.Recipient, len(recipients)), make(RecipientErrors, len(recipients))
	for i, text := range recipients {
		parsed[i], invalid[i] = parseAgeRecipient(strings.TrimSpace(text))
	}
	if errors.Join(invalid...) != nil {
		return nil, invalid
	}
	return tryOut(func(token string) (string, error) {
		var file strings.Builder
		armored := armor.NewWriter(&file)
		plain, err := age.Encrypt(armored, parsed...)
		if err != nil {
			return "", err
		}
		_, err = io.WriteString(plain, token)
		err = errors.Join(err, plain.Close(), armored.Close())
		return file.String(), err
	})
}

// parseAgeRecipient accepts the same recipients as the age command, except those
// of plugins: a plugin is a program that would have to be run. The errors of the
// age library repeat the text, so none of them is returned.
func parseAgeRecipient(text string) (age.Recipient, error) {
	var (
		recipient age.Recipient
		err       error
	)
	// A recipient is Bech32: "1" ends its prefix, and does not occur after it.
	prefix := text[:strings.LastIndex(text, "1")+1]
	switch {
	case text == "":
		return nil, errors.New("it is null or empty; leave it out, or give a recipient")
	case len(text) > maxAgeRecipientLength:
		return nil, fmt.Errorf("it has %d characters, which is too long for a recipient", len(text))
	case strings.ContainsAny(text, "\r\n"):
		return nil, errors.New("it has several lines; make each recipient an element of its own")
	case strings.HasPrefix(text, "ssh-"):
		return parseSSHRecipient(text)
	case prefix == "age1":
		recipient, err = age.ParseX25519Recipient(text)
	case prefix == "age1pq1":
		recipient, err = age.ParseHybridRecipient(text)
	case strings.HasPrefix(text, "age1"):
		return nil, errors.New("it is for a plugin of age, and plugins are not supported; give a recipient that age-keygen or ssh-keygen created")
	default:
		return nil, errors.New("it is neither a recipient that age-keygen printed (age1…) nor an SSH public key (ssh-ed25519 …, ssh-rsa …)")
	}
	if err != nil {
		return nil, errors.New("it is damaged or incomplete; copy the whole recipient that age-keygen printed")
	}
	return recipient, nil
}

func parseSSHRecipient(text string) (age.Recipient, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, errors.New("it is damaged or incomplete; copy the whole line of the .pub file")
	}
	var recipient age.Recipient
	switch key.Type() {
	case ssh.KeyAlgoED25519:
		recipient, err = agessh.NewEd25519Recipient(key)
	case ssh.KeyAlgoRSA:
		recipient, err = agessh.NewRSARecipient(key)
	default:
		err = errors.New("another kind")
	}
	if err != nil {
		return nil, fmt.Errorf("it is not an SSH key that age can use (%w); give a key of type ssh-ed25519, or of type ssh-rsa with at least 2048 bits", err)
	}
	return recipient, nil
}
