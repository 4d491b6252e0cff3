"""hookproof: finds PyTorch module hooks that do not survive TorchScript, and proves it."""

__version__ = "0.1.0"
