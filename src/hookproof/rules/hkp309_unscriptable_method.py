"""HKP309 unscriptable-method."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.link.case import Case, Touch
from hookproof.rules.method_body import unsupported
from hookproof.rules.touch_rule import METHOD_KINDS, CompiledTouchRule, fact_of


class UnscriptableMethod(CompiledTouchRule):
    """A compiled hook calls a method that does not compile.

    ## What it does
    Finds calls of the module's own methods that are marked `@torch.jit.unused`, or whose body holds
    something that TorchScript cannot parse: `try`, `yield`, `lambda`, an inner function, a conversion in
    an f-string.

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
        r"|marked as ignored on export|unused",
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
        if fact.jit == "unused":
            why = (
                "is `@torch.jit.unused`: it raises when compiled code calls it"
                if touch.use == "call"
                else None
            )
        else:
            found = unsupported(fact.function.function)
            why = None if found is None else f"cannot be compiled: {found} in its body"
        if why is None:
            return
        yield self.finding(
            case,
            touch.place,
            f"`{touch.text}` {why}",
            attribute=touch.text,
            evidence=(fact.function.place.evidence("defined here"),),
            expression=touch.text,
        )
