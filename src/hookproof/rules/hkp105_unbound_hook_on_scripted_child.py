"""HKP105 unbound-hook-on-scripted-child."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import ON_SCRIPTED_CHILD
from hookproof.worlds.outcome import Outcome


class UnboundHookOnScriptedChild(EventRule):
    """A hook forced on a child of a scripted module never fires.

    ## What it does
    Finds `nn.Module.register_forward_hook(child, hook)` and its like where `child` is a child of a
    ScriptModule.

    ## Why it breaks
    Calling the method of `nn.Module` directly gets round the refusal of ScriptModules. On the top-level
    module such a hook fires, because Python calls that one. Its children are called by the TorchScript
    interpreter, which knows no Python hooks.

    ## Example
    ```python
    import torch
    from torch import nn


    def count_calls(model):
        calls = []
        nn.Module.register_forward_hook(model[0], lambda module, input, output: calls.append(1))
        model(torch.ones(1, 2))
        return len(calls)


    eager = count_calls(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))
    scripted = count_calls(torch.jit.script(nn.Sequential(nn.Linear(2, 2), nn.ReLU())))
    ```

    ## Use instead
    Register on the child of the eager module before scripting; the hook is then compiled.

    ```python
    import torch
    from torch import nn


    def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        return output * 2


    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    model[0].register_forward_hook(double)
    eager = model(torch.ones(1, 2))
    scripted = torch.jit.script(model)(torch.ones(1, 2))
    ```

    ## What torch says
    Nothing: the registration is accepted and the hook is never called.
    """

    code = "HKP105"
    name = "unbound-hook-on-scripted-child"
    summary = "A hook forced on a child of a scripted module never fires"
    worlds = frozenset({"script-module"})
    outcome = "silent"
    experiment = Program(life_cycle=ON_SCRIPTED_CHILD)
    event = "unbound registration on a scripted child"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return f"{hook_name(outcome)} never fires: TorchScript calls this child; register on the eager one"
