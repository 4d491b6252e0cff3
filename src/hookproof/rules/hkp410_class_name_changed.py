"""HKP410 class-name-changed."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.rules.use_rule import ScriptModuleUseRule, is_read, module_entry, world_of
from hookproof.worlds.outcome import Outcome


class ClassNameChanged(ScriptModuleUseRule):
    """A Python hook asks a ScriptModule for its class.

    ## What it does
    Finds `type(m)`, `m.__class__` and, on scripted modules, `m._get_name()` in a Python hook that
    receives a ScriptModule.

    ## Why it breaks
    The class of a scripted module is `RecursiveScriptModule`, that of a traced one
    `TopLevelTracedModule`. Names that are made from it, and tables that are looked up by it, are silently
    wrong.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    names = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        names.append(type(m).__name__)


    net = Net()
    net.register_forward_hook(hook)
    net(torch.ones(1, 2))
    eager = names.pop()

    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    scripted = names.pop()
    ```

    ## Use instead
    ScriptModules have `original_name`.

    ```python
    import torch
    from torch import Tensor, nn


    names = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        names.append(m.original_name if hasattr(m, "original_name") else type(m).__name__)


    net = Net()
    net.register_forward_hook(hook)
    net(torch.ones(1, 2))
    eager = names.pop()

    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    scripted = names.pop()
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP410"
    name = "class-name-changed"
    summary = "A Python hook calls `type(m)` on a ScriptModule, which is not your class"
    fixable = "sometimes"
    severity = "warning"
    worlds = frozenset({"traced", "script-module"})
    outcome = "silent"

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if use.operation == "type" or (use.name == "__class__" and use.kind == "read" and is_read(use)):
            actual = (
                "TopLevelTracedModule"
                if outcome.world == "traced" and not use.path
                else "a ScriptModule class"
            )
        elif use.name == "_get_name" and use.kind == "call":
            entry = module_entry(outcome, use, world_of(outcome, use), "call")
            if entry is None or entry.status != "silent":
                return
            actual = "RecursiveScriptModule"
        else:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is {actual} here, not the Python class; see `original_name`",
            attribute=use.receiver,
            expression=use.text,
        )
