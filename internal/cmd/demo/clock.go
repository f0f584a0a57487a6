package main

import (
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/ghes-tools/terraform-provider-ghes/internal/localcli"
	"github.com/ghes-tools/terraform-provider-ghes/internal/provider"
)

// The CLI starts this program as the provider, with these variables set.
const (
	envProvider = "DEMO_PROVIDER" // the path of the built provider
	envDays     = "DEMO_DAYS"     // by how many days the clock is ahead
)

// standIn becomes the built provider. Only when the clock is ahead, which a user cannot
// ask of the built provider, this program serves the same provider with that clock.
func standIn(path string) error {
	days, err := strconv.Atoi(os.Getenv(envDays))
	if err != nil {
		return syscall.Exec(path, os.Args, os.Environ()) //nolint:gosec // The user names the program.
	}
	clock := provider.WithClock(func() time.Time { return daysAhead(days) })
	return tf6server.Serve("registry.terraform.io/ghes-tools/ghes", provider.NewServer(localcli.Version, clock))
}

func daysAhead(days int) time.Time { return time.Now().AddDate(0, 0, days) }

// advance sets the clocks of the server and of the provider to a day of the rotation.
func (d *demo) advance(day int) {
	d.say("  Day %d. (The clocks of the server and of the provider are %[1]d days ahead.)\n", day)
	d.instance.day.Store(int64(day))
	d.cli.Env = append(d.cli.Env, envDays+"="+strconv.Itoa(day))
}
