"""TorchScript: what script, trace, freeze and load do to the hooks of a module."""
