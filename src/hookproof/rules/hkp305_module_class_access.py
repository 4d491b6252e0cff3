"""HKP305 module-class-access."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.evaluator.use import Use
from hookproof.finding import Finding, Prediction
from hookproof.rules.class_tests import is_in_or, narrows_module, unknown_class
from hookproof.rules.use_rule import CompiledUseRule
from hookproof.worlds.outcome import Outcome

_OPERATIONS = frozenset({"type", "vars", "str", "repr", "super", "callable", "dir", "bool", "format", "len"})
_OPERATORS = {
    "truth": "has no truth value in compiled code",
    "operator": "has no operators in compiled code, only `is`",
    "contains": "has no `in` in compiled code",
    "key": "cannot be the key of a dict in compiled code",
}
_MODULE_DICT = "torch.nn.ModuleDict"
_BASE_CLASSES = frozenset(
    {
        "torch.nn.Module",
        "torch.nn.modules.module.Module",
        "torch.jit.ScriptModule",
        "torch.jit.RecursiveScriptModule",
        "torch.jit.TopLevelTracedModule",
    }
)


class ModuleClassAccess(CompiledUseRule):
    """A compiled hook asks for the class of its module, or for the module as a Python object.

    ## What it does
    Finds `type(m)`, `m.__class__`, `m._get_name()`, `str(m)`, `repr(m)`, `vars(m)`, `dir(m)`, `super(Net,
    m)`, `isinstance(m, nn.Module)` or `isinstance(m, torch.jit.ScriptModule)`, and the module as a condition
    (`if m`), as an operand of anything but `is` (`m == other`, `m in modules`) or as the key of a dict that
    the hook makes (`{m: 1}`). Also `isinstance(m, nn.Conv2d)` where no `nn.Conv2d` is part of the model or
    was compiled before, and `isinstance(m, Net)` as an operand of `and` or `or`.

    ## Why it breaks
    In compiled code a module is an object of a TorchScript class. There is no Python class to ask for, and
    these functions have no TorchScript version. A class is known by its name only once a module of it, and
    not of one derived from it, was compiled. In `isinstance(m, Net) and …` the compiler gives `m` a narrower
    type for what follows, which it cannot do to a module.

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
        print(type(m))


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## Use instead
    Give the module a name of its own.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.label = "Net"

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(x)


    def hook(m, input: Tuple[Tensor], output: Tensor):
        print(m.label)


    net = Net()
    net.register_forward_hook(hook)
    torch.jit.script(net)
    ```

    ## What torch says
    `type(m)`: `RuntimeError: Expected a value of type 'Tensor' for argument '0'`; `m.__class__` and
    `m._get_name()`: `AttributeError: type object 'type' has no attribute '__globals__'`; the others:
    `RuntimeError: Python builtin <built-in function repr> is currently not supported in Torchscript` and
    alike; `{m: 1}`: `RuntimeError: Cannot create dict for key type`; a class that was never compiled:
    `RuntimeError: Unknown type name 'nn.Conv2d'`; `isinstance(m, Net) and …`: `RuntimeError: Cannot re-assign
    'm' because it has type value`.
    """

    code = "HKP305"
    name = "module-class-access"
    summary = "A compiled hook asks for its module's class, or for the module as a Python object"
    prediction = Prediction(
        "Exception",
        r"Expected a value of type 'Tensor' for argument '0'|has no attribute '__globals__'"
        r"|Python builtin <built-in function \w+> is currently not supported"
        r"|(has no|nonexistent) attribute or method '__\w+__'|Could not cast value of type .* to bool"
        r"|Arguments for call are not valid|Cannot create dict for key type"
        r"|Python type cannot be used as a value|Unknown type name"
        r"|Cannot re-assign '\w+' because it has type value",
    )

    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""
        if use.name in {"__class__", "_get_name"}:
            if use.operation in {"attribute", "getattr"} and (use.name == "__class__" or use.kind == "call"):
                yield self._found(outcome, use)
        elif use.operation in _OPERATORS:
            if use.operation != "contains" or _is_no_dict(use):
                yield self.finding(
                    outcome,
                    use.location,
                    f"`{use.text}` {_OPERATORS[use.operation]}",
                    attribute=use.text,
                    expression=use.text,
                )
        elif (use.operation in _OPERATIONS and not (use.operation == "len" and use.path)) or (
            use.operation == "isinstance" and use.target in _BASE_CLASSES
        ):
            yield self._found(outcome, use)
        elif use.operation == "isinstance":
            yield from self._tested(outcome, use)

    def _tested(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        name, refused = unknown_class(outcome, use), None
        if name is not None:
            message = f"compiled code knows no `{name}`: no such module was compiled before"
        elif narrows_module(outcome, use):
            refused = "isinstance or more in script" if is_in_or(outcome, use) else None
            message = (
                f"`{use.text}` cannot be an operand of `and` or `or` in compiled code; use a nested `if`"
            )
        else:
            return
        yield self.finding(
            outcome,
            use.location,
            message,
            attribute=use.receiver,
            expression=use.text,
            refused=refused,
        )

    def _found(self, outcome: Outcome, use: Use) -> Finding:
        text = use.text if use.operation != "attribute" or use.kind != "call" else f"{use.text}()"
        return self.finding(
            outcome,
            use.location,
            f"`{text}`: compiled code has no Python class or object behind `{use.receiver}`",
            attribute=use.text,
            expression=text,
        )


def _is_no_dict(use: Use) -> bool:
    """Return whether a module is certainly not the one container that compiled code asks by `in`."""
    return use.owner is not None and use.owner.is_a(_MODULE_DICT) is False
