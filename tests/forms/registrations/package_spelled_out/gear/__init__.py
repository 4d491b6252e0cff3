from . import hooks
from .zoo import build

__all__ = ["build", "hooks"]
