"""HKP311 module-passed-to-function."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.use_rule import CompiledUseRule
from hookproof.worlds.outcome import Outcome

# What a module is taken for: a parameter without annotation is a Tensor. A builtin's is only a number, and
# what stands for another argument of the call is no type of torch's own making. What was a list, tuple or
# dict of modules is one too, or such a container of Tensors.
_TENSOR = (
    r"('(Tensor( \(inferred\))?|\w+\[[^']*\bTensor[^']*\])'"
    r"( object has no attribute| for argument '[^\W\d]\w*' but instead found type '[\w\[, ]*__torch__\.)"
    r"|indexing tensor with unsupported index type 'str')"
)


class ModulePassedToFunction(CompiledUseRule):
    """A compiled hook passes its module to a function.

    ## What it does
    Finds calls of plain functions that are given the hook parameter or one of its submodules.

    ## Why it breaks
    A function that a compiled hook calls is compiled too, and a parameter without a TorchScript type is
    taken as a Tensor. There is no type to write for a module.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module):
        print(module.scale)


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.scale = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        show(m)


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Pass what the function needs of the module.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(scale: float):
        print(scale)


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.scale = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        show(m.scale)


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: 'Tensor (inferred)' object has no attribute or method 'scale'`, or `Expected a value of
    type 'Tensor (inferred)' for argument 'module'`, while scripting; `Unknown type name 'nn.Module'` where
    the function annotates its parameter.
    """

    code = "HKP311"
    name = "module-passed-to-function"
    summary = "A compiled hook passes its module to a function, which expects a Tensor"
    experiment = ReducedHook(is_at_line=True, ends_in_callee=True)
    prediction = Prediction("RuntimeError", rf"{_TENSOR}|Unknown type name")

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        if use.kind != "passed on" or use.operation != "argument" or use.target is None:
            return
        function = use.target.rpartition(".")[2]
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is passed to `{function}`, but compiled functions take no module; "
            "pass what it needs",
            attribute=use.text,
            prediction=_predicted(function),
            expression=use.text,
        )


def _predicted(function: str) -> Prediction:
    """Return what torch says of the function's parameter; its excerpts name the function."""
    name = re.escape(function)
    message = rf"(?s)\b{name}\(.*{_TENSOR}|({_TENSOR}|Unknown type name).*\b{name}\b"
    return Prediction("RuntimeError", message)
