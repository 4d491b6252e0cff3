"""HKP218 module-without-forward."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.modules.module_class import MODULE
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.worlds.outcome import Outcome


class ModuleWithoutForward(CallableRule):
    """The hook is on a module without a `forward`, where no hook can be compiled.

    ## What it does
    Finds forward and forward-pre hooks on `nn.ModuleList`, `nn.ModuleDict`, `nn.ParameterList` and other
    modules that have no `forward`, where the model they are in is scripted: above all those that a loop over
    `model.modules()` puts there.

    ## Why it breaks
    In eager mode such a hook is never called, and harms nobody. TorchScript compiles it like any other,
    against the types of a `forward` that it does not find.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(2, 2)])

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = layer(x)
            return x


    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print(output.shape)


    model = Net()
    for module in model.modules():
        module.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Leave such modules out.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(2, 2)])

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = layer(x)
            return x


    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print(output.shape)


    model = Net()
    for module in model.modules():
        if not isinstance(module, nn.ModuleList):
            module.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: Couldn't find method: 'forward' on class: '__torch__.torch.nn.modules.container.ModuleList
    …'`, at `torch.jit.script`.
    """

    code = "HKP218"
    name = "module-without-forward"
    summary = "The hook is on a module without a `forward`, where no hook can be compiled"
    experiment = ReducedHook(is_of_module=True)
    prediction = Prediction("RuntimeError", r"Couldn't find method: 'forward'")
    stage = STAGES["forward"]
    is_structural = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the registration."""
        cls = outcome.module_class
        if cls is None or not outcome.registration.is_forward or not cls.lacks_forward:
            return
        # What is only annotated or tested to be of a class may be of a subclass with a `forward`.
        if cls.definition is not None and outcome.registration.receiver != "attribute":
            return
        if cls.qualname == MODULE:
            return
        name = cls.qualname.rpartition(".")[2]
        message = f"no hook on a `{name}` can be compiled, for it has no `forward`; leave it out"
        yield self.finding(outcome, outcome.registration.location, message)
