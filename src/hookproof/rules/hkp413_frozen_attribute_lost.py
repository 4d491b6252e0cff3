"""HKP413 frozen-attribute-lost."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.touch import Touch
from hookproof.finding import Finding
from hookproof.modules.module_class import MODULE
from hookproof.rules.touch_rule import (
    LOST,
    METHOD_KINDS,
    STATE_KINDS,
    ScriptModuleTouchRule,
    defined,
    fact_of,
    is_read,
    is_written,
    lost,
)
from hookproof.syntax import ir
from hookproof.worlds.case import Case

_REMOVED = METHOD_KINDS | STATE_KINDS | {"value", "class value", "property"}


class FrozenAttributeLost(ScriptModuleTouchRule):
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

    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch goes wrong for this rule's reason."""
        if (
            not case.is_frozen
            or touch.path
            or touch.name is None
            or not is_read(touch)
            or is_written(case, touch)
        ):
            return
        if case.entry is None or case.entry.call is None or _preserves(case.entry.call):
            return
        fact = fact_of(touch)
        if touch.name == "training":
            is_lost = True
        else:
            is_lost = (
                fact is not None
                and fact.owner != MODULE
                and fact.kind in _REMOVED
                and touch.name != "forward"
            )
        if not is_lost or (fact is not None and (fact.jit or fact.is_conditional)):
            return
        yield self.finding(
            case,
            touch.place,
            f"`{touch.text}` is gone from the frozen module; name it in `preserved_attrs`",
            attribute=touch.text,
            evidence=defined(touch),
            prediction=lost(touch.name),
            expression=touch.text,
        )


def _preserves(call: ir.Call) -> bool:
    """Tell whether the call that froze the module names attributes to keep, or may do so."""
    return len(call.args) > 1 and any(
        argument.star or argument.keyword in {None, "preserved_attrs", "other_methods"}
        for argument in call.args[1:]
    )
