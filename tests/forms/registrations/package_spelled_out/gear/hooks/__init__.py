from ._attach import install

__all__ = ["install"]
