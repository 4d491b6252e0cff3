"""HKP213 captured-python-value."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.predicate import is_script_class
from hookproof.facts.atlas import Facts
from hookproof.facts.entries import SELF_RETURNING_METHODS
from hookproof.finding import Finding, Prediction
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import ExternalValue
from hookproof.modules.module_class import ModuleClass
from hookproof.rules.callable_rule import CallableRule
from hookproof.rules.compiled_body import Visited, visit_body
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES
from hookproof.rules.signature import HookSignature, compiled_function, def_location
from hookproof.semantic.bindings import function_bindings, target_names
from hookproof.semantic.definitions import ClassDefinition, Definition, External, ValueDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome


class CapturedPythonValue(CallableRule):
    """The hook uses a Python value from outside: a global, or a variable of the function around it.

    ## What it does
    Finds names in a compiled hook that stand for a Python value of any kind: numbers, strings, None, lists,
    dicts, tensors, devices, instances of the project's classes, the `self` of the method around it, what was
    computed or compared there. Functions, classes and Python modules are fine, and so is what torch or `math`
    defines where it is written in full (`torch.half`): under a name of its own it is a value like others.
    Another `nn.Module` may be called, and nothing else: its attributes, parts and identity are out of reach.

    ## Why it breaks
    TorchScript compiles a function on its own: there is no Python object that it could read or write when
    it runs.

    ## Example
    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn

    FACTOR = 2.0


    def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * FACTOR


    model = nn.Linear(2, 2)
    model.register_forward_hook(scale)
    scripted = torch.jit.script(model)
    ```

    ## Use instead
    Keep the value as an attribute of the module, or write it into the hook.

    ```python
    from typing import Tuple

    import torch
    from torch import Tensor, nn


    def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2.0


    model = nn.Linear(2, 2)
    model.register_forward_hook(scale)
    scripted = torch.jit.script(model)
    ```

    ## What torch says
    `RuntimeError: python value of type 'float' cannot be used as a value. Perhaps it is a closed over
    global variable?`, at `torch.jit.script`.
    """

    code = "HKP213"
    name = "captured-python-value"
    summary = "The hook uses a Python value from outside"
    fixable = "sometimes"
    experiment = ReducedHook(keeps_body=True, is_on_any_module=True, names="captured value")
    prediction = Prediction(
        "RuntimeError",
        r"cannot be used as (a value|an iterable)|is not defined on python value|undefined value",
    )
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Yield the finding at the hook's `def`, with every captured name."""
        signature = compiled_function(outcome)
        if signature is None or signature.hook.form == "bound method":
            return
        captures = tuple(_captures(signature))
        if captures:
            uses = [
                Location(signature.scope.file, capture.node.at).evidence(f"`{capture.node.id}` is used here")
                for capture in captures
            ]
            yield self.finding(
                outcome,
                def_location(signature),
                _message(captures),
                evidence=uses,
                expression=captures[0].node.id,
            )


class _Capture(Struct, frozen=True):
    node: ir.Name
    what: str


def _message(captures: tuple[_Capture, ...]) -> str:
    first, *others = captures
    if not others and first.what == _MODULE:
        called = f"`{first.node.id}` is {_MODULE} from outside the hook, which compiled code can only call"
        return f"{called}; use the hook's own, or its parts"
    if not others:
        what = f"`{first.node.id}` is {first.what} from outside the hook"
        return f"{what}, which compiled code cannot use; keep it on the module"
    more = f"`{others[0].node.id}`" if len(others) == 1 else f"{len(others)} more names"
    what = f"`{first.node.id}` ({first.what}) and {more} come from outside the hook"
    return f"{what}, which compiled code cannot use; keep them on the module"


_MODULE = "a module"
_DISPLAYS = {"tuple": "a tuple", "list": "a list", "set": "a set"}
_LITERALS = {
    "int": "an int",
    "float": "a float",
    "str": "a string",
    "bytes": "bytes",
    "bool": "a bool",
    "None": "None",
    "complex": "a complex number",
}
_GIVEN = {**_DISPLAYS, **_LITERALS, "str": "a string", "dict": "a dict"}
_MAKERS = {
    **{
        f"builtins.{kind}": f"a {kind}"
        for kind in ("list", "dict", "set", "tuple", "frozenset", "float", "bytearray")
    },
    "builtins.int": "an int",
    "builtins.object": "an object",
    **{f"collections.{kind}": f"a {kind}" for kind in ("defaultdict", "deque", "Counter")},
    "collections.OrderedDict": "an OrderedDict",
    **{
        f"torch.{maker}": "a tensor"
        for maker in (
            "tensor",
            "zeros",
            "ones",
            "empty",
            "full",
            "rand",
            "randn",
            "arange",
            "eye",
            "linspace",
        )
    },
    **{f"torch.{maker}": f"a {maker}" for maker in ("device", "Generator", "Size")},
    "logging.getLogger": "a logger",
    "weakref.WeakKeyDictionary": "a WeakKeyDictionary",
    "weakref.WeakSet": "a WeakSet",
    "weakref.WeakValueDictionary": "a WeakValueDictionary",
}
# What these give is never a function or a class, which are all that compiled code takes from outside.
_TESTS = frozenset({"is", "is not", "in", "not in", "not"})
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%", "**", "@"})
_CONTAINER_METHODS = frozenset(
    {"append", "extend", "add", "update", "setdefault", "appendleft", "items", "clear"}
)


def _captures(signature: HookSignature) -> Iterator[_Capture]:
    visited = tuple(visit_body(signature.function))
    bound = set(function_bindings(signature.function)) | set(_comprehension_names(visited))
    seen: set[str] = set()
    for visit in visited:
        node = visit.node
        if not isinstance(node, ir.Name) or not visit.certain or node.id in bound or node.id in seen:
            continue
        what = _captured(signature, node, visit.parent)
        if what is not None:
            seen.add(node.id)
            yield _Capture(node, what)


def _comprehension_names(visited: tuple[Visited, ...]) -> Iterator[str]:
    for visit in visited:
        if isinstance(visit.node, ir.Clause):
            yield from target_names(visit.node.target)
        elif isinstance(visit.node, ir.Walrus):
            yield visit.node.target.id


def _captured(signature: HookSignature, node: ir.Name, parent: object) -> str | None:
    """Return what a free name stands for where torch refuses it, None where it may be fine."""
    if isinstance(parent, ir.Call) and parent.func is node:
        return None
    outer = Scope(signature.scope.file, signature.scope.functions[:-1])
    owner = _parameter_owner(outer, node.id)
    if owner is not None:
        return _captured_parameter(signature, owner, node, parent)
    definition = signature.project.lookup(outer, node.id)
    if isinstance(definition, External):
        return (
            None
            if _is_passed_on(node, parent)
            else _value_of_torch(definition.qualname, signature.project.facts)
        )
    if not isinstance(definition, ValueDefinition) or definition.value is None:
        return None
    what = _value(signature, definition)
    return None if what != "None" and _is_passed_on(node, parent) else what


def _is_passed_on(node: ir.Name, parent: object) -> bool:
    """Tell whether a Python value is only given a name, or stands alone: torch lets all but None do that."""
    return isinstance(parent, ir.Expression) or (isinstance(parent, ir.Assign) and parent.value is node)


def _parameter_owner(scope: Scope, name: str) -> ir.Function | None:
    """Return the function around the hook that has `name` as a parameter and never binds it again."""
    for function in reversed(scope.functions):
        found = function_bindings(function).get(name)
        if found is not None:
            return function if len(found) == 1 and isinstance(found[0], ir.Parameter) else None
    return None


def _captured_parameter(
    signature: HookSignature, owner: ir.Function, node: ir.Name, parent: object
) -> str | None:
    is_first = bool(owner.parameters) and owner.parameters[0].name == node.id
    if node.id == "self" and is_first:
        return "a Python object" if isinstance(parent, ir.Attribute) else None
    if isinstance(parent, ir.Subscript) and parent.value is node:
        return "a Python value"
    if isinstance(parent, ir.Attribute) and parent.attr in _CONTAINER_METHODS:
        return "a Python value"
    instance = _instance_given(signature, owner, node.id)
    if instance is not None:
        return None if _is_passed_on(node, parent) else instance
    given = dict(signature.hook.captured).get(node.id)
    if given == "NoneType":
        return "None"
    return None if given is None or _is_passed_on(node, parent) else _GIVEN[given]


def _instance_given(signature: HookSignature, owner: ir.Function, name: str) -> str | None:
    """Return what a parameter of a function around the hook is where it was given an object or a constant."""
    frame = signature.hook.frame
    while frame is not None and frame.function is not owner:
        frame = frame.parent
    match frame.locals.get(name) if frame is not None else None:
        case (ObjectValue(module_class=ModuleClass(), is_created=True, form="call"),):
            return _MODULE
        case (ObjectValue(definition=ClassDefinition() as made, is_created=True),):
            return _instance_of(signature, made)
        case (ExternalValue(qualname=qualname),):
            return _value_of_torch(qualname, signature.project.facts)
    return None


def _value(signature: HookSignature, definition: ValueDefinition) -> str | None:
    match definition.value:
        case ir.Constant(kind=kind):
            return _LITERALS.get(kind)
        case ir.Sequence(kind=kind):
            return _DISPLAYS[kind]
        case ir.Mapping():
            return "a dict"
        case ir.Comprehension(kind=kind) if kind != "generator":
            return f"a {kind}"
        case ir.Operation(op=op) if op in _TESTS:
            return "a bool"
        case ir.Operation(op=op) if op in _COMPARISONS:
            return "the result of a comparison"
        case ir.Operation(op=op) if op in _ARITHMETIC:
            return "a computed value"
        case ir.Call(func=func):
            return _made_by(signature, func, definition.scope)
    return None


def _value_of_torch(qualname: str, facts: Facts) -> str | None:
    """Return what a constant is that has a name of its own: `dtype = torch.half`, `from math import pi`."""
    if facts.value_type(qualname) is None:
        return None
    is_number = qualname.startswith("math.") or qualname in {"torch.pi", "torch.inf", "torch.nan", "torch.e"}
    return "a float" if is_number else f"`{qualname}`"


def _made_by(signature: HookSignature, func: ir.Expr, scope: Scope) -> str | None:
    project = signature.project
    if (
        isinstance(func, ir.Attribute)
        and isinstance(func.value, ir.Call)
        and func.attr in SELF_RETURNING_METHODS
    ):
        return _made_by(signature, func.value.func, scope)
    made = project.resolve(scope, func)
    if _is_module(made, project):
        return _MODULE
    if isinstance(made, External):
        return _MAKERS.get(made.qualname)
    return _instance_of(signature, made) if isinstance(made, ClassDefinition) else None


def _is_module(made: Definition | None, project: Project) -> bool:
    """Return whether a class is one of modules that Python runs: not of ScriptModules."""
    bases = project.mro(made) if isinstance(made, ClassDefinition) else (made,)
    return module_class_of(made, project) is not None and not any(map(is_script_class, bases))


def _instance_of(signature: HookSignature, made: ClassDefinition) -> str | None:
    """Return what an instance of a class is called, None where compiled code may know the class."""
    project = signature.project
    if module_class_of(made, project) is not None:
        return None
    # Enumerations and whatever a metaclass or decorator makes of a class may be known to TorchScript.
    for base in project.mro(made):
        if isinstance(base, ClassDefinition):
            if base.node.keywords or not all(
                _is_dataclass(each, base, project) for each in base.node.decorators
            ):
                return None
        elif base is None or base.qualname != "builtins.object":
            return None
    return f"an instance of `{made.node.name}`"


def _is_dataclass(decorator: ir.Expr, cls: ClassDefinition, project: Project) -> bool:
    found = project.resolve(cls.scope, decorator.func if isinstance(decorator, ir.Call) else decorator)
    return isinstance(found, External) and found.qualname == "dataclasses.dataclass"
