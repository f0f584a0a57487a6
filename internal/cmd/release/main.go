// Command release writes the licences that come with the binaries, and checks the
// files of a release before anybody gets them.
//
//	release licenses FILE          writes the licences of all modules in the binaries
//	release check [-signed] DIST   checks the directory that goreleaser wrote
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
	case len(args) == 2 && args[0] == "check":
		return check(ctx, args[1], false)
	case len(args) == 3 && args[0] == "check" && args[1] == "-signed":
		return check(ctx, args[2], true)
	}
	return errors.New("usage: release licenses FILE | check [-signed] DIST")
}
