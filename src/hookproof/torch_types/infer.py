"""The TorchScript type of a value, from the expression that makes it.

What `torch._C._jit_try_infer_type` says of the real value is the truth the tests compare with; where the
value can't be followed the answer is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.semantic.bindings import function_bindings, nested_statements
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type, split_items
from hookproof.torch_types.operations import NUMBER, operation_type
from hookproof.torch_types.python_values import (
    CALLS,
    EMPTY_CONTAINERS,
    METHODS,
    TENSOR_CASTS,
    WHOLE_REDUCTIONS,
)

if TYPE_CHECKING:
    from hookproof.semantic.project import Project

_LITERALS = {
    "int": "int",
    "float": "float",
    "complex": "complex",
    "str": "str",
    "bytes": "str",
    "bool": "bool",
    "None": "NoneType",
}
_KEYS = frozenset({"int", "float", "bool", "complex", "str", "Tensor", "Device"})


def known(name: str) -> TorchType:
    """Return the TorchScript type of that name."""
    return TorchType(name, None, True)


def refused(python: str, reason: str) -> TorchType:
    """Return what is known of a value without a TorchScript type."""
    return TorchType(None, python, False, reason)


class Inference:
    """Infers types within one class or function.

    `self_name` is the name of the instance, of which `self_type` gives the attributes' types and
    `self_call` the result of calling one; `parameters` are types that are known by name. What the value of
    an expression is in Python, or in code that `is_compiled`, where `item()` gives a `number`.
    """

    def __init__(
        self,
        project: Project,
        self_name: str | None = None,
        self_type: Callable[[str], TorchType] | None = None,
        self_call: Callable[[str], TorchType] | None = None,
        parameters: Mapping[str, TorchType] | None = None,
        *,
        is_compiled: bool = False,
    ) -> None:
        self._project = project
        self._self_name = self_name
        self._self_type = self_type
        self._self_call = self_call
        self._parameters = parameters or {}
        self._is_compiled = is_compiled
        self._active: set[int] = set()

    def infer(self, expr: ir.Expr, scope: Scope) -> TorchType:
        """Return the type of the value of `expr`, evaluated in `scope`."""
        if id(expr) in self._active or len(self._active) > 60:
            return UNKNOWN
        self._active.add(id(expr))
        try:
            return self._infer(expr, scope)
        finally:
            self._active.discard(id(expr))

    def returned(self, statements: tuple[ir.Stmt, ...]) -> Iterator[ir.Expr | None]:
        """Yield what each `return` gives, inner functions left out."""
        for statement in statements:
            if isinstance(statement, ir.Return):
                yield statement.value
            for body in nested_statements(statement):
                yield from self.returned(body)

    def _infer(self, expr: ir.Expr, scope: Scope) -> TorchType:
        match expr:
            case ir.Constant(kind=kind):
                name = _LITERALS.get(kind)
                return refused("ellipsis", "an ellipsis") if name is None else known(name)
            case ir.Sequence() | ir.Mapping():
                return self._display(expr, scope)
            case ir.Lambda():
                return refused("function", "a lambda")
            case ir.Name() | ir.Attribute():
                return self._reference(expr, scope)
            case ir.Call():
                return self._call(expr, scope)
            case ir.Conditional(body=body, orelse=orelse):
                return same([self.infer(body, scope), self.infer(orelse, scope)])
            case ir.Operation(op=op, operands=operands):
                return operation_type(op, [self.infer(operand, scope) for operand in operands])
            case ir.Comprehension(kind="set"):
                return refused("set", "a set")
            case ir.Comprehension(kind="generator"):
                return refused("generator", "a generator")
            case ir.Walrus(value=value):
                return self.infer(value, scope)
            case ir.Subscript(value=ir.Attribute(value=owner, attr="shape"), index=ir.Constant(kind="int")):
                return known("int") if self.infer(owner, scope).name == "Tensor" else UNKNOWN
            case ir.Subscript(value=value, index=index):
                return _item(self.infer(value, scope), index)
            case ir.Opaque(syntax=syntax) if syntax.startswith("f-string"):
                return known("str")
        return UNKNOWN

    # --- displays ----------------------------------------------------------------------------------

    def _display(self, expr: ir.Sequence | ir.Mapping, scope: Scope) -> TorchType:
        if isinstance(expr, ir.Mapping):
            return self._mapping(expr, scope)
        if expr.kind == "set":
            return refused("set", "a set")
        if any(isinstance(item, ir.Starred) for item in expr.items):
            return UNKNOWN
        items = [self.infer(item, scope) for item in expr.items]
        return tuple_of(items) if expr.kind == "tuple" else list_of(items)

    def _mapping(self, expr: ir.Mapping, scope: Scope) -> TorchType:
        if any(key is None for key in expr.keys):
            return UNKNOWN
        keys = [self.infer(key, scope) for key in expr.keys if key is not None]
        return dict_of(keys, [self.infer(value, scope) for value in expr.values])

    # --- names -------------------------------------------------------------------------------------

    def _reference(self, expr: ir.Name | ir.Attribute, scope: Scope) -> TorchType:
        if isinstance(expr, ir.Attribute) and self._is_self(expr.value):
            return UNKNOWN if self._self_type is None else self._self_type(expr.attr)
        if self._is_compiled and isinstance(expr, ir.Attribute) and expr.attr == "shape":
            return known("List[int]") if self.infer(expr.value, scope).name == "Tensor" else UNKNOWN
        if isinstance(expr, ir.Name):
            if expr.id in self._parameters:
                return self._parameters[expr.id]
            local = self._local(expr.id, scope)
            if local is not None:
                return local
        return self._defined(self._project.resolve(scope, expr), expr)

    def _defined(self, definition: Definition | None, expr: ir.Expr) -> TorchType:
        match definition:
            case ClassDefinition():
                return refused("type", "a class")
            case FunctionDefinition():
                return TorchType(None, "function", None, "a function")
            case ValueDefinition(value=value, scope=scope) if value is not None and value is not expr:
                return self.infer(value, scope)
            case External(qualname=qualname):
                if self._project.facts.nn_class(qualname) is not None:
                    return refused("type", "a class")
                if (
                    qualname.startswith("torch.")
                    and self._project.facts.function_returns(qualname) is not None
                ):
                    return TorchType(None, "function", None, "a function")
                return self._project.facts.value_type(qualname) or UNKNOWN
        return UNKNOWN

    def _is_self(self, expr: ir.Expr) -> bool:
        return isinstance(expr, ir.Name) and expr.id == self._self_name

    def _local(self, name: str, scope: Scope) -> TorchType | None:
        """Return the type of a name the innermost function binds, None where it does not bind it."""
        if not scope.functions:
            return None
        found = function_bindings(scope.functions[-1]).get(name)
        if found is None or any(isinstance(binder, (ir.Define, ir.Class, ir.Import)) for binder in found):
            return None
        return same([self._bound(name, binder, scope) for binder in found])

    def _bound(self, name: str, binder: ir.Stmt | ir.Parameter, scope: Scope) -> TorchType:
        if isinstance(binder, ir.Parameter):
            return self.parameter_type(binder, Scope(scope.file, scope.functions[:-1]))
        if not isinstance(binder, ir.Assign) or binder.value is None:
            return UNKNOWN
        if any(isinstance(target, ir.Name) and target.id == name for target in binder.targets):
            return self.infer(binder.value, scope)
        return UNKNOWN

    def parameter_type(self, parameter: ir.Parameter, scope: Scope) -> TorchType:
        """Return what a parameter's annotation tells of the values that callers pass.

        A container may be empty, an `Optional` None and a `float` an int, so these have no name.
        """
        if parameter.annotation is None or parameter.kind in {"*", "**"}:
            return UNKNOWN
        found = annotation_type(parameter.annotation, scope, self._project)
        default = parameter.default
        if isinstance(default, ir.Constant) and default.kind == "None" and found.name is not None:
            found = known(f"Optional[{found.name}]")
        if found.name == "float" and isinstance(default, ir.Constant) and default.kind == "float":
            return found
        return value_of_annotation(found)

    # --- calls -------------------------------------------------------------------------------------

    def _call(self, call: ir.Call, scope: Scope) -> TorchType:
        func = call.func
        if isinstance(func, ir.Attribute):
            if self._is_self(func.value):
                return UNKNOWN if self._self_call is None else self._self_call(func.attr)
            found = self._method_call(func, call, scope)
            if found is not UNKNOWN:
                return found
        if isinstance(func, ir.Name) and self._local(func.id, scope) is not None:
            return UNKNOWN
        definition = self._project.resolve(scope, func)
        if isinstance(definition, External):
            return self._external_call(definition.qualname, call, scope)
        if isinstance(definition, FunctionDefinition) and definition.owner is None:
            return self._function_call(definition)
        if isinstance(definition, ClassDefinition):
            return self._instance(definition)
        return UNKNOWN

    def _instance(self, definition: ClassDefinition) -> TorchType:
        """Return what is known of an instance of a class: one that inherits nothing is no module."""
        if definition.node.bases or definition.node.keywords or definition.node.decorators:
            return UNKNOWN
        name = definition.node.name
        methods = [
            method.function for found in self._project.methods(definition).values() for method in found
        ]
        if any(is_refused_method(method) for method in methods):
            return refused(name, f"an uncompilable `{name}`")
        return TorchType(None, name, None, f"an instance of `{name}`")

    def _method_call(self, func: ir.Attribute, call: ir.Call, scope: Scope) -> TorchType:
        owner = self.infer(func.value, scope)
        if owner.name == "Tensor" and func.attr == "size" and len(call.args) == 1:
            return known("int")
        if owner.name == "Tensor" and func.attr in TENSOR_CASTS | WHOLE_REDUCTIONS and not call.args:
            return owner
        if owner.name == "Tensor" and func.attr == "item" and self._is_compiled:
            return known(NUMBER)
        if owner.name == "Tensor":
            return self._project.facts.function_returns(f"torch.Tensor.{func.attr}") or UNKNOWN
        return known(METHODS[func.attr]) if owner.name == "str" and func.attr in METHODS else UNKNOWN

    def _function_call(self, definition: FunctionDefinition) -> TorchType:
        function = definition.function
        if function.returns is None or function.is_async or function.is_generator or function.decorators:
            return UNKNOWN
        return value_of_annotation(annotation_type(function.returns, definition.scope, self._project))

    def _external_call(self, qualname: str, call: ir.Call, scope: Scope) -> TorchType:
        if qualname in EMPTY_CONTAINERS:
            python, filling = EMPTY_CONTAINERS[qualname]
            if len(call.args) < filling and not any(argument.star for argument in call.args):
                return refused(python, f"an empty {python}")
            return self._filled(qualname, call, scope)
        if qualname in {"builtins.max", "builtins.min"} and self._is_compiled and len(call.args) == 2:
            return operation_type("+", [self.infer(argument.value, scope) for argument in call.args])
        if qualname == "builtins.type" and len(call.args) == 1:
            return refused("type", "a class")
        return CALLS.get(qualname) or self._project.facts.function_returns(qualname) or UNKNOWN

    def _filled(self, qualname: str, call: ir.Call, scope: Scope) -> TorchType:
        """Return the type of `dict(a=1)` and `list([1])`, UNKNOWN for the rest."""
        if qualname == "builtins.dict" and all(argument.keyword for argument in call.args):
            values = [self.infer(argument.value, scope) for argument in call.args]
            return dict_of([known("str")] * len(values), values)
        if qualname == "builtins.dict" and isinstance(call.args[0].value, ir.Mapping) and len(call.args) == 1:
            return self._mapping(call.args[0].value, scope)
        if qualname == "builtins.list" and len(call.args) == 1 and not call.args[0].star:
            given = call.args[0].value
            if isinstance(given, ir.Sequence):
                return self._display(replace(given, kind="list"), scope)
            inner = self.infer(given, scope)
            return inner if inner.python == "list" or (inner.name or "").startswith("List[") else UNKNOWN
        return UNKNOWN


def is_refused_method(method: ir.Function) -> bool:
    """Return whether a class certainly does not compile because of a method; static ones are left out."""
    if method.decorators:
        return False
    is_starred = any(parameter.kind in {"*", "**"} for parameter in method.parameters)
    return is_starred or method.is_generator or method.is_async


def _item(owner: TorchType, index: ir.Expr) -> TorchType:
    """Return the type of `owner[index]`: of a tensor always a tensor, of a tuple that of the item."""
    name = owner.name or ""
    if name == "Tensor":
        return owner
    if not name.startswith("Tuple[") or not isinstance(index, ir.Constant) or index.kind != "int":
        return UNKNOWN
    items = split_items(name[6:-1])
    position = index.value if isinstance(index.value, int) else len(items)
    return known(items[position].strip()) if 0 <= position < len(items) else UNKNOWN


def same(types: list[TorchType]) -> TorchType:
    """Return the type of a value that has one of these types: theirs if they agree."""
    if not types:
        return UNKNOWN
    first = types[0]
    if all(found == first for found in types):
        return first
    if all(found.scriptable for found in types):
        return TorchType(None, None, True)
    if all(found.scriptable is False for found in types):
        return refused(first.python or "object", first.reason or "no TorchScript type")
    return UNKNOWN


def value_of_annotation(found: TorchType) -> TorchType:
    """Return what an annotation tells of the value behind it, which may be empty, None or an int."""
    if found.scriptable is False:
        return refused("set", "a set") if found.python in {"set", "Set"} else UNKNOWN
    name = found.name or ""
    if not name or any(part in name for part in ("List[", "Dict[", "Any", "Future[", "Tuple[")):
        return UNKNOWN
    if name.startswith(("Optional[", "Union[")) or name in {"float", "complex", "number"}:
        return TorchType(None, None, True)
    return found


def list_of(items: list[TorchType]) -> TorchType:
    """Return the type of a list of values of these types, as torch unifies them."""
    if not items:
        return refused("list", "an empty list")
    element = _unified(items, "list")
    return known(f"List[{element.name}]") if element.name else element


def tuple_of(items: list[TorchType]) -> TorchType:
    """Return the type of a tuple of values of these types."""
    bad = next((item for item in items if item.scriptable is False), None)
    if bad is not None:
        return refused("tuple", f"a tuple with {bad.reason}")
    names = [item.name for item in items if item.name]
    if len(names) < len(items):
        return UNKNOWN
    return known(f"Tuple[{', '.join(names) or '()'}]")


def dict_of(keys: list[TorchType], values: list[TorchType]) -> TorchType:
    """Return the type of a dict of these keys and values."""
    if not keys:
        return refused("dict", "an empty dict")
    key, value = _unified(keys, "dict"), _unified(values, "dict")
    for part in (key, value):
        if part.scriptable is False:
            return part
    if not key.name or not value.name or key.name not in _KEYS:
        return UNKNOWN
    return known(f"Dict[{key.name}, {value.name}]")


def _unified(items: list[TorchType], python: str) -> TorchType:
    bad = next((item for item in items if item.scriptable is False), None)
    if bad is not None:
        return refused(python, f"a {python} with {bad.reason}")
    names = {item.name for item in items}
    if None in names or any("Optional[" in (name or "") or "Any" in (name or "") for name in names):
        return UNKNOWN
    others = names - {"NoneType"}
    if len(others) > 1:
        # [(1, None), (1, 2)]: what torch unifies inside tuples and lists is left alone.
        return UNKNOWN if any("NoneType" in (name or "") for name in names) else _mixed(python)
    if len(names) == 1:
        return items[0]
    return known(f"Optional[{others.pop()}]")


def _mixed(python: str) -> TorchType:
    return refused(python, f"a {python} of mixed types")
