"""HKP413 frozen-attribute-lost."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.modules.module_class import MODULE
from hookproof.rules.use_rule import (
    LOST,
    METHOD_KINDS,
    STATE_KINDS,
    ScriptModuleUseRule,
    defined,
    fact_of,
    is_read,
    is_written,
    lost,
)
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome

_REMOVED = METHOD_KINDS | STATE_KINDS | {"value", "class value", "property"}


class FrozenAttributeLost(ScriptModuleUseRule):
    """A Python hook reads what freezing removed.

    ## What it does
    Finds reads of parameters, buffers, submodules, attributes, methods and `training` in a Python hook that
    receives a frozen module. Constants and `forward` are still there.

    ## Why it breaks
    `torch.jit.freeze` turns everything that `forward` uses into constants of its code, and removes the
    attributes that held it.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.fc.weight)


    frozen = torch.jit.freeze(torch.jit.script(Net().eval()))
    nn.Module.register_forward_hook(frozen, hook)
    frozen(torch.ones(1, 2))
    ```

    ## Use instead
    Name what must stay.

    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.fc.weight)


    frozen = torch.jit.freeze(torch.jit.script(Net().eval()), preserved_attrs=["fc"])
    nn.Module.register_forward_hook(frozen, hook)
    frozen(torch.ones(1, 2))
    ```

    ## What torch says
    `AttributeError: 'RecursiveScriptModule' object has no attribute 'fc'`, when the hook runs.
    """

    code = "HKP413"
    name = "frozen-attribute-lost"
    summary = "A Python hook reads what freezing removed"
    worlds = frozenset({"script-module"})
    prediction = LOST

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if (
            not outcome.is_frozen
            or use.path
            or use.name is None
            or not is_read(use)
            or is_written(outcome, use)
        ):
            return
        if outcome.entry is None or outcome.entry.call is None or _preserves(outcome.entry.call):
            return
        fact = fact_of(use)
        if use.name == "training":
            is_lost = True
        else:
            is_lost = (
                fact is not None and fact.owner != MODULE and fact.kind in _REMOVED and use.name != "forward"
            )
        if not is_lost or (fact is not None and (fact.jit or fact.is_conditional)):
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is gone from the frozen module; name it in `preserved_attrs`",
            attribute=use.text,
            evidence=defined(use),
            prediction=lost(use.name),
            expression=use.text,
        )


def _preserves(call: ir.Call) -> bool:
    """Return whether the call that froze the module names attributes to keep, or may do so."""
    return len(call.args) > 1 and any(
        argument.star or argument.keyword in {None, "preserved_attrs", "other_methods"}
        for argument in call.args[1:]
    )
