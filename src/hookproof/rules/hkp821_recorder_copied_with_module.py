"""HKP821 recorder-copied-with-module."""

from __future__ import annotations

from hookproof.rules.copies import RECORDER_COPIED
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.worlds.outcome import Outcome


class RecorderCopiedWithModule(EventRule):
    """The hook of a copied module keeps what it sees in a copy of its recorder.

    ## What it does
    Finds hooks that are methods of an object outside the model, or such an object itself, and keep something
    there, where the model is copied, the copy called, and the object read.

    ## Why it breaks
    `copy.deepcopy` copies what a module's hooks are bound to along with the module. The copy's hook fills
    a recorder that nobody holds, and the one that is read sees nothing of the copy.

    ## Example
    ```python
    import copy

    import torch
    from torch import nn


    class Recorder:
        def __init__(self):
            self.shapes = []

        def keep(self, module, input, output):
            self.shapes.append(output.shape)


    def count_calls(model, recorder):
        recorder.shapes.clear()
        model(torch.ones(1, 2))
        return len(recorder.shapes)


    recorder = Recorder()
    model = nn.Linear(2, 2)
    model.register_forward_hook(recorder.keep)
    twin = copy.deepcopy(model)
    eager = count_calls(model, recorder)
    scripted = count_calls(twin, recorder)
    ```

    ## Use instead
    Register on the copy too, once it is made.

    ```python
    import copy

    import torch
    from torch import nn


    class Recorder:
        def __init__(self):
            self.shapes = []

        def keep(self, module, input, output):
            self.shapes.append(output.shape)


    def count_calls(model, recorder):
        recorder.shapes.clear()
        model(torch.ones(1, 2))
        return len(recorder.shapes)


    recorder = Recorder()
    model = nn.Linear(2, 2)
    twin = copy.deepcopy(model)
    model.register_forward_hook(recorder.keep)
    twin.register_forward_hook(recorder.keep)
    eager = count_calls(model, recorder)
    scripted = count_calls(twin, recorder)
    ```

    ## What torch says
    Nothing.
    """

    code = "HKP821"
    name = "recorder-copied-with-module"
    summary = "The hook of a copied module keeps what it sees in a copy of its recorder"
    worlds = frozenset({"copied"})
    outcome = "silent"
    experiment = Program(life_cycle=RECORDER_COPIED, observes="program")
    event = "writes to a copy of its recorder"

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        return (
            f"{hook_name(outcome)} of the copy fills a copy of its recorder that nobody holds; "
            f"register on the copy too"
        )
