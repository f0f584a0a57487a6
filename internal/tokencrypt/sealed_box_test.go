package tokencrypt

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/nacl/box"
)

func TestToSealedBox(t *testing.T) {
	t.Parallel()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range []string{base64Of(public[:]), base64Of(public[:]) + "\n"} {
		sealed := must(base64.StdEncoding.DecodeString(sealedBoxTo(given).encrypted(t)))
		if got, ok := box.OpenAnonymous(nil, sealed, public, private); !ok || string(got) != madeUpToken {
			t.Errorf("decrypts %q", got)
		}
	}
}

func TestToSealedBox_invalid(t *testing.T) {
	t.Parallel()
	random := make([]byte, 65)
	_, _ = rand.Read(random)
	zero, one := make([]byte, 32), make([]byte, 32)
	one[0] = 1
	// This is one of the points of order eight of Curve25519.
	eight := must(base64.StdEncoding.DecodeString("4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA="))
	for name, test := range map[string]invalidKey{
		"empty":       {sealedBoxTo(""), subject, "it is not base64"},
		"hexadecimal": {sealedBoxTo(strings.Repeat("4f", 32)), subject, "it is base64 of 48 bytes, and a key has 32"},
		"no padding":  {sealedBoxTo(base64.RawStdEncoding.EncodeToString(random[:32])), subject, "it is not base64"},
		"stray bits":  {sealedBoxTo(strings.Repeat("A", 42) + "B="), subject, "it is not base64"},
		"too short":   {sealedBoxTo(base64Of(random[:31])), subject, "it is base64 of 31 bytes"},
		"too long":    {sealedBoxTo(base64Of(make([]byte, 1<<20))), subject, "it is base64 of 1048576 bytes"},
		"password":    {sealedBoxTo("hunter2 made up"), subject, "it is not base64"},
		"zero":        {sealedBoxTo(base64Of(zero)), subject, "it is a weak key"},
		"one":         {sealedBoxTo(base64Of(one)), subject, "it is a weak key"},
		"order eight": {sealedBoxTo(base64Of(eight)), subject, "it is a weak key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

func TestToSealedBox_secret(t *testing.T) {
	t.Parallel()
	random := make([]byte, 64)
	_, _ = rand.Read(random)
	sshSecret, _ := sshKey(newEd25519())
	checkSecret(t, map[string]target{
		"pair of keys":  sealedBoxTo(base64Of(random)),
		"SSH":           sealedBoxTo(sshSecret),
		"age, identity": sealedBoxTo(must(age.GenerateX25519Identity()).String()),
	})
}
