"""HKP706 hook-chosen-by-name-of-before."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import CHOSEN_BY_NAME
from hookproof.worlds.outcome import Outcome


class HookChosenByNameOfBefore(EventRule):
    """Layers are chosen by name in what `torch.compile` returns, where every name begins with `_orig_mod.`.

    ## What it does
    Finds hooks that are registered on the layers with certain names, where these are looked for among the
    `named_modules()` of the module that `torch.compile` returned.

    ## Why it breaks
    `torch.compile(model)` returns a module around the model, whose only child is the model, as `_orig_mod`.
    `layer4` is called `_orig_mod.layer4` there: a test for the old name is never true, and no hook is
    registered.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        for name, module in model.named_modules():
            if name == "0":
                module.register_forward_hook(count)
        model(torch.ones(1, 2))
        return len(calls)


    eager = count_calls(nn.Sequential(nn.Linear(2, 2)))
    scripted = count_calls(torch.compile(nn.Sequential(nn.Linear(2, 2)), backend="eager"))
    ```

    ## Use instead
    Choose the layers before `torch.compile`, compile in place with `model.compile()`, which keeps names, or
    ask by attribute or `get_submodule`, which find the layers of the model inside.

    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    def count_calls(model):
        calls.clear()
        model.get_submodule("0").register_forward_hook(count)
        model(torch.ones(1, 2))
        return len(calls)


    eager = count_calls(nn.Sequential(nn.Linear(2, 2)))
    scripted = count_calls(torch.compile(nn.Sequential(nn.Linear(2, 2)), backend="eager"))
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP706"
    name = "hook-chosen-by-name-of-before"
    summary = "Layers are chosen by name in what `torch.compile` returns, where names begin with `_orig_mod.`"
    fixable = "sometimes"
    worlds = frozenset({"compiled by dynamo"})
    since = "2.0"  # `torch.compile` came with it
    outcome = "silent"
    experiment = Program(life_cycle=CHOSEN_BY_NAME, observes="program")
    event = "chosen by the name of before"

    def message(self, outcome: Outcome) -> str:
        """Say why the test is never true, which hook is not registered, and what to do instead."""
        return (
            f"never true: names in what `torch.compile` returns begin with `_orig_mod.`; register "
            f"{hook_name(outcome)} before"
        )
