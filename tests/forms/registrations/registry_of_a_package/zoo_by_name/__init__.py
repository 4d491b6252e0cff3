from . import nets  # noqa: F401
from .table import create  # noqa: F401
