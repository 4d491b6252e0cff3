"""HKP219 decorated-hook-names."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.finding import Finding, Prediction
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.compiled_body import visit_body
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, compiled_function, decorator_names
from hookproof.semantic.bindings import function_bindings, target_names
from hookproof.semantic.definitions import External, ValueDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome

# Decorators of torch whose wrapper stands in a file of torch's own, and the names that file has.
_WRAPPING = frozenset(
    {
        "torch.no_grad",
        "torch.enable_grad",
        "torch.inference_mode",
        "torch.set_grad_enabled",
        "torch.autograd.no_grad",
    }
)
_NAMES_THERE = frozenset(
    {
        "Any",
        "Callable",
        "F",
        "FuncType",
        "Self",
        "TypeVar",
        "context_decorator",
        "cast",
        "functools",
        "inspect",
        "overload",
        "sys",
        "warnings",
    }
)


class DecoratedHookNames(CallableRule):
    """A hook under `@torch.no_grad()` uses names of its own file, which TorchScript does not find.

    ## What it does
    Finds compiled hooks that are decorated with `torch.no_grad`, `torch.enable_grad`, `torch.inference_mode`
    or `torch.set_grad_enabled` and use `torch`, a function, a class or a global of their own file.

    ## Why it breaks
    Such a decorator puts a wrapper in the hook's place. TorchScript compiles the source of the hook, but
    looks names up where the wrapper was written: in a file of torch that has never heard of them, not even
    of `torch`. (What the decorator does is lost as well: the wrapper itself is not compiled.)

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    @torch.no_grad()
    def clip(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return torch.relu(output)


    model = nn.Linear(2, 2)
    model.register_forward_hook(clip)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Write `with torch.no_grad():` in the hook.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def clip(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.relu(output)


    model = nn.Linear(2, 2)
    model.register_forward_hook(clip)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: undefined value torch`, or `Unknown type name 'Net'` for a class, at `torch.jit.script`.
    """

    code = "HKP219"
    name = "decorated-hook-names"
    summary = "A hook under `@torch.no_grad()` uses names that TorchScript does not find"
    fixable = "sometimes"
    prediction = Prediction("RuntimeError", r"undefined value|Unknown type name")
    stage = STAGES["body"]
    since = "2.0"  # before it, these decorators stand in a file that imports torch

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the first such name."""
        signature = compiled_function(outcome)
        if signature is None:
            return
        decorator = next(decorator_names(signature), None)
        name = _unknown_name(signature) if decorator in _WRAPPING else None
        if name is None:
            return
        yield self.finding(
            outcome,
            Location(signature.scope.file, name.at),
            f"`{name.id}` is not found under `@{decorator}`; {_remedy(decorator)}",
            prediction=Prediction(
                "RuntimeError", rf"undefined value {name.id}\b|Unknown type name '{name.id}\b"
            ),
            expression=name.id,
        )


def _remedy(decorator: str | None) -> str:
    # The others are no context managers that TorchScript knows.
    is_known = decorator in {"torch.no_grad", "torch.autograd.no_grad"}
    return "use `with torch.no_grad()` inside the hook" if is_known else "leave the decorator out"


def _unknown_name(signature: HookSignature) -> ir.Name | None:
    """Return the first name of the hook's file that its compiled code certainly uses."""
    visited = [visit for visit in visit_body(signature.function) if visit.certain]
    bound = set(function_bindings(signature.function))
    for visit in visited:
        if isinstance(visit.node, ir.Clause):
            bound.update(target_names(visit.node.target))
    outer = Scope(signature.scope.file, signature.scope.functions[:-1])
    for visit in visited:
        node = visit.node
        if not isinstance(node, ir.Name) or node.id in bound or node.id in _NAMES_THERE:
            continue
        found = signature.project.lookup(outer, node.id)
        is_builtin = isinstance(found, External) and found.qualname.startswith("builtins.")
        is_parameter = isinstance(found, ValueDefinition) and found.value is None
        if found is not None and not is_builtin and not is_parameter:
            return node
    return None
