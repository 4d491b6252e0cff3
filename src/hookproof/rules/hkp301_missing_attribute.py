"""HKP301 missing-attribute."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.use_rule import (
    CompiledUseRule,
    class_name,
    defined,
    fact_of,
    is_dunder,
    is_left_out,
    is_missing,
    is_read,
    no_attribute_of,
)
from hookproof.worlds.outcome import Outcome


class MissingAttribute(CompiledUseRule):
    """A compiled hook reads an attribute that compiled code does not have.

    ## What it does
    Finds reads and calls of attributes that no compiled module has: names that are never set, class
    attributes that are not `Final`, names that start with two underscores, and `nn.Module`'s own internals
    such as `_modules`.

    ## Why it breaks
    `torch.jit.script` turns a module's instance attributes into attributes of a TorchScript class. Class
    attributes, dunder names and Python's internals are not among them, and a compiled hook sees nothing
    else.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        K = 3

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.scale = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.K)


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Set it on the instance, or annotate it as `Final`.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        K: torch.jit.Final[int] = 3

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.scale = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.K)


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: Module 'Net' has no attribute 'K'`, while scripting.
    """

    code = "HKP301"
    name = "missing-attribute"
    summary = "A compiled hook reads an attribute that compiled code does not have"
    fixable = "sometimes"
    prediction = Prediction("RuntimeError", r"has no attribute '\w+' (?!\(This)")

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        # Of `__class__` torch says something else, whatever the module's class (HKP305).
        if use.name == "__class__" or not is_read(use) or not is_missing(outcome, use):
            return
        yield self.finding(
            outcome,
            use.location,
            _message(use),
            attribute=use.text,
            evidence=defined(use, _note(use)),
            prediction=no_attribute_of(use),
            expression=use.text,
        )


def _message(use: Use) -> str:
    fact = fact_of(use)
    if fact is not None and fact.kind == "class value":
        return (
            f"`{use.text}` is a class attribute, hidden from compiled hooks; "
            "make it `Final` or set it in `__init__`"
        )
    if fact is not None and is_left_out(fact):
        why = f"is left out of compilation by {class_name(use)}"
    elif use.name is not None and is_dunder(use.name):
        why = "is a dunder name, never carried over"
    elif use.owner is None or fact is not None:
        why = "belongs to Python's `nn.Module` only"
    else:
        why = f"is never set on {class_name(use)}"
    return f"`{use.text}` {why}, so the compiled hook cannot read it"


def _note(use: Use) -> str:
    fact = fact_of(use)
    return "set here" if fact is not None and is_left_out(fact) else "a class attribute, not `Final`"
