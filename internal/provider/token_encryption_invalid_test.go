package provider

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/crypto/ssh"
)

// noPath is where an error about a secret points, so that no CLI prints a line.
const noPath = ""

type invalidKey struct {
	to   *tokenEncryption
	path string
	want string
}

// check wants one error, at its path, that repeats nothing of what is given; and
// the same from encrypter.
func (test invalidKey) check(t *testing.T) {
	t.Helper()
	var diags diag.Diagnostics
	encrypt := test.to.encrypter(time.Now(), &diags)
	if len(diags) != 1 {
		t.Fatalf("%d errors, want 1: %v", len(diags), diags)
	}
	at := noPath
	if d, ok := diags[0].(diag.DiagnosticWithPath); ok {
		at = d.Path().String()
	}
	text := diags[0].Summary() + "\n" + diags[0].Detail()
	if at != test.path || !strings.Contains(text, test.want) {
		t.Errorf("at %q: %s\nwant, at %q: %s", at, text, test.path, test.want)
	}
	given := []string{test.to.PGPKey.ValueString(), test.to.SealedBoxKey.ValueString()}
	for _, element := range test.to.AgeRecipients.Elements() {
		given = append(given, element.(types.String).ValueString()) //nolint:forcetypeassert // ageTo made it
	}
	for _, value := range given {
		for piece := range strings.FieldsSeq(value) {
			if len(piece) > 8 && strings.Contains(text, piece) {
				t.Errorf("%q is repeated: %s", piece, text)
			}
		}
	}
	if encrypt != nil && !diags.HasError() {
		t.Error("there is an encrypter")
	}
}

func TestTokenEncryption_invalidChoice(t *testing.T) {
	t.Parallel()
	recipient := must(age.GenerateX25519Identity()).Recipient().String()
	two := ageTo(recipient)
	two.PGPKey = types.StringValue("made up")
	secret := sealedBoxTo(base64Of(make([]byte, 64)))
	secret.PGPKey = types.StringValue("made up")
	maybe := *two
	maybe.SealedBoxKey = types.StringUnknown()
	for name, test := range map[string]invalidKey{
		"empty":           {pgpTo(""), "encrypt_token", "Set one of"},
		"none":            {&tokenEncryption{}, "encrypt_token", "Set one of age_recipients, pgp_key and sealed_box_key"},
		"two":             {two, "encrypt_token.pgp_key", "Only one of age_recipients and pgp_key can be set"},
		"two, one secret": {secret, noPath, "encrypt_token.sealed_box_key looks like a secret key"},
		"two and a maybe": {&maybe, "encrypt_token.pgp_key", "Only one of age_recipients and pgp_key can be set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

func TestTokenEncryption_invalidAge(t *testing.T) {
	t.Parallel()
	identity, hybrid := must(age.GenerateX25519Identity()), must(age.GenerateHybridIdentity())
	good := identity.Recipient().String()
	secret, public := sshKey(newEd25519())
	_, short := sshKey(must(rsa.GenerateKey(rand.Reader, 1024)))
	_, other := sshKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	blob := strings.Fields(public)[1]
	signer := must(ssh.NewSignerFromKey(newEd25519()))
	certificate := &ssh.Certificate{Key: signer.PublicKey()}
	if err := certificate.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	const first, second = "encrypt_token.age_recipients[0]", "encrypt_token.age_recipients[1]"
	for name, test := range map[string]invalidKey{
		"no recipient":         {ageTo(), "encrypt_token", "Set one of"},
		"empty":                {ageTo(good, ""), second, "it is null or empty"},
		"white space":          {ageTo(" \n"), first, "it is null or empty"},
		"null":                 {&tokenEncryption{AgeRecipients: types.ListValueMust(types.StringType, []attr.Value{types.StringNull()})}, first, "it is null or empty"},
		"one letter off":       {ageTo(good, good[:len(good)-1]+"b"), second, "it is damaged or incomplete"},
		"cut short":            {ageTo(good[:20]), first, "it is damaged or incomplete"},
		"two in one":           {ageTo(good + "\n" + good), first, "it has several lines"},
		"too long":             {ageTo(good + strings.Repeat("q", 1<<20)), first, "too long for a recipient"},
		"too many":             {ageTo(make([]string, 101)...), "encrypt_token.age_recipients", "it has 101 recipients, and 100 are the most"},
		"plugin":               {ageTo("age1yubikey1qmadeupmadeupmadeup"), first, "plugins are not supported"},
		"password":             {ageTo("hunter2-made-up"), first, "neither a recipient"},
		"post-quantum, mixed":  {ageTo(good, hybrid.Recipient().String()), "encrypt_token.age_recipients", "can't mix post-quantum and classic recipients"},
		"SSH, damaged":         {ageTo("ssh-ed25519 " + blob[:40]), first, "copy the whole line of the .pub file"},
		"SSH, short RSA":       {ageTo(short), first, "RSA key size is too small"},
		"SSH, type of another": {ageTo("ssh-rsa " + strings.Fields(other)[1]), first, "copy the whole line of the .pub file"},
		"SSH, certificate":     {ageTo(string(ssh.MarshalAuthorizedKey(certificate))), first, "no SSH key that age can use"},
		"SSH, ECDSA":           {ageTo(other), first, "neither a recipient"},
		"identity":             {ageTo(good, identity.String()), noPath, "encrypt_token.age_recipients looks like a secret key"},
		"identity, lower case": {ageTo(strings.ToLower(identity.String())), noPath, "looks like a secret key"},
		"identity, hybrid":     {ageTo(hybrid.String()), noPath, "looks like a secret key"},
		"identity, cut short":  {ageTo(identity.String()[:40]), noPath, "looks like a secret key"},
		"identity file":        {ageTo("# public key: " + good + "\n" + identity.String()), noPath, "looks like a secret key"},
		"identity of a plugin": {ageTo("AGE-PLUGIN-YUBIKEY-1MADEUPMADEUP"), noPath, "looks like a secret key"},
		"identity and damage":  {ageTo("age1madeup", identity.String()), noPath, "looks like a secret key"},
		"SSH, secret":          {ageTo(secret), noPath, "looks like a secret key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

func TestTokenEncryption_invalidPGP(t *testing.T) {
	t.Parallel()
	key, armored, binary := newPGPKey(nil)
	_, other, otherBinary := newPGPKey(nil)
	_, weak, _ := newPGPKey(&packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024, MinRSABits: 1024})
	_, future, _ := newPGPKey(&packet.Config{Time: func() time.Time { return time.Now().Add(time.Hour) }})
	nameless := *key
	nameless.Identities = nil
	var private, noName bytes.Buffer
	if err := key.SerializePrivate(&private, nil); err != nil {
		t.Fatal(err)
	}
	if err := nameless.Serialize(&noName); err != nil {
		t.Fatal(err)
	}
	forged := bytes.Replace(binary, []byte("Octocat"), []byte("Monalis"), 1)
	block := inArmor(openpgp.PrivateKeyType, private.Bytes())
	sshSecret, sshPublic := sshKey(newEd25519())
	const at = "encrypt_token.pgp_key"
	for name, test := range map[string]invalidKey{
		"file name":                  {pgpTo("~/octocat.asc"), at, "neither a PGP PUBLIC KEY BLOCK nor base64"},
		"Keybase":                    {pgpTo("keybase:octocat"), at, "keys are not fetched from Keybase"},
		"SSH":                        {pgpTo(sshPublic), at, "neither a PGP PUBLIC KEY BLOCK nor base64"},
		"base64 of text":             {pgpTo(base64Of([]byte("made-up password"))), at, "it is no OpenPGP public key, or damaged"},
		"armor, cut short":           {pgpTo(armored[:len(armored)/2]), at, "it is no OpenPGP public key, or damaged"},
		"armor, first line only":     {pgpTo("-----BEGIN PGP PUBLIC KEY BLOCK-----"), at, "its armor is damaged"},
		"base64, cut short":          {pgpTo(base64Of(binary[:60])), at, "it is no OpenPGP public key, or damaged"},
		"message":                    {pgpTo(inArmor("PGP MESSAGE", binary)), at, "but no PGP PUBLIC KEY BLOCK"},
		"no user ID":                 {pgpTo(inArmor(openpgp.PublicKeyType, noName.Bytes())), at, "without any identities"},
		"forged user ID":             {pgpTo(base64Of(forged)), at, "the key has no valid signature of its own"},
		"too long":                   {pgpTo(strings.Repeat("A", 1<<20)), at, "it has 1048576 characters, and 262144 are the most"},
		"two blocks":                 {pgpTo(armored + other), at, "it has several keys"},
		"two keys in a block":        {pgpTo(inArmor(openpgp.PublicKeyType, append(bytes.Clone(binary), otherBinary...))), at, "it has several keys"},
		"two keys in base64":         {pgpTo(base64Of(append(bytes.Clone(binary), otherBinary...))), at, "it has several keys"},
		"weak":                       {pgpTo(weak), at, "too weak: RSA below 2048 bits"},
		"future":                     {pgpTo(future), at, "which is in the future by the clock of this machine"},
		"stray packets":              {pgpTo(base64Of(append(bytes.Clone(binary), 0x99, 0x01))), at, "damaged"},
		"secret":                     {pgpTo(block), noPath, "encrypt_token.pgp_key looks like a secret key"},
		"secret, cut short":          {pgpTo(block[:120]), noPath, "looks like a secret key"},
		"secret, base64":             {pgpTo(base64Of(private.Bytes())), noPath, "looks like a secret key"},
		"secret, base64 cut short":   {pgpTo(base64Of(private.Bytes())[:99]), noPath, "looks like a secret key"},
		"secret, base64 of armored":  {pgpTo(base64Of([]byte(block))), noPath, "looks like a secret key"},
		"secret, said to be public":  {pgpTo(inArmor(openpgp.PublicKeyType, private.Bytes())), noPath, "looks like a secret key"},
		"secret after public":        {pgpTo(armored + block), noPath, "looks like a secret key"},
		"secret after public, bytes": {pgpTo(base64Of(append(bytes.Clone(binary), private.Bytes()...))), noPath, "looks like a secret key"},
		"secret, SSH":                {pgpTo(sshSecret), noPath, "looks like a secret key"},
		"secret, SSH without armor":  {pgpTo(strings.Join(strings.Split(sshSecret, "\n")[1:4], "\n")), noPath, "looks like a secret key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}

func TestTokenEncryption_invalidSealedBox(t *testing.T) {
	t.Parallel()
	const at = "encrypt_token.sealed_box_key"
	random := make([]byte, 65)
	_, _ = rand.Read(random)
	zero, one := make([]byte, 32), make([]byte, 32)
	one[0] = 1
	// One of the points of order eight of Curve25519.
	eight := must(base64.StdEncoding.DecodeString("4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA="))
	sshSecret, _ := sshKey(newEd25519())
	for name, test := range map[string]invalidKey{
		"hexadecimal":   {sealedBoxTo(strings.Repeat("4f", 32)), at, "it is base64 of 48 bytes, and a key has 32"},
		"no padding":    {sealedBoxTo(base64.RawStdEncoding.EncodeToString(random[:32])), at, "it is not base64"},
		"stray bits":    {sealedBoxTo(strings.Repeat("A", 42) + "B="), at, "it is not base64"},
		"too short":     {sealedBoxTo(base64Of(random[:31])), at, "it is base64 of 31 bytes"},
		"too long":      {sealedBoxTo(base64Of(make([]byte, 1<<20))), at, "it is base64 of 1048576 bytes"},
		"password":      {sealedBoxTo("hunter2 made up"), at, "it is not base64"},
		"zero":          {sealedBoxTo(base64Of(zero)), at, "it is no key that protects anything"},
		"one":           {sealedBoxTo(base64Of(one)), at, "it is no key that protects anything"},
		"order eight":   {sealedBoxTo(base64Of(eight)), at, "it is no key that protects anything"},
		"pair of keys":  {sealedBoxTo(base64Of(random[:64])), noPath, "encrypt_token.sealed_box_key looks like a secret key"},
		"SSH, secret":   {sealedBoxTo(sshSecret), noPath, "looks like a secret key"},
		"age, identity": {sealedBoxTo(must(age.GenerateX25519Identity()).String()), noPath, "looks like a secret key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
}
