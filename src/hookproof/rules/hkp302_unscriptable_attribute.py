"""HKP302 unscriptable-attribute."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.touch import Touch
from hookproof.finding import Finding, Prediction
from hookproof.rules.touch_rule import (
    CompiledTouchRule,
    defined,
    fact_of,
    is_read,
    is_unscriptable,
    may_be_unscriptable,
    no_attribute_of,
)
from hookproof.worlds.case import Case


class UnscriptableAttribute(CompiledTouchRule):
    """A compiled hook reads an attribute whose value has no TorchScript type.

    ## What it does
    Finds reads and calls of instance attributes that hold a set, an empty list or dict without
    annotation, a mixed list, a lambda, a logger: values that TorchScript has no type for.

    ## Why it breaks
    TorchScript takes over only attributes whose type it knows. The others stay behind on the Python module,
    where a compiled hook cannot reach them.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.seen = []

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(len(m.seen))


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Annotate it at class level, or give it a value that has a type.

    ```python
    from typing import List, Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        seen: List[int]

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.seen = []

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(len(m.seen))


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: Module 'Net' has no attribute 'seen' (This attribute exists on the Python module, but we
    failed to convert Python type: 'list' to a TorchScript type. …)`, while scripting.
    """

    code = "HKP302"
    name = "unscriptable-attribute"
    summary = "A compiled hook reads an attribute whose value has no TorchScript type"
    prediction = Prediction(
        "RuntimeError",
        r"has no attribute '\w+' \(This (function exists as an )?attribute"
        r"|Tried to set nonexistent attribute",
    )

    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch breaks for this rule's reason."""
        written = touch.use == "write" and touch.operation == "attribute" and not touch.is_augmented
        is_certain = is_unscriptable(case, touch)
        if not (is_read(touch) or written) or not (is_certain or may_be_unscriptable(touch)):
            return
        fact = fact_of(touch)
        if fact is not None and fact.kind == "constant":
            yield self._constant(case, touch, fact.type.reason or "a Python value")
            return
        found = (fact.type if is_certain else fact.may_be) if fact is not None else None
        reason = (found.reason if found is not None else None) or "a Python value"
        remedy = "annotate it at class level" if reason.startswith("an empty") else "keep it out of the hook"
        verb = "is" if is_certain else "may be"
        prediction = (
            Prediction("RuntimeError", rf"Tried to set nonexistent attribute: {touch.name}\b")
            if written
            else _unreadable(touch, reason)
        )
        yield self.finding(
            case,
            touch.place,
            f"`{touch.text}` {verb} {reason}, without a TorchScript type; {remedy}",
            attribute=touch.text,
            evidence=defined(touch),
            prediction=prediction,
            expression=touch.text,
            is_guess=not is_certain,
        )

    def _constant(self, case: Case, touch: Touch, reason: str) -> Finding:
        return self.finding(
            case,
            touch.place,
            f"`{touch.text}` is {reason}, no valid constant; keep it out of `__constants__` and `Final`",
            attribute=touch.text,
            evidence=defined(touch),
            prediction=Prediction("TypeError", rf"\.{touch.name}' is not a valid constant"),
            expression=touch.text,
        )


def _unreadable(touch: Touch, reason: str) -> Prediction:
    """Return torch's complaint; of a class that an `isinstance` names, it is that of a type."""
    missing = no_attribute_of(touch)
    if reason != "a class":
        return missing
    return Prediction(missing.exception, rf"{missing.message}|Unknown type name '[\w.]+\.{touch.name}'")
