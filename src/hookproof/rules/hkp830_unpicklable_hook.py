"""HKP830 unpicklable-hook."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.copies import UNPICKLABLE
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.worlds.copies.pickling import reason
from hookproof.worlds.outcome import Outcome

_SAVING = ("torch.save", "pickle.dump", "pickle.dumps")
_LAMBDA = Prediction("PicklingError", r"Can't pickle <function [\w.<>]*<lambda>")


class UnpicklableHook(EventRule):
    """A lambda or a local function is a hook on a model that is pickled.

    ## What it does
    Finds hooks that are lambdas, functions defined in functions, partials of these, or objects of a local
    class, on models that are saved as a whole (`torch.save(model, …)`), pickled, or handed to other processes
    while the hook is there: by a pool or executor, a queue or pipe, `torch.multiprocessing.spawn`, or a
    `Process` or `DataLoader` whose start method is `spawn` or `forkserver`. A process that is forked has the
    model without pickling. Which start method is the default depends on the system and on the version of
    Python, so only one that the program sets is looked at.

    ## Why it breaks
    A model is pickled with its hooks, and a function is pickled as the name that its file has it under.
    A lambda and a local function have none.

    ## Example
    ```python
    import io

    import torch
    from torch import nn

    shapes = []


    def watch(model):
        def keep(module, input, output):
            shapes.append(output.shape)

        model.register_forward_hook(keep)


    model = nn.Linear(2, 2)
    watch(model)
    torch.save(model, io.BytesIO())
    ```

    ## Use instead
    Save the `state_dict()`, take the hook off first, or define it at the level of the file.

    ```python
    import io

    import torch
    from torch import nn

    shapes = []


    def keep(module, input, output):
        shapes.append(output.shape)


    model = nn.Linear(2, 2)
    model.register_forward_hook(keep)
    torch.save(model, io.BytesIO())
    ```

    ## What torch says
    Python says `AttributeError: Can't pickle local object 'watch.<locals>.keep'`, of a lambda at the level of
    a file `PicklingError: Can't pickle <function <lambda> at …>: attribute lookup <lambda> on __main__
    failed`.
    """

    code = "HKP830"
    name = "unpicklable-hook"
    summary = "A lambda or a local function is a hook on a model that is pickled"
    fixable = "sometimes"
    worlds = frozenset({"pickled"})
    experiment = Program(life_cycle=UNPICKLABLE, goes_through_entry=True)
    prediction = Prediction("AttributeError", r"Can't (pickle|get) local object")
    event = "can't be pickled"

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what Python says of a lambda at the level of a file."""
        is_at_level = outcome.hook is not None and reason(outcome.hook) == "lambda"
        return _LAMBDA if is_at_level else None

    def message(self, outcome: Outcome) -> str:
        """Name the hook and what to do instead."""
        api = outcome.entry.api if outcome.entry is not None else "torch.save"
        what = "save the `state_dict()`" if api in _SAVING else "define it at the level of the file"
        where = api if api in _SAVING else ".".join(api.split(".")[-2:])
        return f"{hook_name(outcome)} has no name that `{where}` could pickle it by; {what}"
