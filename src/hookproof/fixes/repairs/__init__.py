"""One file for each way to fix a hook or its registration; each has its `REPAIRS`."""
