package tokencrypt

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

func TestDecryptAge(t *testing.T) {
	t.Parallel()
	x25519, other, hybrid := must(age.GenerateX25519Identity()), must(age.GenerateX25519Identity()), must(age.GenerateHybridIdentity())
	edSecret, edPublic := sshKey(newEd25519())
	rsaSecret, rsaPublic := sshKey(must(rsa.GenerateKey(rand.Reader, 2048)))
	for name, test := range map[string]struct {
		to       target
		identity string
	}{
		"X25519":          {ageTo(x25519.Recipient().String()), x25519.String()},
		"post-quantum":    {ageTo(hybrid.Recipient().String()), hybrid.String() + "\n"},
		"with comments":   {ageTo(x25519.Recipient().String()), "# created: today\n# public key: " + x25519.Recipient().String() + "\n" + x25519.String() + "\n"},
		"several":         {ageTo(x25519.Recipient().String()), other.String() + "\n\n" + x25519.String()},
		"one of several":  {ageTo(other.Recipient().String(), edPublic, x25519.Recipient().String()), x25519.String()},
		"SSH, Ed25519":    {ageTo(edPublic), edSecret},
		"SSH, RSA":        {ageTo(other.Recipient().String(), rsaPublic), rsaSecret},
		"SSH, trimmed":    {ageTo(edPublic), strings.TrimSpace(edSecret)},
		"SSH, line break": {ageTo(edPublic), "\n" + edSecret + "\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			identities, err := ParseIdentities(test.identity)
			if err != nil {
				t.Fatal(err)
			}
			file := test.to.encrypted(t)
			for _, file := range []string{file, strings.TrimSpace(file), "\n" + strings.ReplaceAll(file, "\n", "\r\n")} {
				if token, err := DecryptAge(file, identities); token != madeUpToken || err != nil {
					t.Errorf("%q, %v", token, err)
				}
			}
		})
	}
}

// An error names the problem, and repeats nothing of the identity.
func TestParseIdentities_invalid(t *testing.T) {
	t.Parallel()
	x25519 := must(age.GenerateX25519Identity())
	secret := x25519.String()
	edSecret, edPublic := sshKey(newEd25519())
	protected := string(pem.EncodeToMemory(must(ssh.MarshalPrivateKeyWithPassphrase(newEd25519(), "", []byte("made up")))))
	for name, test := range map[string]struct{ identity, want string }{
		"empty":                {" \n", "it is empty"},
		"comments only":        {"# nothing\n", "damaged or incomplete"},
		"one letter off":       {secret[:len(secret)-1] + "B", "damaged or incomplete"},
		"cut":                  {secret[:40], "damaged or incomplete"},
		"recipient":            {x25519.Recipient().String(), "it is a public key"},
		"SSH public key":       {edPublic, "it is a public key"},
		"plugin":               {"AGE-PLUGIN-YUBIKEY-1QQQQQQ", "for a plugin of age"},
		"SSH with passphrase":  {protected, "passphrase"},
		"SSH, cut":             {edSecret[:len(edSecret)/2], "not an SSH private key that age can use"},
		"certificate":          {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not an SSH private key that age can use"},
		"text":                 {"not a key", "damaged or incomplete"},
		"one bad line of two":  {secret + "\nnot a key", "damaged or incomplete"},
		"too long":             {strings.Repeat(secret+"\n", 1000), "too long"},
		"lower case, no count": {strings.ToLower(secret[:len(secret)-2]), "damaged or incomplete"},
	} {
		_, err := ParseIdentities(test.identity)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
		checkNotRepeated(t, err, test.identity)
	}
}

func TestDecryptAge_invalid(t *testing.T) {
	t.Parallel()
	x25519, other := must(age.GenerateX25519Identity()), must(age.GenerateX25519Identity())
	file := ageTo(x25519.Recipient().String()).encrypted(t)
	identities := must(ParseIdentities(x25519.String()))
	lines := strings.Split(file, "\n")
	_, armored, _ := newPGPKey(nil)
	for name, test := range map[string]struct {
		file       string
		identities Identities
		want       string
	}{
		"another identity": {file, must(ParseIdentities(other.String())), "no identity in age_identity can decrypt it"},
		"OpenPGP":          {pgpTo(armored).encrypted(t), identities, "it is an OpenPGP message"},
		"base64":           {"aGVsbG8=", identities, "not an armored age file"},
		"token":            {madeUpToken, identities, "not an armored age file"},
		"empty":            {"", identities, "not an armored age file"},
		"cut":              {file[:len(file)/2], identities, "damaged or incomplete"},
		"a line is gone":   {strings.Join(append([]string{lines[0]}, lines[2:]...), "\n"), identities, "damaged or incomplete"},
		"header only":      {lines[0], identities, "damaged or incomplete"},
		"too long":         {lines[0] + "\n" + strings.Repeat("A", 2<<20), identities, "too long"},
	} {
		token, err := DecryptAge(test.file, test.identities)
		if err == nil || !strings.Contains(err.Error(), test.want) || token != "" {
			t.Errorf("%s: %q, %v, want %q", name, token, err, test.want)
		}
		checkNotRepeated(t, err, test.file)
		checkNotRepeated(t, err, x25519.String())
	}
}

// checkNotRepeated fails if an error has a part of a text.
func checkNotRepeated(t *testing.T, err error, text string) {
	t.Helper()
	for part := range strings.FieldsSeq(text) {
		if len(part) > 8 && err != nil && strings.Contains(err.Error(), part) {
			t.Errorf("%q repeats %q", err, part)
		}
	}
}

// FuzzDecryptAge decrypts any text with any identity. There is a token or an error.
func FuzzDecryptAge(f *testing.F) {
	x25519 := must(age.GenerateX25519Identity())
	encrypt := must(ToAge([]string{x25519.Recipient().String()}))
	file := must(encrypt(madeUpToken))
	f.Add(file, x25519.String())
	f.Add(file[:100], x25519.String()+"\n#")
	f.Add("", "-----BEGIN OPENSSH PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, file, identity string) {
		identities, err := ParseIdentities(identity)
		if err != nil {
			checkNotRepeated(t, err, identity)
			return
		}
		if token, err := DecryptAge(file, identities); err != nil && token != "" {
			t.Errorf("%q, %v", token, err)
		}
	})
}
