package main

import "os"

// waitForParent returns when the parent process, whose ID is parent, has exited.
// Windows gives a process without a parent no other one, so the ID stays the same.
// But any process can be waited for. The error says why this one cannot.
func waitForParent(parent int) error {
	process, err := os.FindProcess(parent)
	if err != nil {
		return err
	}
	_, err = process.Wait()
	return err
}
