"""What a torch accepts of what hooks are written with, where versions differ: a program for each."""

# No `from __future__ import annotations` here: torch 1.8 reads only annotations that are evaluated.
from typing import Any, Callable, Dict, Optional, Tuple

import torch
from torch import Tensor, nn

from .outcome import attempt


class Double(torch.autograd.Function):
    """A function with a gradient of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return twice as much."""
        return x * 2

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """Return the gradient, which is twice as much too."""
        return grads[0] * 2


class Net(nn.Module):
    """A module whose class a hook asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the layer gives."""
        return self.fc(x)


def _applies(module: Net, inputs: Tuple[Tensor], output: Tensor) -> Tensor:
    return Double.apply(output)


def _is_one_of_two(module: Net, inputs: Tuple[Tensor], output: Tensor) -> None:
    if not isinstance(module, nn.Linear) or output.sum() > 0:
        print(output)


def _asserts(module: Net, inputs: Any, output: Tensor) -> None:
    assert torch.isfinite(output).all(), "not finite"


def _asks_int(module: Net, inputs: Any, output: Tensor) -> None:
    int(output.argmax())


def _branches(module: Net, inputs: Any, output: Tensor) -> None:
    if output.sum() > 0:
        pass


def _scripted(module: nn.Module) -> Any:
    return torch.jit.script(module)


def _exported(module: nn.Module) -> Any:
    import torch.export

    # Whether it is strict where nothing says so is part of what is asked.
    return torch.export.export(module, (torch.ones(1, 2),))


# By the name that findings have: how the module leaves eager mode, and the hook that it has then.
PROGRAMS: Dict[str, Tuple[Callable[[nn.Module], Any], Callable[..., Any]]] = {
    "autograd.Function in script": (_scripted, _applies),
    "isinstance or more in script": (_scripted, _is_one_of_two),
    "assert in export": (_exported, _asserts),
    "int in export": (_exported, _asks_int),
    "if in export": (_exported, _branches),
}


def probe_language() -> Dict[str, Optional[bool]]:
    """Return whether each is accepted, None where the module could not leave eager mode without its hook."""
    found: Dict[str, Optional[bool]] = {}
    for name, (leave, hook) in PROGRAMS.items():
        if attempt(lambda leave=leave: leave(Net()))[1] is not None:
            found[name] = None
            continue
        module = Net()
        # Strict exports used to refuse every hook of what is exported itself.
        (module if leave is _scripted else module.fc).register_forward_hook(hook)
        found[name] = attempt(lambda leave=leave, module=module: leave(module))[1] is None
    return found
