"""HKP106 global-hook-skips-scripted-children."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import GLOBAL
from hookproof.worlds.outcome import Outcome


class GlobalHookSkipsScriptedChildren(EventRule):
    """A global module hook is not called for the children of a scripted model.

    ## What it does
    Finds global hooks (`register_module_forward_hook` and `register_module_forward_pre_hook`) in place
    while a scripted model with submodules is called.

    ## Why it breaks
    Global hooks run in `nn.Module.__call__`. Only the top-level call of a scripted model passes through it;
    its children are called by the TorchScript interpreter. On the eager model the hook sees every module.

    ## Example
    ```python
    import torch
    from torch import nn

    from torch.nn.modules.module import register_module_forward_hook


    def count_calls(model):
        calls = []
        handle = register_module_forward_hook(lambda module, input, output: calls.append(1))
        model(torch.ones(1, 2))
        handle.remove()
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    eager = count_calls(model)
    scripted = count_calls(torch.jit.script(model))
    ```

    ## Use instead
    Measure the eager model, or script its parts one by one.

    ```python
    import torch
    from torch import nn

    from torch.nn.modules.module import register_module_forward_hook


    def count_calls(model):
        calls = []
        handle = register_module_forward_hook(lambda module, input, output: calls.append(1))
        model(torch.ones(1, 2))
        handle.remove()
        return len(calls)


    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    eager = count_calls(model)
    scripted = count_calls(nn.Sequential(*[torch.jit.script(layer) for layer in model]))
    ```

    ## What torch says
    Nothing: the hook is called once, for the top-level module.
    """

    code = "HKP106"
    name = "global-hook-skips-scripted-children"
    summary = "A global module hook is not called for the children of a scripted model"
    worlds = frozenset({"script-module"})
    outcome = "silent"
    experiment = Program(life_cycle=GLOBAL)
    event = "global hook skips scripted children"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what it does not see."""
        return (
            f"{hook_name(outcome)} fires once for a scripted model, never for its children; use the eager one"
        )
