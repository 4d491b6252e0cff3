"""HKP415 property-object."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.rules.use_rule import (
    ScriptModuleUseRule,
    defined,
    fact_of,
    is_left_out,
    is_read,
    is_traced,
    is_written,
)
from hookproof.worlds.outcome import Outcome


class PropertyObject(ScriptModuleUseRule):
    """A Python hook reads a property of a ScriptModule and gets the property itself.

    ## What it does
    Finds properties that a Python hook reads on a scripted module.

    ## Why it breaks
    Scripting compiles properties and puts them on the ScriptModule, but on the instance, where Python does
    not call them: what is read is a `property` object instead of the value. It is always true, equals nothing
    and prints as `<property object at …>`.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    sizes = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        @property
        def size(self) -> int:
            return 2

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        sizes.append(m.size == 2)


    net = Net()
    net.register_forward_hook(hook)
    net(torch.ones(1, 2))
    eager = sizes.pop()

    model = torch.jit.script(Net())
    nn.Module.register_forward_hook(model, hook)
    model(torch.ones(1, 2))
    scripted = sizes.pop()
    ```

    ## Use instead
    Export a method, which a ScriptModule has as a method.

    ```python
    import torch
    from torch import Tensor, nn


    sizes = []


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        @torch.jit.export
        def size(self) -> int:
            return 2

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        sizes.append(m.size() == 2)


    net = Net()
    net.register_forward_hook(hook)
    net(torch.ones(1, 2))
    eager = sizes.pop()

    model = torch.jit.script(Net())
    nn.Module.register_forward_hook(model, hook)
    model(torch.ones(1, 2))
    scripted = sizes.pop()
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP415"
    name = "property-object"
    summary = "A Python hook reads a property of a ScriptModule and gets the property itself"
    worlds = frozenset({"script-module"})
    outcome = "silent"

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        fact = fact_of(use)
        if fact is None or fact.kind != "property" or is_left_out(fact) or not is_read(use):
            return
        if is_traced(outcome) or outcome.is_frozen or outcome.is_reloaded or is_written(outcome, use):
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is the property object itself on a ScriptModule; export a method instead",
            attribute=use.text,
            evidence=defined(use, "defined here"),
            expression=use.text,
        )
