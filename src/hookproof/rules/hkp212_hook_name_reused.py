"""HKP212 hook-name-reused."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.interpreter.values import Hook
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, def_location, python_function
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome


class HookNameReused(CallableRule):
    """Two hooks of one module have the same name.

    ## What it does
    Finds different functions of one `__name__` among the forward and forward-pre hooks of a module that is
    scripted, such as two results of one factory. The same function registered twice is fine.

    ## Why it breaks
    TorchScript keeps a module's hooks by name.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def make_hook():
        def hook(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
            return output * 2

        return hook


    model = nn.Linear(2, 2)
    model.register_forward_hook(make_hook())
    model.register_forward_hook(make_hook())
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2


    def halve(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output / 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    model.register_forward_hook(halve)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Hook 'hook' on Linear has at least two different python definitions. Please use unique
    names for all hooks`, at `torch.jit.script`.
    """

    code = "HKP212"
    name = "hook-name-reused"
    summary = "Two hooks of one module have the same name"
    experiment = ReducedHook(involves_other_hooks=True)
    prediction = Prediction("RuntimeError", r"has at least two different python definitions")
    stage = STAGES["name"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the `def` of the later hook."""
        signature = python_function(outcome)
        if signature is None or signature.hook.form == "bound method":
            return
        earlier = _earlier(signature)
        if earlier is not None:
            name = signature.function.name
            message = f"another hook of this module is named `{name}` too; every hook needs a name of its own"
            evidence = (earlier.definition.evidence("the other hook of this name"),)
            yield self.finding(outcome, def_location(signature), message, evidence=evidence)


def _earlier(signature: HookSignature) -> Hook | None:
    """Return a hook registered before this one that is another function of the same name."""
    for sibling in signature.outcome.siblings.namesakes_before(signature.hook):
        if sibling.form not in {"function", "nested function", "factory"}:
            continue
        if sibling.function is not signature.function or _is_made_here(signature):
            return sibling
    return None


def _is_made_here(signature: HookSignature) -> bool:
    """Return whether the function is a new object, made by the call that stands at the registration."""
    call = signature.outcome.registration.call
    if signature.hook.form != "factory" or call is None:
        return False
    return any(isinstance(argument.value, ir.Call) for argument in call.args)
