"""HKP304 attribute-type-changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.facts.types import TorchType
from hookproof.finding import Finding, Prediction
from hookproof.rules.assignable import is_assignable
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.use_rule import CompiledUseRule, defined, fact_of, is_missing
from hookproof.syntax import ir
from hookproof.torch_types.operations import NUMBER, operation_type
from hookproof.worlds.outcome import Outcome


class AttributeTypeChanged(CompiledUseRule):
    """A compiled hook assigns a value of another type to an attribute.

    ## What it does
    Finds assignments whose value has another TorchScript type than the attribute: an `int` for a `float`, a
    Tensor for an attribute that was None, `/=` on an `int`.

    ## Why it breaks
    An attribute of a compiled module has one type for ever: that of its first value, or of its annotation
    at class level. An annotation on `self.x` inside `__init__` does not count.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.last = None

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        m.last = output


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Annotate it at class level.

    ```python
    from typing import Optional, Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        last: Optional[Tensor]

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.last = None

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        m.last = output


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: Wrong type for attribute assignment. Expected NoneType but got Tensor`, while scripting.
    """

    code = "HKP304"
    name = "attribute-type-changed"
    summary = "A compiled hook assigns a value of another type to an attribute"
    fixable = "sometimes"
    experiment = ReducedHook(is_at_line=True, is_assignment=True)
    prediction = Prediction("RuntimeError", r"Wrong type for attribute assignment")

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        fact = fact_of(use)
        if use.kind != "write" or use.operation != "attribute" or fact is None or use.value_type is None:
            return
        if (
            fact.kind not in {"value", "buffer", "parameter"}
            or fact.is_compiled is not True
            or is_missing(outcome, use)
        ):
            return
        expected = fact.type.name or ("Tensor" if fact.kind in {"buffer", "parameter"} else None)
        is_truth = isinstance(use.value, ir.Operation) and use.value.op in {"and", "or"}
        # Compiled code makes a bool of `and` and `or`, whatever stands on their sides.
        assigned = TorchType("bool", None, True) if is_truth else use.value_type
        if use.operator and expected is not None:
            assigned = operation_type(use.operator, [TorchType(expected, None, True), assigned])
        found = assigned.name
        if expected is None or found is None or is_assignable(found, expected):
            return
        remedy = "annotate it at class level"
        if found == NUMBER:  # what `item()` gives
            remedy = f"write `{expected.removeprefix('Optional[').rstrip(']')}(…)` around the value"
        cannot_test = "|Could not cast value of type .* to bool" if is_truth else ""
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is `{expected}` and cannot become `{found}`; {remedy}",
            attribute=use.text,
            evidence=defined(use),
            prediction=Prediction(
                "RuntimeError",
                rf"Wrong type for attribute assignment. Expected {_spelled(expected)} "
                rf"but got {_spelled(found)}{cannot_test}",
            ),
            expression=use.text,
        )


def _spelled(name: str) -> str:
    return re.escape(name).replace("NoneType", "None(Type)?")  # torch 1.8 has the shorter one
