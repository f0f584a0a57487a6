package tokencrypt

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

// maxPGPKeyLength is enough for a key with a photo and many signatures.
const maxPGPKeyLength = 256 << 10

// pgpArmorStart begins the armor of everything in OpenPGP.
const pgpArmorStart = "-----BEGIN PGP "

// OutdatedKeyError is for a key that is valid at another time than the one that it is used at.
type OutdatedKeyError struct{ reason string }

func (e *OutdatedKeyError) Error() string { return e.reason }

var errSeveralPGPKeys = errors.New("it has several keys; export only the key that is to decrypt")

// ToPGP returns an Encrypter that writes armored OpenPGP messages. The key is one
// public key as GnuPG exports it: armored, in base64, or in base64 of the armor.
// It has to be valid at the time now, which is also the time of the messages; otherwise
// the error is an OutdatedKeyError.
func ToPGP(key string, now time.Time) (Encrypter, error) {
	if LooksLikeSecretKey(key) {
		return nil, ErrSecretKey
	}
	to, err := readPGPKey(key)
	if err != nil {
		return nil, err
	}
	config := &packet.Config{
		Time:          func() time.Time { return now },
		DefaultCipher: packet.CipherAES256,
	}
	if _, err := to.EncryptionKeyWithError(now, config); err != nil {
		return nil, whyUnusable(to, now, config, err)
	}
	return tryOut(func(token string) (string, error) {
		var message strings.Builder
		armored, err := armor.Encode(&message, "PGP MESSAGE", nil)
		if err != nil {
			return "", err
		}
		plain, err := openpgp.Encrypt(armored, []*openpgp.Entity{to}, nil, nil, nil, config)
		if err != nil {
			return "", err
		}
		_, err = io.WriteString(plain, token)
		err = errors.Join(err, plain.Close(), armored.Close())
		return message.String(), err
	})
}

// readPGPKey returns the only key in text. A secret key in armor that calls it
// public is found here.
func readPGPKey(text string) (*openpgp.Entity, error) {
	decoded, err := decodePGP(text)
	if err != nil {
		return nil, err
	}
	packets := packet.NewReader(decoded)
	key, err := openpgp.ReadEntity(packets)
	if err != nil {
		return nil, fmt.Errorf("it is not an OpenPGP public key, or it is damaged (%w); export the key with gpg --armor --export", err)
	}
	if key.PrivateKey != nil {
		return nil, ErrSecretKey
	}
	if err := checkEnd(packets); err != nil {
		return nil, err
	}
	return key, nil
}

// decodePGP returns the bytes of OpenPGP that text holds in armor, in base64, or
// in base64 of armor.
func decodePGP(text string) (io.Reader, error) {
	if len(text) > maxPGPKeyLength {
		return nil, fmt.Errorf("it has %d characters, and the maximum is %d; export it with --export-options export-minimal", len(text), maxPGPKeyLength)
	}
	if strings.HasPrefix(text, "keybase:") {
		return nil, errors.New("keys are not fetched from Keybase; give the key itself, as gpg --armor --export prints it")
	}
	if !isPGPArmor(text) {
		decoded, err := base64.StdEncoding.DecodeString(withoutSpace(text))
		if err != nil || len(decoded) == 0 {
			return nil, errors.New("it is neither a PGP PUBLIC KEY BLOCK nor base64 of an exported key; gpg --armor --export prints such a block")
		}
		text = string(decoded)
	}
	if !isPGPArmor(text) {
		return strings.NewReader(text), nil
	}
	block, err := armor.Decode(strings.NewReader(text))
	switch {
	case err != nil:
		return nil, errors.New("its armor is damaged or incomplete; export the key again with gpg --armor --export")
	case block.Type != openpgp.PublicKeyType:
		return nil, errors.New("it is OpenPGP data, but no PGP PUBLIC KEY BLOCK; export the key with gpg --armor --export")
	case strings.Count(text, pgpArmorStart) > 1:
		return nil, errSeveralPGPKeys
	}
	return block.Body, nil
}

func isPGPArmor(text string) bool { return strings.Contains(text, pgpArmorStart) }

// checkEnd returns an error unless all packets are read.
func checkEnd(packets *packet.Reader) error {
	next, err := packets.Next()
	switch next.(type) {
	case nil:
		if !errors.Is(err, io.EOF) {
			return fmt.Errorf("it is damaged (%w); export the key again with gpg --armor --export", err)
		}
		return nil
	case *packet.PrivateKey:
		return ErrSecretKey
	}
	return errSeveralPGPKeys
}

// whyUnusable explains why nothing can be encrypted to a key. The error err of the
// library explains it for the primary key, but not for the subkeys. It has the error of
// the last subkey, even if that one is not for encryption.
func whyUnusable(key *openpgp.Entity, now time.Time, config *packet.Config, err error) error {
	if created := key.PrimaryKey.CreationTime; created.After(now) {
		return &OutdatedKeyError{fmt.Sprintf("it was created at %s, which is in the future by the clock of this machine", created.UTC().Format(time.RFC3339))}
	}
	if selection, ok := errors.AsType[pgperrors.ErrEncryptionKeySelection](err); ok {
		return fmt.Errorf("the key %w", pgpProblem(selection.PrimaryKeyErr))
	}
	why := errors.New("it can only sign, because it has no subkey for encryption; add one with gpg --quick-add-key")
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

// pgpProblem returns the rest of a sentence that begins with "the key". A nil err
// means that the signatures of the key are valid, so its algorithm is too weak.
func pgpProblem(err error) error {
	_, weak := errors.AsType[pgperrors.WeakAlgorithmError](err)
	switch {
	case weak || err == nil:
		return errors.New("is of a kind that is too weak: RSA below 2048 bits, DSA, ElGamal or secp256k1")
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return &OutdatedKeyError{"is revoked; give its successor"}
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return &OutdatedKeyError{"has expired; extend it with gpg --quick-set-expire and export it again, or give its successor"}
	}
	return fmt.Errorf("has no valid signature of its own (%w)", err)
}
