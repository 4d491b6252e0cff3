"""HKP405 traced-container."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.use_rule import ScriptModuleUseRule
from hookproof.worlds.outcome import Outcome

_OPERATIONS = frozenset({"len", "iterate", "index", "variable index", "contains"})
_CONTAINERS = ("torch.nn.ModuleList", "torch.nn.Sequential", "torch.nn.ModuleDict")


class TracedContainer(ScriptModuleUseRule):
    """A hook on a traced module uses a container of modules as a container.

    ## What it does
    Finds `len`, iteration, `in` and indexing of a `ModuleList`, `Sequential` or `ModuleDict` in a hook on
    the result of `torch.jit.trace`.

    ## Why it breaks
    A traced module's children are plain modules: a traced `ModuleList` is no list any more.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.layers = nn.ModuleList([nn.Linear(2, 2)])

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        for layer in m.layers:
            print(layer.weight.shape)


    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    ```

    ## Use instead
    Go through `children()`.

    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.layers = nn.ModuleList([nn.Linear(2, 2)])

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        for layer in m.layers.children():
            print(layer.weight.shape)


    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    ```

    ## What torch says
    `TypeError: 'TracedModule' object is not iterable`, `… is not subscriptable`, `object of type
    'TracedModule' has no len()`, when the hook runs.
    """

    code = "HKP405"
    name = "traced-container"
    summary = "A hook on a traced module uses a container of modules as a container"
    worlds = frozenset({"traced"})
    prediction = Prediction(
        "TypeError",
        r"Module' object is not (iterable|subscriptable)|has no len\(\)|is not (a container or )?iterable"
        r"|Module' object does not support item assignment",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if outcome.is_reloaded or use.owner is None or use.operation not in _OPERATIONS:
            return
        if not any(use.owner.is_a(name) for name in _CONTAINERS):
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.receiver}` is no container on a traced module; use `{use.receiver}.children()`",
            attribute=use.receiver,
            expression=use.text,
        )
