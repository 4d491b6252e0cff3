"""Lets a program that moves modules and tensors to a GPU run where there is none: they stay on the CPU."""

from __future__ import annotations

import re
from typing import Any, Callable

from .installed import nn, torch

_IS_MISSING = re.compile(
    r"Torch not compiled with (CUDA|XPU|MPS)|Found no NVIDIA driver|No CUDA GPUs are available"
    r"|CUDA driver initialization failed|PyTorch is not linked with support for (cuda|xpu|mps) devices"
)
_DEVICES = re.compile(r"(cuda|xpu|mps|hip)(:\d+)?$")


def is_missing(error: BaseException) -> bool:
    """Tell whether an error is for want of a GPU."""
    return _IS_MISSING.search(str(error)) is not None


def stay() -> None:
    """Keep modules and tensors on the CPU from now on, wherever they are moved to."""
    for owner in (nn.Module, torch.Tensor):
        owner.to = _staying(owner.to)
        owner.cuda = lambda value, *_, **__: value


def _staying(move: Callable[..., Any]) -> Callable[..., Any]:
    def to(value: Any, *arguments: Any, **options: Any) -> Any:
        given = {name: _on_cpu(option) for name, option in options.items()}
        return move(value, *map(_on_cpu, arguments), **given)

    return to


def _on_cpu(value: Any) -> Any:
    """Return the CPU in place of a GPU, and anything else as it is."""
    is_device = isinstance(value, (str, torch.device)) and _DEVICES.match(str(value))
    return "cpu" if is_device or (isinstance(value, int) and not isinstance(value, bool)) else value
