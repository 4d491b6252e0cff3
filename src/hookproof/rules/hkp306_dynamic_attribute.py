"""HKP306 dynamic-attribute."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.use_rule import CompiledUseRule
from hookproof.worlds.outcome import Outcome


class DynamicAttribute(CompiledUseRule):
    """A compiled hook computes an attribute's name, or sets or deletes one by function.

    ## What it does
    Finds `getattr` and `hasattr` with a name that is not a string literal, `setattr`, `delattr` and `del
    m.x`.

    ## Why it breaks
    TorchScript looks attributes up while it compiles, so it must see their names; it has no `setattr` and
    `delattr`, and attributes cannot be deleted.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.scale = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        name = "scale"
        print(getattr(m, name))


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Write the name out.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.scale = 2.0

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(getattr(m, "scale"))


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `RuntimeError: getattr's second argument must be a string literal`, the same of `hasattr`; `Python
    builtin <built-in function setattr> is currently not supported in Torchscript`, the same of `delattr`;
    `del statements are only supported for deleting list and dict items and variables`.
    """

    code = "HKP306"
    name = "dynamic-attribute"
    summary = "A compiled hook computes an attribute's name, or sets or deletes one by function"
    prediction = Prediction(
        "RuntimeError",
        r"second argument must be a string literal"
        r"|Python builtin <built-in function (set|del)attr> is currently not supported"
        r"|del statements are only supported",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        function = use.operation.rpartition(" ")[2]
        if use.operation in {"computed getattr", "computed hasattr"}:
            why, message = "needs a string literal", f"{function}'s second argument must be a string literal"
        elif function in {"setattr", "delattr"}:
            why, message = (
                "does not exist in compiled code",
                f"function {function}> is currently not supported",
            )
        elif use.kind == "delete" and use.operation == "attribute":
            why, message = "is not possible in compiled code", "del statements are only supported"
            function = f"del {use.text}"
        else:
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{function}` {why}: attributes are looked up while scripting",
            attribute=use.text,
            prediction=Prediction("RuntimeError", message),
            expression=use.text,
        )
