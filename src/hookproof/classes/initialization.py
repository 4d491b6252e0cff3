"""What `__init__`, and the methods it calls on self, store on the instance, in order.

`Initialization` follows `super().__init__()`, `Base.__init__(self)`, `self.setup()` and plain functions
that are handed self; the remaining methods are read afterwards for what they may store late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from hookproof.classes.store import How, Store
from hookproof.facts.harmless import HARMLESS_PACKAGES, READING_METHODS
from hookproof.modules.given import Given, chosen, truth_of
from hookproof.semantic.bases import Base
from hookproof.semantic.bindings import target_names
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.expressions import (
    children,
    is_super,
    is_walk,
    literal_text,
    may_leave,
    sets_attributes,
    statement_expressions,
)
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.semantic.project import Project

_REGISTER: dict[str, How] = {
    "register_buffer": "buffer",
    "register_parameter": "parameter",
    "add_module": "module",
    "register_module": "module",
    "__setattr__": "set",
}
_MEMBER_MAKERS = frozenset({*_REGISTER, "__dict__"})


class _Frame(Struct, frozen=True):
    scope: Scope
    self_name: str
    index: int
    owner: str
    literals: dict[str, str] = field(default_factory=dict)
    given: Given = {}


class Initialization:
    """Reads the classes of `mro` (see `classes.linearized`); everything is done when the constructor returns.

    `given` are literals that the parameters of `__init__` stand for. `stores` are made by it, `definite`
    names the attributes it sets on every way through it, `late` are the stores of methods it does not call;
    `torch_bases` are the classes of torch whose own `__init__` runs; `is_opaque` says that attributes may
    appear that were not seen.
    """

    def __init__(self, mro: tuple[Base, ...], project: Project, given: Given) -> None:
        self.stores: list[Store] = []
        self.late: list[Store] = []
        self.torch_bases: list[str] = []
        self.is_opaque = False
        self._mro = mro
        self._project = project
        self._visited: set[tuple[str, int]] = set()
        self._is_late = False
        self._given = given
        self.definite = frozenset(self._call_method("__init__", 0, False))
        self._read_late()

    def _read_late(self) -> None:
        self._is_late = True
        initial, self.stores = self.stores, self.late
        for index, base in enumerate(self._mro):
            if isinstance(base, ClassDefinition):
                for definitions in self._project.methods(base).values():
                    for definition in definitions:
                        if "staticmethod" not in definition.decorator_names:
                            self._walk(definition, index, 0, base.qualname, True)
        self.stores = initial

    # --- calls -------------------------------------------------------------------------------------

    def _call_method(self, name: str, start: int, conditional: bool) -> set[str]:
        for index in range(start, len(self._mro)):
            base = self._mro[index]
            if isinstance(base, ClassDefinition):
                found = self._project.methods(base).get(name)
                if found:
                    return self._walk(found[-1], index, 0, base.qualname, conditional)
            elif (
                isinstance(base, External)
                and name == "__init__"
                and self._project.facts.nn_class(base.qualname) is not None
            ):
                self.torch_bases.append(base.qualname)
                return set()
        return set()

    def _walk(
        self, definition: FunctionDefinition, index: int, position: int, owner: str, conditional: bool
    ) -> set[str]:
        """Read a function whose parameter at `position` is self."""
        node, file = definition.function, definition.scope.file
        key = (file.path, node.at)
        if key in self._visited or position >= len(node.parameters):
            return set()
        self._visited.add(key)
        scope = Scope(file, (*definition.scope.functions, node))
        # Only the outermost `__init__` is what is given literals.
        given, self._given = self._given, {}
        frame = _Frame(scope, node.parameters[position].name, index, owner, given=given)
        return self._body(node.body, frame, conditional)[0]

    # --- statements --------------------------------------------------------------------------------

    def _body(
        self, statements: tuple[ir.Stmt, ...], frame: _Frame, conditional: bool
    ) -> tuple[set[str], Literal["", "may leave", "raises"]]:
        """Read statements; return the names they certainly set, and whether they go on to their end."""
        definite: set[str] = set()
        leaves: Literal["", "may leave", "raises"] = ""
        for statement in statements:
            if isinstance(statement, ir.Raise):
                return definite, "raises"
            found = self._statement(statement, frame, conditional)
            if not leaves:
                definite |= found
            if may_leave(statement):
                leaves, conditional = "may leave", True
        return definite, leaves

    def _statement(self, statement: ir.Stmt, frame: _Frame, conditional: bool) -> set[str]:
        definite: set[str] = set()
        for expr in statement_expressions(statement):
            definite |= self._visit(expr, frame, conditional)
        match statement:
            case ir.Assign(targets=targets, value=value, annotation=annotation, at=at):
                if value is not None:
                    for target in targets:
                        definite |= self._target(target, value, annotation, frame, conditional)
                self.is_opaque |= value is not None and self._is_self(value, frame) and not self._is_late
            case ir.AugAssign(target=target, at=at):
                self._change(target, frame, at)
            case ir.If(test=test, body=body, orelse=orelse):
                truth = truth_of(test, frame.given)
                if truth is not None:
                    return definite | self._body(body if truth else orelse, frame, conditional)[0]
                definite |= self._branches([body, orelse], frame)
            case ir.For(target=target, iter=iterable, body=body, orelse=orelse):
                if isinstance(target, ir.Name) and (names := _literal_names(iterable)):
                    for name in names:
                        inner = replace(frame, literals={**frame.literals, target.id: name})
                        definite |= self._body(body, inner, conditional)[0]
                    return definite
                if is_walk(iterable, frame.self_name):
                    self.is_opaque |= sets_attributes(body, set(target_names(target)))
                self._target(target, None, None, frame, True)
                self._body(body, frame, True)
                self._body(orelse, frame, True)
            case ir.While(body=body, orelse=orelse):
                self._body(body, frame, True)
                self._body(orelse, frame, True)
            case ir.With(items=items, body=body):
                for item in items:
                    if item.target is not None:
                        definite |= self._target(item.target, None, None, frame, conditional)
                definite |= self._body(body, frame, conditional)[0]
            case ir.Try():
                definite |= self._try(statement, frame)
            case ir.Match(cases=cases):
                for case in cases:
                    self._body(case.body, frame, True)
            case ir.Define(function=function):
                self._body(function.body, replace(frame, given={}), True)
            case ir.Delete(targets=targets, at=at):
                for target in targets:
                    if isinstance(target, ir.Attribute) and self._is_self(target.value, frame):
                        self._store(target.attr, "delete", None, frame, at, conditional)
        return definite

    def _branches(self, bodies: list[tuple[ir.Stmt, ...]], frame: _Frame) -> set[str]:
        results = [self._body(body, frame, True) for body in bodies]
        going_on = [names for names, leaves in results if leaves != "raises"]
        return set.intersection(*going_on) if going_on else set()

    def _try(self, statement: ir.Try, frame: _Frame) -> set[str]:
        ways = [(*statement.body, *statement.orelse), *(handler.body for handler in statement.handlers)]
        return self._branches(ways, frame) | self._body(statement.finalbody, frame, False)[0]

    # --- targets -----------------------------------------------------------------------------------

    def _target(
        self,
        target: ir.Expr,
        value: ir.Expr | None,
        annotation: ir.Expr | None,
        frame: _Frame,
        conditional: bool,
    ) -> set[str]:
        match target:
            case ir.Attribute(value=owner, attr=name, at=at):
                if self._is_self(owner, frame):
                    return self._store(name, "set", value, frame, at, conditional, annotation)
                if isinstance(owner, ir.Attribute) and self._is_self(owner.value, frame):
                    self._store(owner.attr, "member", value, frame, at, True, member=name)
            case ir.Sequence(items=items):
                same = isinstance(value, ir.Sequence) and len(value.items) == len(items)
                values = value.items if isinstance(value, ir.Sequence) and same else (None,) * len(items)
                definite: set[str] = set()
                for item, part in zip(items, values, strict=True):
                    definite |= self._target(item, part, None, frame, conditional)
                return definite
            case ir.Starred(value=inner):
                return self._target(inner, None, None, frame, conditional)
            case ir.Subscript(value=ir.Attribute(value=owner, attr=name), index=index, at=at):
                if self._is_self(owner, frame) and name == "__dict__":
                    return self._named(literal_text(index), value, frame, at, conditional)
                self._change(target, frame, at)
            case ir.Subscript(at=at):
                self._change(target, frame, at)
        return set()

    def _named(
        self,
        name: str | None,
        value: ir.Expr | None,
        frame: _Frame,
        at: int,
        conditional: bool,
        how: How = "set",
    ) -> set[str]:
        """Record a store under a name that is an expression, which may not be a literal."""
        if name is None:
            self.is_opaque = True
            return set()
        return self._store(name, how, value, frame, at, conditional)

    def _store(
        self,
        name: str,
        how: How,
        value: ir.Expr | None,
        frame: _Frame,
        at: int,
        conditional: bool,
        annotation: ir.Expr | None = None,
        member: str = "",
    ) -> set[str]:
        place = Place(frame.scope.file, at)
        if name.startswith("__") and not name.endswith("__"):
            name = f"_{frame.owner.rpartition('.')[2].lstrip('_')}{name}"
        self.stores.append(
            Store(
                name,
                how,
                place,
                frame.scope,
                frame.self_name,
                frame.owner,
                chosen(value, frame.given),
                annotation,
                conditional,
                member,
            )
        )
        return {name} if how in {"set", "buffer", "parameter", "module"} else set()

    def _change(self, expr: ir.Expr, frame: _Frame, at: int) -> None:
        """Record that what an attribute of self holds is changed (`self.x += 1`, `self.x[0] = 1`)."""
        while isinstance(expr, ir.Subscript):
            expr = expr.value
        if isinstance(expr, ir.Attribute) and self._is_self(expr.value, frame):
            self._store(expr.attr, "change", None, frame, at, True)

    # --- expressions -------------------------------------------------------------------------------

    def _visit(self, expr: ir.Expr, frame: _Frame, conditional: bool) -> set[str]:
        definite: set[str] = set()
        pending = [expr]
        while pending:
            node = pending.pop()
            if isinstance(node, ir.Call):
                definite |= self._call(node, frame, conditional)
            if isinstance(node, (ir.Lambda, ir.Conditional, ir.Comprehension)):
                conditional = True
            pending.extend(children(node))
        return definite

    def _call(self, call: ir.Call, frame: _Frame, conditional: bool) -> set[str]:
        func, args = call.func, call.args
        if isinstance(func, ir.Attribute):
            if self._is_self(func.value, frame):
                return self._self_call(func.attr, call, frame, conditional)
            if is_super(func.value):
                if func.attr in _REGISTER:
                    return self._self_call(func.attr, call, frame, conditional)
                return self._call_method(func.attr, frame.index + 1, conditional)
            if isinstance(func.value, ir.Attribute) and self._is_self(func.value.value, frame):
                self._held_call(func.value.attr, func.attr, call, frame)
        first = args[0].value if args else None
        if isinstance(func, ir.Name) and func.id in {"setattr", "delattr"} and first is not None:
            return self._setattr(func.id, first, call, frame, conditional)
        if any(self._is_self(argument.value, frame) for argument in args):
            return self._handed_on(call, frame, conditional)
        self.is_opaque |= isinstance(func, ir.Name) and func.id == "exec"
        return set()

    def _self_call(self, name: str, call: ir.Call, frame: _Frame, conditional: bool) -> set[str]:
        how = _REGISTER.get(name)
        if name == "apply" and call.args:
            return self._applied(call.args[0].value, frame)
        if how is None:
            return self._call_method(name, 0, conditional)
        given = {argument.keyword: argument.value for argument in call.args if argument.keyword}
        positional = [argument.value for argument in call.args if not argument.keyword and not argument.star]
        named = positional[0] if positional else given.get("name")
        by_name = given.get("tensor", given.get("param", given.get("module")))
        value = positional[1] if len(positional) > 1 else by_name
        return self._named(literal_text(named), value, frame, call.at, conditional, how)

    def _applied(self, function: ir.Expr, frame: _Frame) -> set[str]:
        """`self.apply(function)` hands every module to a function, self among them."""
        if isinstance(function, ir.Attribute) and self._is_self(function.value, frame):
            for index, base in enumerate(self._mro):
                found = (
                    self._project.methods(base).get(function.attr)
                    if isinstance(base, ClassDefinition)
                    else None
                )
                if found:
                    return self._walk(found[-1], index, 1, frame.owner, True)
        definition = self._project.resolve(frame.scope, function)
        if isinstance(definition, FunctionDefinition):
            return self._walk(definition, frame.index, 0, frame.owner, True)
        return set()

    def _held_call(self, name: str, method: str, call: ir.Call, frame: _Frame) -> None:
        """`self.name.method(…)`: may fill a container, or add to a submodule."""
        if name == "__dict__":
            self.is_opaque |= method in {"update", "setdefault", "__setitem__"}
        elif method in _MEMBER_MAKERS:
            self._store(name, "member", None, frame, call.at, True, member="*")
        elif method not in READING_METHODS:
            added = call.args[0].value if method == "append" and len(call.args) == 1 else None
            self._store(name, "change", added, frame, call.at, True)

    def _setattr(
        self, func: str, first: ir.Expr, call: ir.Call, frame: _Frame, conditional: bool
    ) -> set[str]:
        if self._is_self(first, frame) and len(call.args) > 1:
            named = call.args[1].value
            name = frame.literals.get(named.id) if isinstance(named, ir.Name) else literal_text(named)
            if func == "delattr":
                return self._named(name, None, frame, call.at, conditional, "delete")
            value = call.args[2].value if len(call.args) > 2 else None
            return self._named(name, value, frame, call.at, conditional)
        if isinstance(first, ir.Attribute) and self._is_self(first.value, frame):
            self._store(first.attr, "member", None, frame, call.at, True, member="*")
        return set()

    def _handed_on(self, call: ir.Call, frame: _Frame, conditional: bool) -> set[str]:
        """Self is an argument: of a base's method, of a project function, or of something unknown."""
        position = next(
            (index for index, argument in enumerate(call.args) if self._is_self(argument.value, frame)), 0
        )
        func = call.func
        if isinstance(func, ir.Attribute) and position == 0:
            owner = self._project.resolve(frame.scope, func.value)
            if owner in self._mro and owner is not None:
                return self._call_method(func.attr, self._mro.index(owner), conditional)
            if isinstance(owner, External) and func.attr == "__setattr__" and len(call.args) == 3:
                name = literal_text(call.args[1].value)
                return self._named(name, call.args[2].value, frame, call.at, conditional)
        definition = self._project.resolve(frame.scope, func)
        if isinstance(definition, FunctionDefinition) and call.args[position].keyword is None:
            return self._walk(definition, frame.index, position, frame.owner, conditional)
        if isinstance(definition, ClassDefinition):
            return set()
        if not self._is_late and not (
            isinstance(definition, External)
            and definition.qualname.startswith(HARMLESS_PACKAGES)
            and definition.qualname != "builtins.vars"
        ):
            self.is_opaque = True
        return set()

    def _is_self(self, expr: ir.Expr, frame: _Frame) -> bool:
        return isinstance(expr, ir.Name) and expr.id == frame.self_name


def _literal_names(iterable: ir.Expr) -> tuple[str, ...]:
    """Return the names that a loop goes over, where all are written out."""
    items = iterable.items if isinstance(iterable, ir.Sequence) else ()
    names = [literal_text(item) for item in items]
    return tuple(name for name in names if name is not None) if all(names) else ()
