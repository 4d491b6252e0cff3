"""HKP504 local-variable-type."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.local_types import LocalTypes
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import typed_function
from hookproof.worlds.outcome import Outcome


class LocalVariableType(CallableRule):
    """A local variable of a compiled hook has no one type.

    ## What it does
    Finds variables that get another type in a branch or loop than they had before it, those that have one
    type in a branch and another in its `else`, those that only one branch sets and that are used afterwards,
    and empty lists and dicts that are filled with anything but Tensors.

    ## Why it breaks
    TorchScript gives a variable one type for the blocks below the one that sets it. `item()` gives a `number`
    there, neither an `int` nor a `float`; `[]` is a `List[Tensor]` and `{}` a `Dict[str, Tensor]`.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def hook(module, input: Tuple[Tensor], output: Tensor) -> None:
        sizes = []
        for size in output.shape:
            sizes.append(size)
        print(sizes)


    model = nn.Linear(2, 2)
    model.register_forward_hook(hook)
    scripted = torch.jit.script(model)


    def clamp(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        if output.max() > 1:
            limited = output.clamp(max=1.0)
        return limited


    other = nn.Linear(2, 2)
    other.register_forward_hook(clamp)
    scripted = torch.jit.script(other)
    ```

    ## Use instead
    ```python
    from typing import List, Tuple

    import torch
    from torch import Tensor, nn


    def hook(module, input: Tuple[Tensor], output: Tensor) -> None:
        sizes: List[int] = []
        for size in output.shape:
            sizes.append(size)
        print(sizes)


    model = nn.Linear(2, 2)
    model.register_forward_hook(hook)
    scripted = torch.jit.script(model)


    def clamp(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        limited = output
        if output.max() > 1:
            limited = output.clamp(max=1.0)
        return limited


    other = nn.Linear(2, 2)
    other.register_forward_hook(clamp)
    scripted = torch.jit.script(other)
    ```

    ## What torch says
    `RuntimeError: Variable 'y' previously had type float but is now being assigned to a value of type int`,
    `y is not defined in the false branch`, `Could not match type int to t in argument 'el'`.
    """

    code = "HKP504"
    name = "local-variable-type"
    summary = "A local variable of a compiled hook has no one type"
    fixable = "sometimes"
    asks = "body"
    experiment = ReducedHook(is_at_line=True, keeps_body=True)
    prediction = Prediction(
        "RuntimeError",
        r"Variable '\w+' (previously had|is annotated with) type|is not defined in the (true|false) branch"
        r"|Type mismatch: \w+ is set to type|Could not match type|Arguments for call are not valid",
    )
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield a finding at the first place where torch refuses a variable."""
        signature = typed_function(outcome)
        wrong = next(LocalTypes(signature).wrong(), None) if signature is not None else None
        if wrong is not None:
            message = f"{wrong.what}; {wrong.remedy}"
            yield self.finding(outcome, wrong.location, message, prediction=wrong.prediction, fix=wrong.fix)
