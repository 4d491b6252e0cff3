"""The torch of the interpreter that is asked."""

from __future__ import annotations

import contextlib
import importlib
import warnings
from typing import Any

# By name and untyped: the linter's own environment, where these files are type-checked, needs no torch.
torch: Any = importlib.import_module("torch")
nn: Any = torch.nn


class _Warnings:
    """Python's `warnings` for torch.jit alone: a warning that is made an error ends no experiment.

    torch warns of TorchScript itself, so where a project turns warnings into errors nothing could be asked.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(warnings, name)

    def warn(self, *arguments: Any, **options: Any) -> None:
        """Warn, as the project's filters say, and go on."""
        with contextlib.suppress(Warning):
            warnings.warn(*arguments, **options)


def outlive_warnings() -> None:
    """Let no warning of torch.jit's become an error."""
    for name in ("_script", "_trace", "_freeze", "_serialization", "_recursive", "_check", "frontend"):
        module = getattr(torch.jit, name, None)
        if module is not None and getattr(module, "warnings", None) is warnings:
            module.warnings = _Warnings()
