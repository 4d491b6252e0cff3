"""`hookproof run`: runs a program as it is, in this process, and tells what became of its hooks."""
