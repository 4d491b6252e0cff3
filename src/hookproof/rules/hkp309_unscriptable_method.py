"""HKP309 unscriptable-method."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.collect import ir
from hookproof.finding import Finding, Prediction
from hookproof.link.case import Case, Touch
from hookproof.rules.compiled_body import always_runs, visit_body
from hookproof.rules.frontend_syntax import Refusal, refused_by_frontend
from hookproof.rules.touch_rule import METHOD_KINDS, CompiledTouchRule, fact_of


class UnscriptableMethod(CompiledTouchRule):
    """A compiled hook calls a method that does not compile.

    ## What it does
    Finds calls of the module's own methods that are marked `@torch.jit.unused`, or whose body holds
    something that TorchScript cannot parse: `try`, `yield`, `lambda`, an inner function, a set, a
    conversion in an f-string and whatever else HKP501 finds in a hook, in whatever branch it stands.

    ## Why it breaks
    A method that a compiled hook calls is compiled too, even if `forward` never uses it. An unused one
    compiles to code that raises.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def describe(self) -> str:
            try:
                return str(self.fc.in_features)
            except AttributeError:
                return "?"

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.describe())


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Write the method in TorchScript's subset, or leave it in Python with `@torch.jit.ignore`.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        @torch.jit.ignore
        def describe(self) -> str:
            try:
                return str(self.fc.in_features)
            except AttributeError:
                return "?"

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.describe())


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    That of the construct, `UnsupportedNodeError: try blocks aren't supported`, while scripting; for an
    unused method an error when it runs.
    """

    code = "HKP309"
    name = "unscriptable-method"
    summary = "A compiled hook calls a method of its module that does not compile"
    prediction = Prediction(
        "Exception",
        r"aren't supported|Don't support|can't take variable number of arguments"
        r"|marked as ignored on export|unused|annotated to be ignored and cannot be run",
    )

    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch breaks for this rule's reason."""
        fact = fact_of(touch)
        if (
            touch.use not in {"call", "read"}
            or touch.operation != "attribute"
            or fact is None
            or fact.function is None
        ):
            return
        if fact.kind not in METHOD_KINDS or fact.jit == "ignore":
            return
        foretold: Prediction | None = None
        if fact.jit == "unused":
            function = case.hook.function if case.hook is not None else None
            if touch.use != "call" or function is None or not always_runs(function.body, touch.call):
                return
            why = "is `@torch.jit.unused`: it raises when compiled code calls it"
        else:
            refusal = _refusal(fact.function.function)
            if refusal is None:
                return
            why = f"cannot be compiled: {refusal.what} in its body"
            foretold = refusal.prediction
        yield self.finding(
            case,
            touch.place,
            f"`{touch.text}` {why}",
            attribute=touch.text,
            evidence=(fact.function.place.evidence("defined here"),),
            expression=touch.text,
            prediction=foretold,
        )


_STARRED = Refusal("`*` or `**` parameters", Prediction("NotSupportedError", "variable number of arguments"))


def _refusal(function: ir.Function) -> Refusal | None:
    """Return the first thing in a method that torch's frontend refuses, None where it refuses nothing."""
    if any(parameter.kind in {"*", "**"} for parameter in function.parameters):
        return _STARRED
    return next(filter(None, map(refused_by_frontend, visit_body(function))), None)
