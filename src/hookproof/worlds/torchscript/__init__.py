"""TorchScript: what script, trace, freeze and load do to the hooks of a module."""

from hookproof.worlds.torchscript.modes import WORLDS

__all__ = ["WORLDS"]
