package main

const (
	project      = "terraform-provider-ghes"
	providerPath = "github.com/ghes-tools/" + project
	// manifest tells a registry which protocol the provider speaks.
	manifest     = "terraform-registry-manifest.json"
	ownLicense   = "LICENSE"
	licensesName = "THIRD_PARTY_LICENSES.txt"
)

// platforms are those that a registry serves, in the form and the order in which
// a release's files name them.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64", "linux_s390x",
	"windows_386", "windows_amd64", "windows_arm64",
}

// The names below are what the registries of Terraform and OpenTofu look for.

func archiveName(version, platform string) string {
	return project + "_" + version + "_" + platform + ".zip"
}

// binaryName leaves out the .exe of Windows.
func binaryName(version string) string { return project + "_v" + version }

func sbomName(version, platform string) string {
	return archiveName(version, platform) + ".sbom.json"
}

func manifestName(version string) string { return project + "_" + version + "_manifest.json" }

func sumsName(version string) string { return project + "_" + version + "_SHA256SUMS" }

func signatureName(version string) string { return sumsName(version) + ".sig" }

// summed returns the names of all files that the sums are of.
func summed(version string) []string {
	names := []string{manifestName(version)}
	for _, platform := range platforms {
		names = append(names, archiveName(version, platform), sbomName(version, platform))
	}
	return names
}
