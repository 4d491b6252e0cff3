"""hookproof: finds PyTorch module hooks that break or are lost outside eager mode, and proves it."""

__version__ = "0.1.0"
