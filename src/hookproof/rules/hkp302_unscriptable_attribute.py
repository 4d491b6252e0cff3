"""HKP302 unscriptable-attribute."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.instance_uses import Unusable, unusable
from hookproof.rules.use_rule import (
    CompiledUseRule,
    defined,
    fact_of,
    is_read,
    is_unscriptable,
    may_be_unscriptable,
    no_attribute_of,
)
from hookproof.worlds.outcome import Outcome


class UnscriptableAttribute(CompiledUseRule):
    """A compiled hook reads an attribute whose value has no TorchScript type.

    ## What it does
    Finds reads and calls of instance attributes that hold a set, an empty list or dict without
    annotation, a mixed list, a lambda, a logger: values that TorchScript has no type for.

    Objects of the project's own classes count too, settings and meters above all. Torch compiles their class
    with the module, all methods of it, used or not. There is no type where that fails: for `**kwargs`,
    a default without annotation, `super()`, a dataclass, an attribute that `__init__` sets in a branch or
    that another method sets first. Of a class that compiles, only what its own `__init__` sets on `self`
    and its own methods are there. A named tuple becomes a plain tuple, a member of an `IntEnum` an `int`.

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
    Annotate it at class level, or give it a value that has a type. Of an object, write the class in
    TorchScript's subset, or keep the numbers that the hook needs as attributes of the module.

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
    fixable = "sometimes"
    prediction = Prediction(
        "RuntimeError",
        r"has no attribute '\w+' \(This (function exists as an )?attribute"
        r"|Tried to set nonexistent attribute",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        if is_read(use) and (wrong := unusable(outcome, use)) is not None:
            yield self._instance(outcome, use, wrong)
            return
        written = use.kind == "write" and use.operation == "attribute" and not use.is_augmented
        is_certain = is_unscriptable(outcome, use)
        if not (is_read(use) or written) or not (is_certain or may_be_unscriptable(use)):
            return
        fact = fact_of(use)
        if fact is not None and fact.kind == "constant":
            yield self._constant(outcome, use, fact.type.reason or "a Python value")
            return
        found = (fact.type if is_certain else fact.may_be) if fact is not None else None
        reason = (found.reason if found is not None else None) or "a Python value"
        remedy = "annotate it at class level" if reason.startswith("an empty") else "keep it out of the hook"
        verb = "is" if is_certain else "may be"
        prediction = (
            Prediction("RuntimeError", rf"Tried to set nonexistent attribute: {use.name}\b")
            if written
            else _unreadable(use, reason)
        )
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` {verb} {reason}, without a TorchScript type; {remedy}",
            attribute=use.text,
            evidence=defined(use),
            prediction=prediction,
            expression=use.text,
            is_guess=not is_certain,
        )

    def _instance(self, outcome: Outcome, use: Use, wrong: Unusable) -> Finding:
        found = self.finding(
            outcome,
            use.location,
            f"`{use.text}` {wrong.why}",
            attribute=use.text,
            evidence=(*defined(use), *wrong.evidence),
            prediction=wrong.prediction,
            expression=use.text,
        )
        is_unsure = wrong.is_unsure and found.confidence == "certain"
        return replace(found, confidence="likely") if is_unsure else found

    def _constant(self, outcome: Outcome, use: Use, reason: str) -> Finding:
        return self.finding(
            outcome,
            use.location,
            f"`{use.text}` is {reason}, no valid constant; keep it out of `__constants__` and `Final`",
            attribute=use.text,
            evidence=defined(use),
            prediction=Prediction("TypeError", rf"\.{use.name}' is not a valid constant"),
            expression=use.text,
        )


def _unreadable(use: Use, reason: str) -> Prediction:
    """Return torch's complaint; of a class that an `isinstance` names, it is that of a type."""
    missing = no_attribute_of(use)
    if reason != "a class":
        return missing
    return Prediction(missing.exception, rf"{missing.message}|Unknown type name '[\w.]+\.{use.name}'")
