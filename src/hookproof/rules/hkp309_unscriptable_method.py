"""HKP309 unscriptable-method."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.collect import ir
from hookproof.finding import Finding, Prediction
from hookproof.link.attributes import AttributeFact
from hookproof.link.case import Case, Scope, Touch
from hookproof.link.module_class import ModuleClass
from hookproof.link.project import Project
from hookproof.rules.compiled_body import always_runs, visit_body
from hookproof.rules.frontend_syntax import Refusal, refused_by_compiler, refused_by_frontend
from hookproof.rules.touch_rule import METHOD_KINDS, CompiledTouchRule, fact_of


class UnscriptableMethod(CompiledTouchRule):
    """A compiled hook calls a method that does not compile.

    ## What it does
    Finds calls of the module's own methods that are marked `@torch.jit.unused`, or whose body holds
    something that TorchScript cannot parse: `try`, `yield`, `lambda`, an inner function, a set, a
    conversion in an f-string and whatever else HKP501 finds in a hook, in whatever branch it stands; also
    where it stands in a method that the called one calls.

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
            found = _refusal(fact, touch.owner, case.project)
            if found is None:
                return
            where, refusal = found
            inside = "in its body" if where is fact else f"in `{where.name}`, which it calls"
            why = f"cannot be compiled: {refusal.what} {inside}"
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


def _refusal(
    method: AttributeFact,
    owner: ModuleClass | None,
    project: Project | None,
    active: frozenset[str] = frozenset(),
) -> tuple[AttributeFact, Refusal] | None:
    """Return the first thing that torch refuses in a method, or in one it calls on self, and in which."""
    definition = method.function
    if definition is None:
        return None
    function = definition.function
    if any(parameter.kind in {"*", "**"} for parameter in function.parameters):
        return method, _STARRED
    refused = next(filter(None, map(refused_by_frontend, visit_body(function))), None)
    if refused is not None:
        return method, refused
    if owner is None or project is None or function.decorators:
        return None
    scope = Scope(definition.scope.file, (*definition.scope.functions, function))
    for visit in visit_body(function):
        if not visit.certain:
            continue
        refused = refused_by_compiler(visit, scope, project)
        if refused is not None:
            return method, refused
        called = _called_on_self(visit.node, function, owner)
        if called is not None and called.name not in active:
            found = _refusal(called, owner, project, active | {method.name})
            if found is not None:
                return found
    return None


def _called_on_self(node: object, function: ir.Function, owner: ModuleClass) -> AttributeFact | None:
    """Return the method that `self.name(…)` calls, unless torch leaves it in Python."""
    match node:
        case ir.Call(func=ir.Attribute(value=ir.Name(id=name), attr=attr)):
            fact = owner.attribute(attr)
            is_self = bool(function.parameters) and function.parameters[0].name == name
            if is_self and fact is not None and fact.kind == "method" and fact.jit in {"", "export"}:
                return fact
    return None
