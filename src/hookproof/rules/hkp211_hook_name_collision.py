"""HKP211 hook-name-collision."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import def_location, python_function
from hookproof.worlds.outcome import Outcome


class HookNameCollision(CallableRule):
    """The hook is named like a compiled method of the module.

    ## What it does
    Compares the name of a hook with `forward`, the exported methods and the methods they call of the module
    that it is registered on. Names of attributes, submodules and methods that are not compiled are fine.

    ## Why it breaks
    TorchScript defines the hook as a method of the compiled module, under its `__name__`.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def forward(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(forward)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2


    model = nn.Linear(2, 2)
    model.register_forward_hook(double)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Can't define hook: forward on class: __torch__.torch.nn.modules.linear.Linear because a
    method or hook with that name already exists`, at `torch.jit.script`.
    """

    code = "HKP211"
    name = "hook-name-collision"
    summary = "The hook is named like a compiled method of the module"
    prediction = Prediction("RuntimeError", r"because a method or hook with that name already exists")
    stage = STAGES["collision"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature, owner = python_function(outcome), outcome.module_class
        if signature is None or owner is None:
            return
        name = signature.function.name
        fact = owner.attribute(name)
        is_forward = name == "forward" and owner.has_forward
        is_compiled = fact is not None and fact.kind == "method" and not fact.jit and owner.reaches(name)
        if is_forward or is_compiled or (fact is not None and fact.jit == "export"):
            short = owner.qualname.rpartition(".")[2]
            message = (
                f"a hook named `{name}` collides with the compiled method `{short}.{name}`; rename the hook"
            )
            evidence = (fact.defined_at.evidence("the method"),) if fact and fact.defined_at else ()
            yield self.finding(outcome, def_location(signature), message, evidence=evidence)
