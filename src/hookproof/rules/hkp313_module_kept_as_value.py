"""HKP313 module-kept-as-value."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.outcomes.uses import uses_of
from hookproof.rules.use_rule import CompiledUseRule, fact_of
from hookproof.worlds.outcome import Outcome


class ModuleKeptAsValue(CompiledUseRule):
    """A compiled hook uses a module from a list, tuple or dict in a way that only the module itself allows.

    ## What it does
    Finds calls of modules, calls of methods that are not compiled for themselves and reads of constants,
    where the module comes from a list, tuple or dict that the hook makes, or from a conditional expression;
    and any use of a module from a list or dict of modules of several classes.

    ## Why it breaks
    TorchScript knows a module by the path that leads to it. Once it is kept in something, it is a value of
    its class: its attributes and what is compiled of its methods are there, but it cannot be called. Of
    values of several classes in one list or dict, nothing can be asked.

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


    def again(m, input: Tuple[Tensor], output: Tensor):
        for part in (m.fc, m.fc):
            print(part(output))


    net = Net()
    net.register_forward_hook(again)
    torch.jit.script(net)
    ```

    ## Use instead
    Call the module where it is, or its `forward`.

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


    def again(m, input: Tuple[Tensor], output: Tensor):
        for part in (m.fc, m.fc):
            print(part.forward(output))


    net = Net()
    net.register_forward_hook(again)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: '__torch__.torch.nn.modules.linear.Linear' object has no attribute or method '__call__'`,
    or `'Union[__torch__.Net, __torch__.torch.nn.modules.linear.Linear]' object has no attribute or method`,
    at `torch.jit.script`.
    """

    code = "HKP313"
    name = "module-kept-as-value"
    summary = "A module from a list, tuple or dict is used as only the module itself can be"
    prediction = Prediction(
        "RuntimeError", r"__torch__.*' object has no attribute or method|Tried to set an attribute"
    )

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Judge what other rules leave out as well: nothing else is asked of a union."""
        yield from super().check(outcome)
        for use in uses_of(outcome) if outcome.world == "compiled" and outcome.event is None else ():
            # Under a test of its class it may be a module of one class again.
            is_any = not use.helpers and use.guards <= {"python"}
            if use.kept == "union" and is_any and use.operation in {"attribute", "call"}:
                message = f"`{use.receiver}` is one of a list or dict of modules of several classes"
                yield self._found(outcome, use, message)

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        if use.kept != "value" or use.operation not in {"attribute", "call"}:
            return
        fact = fact_of(use)
        if use.kind == "read" and fact is not None and fact.kind == "constant":
            yield self._found(outcome, use, f"`{use.text}` is a constant, which only the module itself has")
        elif use.kind != "call":
            return
        elif use.operation == "call" or (fact is not None and fact.kind == "submodule"):
            message = f"`{use.text}` comes from a list, tuple, dict or condition, and cannot be called there"
            yield self._found(outcome, use, message)
        elif fact is not None and fact.kind == "method" and use.owner is not None and use.name is not None:
            is_own = fact.function is not None and use.owner.definition is not None and not fact.jit
            if is_own and not use.owner.reaches(use.name) and not _is_called_itself(outcome, use):
                message = f"`{use.text}` is not compiled but for a call on the module itself"
                yield self._found(outcome, use, message)

    def _found(self, outcome: Outcome, use: Use, message: str) -> Finding:
        return self.finding(outcome, use.location, message, attribute=use.text, expression=use.text)


def _is_called_itself(outcome: Outcome, use: Use) -> bool:
    """Return whether the hook has the method compiled by a call on the module itself."""
    return any(
        other.kind == "call" and not other.kept and (other.path, other.name) == (use.path, use.name)
        for other in uses_of(outcome)
    )
