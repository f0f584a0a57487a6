package tokencrypt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"
)

func TestToAge(t *testing.T) {
	t.Parallel()
	x25519, hybrid := must(age.GenerateX25519Identity()), must(age.GenerateHybridIdentity())
	edSecret, edPublic := sshKey(newEd25519())
	rsaSecret, rsaPublic := sshKey(must(rsa.GenerateKey(rand.Reader, 2048)))
	ed, rsaIdentity := must(agessh.ParseIdentity([]byte(edSecret))), must(agessh.ParseIdentity([]byte(rsaSecret)))
	for name, test := range map[string]struct {
		to       target
		decrypts []age.Identity
	}{
		"X25519":        {ageTo(x25519.Recipient().String() + "\n"), []age.Identity{x25519}},
		"post-quantum":  {ageTo(hybrid.Recipient().String()), []age.Identity{hybrid}},
		"each decrypts": {ageTo(x25519.Recipient().String(), edPublic, rsaPublic), []age.Identity{x25519, ed, rsaIdentity}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, identity := range test.decrypts {
				file := armor.NewReader(strings.NewReader(test.to.encrypted(t)))
				if got := string(must(io.ReadAll(must(age.Decrypt(file, identity))))); got != madeUpToken {
					t.Errorf("%T decrypts %q", identity, got)
				}
			}
		})
	}
}

func TestToAge_invalid(t *testing.T) {
	t.Parallel()
	good, hybrid := must(age.GenerateX25519Identity()).Recipient().String(), must(age.GenerateHybridIdentity()).Recipient().String()
	_, public := sshKey(newEd25519())
	_, short := sshKey(must(rsa.GenerateKey(rand.Reader, 1024)))
	_, other := sshKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	blob := strings.Fields(public)[1]
	signer := must(ssh.NewSignerFromKey(newEd25519()))
	certificate := &ssh.Certificate{Key: signer.PublicKey(), ValidPrincipals: []string{"octocat"}}
	if err := certificate.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]invalidKey{
		"no recipient":         {ageTo(), subject, "it is empty; name at least one recipient"},
		"empty":                {ageTo(good, ""), 1, "it is null or empty"},
		"white space":          {ageTo(" \n"), 0, "it is null or empty"},
		"one letter off":       {ageTo(good, good[:len(good)-1]+"b"), 1, "it is damaged or incomplete"},
		"cut short":            {ageTo(good[:20]), 0, "it is damaged or incomplete"},
		"two in one":           {ageTo(good + "\n" + good), 0, "it has several lines"},
		"too long":             {ageTo(good + strings.Repeat("q", 1<<20)), 0, "too long for a recipient"},
		"too many":             {ageTo(make([]string, 101)...), subject, "it has 101 recipients, and the maximum is 100"},
		"plugin":               {ageTo("age1yubikey1qmadeupmadeupmadeup"), 0, "plugins are not supported"},
		"password":             {ageTo("hunter2-made-up"), 0, "neither a recipient"},
		"post-quantum, mixed":  {ageTo(good, hybrid), subject, "can't mix post-quantum and classic recipients"},
		"SSH, damaged":         {ageTo("ssh-ed25519 " + blob[:40]), 0, "copy the whole line of the .pub file"},
		"SSH, short RSA":       {ageTo(short), 0, "RSA key size is too small"},
		"SSH, type of another": {ageTo("ssh-rsa " + strings.Fields(other)[1]), 0, "copy the whole line of the .pub file"},
		"SSH, certificate":     {ageTo(string(ssh.MarshalAuthorizedKey(certificate))), 0, "not an SSH key that age can use"},
		"SSH, ECDSA":           {ageTo(other), 0, "neither a recipient"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

func TestToAge_secret(t *testing.T) {
	t.Parallel()
	identity, hybrid := must(age.GenerateX25519Identity()), must(age.GenerateHybridIdentity())
	good := identity.Recipient().String()
	secret, _ := sshKey(newEd25519())
	checkSecret(t, map[string]target{
		"identity":             ageTo(good, identity.String()),
		"identity, lower case": ageTo(strings.ToLower(identity.String())),
		"identity, hybrid":     ageTo(hybrid.String()),
		"identity, cut short":  ageTo(identity.String()[:40]),
		"identity file":        ageTo("# public key: " + good + "\n" + identity.String()),
		"identity of a plugin": ageTo("AGE-PLUGIN-YUBIKEY-1MADEUPMADEUP"),
		"identity and damage":  ageTo("age1madeup", identity.String()),
		"SSH":                  ageTo(secret),
	})
}
