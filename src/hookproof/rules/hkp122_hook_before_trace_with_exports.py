"""HKP122 hook-before-trace-with-exports."""

from __future__ import annotations

from hookproof.finding import Prediction
from hookproof.rules.event_rule import EventRule, hook_name
from hookproof.rules.experiment import Program
from hookproof.rules.life_cycles import REFUSED_TO_TRACE_EXPORTS
from hookproof.worlds.outcome import Outcome


class HookBeforeTraceWithExports(EventRule):
    """A module that exports a method cannot be traced with a forward hook on it or in it.

    ## What it does
    Finds forward and forward-pre hooks that are in place when a model is traced, on a module whose class has
    a method under `@torch.jit.export`, or on a child of such a module.

    ## Why it breaks
    Tracing compiles exported methods, and the hooks with them, before it records `forward`. A hook is
    compiled against a `forward` that is not there yet, so it fails whatever the hook looks like.

    ## Example
    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def forward(self, x):
            return x + 1

        @torch.jit.export
        def scale(self, x: torch.Tensor) -> torch.Tensor:
            return x * 2


    def show_shape(module, input, output):
        print(output.shape)


    net = Net()
    net.register_forward_hook(show_shape)
    torch.jit.trace(net, torch.ones(2))
    ```

    ## Use instead
    Remove the hook before tracing, or do its work around the module.

    ```python
    import torch
    from torch import nn


    class Net(nn.Module):
        def forward(self, x):
            return x + 1

        @torch.jit.export
        def scale(self, x: torch.Tensor) -> torch.Tensor:
            return x * 2


    def show_shape(module, input, output):
        print(output.shape)


    net = Net()
    handle = net.register_forward_hook(show_shape)
    net(torch.ones(2))
    handle.remove()
    torch.jit.trace(net, torch.ones(2))
    ```

    ## What torch says
    `RuntimeError: Couldn't find method: 'forward' on class: '__torch__.Net'`, at `torch.jit.trace`.
    """

    code = "HKP122"
    name = "hook-before-trace-with-exports"
    summary = "A module that exports a method cannot be traced with a forward hook on it or in it"
    worlds = frozenset({"traced"})
    experiment = Program(life_cycle=REFUSED_TO_TRACE_EXPORTS)
    prediction = Prediction("RuntimeError", r"Couldn't find method: 'forward'")
    event = "hook before trace with exports"

    def prediction_for(self, outcome: Outcome) -> Prediction | None:
        """Return what torch may say first of a hook that has no name, or that it cannot parse."""
        if outcome.hook is not None and outcome.hook.form in {"callable object", "partial"}:
            return Prediction("AttributeError", r"has no attribute '__name__'")
        if outcome.hook is not None and outcome.hook.form == "lambda":
            # Until torch 1.12 the check for a lambda fails before it can say so.
            message = r"Expected a single top-level function|Couldn't find method|variable 'idx' referenced"
            return Prediction("Exception", message)
        # A hook is parsed before a `forward` is looked for.
        refused = r"aren't supported|Don't support|can't take variable number of arguments"
        return Prediction("Exception", rf"Couldn't find method: 'forward'|{refused}")

    def message(self, outcome: Outcome) -> str:
        """Name the hook, the cause and what to do."""
        name = hook_name(outcome)
        return f"tracing fails: {name} meets a class with `@torch.jit.export`; remove the hook before"
