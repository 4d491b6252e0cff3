"""HKP403 method-not-compiled."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.touch import Touch
from hookproof.finding import Finding
from hookproof.modules.module_class import MODULE
from hookproof.rules.touch_rule import (
    LOST,
    METHOD_KINDS,
    ScriptModuleTouchRule,
    defined,
    fact_of,
    is_read,
    is_traced,
    is_written,
    lost,
    torch_attribute,
)
from hookproof.worlds.case import Case


class MethodNotCompiled(ScriptModuleTouchRule):
    """A Python hook uses a method that its ScriptModule does not have.

    ## What it does
    Finds methods in a Python hook that receives a scripted or traced module: any but `forward` on a
    traced one; on a scripted one those that `forward` does not use and `@torch.jit.export` does not mark.

    ## Why it breaks
    Scripting compiles `forward`, the exported methods and what they call. Other methods do not exist on the
    ScriptModule, and tracing keeps none at all.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def twice(self, x: Tensor) -> Tensor:
            return x * 2

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.twice(output))


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Mark it with `@torch.jit.export`.

    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        @torch.jit.export
        def twice(self, x: Tensor) -> Tensor:
            return x * 2

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.twice(output))


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `AttributeError: 'RecursiveScriptModule' object has no attribute 'twice'`, when the hook runs.
    """

    code = "HKP403"
    name = "method-not-compiled"
    summary = "A Python hook uses a method that its ScriptModule does not have"
    worlds = frozenset({"traced", "script-module"})
    prediction = LOST

    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch goes wrong for this rule's reason."""
        fact = fact_of(touch)
        if (
            fact is None
            or fact.owner == MODULE
            or fact.kind not in METHOD_KINDS
            or touch.name in {None, "forward"}
        ):
            return
        if not is_read(touch) or case.is_frozen or is_written(case, touch) or not _is_lost(case, touch):
            return
        remedy = "tracing keeps no methods" if is_traced(case) else "mark it with `@torch.jit.export`"
        if torch_attribute(touch) is not None:
            remedy = "it stays in Python"
        yield self.finding(
            case,
            touch.place,
            f"`{touch.text}` does not exist on the ScriptModule; {remedy}",
            attribute=touch.text,
            evidence=defined(touch, "defined here"),
            prediction=lost(touch.name),
            expression=touch.text,
        )


def _is_lost(case: Case, touch: Touch) -> bool:
    fact, known = fact_of(touch), torch_attribute(touch)
    if touch.name in case.project.facts.module_attributes:
        return False  # the ScriptModule has nn.Module's own method of that name
    if known is not None:
        return (known.traced if is_traced(case) else known.scripted) is False
    if fact is None or touch.owner is None or fact.function is None:
        return False
    if is_traced(case):
        return True
    if fact.kind != "method":
        return True
    return not fact.jit and touch.name is not None and not touch.owner.reaches(touch.name)
