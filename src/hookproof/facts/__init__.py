"""Facts: what the probed torch does, and the names that torch gives to what is looked for."""
