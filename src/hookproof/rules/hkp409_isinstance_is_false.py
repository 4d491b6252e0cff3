"""HKP409 isinstance-is-false."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.rules.use_rule import ScriptModuleUseRule
from hookproof.semantic.effects import decides_nothing
from hookproof.worlds.outcome import Outcome

_BASE_CLASSES = frozenset({"torch.nn.Module", "torch.nn.modules.module.Module", "builtins.object"})


class IsinstanceIsFalse(ScriptModuleUseRule):
    """A Python hook tests a ScriptModule for its Python class.

    ## What it does
    Finds `isinstance(m, Net)` in a Python hook that receives a scripted or traced `Net`.

    ## Why it breaks
    A ScriptModule is a new object of another class, whatever it was made from. The test is false, and
    what it decides is silently skipped.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    results = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        if isinstance(m, Net):
            results.append(output)


    net = Net()
    net.register_forward_hook(hook)
    net(torch.ones(1, 2))
    eager = len(results)

    results.clear()
    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    scripted = len(results)
    ```

    ## Use instead
    Compare `original_name`, which ScriptModules have.

    ```python
    import torch
    from torch import Tensor, nn


    results = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        if isinstance(m, torch.jit.ScriptModule) or isinstance(m, Net):
            results.append(output)


    net = Net()
    net.register_forward_hook(hook)
    net(torch.ones(1, 2))
    eager = len(results)

    results.clear()
    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    scripted = len(results)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP409"
    name = "isinstance-is-false"
    summary = "A Python hook tests a ScriptModule for its Python class, which is false"
    severity = "warning"
    worlds = frozenset({"traced", "script-module"})
    outcome = "silent"

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if use.operation != "isinstance" or use.target is None or use.owner is None:
            return
        if use.target in _BASE_CLASSES or not use.owner.is_a(use.target):
            return
        if use.node is not None and decides_nothing(use.node, use.scope.functions[-1]):
            return
        name = use.target.rpartition(".")[2]
        yield self.finding(
            outcome,
            use.location,
            f"`{use.receiver}` is a ScriptModule here and no `{name}`, so this is false",
            attribute=use.receiver,
            evidence=(),
            expression=use.text,
        )
