"""HKP412 container-forward."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import ModuleClass
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.use_rule import ScriptModuleUseRule, fact_of
from hookproof.worlds.outcome import Outcome


class ContainerForward(ScriptModuleUseRule):
    """A Python hook uses the `forward` of a ScriptModule that has none.

    ## What it does
    Finds `m.layers.forward` and `m.layers(...)` in a Python hook that receives a scripted module, where
    `layers` is a `ModuleList` or `ModuleDict`; also of any module class without a `forward`.

    ## Why it breaks
    Every eager module has a `forward`, even if it only raises. A scripted one has it only if its class
    defines it.

    ## Example
    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.layers = nn.ModuleList([nn.Linear(2, 2)])

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        print(m.layers.forward)


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Go through the children.

    ```python
    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.layers = nn.ModuleList([nn.Linear(2, 2)])

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input, output):
        for layer in m.layers:
            print(layer.forward)


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `AttributeError: 'RecursiveScriptModule' object has no attribute 'forward'`, when the hook runs.
    """

    code = "HKP412"
    name = "container-forward"
    summary = "A Python hook uses the `forward` of a ScriptModule that has none"
    since = "1.9"  # before it, every ScriptModule has a `forward`
    worlds = frozenset({"script-module"})
    experiment = ReducedHook(is_at_line=True, reloads=True)
    prediction = Prediction("AttributeError", r"ScriptModule' object has no attribute 'forward'")

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if outcome.world != "script-module" or outcome.is_frozen:
            return
        owner = _without_forward(use)
        if owner is None or not owner.lacks_forward:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}`: a scripted `{owner.qualname.rpartition('.')[2]}` has no `forward`",
            attribute=use.text,
            expression=use.text,
        )


def _without_forward(use: Use) -> ModuleClass | None:
    """Return the class of the module whose forward is asked for."""
    if use.name == "forward" and use.operation in {"attribute", "getattr"} and use.kind in {"read", "call"}:
        return use.owner
    if use.kind != "call":
        return None
    if use.operation == "call":
        return use.owner
    fact = fact_of(use)
    return fact.module_class if fact is not None and fact.kind == "submodule" else None
