"""HKP606 hook-on-exported-program."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.graph_life_cycles import ON_EXPORTED_PROGRAM
from hookproof.worlds.outcome import Outcome


class HookOnExportedProgram(EventRule):
    """A hook is registered on an exported program.

    ## What it does
    Finds registrations on what `torch.export.export` returns.

    ## Why it breaks
    An `ExportedProgram` is no module and has no hooks. The module is what its `module()` gives.

    ## Example
    ```python
    import torch
    from torch import nn


    def count(module, input, output):
        print(output.shape)


    program = torch.export.export(nn.Sequential(nn.Linear(2, 2)), (torch.ones(1, 2),))
    program.register_forward_hook(count)
    ```

    ## Use instead
    Register on the module that `module()` gives, and call that one: each call of `module()` makes
    another.

    ```python
    import torch
    from torch import nn


    def count(module, input, output):
        print(output.shape)


    program = torch.export.export(nn.Sequential(nn.Linear(2, 2)), (torch.ones(1, 2),))
    exported = program.module()
    exported.register_forward_hook(count)
    ```

    ## What torch says
    `AttributeError: 'ExportedProgram' object has no attribute 'register_forward_hook'`.
    """

    code = "HKP606"
    name = "hook-on-exported-program"
    summary = "A hook is registered on an exported program"
    worlds = frozenset({"exported"})
    since = "2.1"  # `torch.export.export` came with it
    experiment = Program(life_cycle=ON_EXPORTED_PROGRAM, is_at_line=True, installs=True)
    prediction = Prediction("AttributeError", r"'ExportedProgram' object has no attribute 'register_")
    event = "registered on an exported program"

    def message(self, outcome: Outcome) -> str:
        """Say what has hooks instead."""
        return (
            f"an exported program has no hooks; register {hook_name(outcome)} on "
            f"the module that `module()` gives"
        )
