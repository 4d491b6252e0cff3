"""HKP902 hook-on-attention-projection."""

from __future__ import annotations

from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import ON_ATTENTION
from hookproof.worlds.outcome import Outcome


class HookOnAttentionProjection(EventRule):
    """A hook on `out_proj` of `nn.MultiheadAttention` never runs.

    ## What it does
    Finds hooks that are put on `out_proj` of an `nn.MultiheadAttention` by itself, where the attention or
    what holds it is called and what the hook would do is noticed.

    ## Why it breaks
    `nn.MultiheadAttention` hands the weight and bias of `out_proj` to one function that does all of it, and
    never calls the module.

    ## Example
    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    attention = nn.MultiheadAttention(4, 2)
    attention.out_proj.register_forward_hook(count)
    x = torch.ones(3, 4)
    attention(x, x, x)
    eager, scripted = 1, len(calls)
    ```

    ## Use instead
    Register on the attention, whose output is that of the projection.

    ```python
    import torch
    from torch import nn

    calls = []


    def count(module, input, output):
        calls.append(1)


    attention = nn.MultiheadAttention(4, 2)
    attention.register_forward_hook(count)
    x = torch.ones(3, 4)
    attention(x, x, x)
    eager, scripted = 1, len(calls)
    ```

    ## What torch says
    Nothing. `verify` runs the program: what holds the module was called after the registration, and the
    hook never was. That somebody reads what it would leave is not run, for there is nothing to compare with.
    """

    code = "HKP902"
    name = "hook-on-attention-projection"
    summary = "A hook on `out_proj` of `nn.MultiheadAttention` never runs"
    worlds = frozenset({"uncalled"})
    outcome = "silent"
    experiment = Program(life_cycle=ON_ATTENTION, observes="never called")
    event = "on a projection of attention"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} never runs: `nn.MultiheadAttention` uses the weight of `out_proj` and "
            f"does not call it; register on it"
        )
