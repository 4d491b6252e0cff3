"""HKP402 unscriptable-attribute-lost."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.modules.module_class import MODULE, AttributeFact
from hookproof.rules.use_rule import (
    LOST,
    ScriptModuleUseRule,
    defined,
    fact_of,
    is_missing,
    is_read,
    is_traced,
    is_unscriptable,
    is_written,
    lost,
)
from hookproof.worlds.outcome import Outcome


class UnscriptableAttributeLost(ScriptModuleUseRule):
    """A Python hook reads an attribute that scripting leaves behind.

    ## What it does
    Finds reads of attributes without a TorchScript type, of class attributes and of names that start with
    two underscores in a Python hook that receives a scripted module: through a global hook or
    `nn.Module.register_forward_hook(scripted, hook)`.

    ## Why it breaks
    The scripted module is a new object. It has what TorchScript could take over, and the rest stays on the
    Python module it was made from.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.seen = set()

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        m.seen.add(output.shape)


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Keep such things outside the module.

    ```python
    import torch
    from torch import Tensor, nn


    seen = set()


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        seen.add(output.shape)


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `AttributeError: 'RecursiveScriptModule' object has no attribute 'seen'`, when the hook runs.
    """

    code = "HKP402"
    name = "unscriptable-attribute-lost"
    summary = "A Python hook reads an attribute that scripting leaves behind"
    worlds = frozenset({"script-module"})
    prediction = LOST

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        fact = fact_of(use)
        if (
            is_traced(outcome)
            or outcome.is_frozen
            or fact is None
            or not is_read(use)
            or is_written(outcome, use)
        ):
            return
        is_lost = is_unscriptable(outcome, use) or _is_function(fact)
        if not (is_lost or (fact.owner != MODULE and is_missing(outcome, use))):
            return
        why = fact.type.reason if is_lost and fact.type.reason else _why(fact.kind)
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is {why}, which the ScriptModule lacks: scripting leaves it behind",
            attribute=use.text,
            evidence=defined(use),
            prediction=lost(use.name),
            expression=use.text,
        )


def _is_function(fact: AttributeFact) -> bool:
    """Return whether the attribute is a function, which compiled code may call but Python cannot read."""
    return fact.kind == "value" and not fact.jit and fact.type.python == "function"


def _why(kind: str) -> str:
    return "a class attribute that is not `Final`" if kind == "class value" else "a dunder name"
