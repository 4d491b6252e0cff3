"""HKP310 variable-index."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import ModuleClass
from hookproof.rules.use_rule import CompiledUseRule, fact_of
from hookproof.worlds.outcome import Outcome

_INDEXED = ("torch.nn.ModuleList", "torch.nn.Sequential", "torch.nn.ModuleDict")


class VariableIndex(CompiledUseRule):
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

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        if use.operation == "variable index":
            if use.owner is not None and any(use.owner.is_a(name) for name in _INDEXED):
                yield self._found(
                    outcome, use, f"`{use.text}` needs a literal index; loop over `{use.receiver}`"
                )
            return
        called = _called(use)
        if called is not None and called.lacks_forward:
            yield self._found(outcome, use, f"`{use.text}` has no `forward` to call; call its children")

    def _found(self, outcome: Outcome, use: Use, message: str) -> Finding:
        return self.finding(outcome, use.location, message, attribute=use.text, expression=use.text)


def _called(use: Use) -> ModuleClass | None:
    """Return the class of the submodule that is called, itself or its `forward`."""
    if use.kind != "call":
        return None
    if use.operation == "call":
        return use.owner if use.path else None
    if use.name == "forward" and use.path:
        return use.owner
    fact = fact_of(use)
    return fact.module_class if fact is not None and fact.kind == "submodule" else None
