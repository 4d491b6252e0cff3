"""One rule, one class, one code, one file."""
