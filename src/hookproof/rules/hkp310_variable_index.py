"""HKP310 variable-index."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.touch import Touch
from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import ModuleClass
from hookproof.rules.touch_rule import CompiledTouchRule, fact_of
from hookproof.worlds.case import Case

_INDEXED = ("torch.nn.ModuleList", "torch.nn.Sequential", "torch.nn.ModuleDict")


class VariableIndex(CompiledTouchRule):
    """A compiled hook indexes a container of modules by a variable, or calls the container.

    ## What it does
    Finds `m.layers[i]` where `i` is no literal and `m.layers` is a `ModuleList`, `Sequential` or
    `ModuleDict`, and calls of a `ModuleList` or `ModuleDict`, which have no `forward`.

    ## Why it breaks
    Each child has a type of its own, so the compiler must know which one is meant. A loop over the
    container is unrolled and fine.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.layers = nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        for i in range(2):
            print(m.layers[i](output))


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Loop over the container itself.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.layers = nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        for layer in m.layers:
            print(layer(output))


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: Expected integer literal for index but got a variable or non-integer`, for a `ModuleDict`
    `Unable to extract string literal index`, while scripting.
    """

    code = "HKP310"
    name = "variable-index"
    summary = "A compiled hook indexes a container of modules by a variable, or calls the container"
    prediction = Prediction(
        "Exception",
        r"Expected integer literal for index|Unable to extract string literal index"
        r"|can't take variable number of arguments"
        r"|Expected at most 1 arguments but found",  # torch 1.8
    )

    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch breaks for this rule's reason."""
        if touch.operation == "variable index":
            if touch.owner is not None and any(touch.owner.is_a(name) for name in _INDEXED):
                yield self._found(
                    case, touch, f"`{touch.text}` needs a literal index; loop over `{touch.receiver}`"
                )
            return
        called = _called(touch)
        if called is not None and called.lacks_forward:
            yield self._found(case, touch, f"`{touch.text}` has no `forward` to call; call its children")

    def _found(self, case: Case, touch: Touch, message: str) -> Finding:
        return self.finding(case, touch.place, message, attribute=touch.text, expression=touch.text)


def _called(touch: Touch) -> ModuleClass | None:
    """Return the class of the submodule that is called, itself or its `forward`."""
    if touch.use != "call":
        return None
    if touch.operation == "call":
        return touch.owner if touch.path else None
    if touch.name == "forward" and touch.path:
        return touch.owner
    fact = fact_of(touch)
    return fact.module_class if fact is not None and fact.kind == "submodule" else None
