"""HKP209 hook-star-parameters."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import VARIABLE, compiled_function, def_location
from hookproof.worlds.outcome import Outcome


class HookStarParameters(CallableRule):
    """The hook takes `*args`, `**kwargs` or keyword-only parameters.

    ## What it does
    Finds variable and keyword-only parameters of forward and forward-pre hooks on a module that is scripted.

    ## Why it breaks
    Compiled functions have a fixed list of positional parameters: this form can never be compiled.

    ## Example
    ```python
    import torch
    from torch import nn


    def show(module, *args):
        print(len(args))


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def show(module, input: Tuple[Tensor], output: Tensor) -> None:
        print(len(input))


    model = nn.Linear(2, 2)
    model.register_forward_hook(show)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `NotSupportedError: Compiled functions can't take variable number of arguments or use keyword-only
    arguments with defaults`, at `torch.jit.script`.
    """

    code = "HKP209"
    name = "hook-star-parameters"
    summary = "The hook takes `*args`, `**kwargs` or keyword-only parameters"
    experiment = ReducedHook(keeps=frozenset({"star"}), is_on_any_module=True)
    prediction = VARIABLE
    stage = STAGES["source"]
    is_structural = True

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`."""
        signature = compiled_function(outcome)
        if signature is None or signature.hook.bound or not signature.stars:
            return
        names = ", ".join(f"`{'' if p.kind == 'keyword-only' else p.kind}{p.name}`" for p in signature.stars)
        kind = "keyword-only " if all(p.kind == "keyword-only" for p in signature.stars) else ""
        message = (
            f"a hook with {kind}{names} can never be compiled; it must have exactly "
            f"{signature.expected_count} parameters"
        )
        yield self.finding(outcome, def_location(signature), message)
