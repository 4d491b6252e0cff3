"""HKP124 hook-chosen-by-class-of-before."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import CHOSEN_BY_CLASS
from hookproof.worlds.outcome import Outcome


class HookChosenByClassOfBefore(EventRule):
    """Layers are chosen by their class where some are scripted, and of another class by then.

    ## What it does
    Finds hooks that are registered on the layers of a certain class, in a model that was scripted or traced
    before, or that has such parts.

    ## Why it breaks
    `torch.jit.script` and `torch.jit.trace` return modules of classes of their own. A scripted `nn.ReLU` is a
    `RecursiveScriptModule`, so `isinstance(module, nn.ReLU)` is false, and no hook is registered.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        for module in model.modules():
            if isinstance(module, nn.ReLU):
                module.register_forward_hook(count)
        model(torch.ones(1, 2))
        return len(calls)


    eager = count_calls(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    scripted = count_calls(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())))
    ```

    ## Use instead
    Register before scripting, with a hook that TorchScript can compile, or leave the part eager. Where you
    leave scripted parts out on purpose, say so: `isinstance(module, torch.jit.ScriptModule)`.

    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        for module in model.modules():
            if isinstance(module, nn.ReLU):
                module.register_forward_hook(count)
        model(torch.ones(1, 2))
        return len(calls)


    eager = count_calls(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    scripted = count_calls(nn.Sequential(torch.jit.script(nn.Linear(2, 2)), nn.ReLU()))
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP124"
    name = "hook-chosen-by-class-of-before"
    summary = "Layers are chosen by their class where some are scripted, and of another class by then"
    worlds = frozenset({"registration"})
    outcome = "silent"
    experiment = Program(life_cycle=CHOSEN_BY_CLASS, observes="program")
    event = "passed over by a class test"

    def message(self, outcome: Outcome) -> str:
        """Say why the test is false, which hook is not registered, and what to do instead."""
        made = "traced" if outcome.entry is not None and "trace" in outcome.entry.api else "scripted"
        hook = hook_name(outcome)
        return f"false for a {made} part, which has another class by then; register {hook} before"
