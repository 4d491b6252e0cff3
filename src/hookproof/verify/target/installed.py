"""The torch of the interpreter that is asked."""

from __future__ import annotations

import importlib
from typing import Any

# By name and untyped: the linter's own environment, where these files are type-checked, needs no torch.
torch: Any = importlib.import_module("torch")
nn: Any = torch.nn
