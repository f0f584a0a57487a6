// Command release does what goreleaser leaves to a project, and checks what
// goreleaser has made.
//
//	release licenses FILE          writes the licences of what all binaries are linked with
//	release sbom VERSION ZIP FILE  writes what the binary in an archive is made of, as CycloneDX
//	release check [-signed] DIST   checks the files of a release
package main

import (
	"context"
	"errors"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background(), os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "licenses":
		return writeLicenses(ctx, args[1])
	case len(args) == 4 && args[0] == "sbom":
		return writeSBOM(ctx, args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "check":
		return check(ctx, args[1], false)
	case len(args) == 3 && args[0] == "check" && args[1] == "-signed":
		return check(ctx, args[2], true)
	}
	return errors.New("usage: release licenses FILE | sbom VERSION ZIP FILE | check [-signed] DIST")
}
