"""HKP220 hook-result-type."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.interpreter.values import Hook
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import Program
from hookproof.rules.hook_result import result_type
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import def_location, typed_function
from hookproof.worlds.outcome import Outcome

_NEEDS = {
    "argument": "passes it on as a Tensor",
    "attribute": "reads an attribute of it",
    "item": "takes a part of it",
    "operand": "computes with it",
    "returned": "returns it as a Tensor",
    "term": "computes with it",
}
# What other types than an `Optional` may do as well.
_OF_TUPLES = frozenset({"item", "term"})
_OF_SCALARS = frozenset({"item", "operand", "term"})
_SCALARS = frozenset({"bool", "float", "int", "str"})


class HookResultType(CallableRule):
    """A hook on a part of a model returns another type than the model needs there.

    ## What it does
    Finds forward hooks on submodules that return an `Optional`, a tuple or a number where `forward` returns a
    Tensor, by their annotation or because they return something on one way and nothing on another, and whose
    model uses the result as a Tensor.

    ## Why it breaks
    In eager mode a hook that returns None leaves the output alone. TorchScript gives the call of the hooked
    part the type that its last hook returns, and compiles the model around it with that type.

    ## Example
    ```python
    from typing import Optional, Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def clamp(module, input: Tuple[Tensor], output: Tensor) -> Optional[Tensor]:
        if output.max() > 1:
            return output.clamp(max=1.0)
        return None


    model = Net()
    model.fc.register_forward_hook(clamp)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
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


    def clamp(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        if output.max() > 1:
            return output.clamp(max=1.0)
        return output


    model = Net()
    model.fc.register_forward_hook(clamp)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Return value was annotated as having type Tensor but is actually of type Optional[Tensor]`,
    or what it says of an argument or attribute of that type, at `torch.jit.script`.
    """

    code = "HKP220"
    name = "hook-result-type"
    summary = "The hook of a submodule returns another type than the model around it needs"
    experiment = Program()
    prediction = Prediction(
        "RuntimeError",
        r"Return value was annotated as|Expected a value of type|object has no attribute or method"
        r"|Arguments for call are not valid",
    )
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = typed_function(outcome) if outcome.uses else None
        forward = outcome.module_class.forward if outcome.module_class is not None else None
        if signature is None or forward is None or forward.returns.name != "Tensor":
            return
        if any(result_type(later, signature.project).name != "NoneType" for later in _later(outcome)):
            return
        returned = result_type(signature.hook, signature.project).name or ""
        is_optional = returned.startswith("Optional[")
        if not is_optional and not returned.startswith("Tuple[") and returned not in _SCALARS:
            return
        allowed = frozenset() if is_optional else _OF_SCALARS if returned in _SCALARS else _OF_TUPLES
        for use in outcome.uses:
            if use.need not in allowed:
                evidence = () if use.location is None else (use.location.evidence("needs a Tensor here"),)
                what = f"the model {_NEEDS[use.need]}" if use.location else "the layer behind takes a Tensor"
                message = f"the hook returns `{returned}`, but {what}"
                yield self.finding(outcome, def_location(signature), message, evidence=evidence)
                return


def _later(outcome: Outcome) -> Iterator[Hook]:
    """Yield the hooks that run after this one on the same module."""
    if outcome.hook is not None:
        for registered in outcome.siblings.after(outcome.hook):
            yield from registered
