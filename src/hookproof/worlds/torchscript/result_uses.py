"""Where a compiled model needs what the `forward` of a part returns, and not what a hook may return instead.

Measured on 2.13.0: a part's result has the type of what its last hook returns, in everything that is compiled
around it, and no other type is taken for a Tensor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from hookproof.interpreter.instances.current_class import current_class
from hookproof.interpreter.instances.forward_calls import parent_of
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import External, FunctionDefinition
from hookproof.semantic.expressions import children, may_leave, statement_expressions
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type

if TYPE_CHECKING:
    from hookproof.interpreter.objects import ObjectValue
    from hookproof.interpreter.state import State
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project

_ARITHMETIC = frozenset({"+", "-", "*", "/", "@"})
_SEQUENTIAL = "torch.nn.Sequential"

Need: TypeAlias = Literal["argument", "attribute", "operand", "returned"]


class ResultUse(Struct, frozen=True):
    """A place that needs a part's result to be a Tensor; `place` is None where it is in torch's own code."""

    need: Need
    place: Place | None = None


def result_uses(
    state: State, module: ObjectValue, receiver: ObjectValue, project: Project
) -> tuple[ResultUse, ...]:
    """Return where the compiled `module` needs a Tensor of what its part `receiver` returns."""
    found = parent_of(state, receiver) if receiver is not module else None
    if found is None or not state.contains(module, found[0]):
        return ()
    owner, name = current_class(state, found[0]), found[1]
    if owner is None:
        return ()
    if owner.qualname == _SEQUENTIAL and owner.definition is None:
        return (ResultUse("argument"),) if _has_tensor_layer_behind(owner, name) else ()
    return tuple(
        use
        for method, fact in owner.attributes().items()
        if fact.function is not None and fact.kind == "method" and owner.reaches(method)
        for use in _Reader(project, owner, fact.function, name).uses()
    )


def _has_tensor_layer_behind(owner: ModuleClass, name: str) -> bool:
    layers = owner.elements or ()
    behind = layers[int(name) + 1] if name.isdecimal() and int(name) + 1 < len(layers) else None
    return behind is not None and _takes_tensor(behind)


def _takes_tensor(cls: ModuleClass, position: int = 0) -> bool:
    forward = cls.forward
    if forward is None or forward.has_star or position >= len(forward.parameters):
        return False
    return forward.parameters[position].type.name == "Tensor"


class _Reader:
    """Reads the statements of one method that are certainly compiled."""

    def __init__(self, project: Project, owner: ModuleClass, method: FunctionDefinition, part: str) -> None:
        self._project, self._owner, self._method, self._part = project, owner, method, part
        function = method.function
        self._self = function.parameters[0].name if function.parameters else ""
        self._scope = Scope(method.scope.file, (*method.scope.functions, function))
        returns = function.returns
        self._returns_tensor = (
            returns is not None and annotation_type(returns, method.scope, project).name == "Tensor"
        )
        # The names that are bound to the result once, and never asked about.
        self._names: set[str] = set()

    def uses(self) -> Iterator[ResultUse]:
        """Yield the uses in source order."""
        yield from self._statements(self._method.function.body)

    def _statements(self, statements: tuple[ir.Stmt, ...]) -> Iterator[ResultUse]:
        for statement in statements:
            if isinstance(statement, (ir.If, ir.While, ir.Try, ir.Match, ir.Assert)):
                self._names.clear()  # a test may make it another type
                if may_leave(statement):
                    return
                continue
            if isinstance(statement, ir.Return) and self._returns_tensor and self._is_result(statement.value):
                yield ResultUse("returned", Place(self._method.scope.file, statement.at))
            for expr in statement_expressions(statement):
                yield from self._expression(expr)
            if isinstance(statement, ir.Assign):
                self._bind(statement)
            if isinstance(statement, (ir.For, ir.With)):
                yield from self._statements(statement.body)

    def _bind(self, statement: ir.Assign) -> None:
        match statement.targets:
            case (ir.Name(id=name),) if self._is_result(statement.value):
                if len(function_bindings(self._method.function).get(name, ())) == 1:
                    self._names.add(name)

    def _expression(self, expr: ir.Expr) -> Iterator[ResultUse]:
        if isinstance(expr, (ir.Lambda, ir.Conditional)) or (
            isinstance(expr, ir.Operation) and expr.op in {"and", "or"}
        ):
            return
        need = self._need(expr)
        if need is not None:
            yield ResultUse(need, Place(self._method.scope.file, getattr(expr, "at", 0)))
        for child in children(expr):
            yield from self._expression(child)

    def _need(self, expr: ir.Expr) -> Need | None:
        match expr:
            case ir.Attribute(value=value) if self._is_result(value):
                return "attribute"
            case ir.Subscript(value=value) if self._is_result(value):
                return "operand"
            case ir.Operation(op=op, operands=operands) if op in _ARITHMETIC:
                return "operand" if any(map(self._is_result, operands)) else None
            case ir.Call(func=func, args=args):
                for position, argument in enumerate(args):
                    is_plain = not argument.star and argument.keyword is None
                    if is_plain and self._is_result(argument.value) and self._wants_tensor(func, position):
                        return "argument"
        return None

    def _wants_tensor(self, func: ir.Expr, position: int) -> bool:
        match func:
            case ir.Attribute(value=ir.Name(id=name), attr=attr) if name == self._self:
                fact = self._owner.attribute(attr)
                cls = fact.module_class if fact is not None and fact.kind == "submodule" else None
                return cls is not None and _takes_tensor(cls, position)
        definition = self._project.resolve(self._scope, func)
        is_functional = isinstance(definition, External) and definition.qualname.startswith(
            "torch.nn.functional."
        )
        return is_functional and position == 0

    def _is_result(self, expr: ir.Expr | None) -> bool:
        match expr:
            case ir.Name(id=name):
                return name in self._names
            case ir.Call(func=ir.Attribute(value=ir.Name(id=name), attr=attr)):
                return name == self._self and attr == self._part
        return False
