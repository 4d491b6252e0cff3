"""One file for each way to mend a hook or its registration; each has its `REPAIRS`."""
