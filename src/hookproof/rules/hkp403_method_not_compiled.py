"""HKP403 method-not-compiled."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.modules.module_class import MODULE
from hookproof.rules.use_rule import (
    LOST,
    METHOD_KINDS,
    ScriptModuleUseRule,
    defined,
    fact_of,
    is_read,
    is_traced,
    is_written,
    lost,
    torch_attribute,
)
from hookproof.worlds.outcome import Outcome


class MethodNotCompiled(ScriptModuleUseRule):
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
    fixable = "sometimes"
    worlds = frozenset({"traced", "script-module"})
    prediction = LOST

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        fact = fact_of(use)
        if (
            fact is None
            or fact.owner == MODULE
            or fact.kind not in METHOD_KINDS
            or use.name in {None, "forward"}
        ):
            return
        if not is_read(use) or outcome.is_frozen or is_written(outcome, use) or not _is_lost(outcome, use):
            return
        remedy = "tracing keeps no methods" if is_traced(outcome) else "mark it with `@torch.jit.export`"
        if torch_attribute(use) is not None:
            remedy = "it stays in Python"
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` does not exist on the ScriptModule; {remedy}",
            attribute=use.text,
            evidence=defined(use, "defined here"),
            prediction=lost(use.name),
            expression=use.text,
        )


def _is_lost(outcome: Outcome, use: Use) -> bool:
    fact, known = fact_of(use), torch_attribute(use)
    if use.name in outcome.project.facts.module_attributes:
        return False  # the ScriptModule has nn.Module's own method of that name
    if known is not None:
        return (known.traced if is_traced(outcome) else known.scripted) is False
    if fact is None or use.owner is None or fact.function is None:
        return False
    if is_traced(outcome):
        return True
    if fact.kind != "method":
        return True
    return not fact.jit and use.name is not None and not use.owner.reaches(use.name)
