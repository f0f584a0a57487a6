package provider

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/crypto/ssh"
)

const (
	maxAgeRecipients      = 100
	maxAgeRecipientLength = 4096 // an RSA key of 16384 bits has 2800 characters
)

// ageEncrypter encrypts to every recipient that is known, nil where there is
// none. Errors about a single one go to diags, with its index.
func ageEncrypter(list types.List, diags *diag.Diagnostics) (func(string) (string, error), error) {
	elements := list.Elements()
	if len(elements) == 0 {
		return nil, errors.New("it is empty; name at least one recipient")
	}
	if len(elements) > maxAgeRecipients {
		return nil, fmt.Errorf("it has %d recipients, and %d are the most", len(elements), maxAgeRecipients)
	}
	var recipients []age.Recipient
	for i, element := range elements {
		if element.IsUnknown() {
			continue
		}
		var text string
		if s, ok := element.(types.String); ok {
			text = strings.TrimSpace(s.ValueString())
		}
		recipient, err := ageRecipient(text)
		if err != nil {
			addKeyError(path.Root("encrypt_token").AtName("age_recipients").AtListIndex(i), err, diags)
			continue
		}
		recipients = append(recipients, recipient)
	}
	if len(recipients) == 0 {
		return nil, nil
	}
	return func(token string) (string, error) {
		var file strings.Builder
		armored := armor.NewWriter(&file)
		plain, err := age.Encrypt(armored, recipients...)
		if err != nil {
			return "", err
		}
		_, err = io.WriteString(plain, token)
		err = errors.Join(err, plain.Close(), armored.Close())
		return file.String(), err
	}, nil
}

// ageRecipient parses what age's own command takes, but for plugins, which are
// programs. The library's errors repeat the text, so they are not passed on.
func ageRecipient(text string) (age.Recipient, error) {
	var (
		recipient age.Recipient
		err       error
	)
	// No 1 is in what follows the name of the kind.
	kind := text[:strings.LastIndex(text, "1")+1]
	switch {
	case text == "":
		return nil, errors.New("it is null or empty; leave it out, or give a recipient")
	case len(text) > maxAgeRecipientLength:
		return nil, fmt.Errorf("it has %d characters, which is too long for a recipient", len(text))
	case strings.ContainsAny(text, "\r\n"):
		return nil, errors.New("it has several lines; make each recipient an element of its own")
	case strings.HasPrefix(text, "ssh-"):
		return sshRecipient(text)
	case kind == "age1":
		recipient, err = age.ParseX25519Recipient(text)
	case kind == "age1pq1":
		recipient, err = age.ParseHybridRecipient(text)
	case strings.HasPrefix(text, "age1"):
		return nil, errors.New("it is for a plugin of age, and plugins are not supported; give a recipient that age-keygen or ssh-keygen made")
	default:
		return nil, errors.New("it is neither a recipient that age-keygen printed (age1…) nor an SSH public key (ssh-ed25519 …, ssh-rsa …)")
	}
	if err != nil {
		return nil, errors.New("it is damaged or incomplete; copy the whole recipient that age-keygen printed")
	}
	return recipient, nil
}

func sshRecipient(text string) (age.Recipient, error) {
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
		return nil, fmt.Errorf("it is no SSH key that age can use (%w); give one of ssh-ed25519, or of ssh-rsa with at least 2048 bits", err)
	}
	return recipient, nil
}
