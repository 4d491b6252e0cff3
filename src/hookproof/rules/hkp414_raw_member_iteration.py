"""HKP414 raw-member-iteration."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.use_rule import ScriptModuleUseRule
from hookproof.worlds.outcome import Outcome


class RawMemberIteration(ScriptModuleUseRule):
    """A Python hook iterates over a ScriptModule's `_parameters` or `_modules` themselves.

    ## What it does
    Finds loops over `m._parameters`, `m._buffers` and `m._modules` in a Python hook that receives a
    ScriptModule.

    ## Why it breaks
    On a ScriptModule these are no dicts. They have `keys()`, `values()` and `items()`, but do not iterate.

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
        for name in m._parameters:
            print(name)


    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    ```

    ## Use instead
    Iterate over the keys, or use the public methods.

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
        for name, parameter in m.named_parameters():
            print(name)


    traced = torch.jit.trace(Net(), torch.ones(1, 2))
    traced.register_forward_hook(hook)
    traced(torch.ones(1, 2))
    ```

    ## What torch says
    `TypeError: contains(): incompatible function arguments`, of `_modules` `KeyError: 0`, when the hook
    runs.
    """

    code = "HKP414"
    name = "raw-member-iteration"
    summary = "A Python hook iterates over a ScriptModule's `_parameters` or `_modules`"
    fixable = "always"
    worlds = frozenset({"traced", "script-module"})
    prediction = Prediction(
        "Exception",
        r"incompatible function arguments|^0$|__iter__"
        r"|(?<!Module' object is )(?<!Module' is )(?<!\]' object is )not (a container or )?iterable",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        if use.operation != "iterate" or use.name is None:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is no dict on a ScriptModule and cannot be iterated; use `{use.text}.keys()`",
            attribute=use.text,
            expression=use.text,
        )
