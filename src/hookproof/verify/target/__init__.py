"""What runs beside torch: loaded by `worker.py` under a name of its own, never imported by the linter."""
