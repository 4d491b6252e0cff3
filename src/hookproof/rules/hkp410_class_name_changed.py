"""HKP410 class-name-changed."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.touch import Touch
from hookproof.finding import Finding
from hookproof.rules.touch_rule import ScriptModuleTouchRule, is_read, module_entry, world_of
from hookproof.worlds.case import Case


class ClassNameChanged(ScriptModuleTouchRule):
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
    summary = "A Python hook asks a ScriptModule for its class, which is another one"
    severity = "warning"
    worlds = frozenset({"traced", "script-module"})
    outcome = "silent"

    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch goes wrong for this rule's reason."""
        if touch.operation == "type" or (
            touch.name == "__class__" and touch.use == "read" and is_read(touch)
        ):
            actual = (
                "TopLevelTracedModule"
                if case.world == "traced" and not touch.path
                else "a ScriptModule class"
            )
        elif touch.name == "_get_name" and touch.use == "call":
            entry = module_entry(case, touch, world_of(case, touch), "call")
            if entry is None or entry.status != "silent":
                return
            actual = "RecursiveScriptModule"
        else:
            return
        yield self.finding(
            case,
            touch.place,
            f"`{touch.text}` is {actual} here, not the Python class; see `original_name`",
            attribute=touch.receiver,
            expression=touch.text,
        )
