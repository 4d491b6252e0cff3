"""HKP411 method-internals."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.use_rule import ScriptModuleUseRule
from hookproof.worlds.outcome import Outcome

# Measured on the methods of scripted modules, and on the forward of a traced one.
_ALWAYS = frozenset({"__func__", "__code__", "__self__", "__globals__", "__defaults__", "__closure__"})
_TRACED = frozenset({"__name__", "__qualname__", "__annotations__"})


class MethodInternals(ScriptModuleUseRule):
    """A Python hook looks into a method of a ScriptModule.

    ## What it does
    Finds `m.forward.__func__`, `__code__` and the like in a Python hook that receives a ScriptModule, on
    a traced one also `m.forward.__name__` and `inspect.signature(m.forward)`.

    ## Why it breaks
    A method of a ScriptModule is a `torch._C.ScriptMethod`, not a Python function.

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
        print(m.forward.__code__.co_name)


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## Use instead
    Ask the method for what it has.

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
        print(m.forward.name)


    scripted = torch.jit.script(Net())
    nn.Module.register_forward_hook(scripted, hook)
    scripted(torch.ones(1, 2))
    ```

    ## What torch says
    `AttributeError: 'torch._C.ScriptMethod' object has no attribute '__code__'`, when the hook runs.
    """

    code = "HKP411"
    name = "method-internals"
    summary = "A Python hook looks into a method of a ScriptModule"
    worlds = frozenset({"traced", "script-module"})
    prediction = Prediction(
        "Exception",
        r"ScriptMethod' object has no attribute|no signature found"
        r"|code object was expected, got ScriptMethod",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""
        is_top = not use.path[:-1] if use.operation == "method attribute" else not use.path
        is_traced_top = outcome.world == "traced" and not outcome.is_reloaded and is_top
        if use.operation == "method attribute" and use.kind == "read" and use.name is not None:
            if use.path[-1] != "forward" and outcome.world == "traced":
                return
            is_lost = use.name in _ALWAYS or (is_traced_top and use.name in _TRACED)
        elif use.operation == "inspect":
            is_lost = is_traced_top and use.name == "forward"
        else:
            return
        if is_lost:
            yield self.finding(
                outcome,
                use.location,
                f"`{use.text}`: a ScriptModule's method is no Python function",
                attribute=use.text,
                expression=use.text,
            )
