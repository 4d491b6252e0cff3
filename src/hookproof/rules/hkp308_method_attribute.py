"""HKP308 method-attribute."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.touch import Touch
from hookproof.finding import Finding, Prediction
from hookproof.rules.compiled_body import visit_body
from hookproof.rules.touch_rule import METHOD_KINDS, CompiledTouchRule, fact_of
from hookproof.syntax import ir
from hookproof.worlds.case import Case


class MethodAttribute(CompiledTouchRule):
    """A compiled hook looks into a method, or replaces one.

    ## What it does
    Finds attributes of methods, such as `m.forward.__name__` or `m.forward.__code__`, and assignments to
    a method.

    ## Why it breaks
    In compiled code a method can be called and nothing else: it is no object, has no attributes and
    cannot be replaced.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.forward.__name__)


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Write what you know down.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print("forward")


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: attribute lookup is not defined on method`, while scripting.
    """

    code = "HKP308"
    name = "method-attribute"
    summary = "A compiled hook looks into a method, or replaces one"
    prediction = Prediction(
        "RuntimeError", r"attribute lookup is not defined on method|method cannot be used as a value"
    )

    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch breaks for this rule's reason."""
        if touch.operation == "method attribute":
            why = (
                f"a compiled method has no attributes, not even `{touch.name}`"
                if touch.name
                else "a method has no attributes"
            )
        elif touch.use == "write" and touch.operation == "attribute" and _is_method(touch):
            why = "a compiled method cannot be replaced"
        elif touch.use == "read" and touch.operation == "attribute" and _is_method(touch):
            if not _is_used_as_value(case, touch):
                return
            why = "a compiled method can only be called"
        else:
            return
        yield self.finding(
            case,
            touch.place,
            f"`{touch.text}`: {why}",
            attribute=touch.text,
            expression=touch.text,
        )


def _is_method(touch: Touch) -> bool:
    fact = fact_of(touch)
    return touch.name == "forward" if fact is None else fact.kind in METHOD_KINDS


def _is_used_as_value(case: Case, touch: Touch) -> bool:
    """Tell whether a method is compared or handed to a call; a name for it may still be called."""
    if case.hook is None or case.hook.function is None:
        return False
    return any(
        visit.node is touch.node and isinstance(visit.parent, (ir.Operation, ir.Argument))
        for visit in visit_body(case.hook.function)
    )
