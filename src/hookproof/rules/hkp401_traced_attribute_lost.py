"""HKP401 traced-attribute-lost."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding
from hookproof.modules.module_class import MODULE
from hookproof.rules.use_rule import (
    LOST,
    ScriptModuleUseRule,
    defined,
    fact_of,
    is_read,
    is_traced,
    is_written,
    lost,
)
from hookproof.worlds.outcome import Outcome


class TracedAttributeLost(ScriptModuleUseRule):
    """A hook on a traced module reads a Python attribute that tracing drops.

    ## What it does
    Finds reads of attributes that are neither parameters, buffers nor submodules in a hook that receives
    the result of `torch.jit.trace`: numbers, strings, lists, constants such as `in_features`, properties.

    ## Why it breaks
    A traced module keeps its parameters, buffers and submodules, and a recording of what `forward` did. The
    other attributes of the Python object stay behind.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.scale = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.scale)


    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    ```

    ## Use instead
    Keep it in a buffer, or outside the module.

    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.register_buffer("scale", torch.tensor(2.0))

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.scale)


    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    ```

    ## What torch says
    `AttributeError: 'RecursiveScriptModule' object has no attribute 'scale'`, when the hook runs.
    """

    code = "HKP401"
    name = "traced-attribute-lost"
    summary = "A hook on a traced module reads a Python attribute that tracing drops"
    worlds = frozenset({"traced", "script-module"})
    prediction = LOST

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        fact = fact_of(use)
        if (
            not is_traced(outcome)
            or outcome.is_frozen
            or fact is None
            or fact.owner == MODULE
            or not is_read(use)
        ):
            return
        if fact.kind not in {"value", "constant", "class value", "property"} or is_written(outcome, use):
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` does not survive tracing: only parameters, buffers and submodules do",
            attribute=use.text,
            evidence=defined(use),
            prediction=lost(use.name),
            expression=use.text,
        )
