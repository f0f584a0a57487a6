package tokencrypt

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

func TestToPGP(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]func(armored string, binary []byte) string{
		"armored":       func(armored string, _ []byte) string { return armored },
		"indented":      func(armored string, _ []byte) string { return "  " + strings.ReplaceAll(armored, "\n", "\n  ") },
		"Windows lines": func(armored string, _ []byte) string { return strings.ReplaceAll(armored, "\n", "\r\n") },
		"base64":        func(_ string, binary []byte) string { return base64Of(binary) },
		"base64 in lines": func(_ string, binary []byte) string {
			var lines strings.Builder
			for line := range slices.Chunk([]byte(base64Of(binary)), 76) {
				lines.WriteString(string(line) + "\n")
			}
			return lines.String()
		},
		"base64 of armored": func(armored string, _ []byte) string { return base64Of([]byte(armored)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A key remembers which of its signatures are valid, so parallel tests cannot share one.
			key, armored, binary := newPGPKey(nil)
			block := must(armor.Decode(strings.NewReader(pgpTo(form(armored, binary)).encrypted(t))))
			if block.Type != "PGP MESSAGE" {
				t.Errorf("a %s", block.Type)
			}
			message := must(openpgp.ReadMessage(block.Body, openpgp.EntityList{key}, nil, nil))
			if got := string(must(io.ReadAll(message.UnverifiedBody))); got != madeUpToken {
				t.Errorf("decrypts %q", got)
			}
		})
	}
}

func TestToPGP_invalid(t *testing.T) {
	t.Parallel()
	key, armored, binary := newPGPKey(nil)
	_, other, otherBinary := newPGPKey(nil)
	_, weak, _ := newPGPKey(&packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024, MinRSABits: 1024})
	_, future, _ := newPGPKey(&packet.Config{Time: func() time.Time { return time.Now().Add(time.Hour) }})
	nameless := *key
	nameless.Identities = nil
	var noName bytes.Buffer
	if err := nameless.Serialize(&noName); err != nil {
		t.Fatal(err)
	}
	forged := bytes.Replace(binary, []byte("Octocat"), []byte("Monalis"), 1)
	_, sshPublic := sshKey(newEd25519())
	for name, test := range map[string]invalidKey{
		"file name":              {pgpTo("~/octocat.asc"), subject, "neither a PGP PUBLIC KEY BLOCK nor base64"},
		"Keybase":                {pgpTo("keybase:octocat"), subject, "keys are not fetched from Keybase"},
		"SSH":                    {pgpTo(sshPublic), subject, "neither a PGP PUBLIC KEY BLOCK nor base64"},
		"base64 of text":         {pgpTo(base64Of([]byte("made-up password"))), subject, "it is not an OpenPGP public key, or it is damaged"},
		"armor, cut short":       {pgpTo(armored[:len(armored)/2]), subject, "it is not an OpenPGP public key, or it is damaged"},
		"armor, first line only": {pgpTo("-----BEGIN PGP PUBLIC KEY BLOCK-----"), subject, "its armor is damaged"},
		"base64, cut short":      {pgpTo(base64Of(binary[:60])), subject, "it is not an OpenPGP public key, or it is damaged"},
		"message":                {pgpTo(inArmor("PGP MESSAGE", binary)), subject, "but no PGP PUBLIC KEY BLOCK"},
		"no user ID":             {pgpTo(inArmor(openpgp.PublicKeyType, noName.Bytes())), subject, "without any identities"},
		"forged user ID":         {pgpTo(base64Of(forged)), subject, "the key has no valid signature of its own"},
		"too long":               {pgpTo(strings.Repeat("A", 1<<20)), subject, "it has 1048576 characters, and the maximum is 262144"},
		"two blocks":             {pgpTo(armored + other), subject, "it has several keys"},
		"two keys in a block":    {pgpTo(inArmor(openpgp.PublicKeyType, append(bytes.Clone(binary), otherBinary...))), subject, "it has several keys"},
		"two keys in base64":     {pgpTo(base64Of(append(bytes.Clone(binary), otherBinary...))), subject, "it has several keys"},
		"weak":                   {pgpTo(weak), subject, "too weak: RSA below 2048 bits"},
		"future":                 {pgpTo(future), subject, "which is in the future by the clock of this machine"},
		"stray packets":          {pgpTo(base64Of(append(bytes.Clone(binary), 0x99, 0x01))), subject, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

func TestToPGP_secret(t *testing.T) {
	t.Parallel()
	key, armored, binary := newPGPKey(nil)
	var private bytes.Buffer
	if err := key.SerializePrivate(&private, nil); err != nil {
		t.Fatal(err)
	}
	var subkey bytes.Buffer
	if err := key.Subkeys[0].PrivateKey.Serialize(&subkey); err != nil {
		t.Fatal(err)
	}
	block := inArmor(openpgp.PrivateKeyType, private.Bytes())
	sshSecret, _ := sshKey(newEd25519())
	checkSecret(t, map[string]target{
		"armored":                pgpTo(block),
		"cut short":              pgpTo(block[:120]),
		"base64":                 pgpTo(base64Of(private.Bytes())),
		"base64 cut short":       pgpTo(base64Of(private.Bytes())[:99]),
		"base64 of armored":      pgpTo(base64Of([]byte(block))),
		"old packet format":      pgpTo(base64Of(append([]byte{0x95, 0x01}, private.Bytes()...))),
		"only a subkey":          pgpTo(base64Of(subkey.Bytes())),
		"in armor of a public":   pgpTo(inArmor(openpgp.PublicKeyType, private.Bytes())),
		"after public":           pgpTo(armored + block),
		"after public, bytes":    pgpTo(base64Of(append(bytes.Clone(binary), private.Bytes()...))),
		"SSH":                    pgpTo(sshSecret),
		"SSH without armor":      pgpTo(strings.Join(strings.Split(sshSecret, "\n")[1:4], "\n")),
		"public and damaged PEM": pgpTo(armored + "-----BEGIN PRIVATE KEY"),
	})
}
