package provider

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// maxPGPKeyLength is what a key with a photo and the signatures of many needs.
const maxPGPKeyLength = 256 << 10

// pgpEncrypter encrypts to the one key in text, which has to be usable now.
func pgpEncrypter(text string, now time.Time) (func(string) (string, error), error) {
	key, err := readPGPKey(text)
	if err != nil {
		return nil, err
	}
	config := &packet.Config{
		Time:          func() time.Time { return now },
		DefaultCipher: packet.CipherAES256,
	}
	if _, err := key.EncryptionKeyWithError(now, config); err != nil {
		return nil, whyUnusable(key, now, config, err)
	}
	return func(token string) (string, error) {
		var message strings.Builder
		armored, err := armor.Encode(&message, "PGP MESSAGE", nil)
		if err != nil {
			return "", err
		}
		plain, err := openpgp.Encrypt(armored, []*openpgp.Entity{key}, nil, nil, nil, config)
		if err != nil {
			return "", err
		}
		_, err = io.WriteString(plain, token)
		err = errors.Join(err, plain.Close(), armored.Close())
		return message.String(), err
	}, nil
}

// readPGPKey reads a key in armor, in base64, or in base64 of armor.
func readPGPKey(text string) (*openpgp.Entity, error) {
	if len(text) > maxPGPKeyLength {
		return nil, fmt.Errorf("it has %d characters, and %d are the most; export it with --export-options export-minimal", len(text), maxPGPKeyLength)
	}
	if strings.HasPrefix(text, "keybase:") {
		return nil, errors.New("keys are not fetched from Keybase; give the key itself, as gpg --armor --export prints it")
	}
	if !isPGPArmor(text) {
		decoded, err := base64.StdEncoding.DecodeString(withoutSpace(text))
		if err != nil || len(decoded) == 0 {
			return nil, errors.New("it is neither a PGP PUBLIC KEY BLOCK nor base64 of an exported key; gpg --armor --export prints the former")
		}
		text = string(decoded)
	}
	var body io.Reader = strings.NewReader(text)
	if isPGPArmor(text) {
		block, err := armor.Decode(body)
		switch {
		case err != nil:
			return nil, errors.New("its armor is damaged or incomplete; gpg --armor --export prints it anew")
		case block.Type != openpgp.PublicKeyType:
			return nil, errors.New("it is something of OpenPGP, but no PGP PUBLIC KEY BLOCK; gpg --armor --export prints one")
		case strings.Count(text, "-----BEGIN PGP ") > 1:
			return nil, errSeveralKeys
		}
		body = block.Body
	}
	packets := packet.NewReader(body)
	key, err := openpgp.ReadEntity(packets)
	if err != nil {
		return nil, fmt.Errorf("it is no OpenPGP public key, or damaged (%w); gpg --armor --export prints one", err)
	}
	if key.PrivateKey != nil {
		return nil, errSecretKey
	}
	switch next, err := packets.Next(); next.(type) {
	case *packet.PrivateKey:
		return nil, errSecretKey
	case nil:
		if !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("it is damaged (%w); gpg --armor --export prints it anew", err)
		}
	default:
		return nil, errSeveralKeys
	}
	return key, nil
}

var errSeveralKeys = errors.New("it has several keys; export the one that is to decrypt alone")

func isPGPArmor(text string) bool { return strings.Contains(text, "-----BEGIN PGP ") }

// isSecretPacket reports whether an OpenPGP packet that begins with that byte is
// a secret key or a secret subkey, in the old format or the new one.
func isSecretPacket(first byte) bool {
	tag := first & 0x3f
	if first&0x40 == 0 {
		tag >>= 2
	}
	return first&0x80 != 0 && (tag == 5 || tag == 7)
}

// whyUnusable says why nothing can be encrypted to a key, of which the library
// says err: for a subkey it means the last one, be it for encryption or not.
func whyUnusable(key *openpgp.Entity, now time.Time, config *packet.Config, err error) error {
	if made := key.PrimaryKey.CreationTime; made.After(now) {
		return fmt.Errorf("it was made at %s, which is in the future by the clock of this machine", made.UTC().Format(time.RFC3339))
	}
	if selection, ok := errors.AsType[pgperrors.ErrEncryptionKeySelection](err); ok {
		return fmt.Errorf("the key %w", pgpProblem(selection.PrimaryKeyErr))
	}
	why := errors.New("it only signs: it has no subkey for encryption, which gpg --quick-add-key adds")
	for _, subkey := range key.Subkeys {
		binding, err := subkey.LatestValidBindingSignature(time.Time{}, config)
		if err != nil || !binding.FlagEncryptCommunications && !binding.FlagEncryptStorage {
			continue
		}
		_, err = subkey.Verify(now, config)
		why = fmt.Errorf("its subkey for encryption %w", pgpProblem(err))
	}
	return why
}

// pgpProblem continues a sentence that begins with the key; err is nil where
// nothing is wrong but the kind of key.
func pgpProblem(err error) error {
	_, weak := errors.AsType[pgperrors.WeakAlgorithmError](err)
	switch {
	case weak || err == nil:
		return errors.New("is of a kind that is too weak: RSA below 2048 bits, DSA, ElGamal or secp256k1")
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return errors.New("is revoked; give its successor")
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return errors.New("has expired; prolong it with gpg --quick-set-expire and export it anew, or give its successor")
	}
	return fmt.Errorf("has no valid signature of its own (%w)", err)
}
