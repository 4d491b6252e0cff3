"""HKP303 new-attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.use_rule import CompiledUseRule, defined, fact_of, is_missing
from hookproof.worlds.outcome import Outcome


class NewAttribute(CompiledUseRule):
    """A compiled hook sets an attribute that its module was not made with.

    ## What it does
    Finds assignments to attributes that are not set in `__init__`, to constants, and to class attributes.

    ## Why it breaks
    The attributes of a compiled module are fixed when it is scripted. A hook can change their values, but
    can neither add one nor change a constant.

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
        m.last = output


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Set it in `__init__` first, with a value of the same type.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.last = torch.zeros(1)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        m.last = output


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: Tried to set nonexistent attribute: last. Did you forget to initialize it in
    __init__()?`, while scripting.
    """

    code = "HKP303"
    name = "new-attribute"
    summary = "A compiled hook sets an attribute that its module was not made with"
    fixable = "sometimes"
    prediction = Prediction("RuntimeError", r"Tried to set nonexistent attribute")

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        if use.kind != "write" or use.operation != "attribute":
            return
        fact = fact_of(use)
        if fact is not None and fact.kind == "constant":
            why = "is a constant, which compiled code cannot set"
        elif is_missing(outcome, use) and not use.is_augmented:
            why = "is not set in `__init__`, so the compiled hook cannot set it"
        else:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` {why}",
            attribute=use.text,
            evidence=defined(use, "defined here"),
            prediction=Prediction(
                "RuntimeError", rf"Tried to set nonexistent attribute: {re.escape(use.name or '')}\b"
            ),
            expression=use.text,
        )
