from .factory import build

__all__ = ["build"]
