"""HKP308 method-attribute."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.compiled_body import visit_body
from hookproof.rules.use_rule import METHOD_KINDS, CompiledUseRule, fact_of
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome


class MethodAttribute(CompiledUseRule):
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

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        if use.operation == "method attribute":
            why = (
                f"a compiled method has no attributes, not even `{use.name}`"
                if use.name
                else "a method has no attributes"
            )
        elif use.kind == "write" and use.operation == "attribute" and _is_method(use):
            why = "a compiled method cannot be replaced"
        elif use.kind == "read" and use.operation == "attribute" and _is_method(use):
            if not _is_used_as_value(outcome, use):
                return
            why = "a compiled method can only be called"
        else:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}`: {why}",
            attribute=use.text,
            expression=use.text,
        )


def _is_method(use: Use) -> bool:
    fact = fact_of(use)
    return use.name == "forward" if fact is None else fact.kind in METHOD_KINDS


def _is_used_as_value(outcome: Outcome, use: Use) -> bool:
    """Return whether a method is compared or handed to a call; a name for it may still be called."""
    if outcome.hook is None or outcome.hook.function is None:
        return False
    return any(
        visit.node is use.node and isinstance(visit.parent, (ir.Operation, ir.Argument))
        for visit in visit_body(outcome.hook.function)
    )
