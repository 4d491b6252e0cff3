"""HKP307 unscriptable-module-api."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.facts.types import AtlasEntry
from hookproof.finding import Finding, Prediction
from hookproof.rules.compiled_body import visit_body
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.use_rule import CompiledUseRule, is_missing, module_entry, no_attribute_of
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome

# The second is what torch 1.8 says.
_UNLIKE = "did not match the types of the given list elements|Could not match type .* in argument 'el'"


class UnscriptableModuleApi(CompiledUseRule):
    """A compiled hook calls a method of `nn.Module` that does not compile.

    ## What it does
    Finds calls of `m.parameters()`, `m.state_dict()`, `m.eval()`, `m.to()`, `m.register_buffer()` and the
    other methods of `nn.Module` whose source TorchScript cannot compile. Which these are comes from torch
    itself.

    ## Why it breaks
    A method that a compiled hook calls is compiled too, and most of `nn.Module` uses Python that
    TorchScript does not know: generators, lambdas, `*args`. Only a few, such as `children()` and
    `named_buffers()`, are built into the compiler.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        for p in m.parameters():
            print(p.shape)


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Name the parameters, or loop over what the compiler knows.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.fc.weight.shape)
        for name, child in m.named_children():
            print(name)


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    That of the first construct in the method's source: `UnsupportedNodeError: Yield aren't supported`,
    `NotSupportedError: Compiled functions can't take variable number of arguments …`,
    `RuntimeError: Unknown type name 'Self'`.
    """

    code = "HKP307"
    name = "unscriptable-module-api"
    summary = "A compiled hook calls a method of `nn.Module` that does not compile"
    experiment = ReducedHook(is_at_line=True, ends_in_callee=True)
    prediction = Prediction(
        "Exception",
        r"aren't supported|can't take variable number of arguments|Unknown type (name|constructor)"
        r"|is not supported in|never be called|List type annotation",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        if (
            use.name is None
            or use.kind not in {"read", "call"}
            or use.operation not in {"attribute", "getattr"}
        ):
            return
        if use.name in {"__class__", "_get_name"} or is_missing(outcome, use):
            return
        if _lists_unlike(outcome, use):
            yield self.finding(
                outcome,
                use.location,
                f"`list` of `{use.text}` has elements of several types; go over it with `for` instead",
                attribute=use.text,
                prediction=Prediction("RuntimeError", _UNLIKE),
                expression=use.text,
            )
            return
        entry = module_entry(outcome, use, "compiled", "call" if use.kind == "call" else "read")
        if entry is None or entry.status != "raises":
            return
        yield self.finding(
            outcome,
            use.location,
            f"`{use.text}` is Python's `nn.Module.{use.name}`, whose source TorchScript cannot compile",
            attribute=use.text,
            prediction=no_attribute_of(use) if use.kept == "value" else _predicted(entry),
            expression=use.text,
        )


def _lists_unlike(outcome: Outcome, use: Use) -> bool:
    """Tell whether children of unlike classes are made a list, which has one element type in TorchScript."""
    if use.name != "children" or use.call is None or use.owner is None or outcome.hook is None:
        return False
    classes = {cls.qualname if cls else None for cls in use.owner.submodules().values()}
    function = outcome.hook.function
    if None in classes or len(classes) < 2 or function is None:
        return False
    return any(
        isinstance(visit.node, ir.Call)
        and visit.certain
        and isinstance(visit.node.func, ir.Name)
        and visit.node.func.id == "list"
        and any(argument.value is use.call for argument in visit.node.args)
        for visit in visit_body(function)
    )


def _predicted(entry: AtlasEntry) -> Prediction | None:
    if entry.exception is None or entry.message is None:
        return None
    message = re.escape(entry.message.splitlines()[0])
    # The type variable of torch's own annotations is `T` in one version and `Self` in another.
    return Prediction(entry.exception, re.sub(r"'(Self|T)'", "'(Self|T)'", message))
