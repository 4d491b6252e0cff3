"""HKP404 traced-submodule-call."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.use_rule import ScriptModuleUseRule, fact_of
from hookproof.worlds.outcome import Outcome


class TracedSubmoduleCall(ScriptModuleUseRule):
    """A hook on a traced module calls one of its children.

    ## What it does
    Finds `m.child(...)` and `m.child.forward(...)` in a hook on the result of `torch.jit.trace`.

    ## Why it breaks
    The trace holds one recording, of the whole model. Its children are there for their parameters only;
    they have nothing that could be called.

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
        print(m.fc(output))


    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    ```

    ## Use instead
    Compute with the child's parameters, or put a hook on the eager child before tracing.

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
        print(nn.functional.linear(output, m.fc.weight, m.fc.bias))


    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    ```

    ## What torch says
    `RuntimeError: Trace submodules cannot be called.`, when the hook runs.
    """

    code = "HKP404"
    name = "traced-submodule-call"
    summary = "A hook on a traced module calls one of its children"
    worlds = frozenset({"traced"})
    prediction = Prediction("RuntimeError", r"Trace submodules cannot be called")

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if outcome.is_reloaded or use.kind != "call" or use.operation not in {"attribute", "call"}:
            return
        if use.operation == "call":
            is_child = bool(use.path)
        else:
            fact = fact_of(use)
            is_child = (fact is not None and fact.kind == "submodule") or (
                use.name == "forward" and bool(use.path)
            )
        if is_child:
            yield self.finding(
                outcome,
                use.location,
                f"`{use.text}(...)`: the children of a traced module cannot be called",
                attribute=use.text,
                expression=use.text,
            )
