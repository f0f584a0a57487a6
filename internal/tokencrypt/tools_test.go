package tokencrypt

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// envRequireDecrypters makes the tests fail instead of skip if the programs that
// decrypt are not installed.
const envRequireDecrypters = "GHES_REQUIRE_DECRYPTERS"

// needsTool returns the first of the programs that runs with args. It skips the
// test if none does.
func needsTool(t *testing.T, what string, programs []string, args ...string) string {
	t.Helper()
	for _, program := range programs {
		if exec.CommandContext(t.Context(), program, args...).Run() == nil {
			return program
		}
	}
	if os.Getenv(envRequireDecrypters) != "" {
		t.Fatalf("%s is not installed, and %s is set", what, envRequireDecrypters)
	}
	t.Skipf("%s is not installed", what)
	return ""
}

// output runs a program, and returns its standard output unchanged.
func output(t *testing.T, environment []string, stdin, program string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Env = append(os.Environ(), environment...)
	command.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return stdout.String()
}

// The age command decrypts a file to the token and nothing else.
func TestToAge_decryptsWithAge(t *testing.T) {
	t.Parallel()
	tool := needsTool(t, "age", []string{"age"}, "--version")
	dir := t.TempDir()
	identity, sshIdentity := filepath.Join(dir, "age"), filepath.Join(dir, "ssh")
	output(t, nil, "", "age-keygen", "-o", identity)
	recipient := output(t, nil, "", "age-keygen", "-y", identity)
	secret, public := sshKey(newEd25519())
	if err := os.WriteFile(sshIdentity, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	file := ageTo(recipient, public).encrypted(t)
	for _, by := range []string{identity, sshIdentity} {
		if got := output(t, nil, file, tool, "--decrypt", "--identity", by); got != madeUpToken {
			t.Errorf("%s decrypts %q", filepath.Base(by), got)
		}
	}
}

// GitHub's documentation uses PyNaCl for the secrets of Actions.
func TestToSealedBox_decryptsWithPyNaCl(t *testing.T) {
	t.Parallel()
	python := needsTool(t, "PyNaCl", []string{"python3", "/usr/bin/python3"}, "-c", "import nacl.public")
	const preamble = "import sys\nfrom nacl.encoding import Base64Encoder as b\nfrom nacl.public import PrivateKey, SealedBox\n"
	keys := strings.Fields(output(t, nil, "", python, "-c", preamble+
		"k = PrivateKey.generate()\nprint(k.encode(b).decode(), k.public_key.encode(b).decode())"))
	sealed := sealedBoxTo(keys[1]).encrypted(t)
	got := output(t, nil, keys[0]+" "+sealed, python, "-c", preamble+
		"k, s = sys.stdin.read().split(' ')\nsys.stdout.buffer.write(SealedBox(PrivateKey(k, b)).decrypt(s, b))")
	if got != madeUpToken {
		t.Errorf("decrypts %q", got)
	}
}

// gnupg is GnuPG with its own home directory.
type gnupg struct {
	t    *testing.T
	home string
}

func newGnuPG(t *testing.T) *gnupg {
	t.Helper()
	needsTool(t, "gpg", []string{"gpg"}, "--version")
	home, err := os.MkdirTemp("", "gpg") //nolint:usetesting // the agent's socket needs a short path
	if err != nil {
		t.Fatal(err)
	}
	g := &gnupg{t: t, home: home}
	t.Cleanup(func() {
		kill := exec.CommandContext(context.Background(), "gpgconf", "--homedir", home, "--kill", "all")
		if err := kill.Run(); err != nil {
			t.Errorf("gpgconf --kill all: %v", err)
		}
		_ = os.RemoveAll(home)
	})
	return g
}

func (g *gnupg) run(stdin string, args ...string) string {
	g.t.Helper()
	return output(g.t, []string{"GNUPGHOME=" + g.home, "LC_ALL=C"}, stdin, "gpg",
		append([]string{"--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""}, args...)...)
}

// key creates a key with that use and expiry, and with the subkeys, which are
// "algorithm use expiry". It returns the fingerprint.
func (g *gnupg) key(algorithm, use, expiry string, subkeys ...string) string {
	g.t.Helper()
	name := strings.ToLower(g.t.Name()) + time.Now().Format("-150405.000000000") + "@example.com"
	g.run("", "--batch", "--quick-generate-key", name, algorithm, use, expiry)
	var fingerprint string
	for line := range strings.Lines(g.run("", "--list-keys", "--with-colons", name)) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			fingerprint = fields[9]
		}
	}
	for _, subkey := range subkeys {
		g.run("", append([]string{"--batch", "--quick-add-key", fingerprint}, strings.Fields(subkey)...)...)
	}
	return fingerprint
}

// revoke imports the revocation certificate that gpg creates with every key.
func (g *gnupg) revoke(fingerprint string) {
	g.t.Helper()
	file, err := os.ReadFile(filepath.Join(g.home, "openpgp-revocs.d", fingerprint+".rev"))
	if err != nil {
		g.t.Fatal(err)
	}
	// A colon in front of the armor protects the key from an accidental import.
	g.run(strings.Replace(string(file), "\n:---", "\n---", 1), "--batch", "--import")
}

// revokeSubkey revokes the first subkey.
func (g *gnupg) revokeSubkey(fingerprint string) {
	g.t.Helper()
	g.run("key 1\nrevkey\ny\n0\n\ny\nsave\n", "--command-fd", "0", "--edit-key", fingerprint)
}

func (g *gnupg) export(fingerprint string) string {
	g.t.Helper()
	return g.run("", "--armor", "--export", fingerprint)
}

func TestToPGP_decryptsWithGnuPG(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	edwards := g.key("ed25519", "cert,sign", "1d", "cv25519 encr 1d", "ed25519 sign 1d")
	successor := g.key("ed25519", "cert", "1d", "cv25519 encr 1d", "cv25519 encr 1d")
	g.revokeSubkey(successor)
	for name, key := range map[string]string{
		"Curve25519":           g.export(edwards),
		"Curve25519, base64":   base64Of([]byte(g.run("", "--export", edwards))),
		"RSA":                  g.export(g.key("rsa2048", "cert,sign", "1d", "rsa2048 encr 1d")),
		"RSA, one key for all": g.export(g.key("rsa2048", "cert,sign,encr", "never")),
		"NIST P-384":           g.export(g.key("nistp384", "cert", "never", "nistp384 encr never")),
		"one of two revoked":   g.export(successor),
		"default of gpg":       g.export(g.key("default", "default", "1y")),
	} {
		message := pgpTo(key).encrypted(t)
		if got := g.run(message, "--batch", "--decrypt"); got != madeUpToken {
			t.Errorf("%s: decrypts %q", name, got)
		}
	}
}

func TestToPGP_invalidWithGnuPG(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	pair := g.key("ed25519", "cert", "never", "cv25519 encr never")
	revoked := g.key("ed25519", "cert", "never", "cv25519 encr never")
	g.revoke(revoked)
	subkeyRevoked := g.key("ed25519", "cert", "never", "cv25519 encr never")
	g.revokeSubkey(subkeyRevoked)
	certificate, err := os.ReadFile(filepath.Join(g.home, "openpgp-revocs.d", pair+".rev"))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]invalidKey{
		"revoked":                {pgpTo(g.export(revoked)), subject, "the key is revoked"},
		"subkey revoked":         {pgpTo(g.export(subkeyRevoked)), subject, "its subkey for encryption is revoked"},
		"signs only":             {pgpTo(g.export(g.key("ed25519", "cert,sign", "never"))), subject, "it can only sign"},
		"signs only, RSA":        {pgpTo(g.export(g.key("rsa2048", "cert", "never", "rsa2048 sign never"))), subject, "it can only sign"},
		"weak":                   {pgpTo(g.export(g.key("rsa1024", "cert,encr", "never"))), subject, "the key is of a kind that is too weak"},
		"subkey weak":            {pgpTo(g.export(g.key("ed25519", "cert", "never", "rsa1024 encr never"))), subject, "its subkey for encryption is of a kind that is too weak"},
		"revocation certificate": {pgpTo(strings.Replace(string(certificate), "\n:---", "\n---", 1)), subject, "it is not an OpenPGP public key"},
		"several":                {pgpTo(g.run("", "--armor", "--export", pair, revoked)), subject, "it has several keys"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.check(t)
		})
	}
	checkSecret(t, map[string]target{
		"secret":         pgpTo(g.run("", "--batch", "--armor", "--export-secret-keys", pair)),
		"secret, base64": pgpTo(base64Of([]byte(g.run("", "--batch", "--export-secret-keys", pair)))),
		"secret subkeys": pgpTo(base64Of([]byte(g.run("", "--batch", "--export-secret-subkeys", pair)))),
	})
}

// A key can be used until it expires, and no longer.
func TestToPGP_expires(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	for key, want := range map[string]string{
		g.export(g.key("ed25519", "cert", "1d", "cv25519 encr never")): "the key has expired",
		g.export(g.key("rsa2048", "cert", "never", "rsa2048 encr 1d")): "its subkey for encryption has expired",
	} {
		for after, problem := range map[time.Duration]string{0: "", 23 * time.Hour: "", 25 * time.Hour: want} {
			_, err := ToPGP(key, time.Now().Add(after))
			switch {
			case problem == "" && err != nil:
				t.Errorf("after %s: %v", after, err)
			case problem != "" && (err == nil || !strings.Contains(err.Error(), problem)):
				t.Errorf("after %s: %v; want %s", after, err, problem)
			}
		}
	}
}
