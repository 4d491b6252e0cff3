"""What a call of a hook leaves behind: another result, something said or kept, a module changed.

Whatever is not known to leave something behind is not named: unknown means silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hookproof.evaluator.arguments import written
from hookproof.interpreter.domain import Frame, Value
from hookproof.interpreter.effect import Effect, Kind
from hookproof.interpreter.handed_proxies import HandedProxies
from hookproof.interpreter.handed_tensors import HandedTensors
from hookproof.interpreter.hook_conditions import PROXIES, Decide, HookConditions
from hookproof.interpreter.hooks import selves
from hookproof.interpreter.outer_objects import OuterObjects
from hookproof.interpreter.values import Hook
from hookproof.semantic.bindings import function_bindings, nested_statements
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.effect_names import (
    ADDERS,
    CHANGERS,
    MODE_CHANGERS,
    MODULE_CHANGERS,
    PERHAPS_EMPTY,
    PERHAPS_SAYING,
    RESETS,
    SAYING,
    SAYING_METHODS,
)
from hookproof.semantic.endings import ends_body, returns_in
from hookproof.semantic.expression_locations import base_name, mentions, part_name, subexpressions
from hookproof.semantic.expressions import children, statement_expressions
from hookproof.semantic.names import Node
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_DEPTH = 4
_NEGATIVE = frozenset({"not", "not in", "is", "=="})


def effects_of(
    hook: Hook,
    project: Project,
    decide: Decide | None = None,
    *,
    worlds: frozenset[str],
    takes_module: bool = True,
    receiver: Value | None = None,
) -> tuple[Effect, ...]:
    """Return what a hook may leave behind; `decide` tells of a condition whether it holds.

    A hook that does not take its module, the `receiver`, is handed something else first. What it leaves out
    in these `worlds` on purpose is not named.
    """
    if hook.function is None or hook.scope is None:
        return ()
    frame = Frame(hook.scope, {}, hook.frame, hook.function)
    if hook.bound_self is not None and hook.function.parameters and hook.bound:
        frame.locals[hook.function.parameters[0].name] = (hook.bound_self,)
    own = hook.function.parameters
    index = hook.module_index if takes_module else None
    given = own[index + 1 :] if index is not None else () if takes_module else own[hook.bound :]
    handed = [each.name for each in given if each.default is None]  # not `name=name` of a lambda
    reader = _Reader(
        project,
        hook.scope,
        hook.function,
        hook.owner_class,
        decide,
        frame,
        worlds=worlds,
        module=own[index].name if index is not None else None,
        handed=frozenset(handed),
        outputs=frozenset(handed[1:][-1:] if index is not None else ()),
    )
    if index is not None and receiver is not None:
        reader.conditions.modules = {own[index].name: (receiver,)}
    return tuple(dict.fromkeys(reader.statements(hook.function.body, True)))


class _Reader:
    """Reads one function: the hook, or a helper that it calls."""

    def __init__(
        self,
        project: Project,
        scope: Scope,
        function: ir.Function,
        owner: ClassDefinition | None,
        decide: Decide | None,
        frame: Frame | None,
        *,
        worlds: frozenset[str],
        module: str | None,
        handed: frozenset[str],
        given: Mapping[str, Node] | None = None,
        fresh: frozenset[str] = frozenset(),
        tensors: frozenset[str] | None = None,
        depth: int = 0,
        outputs: frozenset[str] = frozenset(),
        owners: Mapping[str, str] | None = None,
    ) -> None:
        self._project, self._scope, self._function = project, scope, function
        self._selves = selves(function, owner, frame)
        self._decide, self._worlds = decide, worlds
        self.conditions = HookConditions(project, scope, handed | {module}, decide, frame, worlds)
        self._module, self._handed, self._depth = module, handed, depth
        self._bindings = function_bindings(function)
        self._outside = OuterObjects(project, scope, self._bindings, module, given or {}, fresh)
        kind = HandedProxies if PROXIES in worlds else HandedTensors
        self._tensors = kind(project, scope, handed if tensors is None else tensors, self._bindings, outputs)
        self._rebound: set[str] = set()  # names of what was handed that were bound anew so far
        self._owners = owners
        self._contexts = len(function.decorators)  # `no_grad` may be among them

    # --- statements ----------------------------------------------------------------------------------

    def statements(self, body: tuple[ir.Stmt, ...], is_sure: bool) -> Iterator[Effect]:
        """Yield what these statements leave behind."""
        for statement in body:
            if isinstance(statement, ir.If):
                if self._is_once(statement):
                    continue
                truth = self.conditions.truth(statement.test)
                if truth == "apart":
                    if returns_in((statement,)):
                        return
                    continue
                if truth is None:
                    yield from self.statements(statement.body, False)
                    yield from self.statements(statement.orelse, False)
                    is_sure = is_sure and not returns_in((statement,))
                else:
                    branch = statement.body if truth else statement.orelse
                    yield from self.statements(branch, is_sure)
                    if branch and ends_body(branch[-1]):
                        return
                continue
            yield from self._own(statement, is_sure)
            inner_sure = is_sure and not (
                isinstance(statement, (ir.While, ir.Match)) or self._is_empty(statement)
            )
            self._contexts += isinstance(statement, ir.With)
            for inner in nested_statements(statement):
                yield from self.statements(inner, inner_sure)
                inner_sure = inner_sure and not isinstance(statement, ir.Try)
            self._contexts -= isinstance(statement, ir.With)
            if ends_body(statement):
                return

    def _own(self, statement: ir.Stmt, is_sure: bool) -> Iterator[Effect]:
        match statement:
            case ir.Assign(targets=targets, value=value) if value is not None:
                for target in targets:
                    yield from self._stored(target, value, is_sure)
                    self._rebound |= {target.id} if isinstance(target, ir.Name) else set()
            case ir.AugAssign(target=target):
                yield from self._augmented(target, is_sure)
            case ir.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ir.Subscript):
                        yield from self._changed(target.value, "keeps", is_sure)
            case ir.Return(value=value) if value is not None and self._depth == 0:
                if self._is_other_result(value):
                    yield Effect("result", is_sure)
        for expr in statement_expressions(statement):
            yield from self._expression(expr, is_sure)

    def _stored(self, target: ir.Expr, value: ir.Expr, is_sure: bool) -> Iterator[Effect]:
        kind: Kind
        match target:
            case ir.Sequence(items=items):
                for item in items:
                    yield from self._stored(item, ir.Constant(0, "None"), is_sure)
            case ir.Name(id=name) if name not in self._bindings:
                kind = "adds" if mentions(value, target) else "keeps"
                yield Effect(
                    kind, is_sure, self._outside.node(target), of_tensor=self._tensors.is_kept_in(value)
                )
            case ir.Attribute(value=owner, attr=attr) if self._outside.is_outer(owner):
                if base_name(owner) in self._handed:
                    yield Effect("result", is_sure)
                    return
                kind = "adds" if mentions(value, target) else "keeps"
                yield self._kept(kind, is_sure, attr, owner, value)
            case ir.Subscript(value=owner):
                kind = "adds" if mentions(value, target) else "keeps"
                yield from self._changed(owner, kind, is_sure, (value,), in_place=True)

    def _augmented(self, target: ir.Expr, is_sure: bool) -> Iterator[Effect]:
        match target:
            case ir.Name(id=name) if name in self._handed:
                yield Effect("result", is_sure)  # in place on a tensor
            case ir.Name(id=name) if name not in self._bindings:
                yield Effect("adds", is_sure, self._outside.node(target))
            case ir.Attribute(value=owner, attr=attr) if self._outside.is_outer(owner):
                if base_name(owner) in self._handed:
                    yield Effect("result", is_sure)
                    return
                on_module = base_name(owner) == self._module
                node: Node = ("attribute", attr)
                reached, part = self._owner(owner), part_name(owner)
                yield Effect("adds", is_sure, node, False, on_module, True, owner=reached, part=part)
            case ir.Subscript(value=owner):
                yield from self._changed(owner, "adds", is_sure, in_place=True)

    def _changed(
        self,
        container: ir.Expr,
        kind: Kind,
        is_sure: bool,
        given: tuple[ir.Expr, ...] = (),
        *,
        in_place: bool = False,
    ) -> Iterator[Effect]:
        """Yield the change of what is inside an object that was there before, by what is `given` to it."""
        if not self._outside.is_outer(container):
            return
        container = self._outside.unaliased(container)
        base = base_name(container)
        if base in self._handed:
            yield Effect("result", is_sure)
            return
        node = self._outside.node(container)
        if node is not None:
            on_module = base == self._module
            of_tensor, in_graph = (
                any(map(self._tensors.is_kept_in, given)),
                any(map(self._is_in_graph, given)),
            )
            owner = self._owner(container) if node[0] == "attribute" else None
            part = part_name(container, is_of_owner=False)
            yield Effect(kind, is_sure, node, True, on_module, in_place, of_tensor, in_graph, owner, part)

    def _kept(self, kind: Kind, is_sure: bool, attr: str, owner: ir.Expr, value: ir.Expr) -> Effect:
        """Return what it is to bind an attribute of an object that was there before."""
        on_module = base_name(owner) == self._module
        of_tensor, in_graph = self._tensors.is_kept_in(value), self._is_in_graph(value)
        node: Node = ("attribute", attr)
        reached, part = self._owner(owner), part_name(owner)
        return Effect(kind, is_sure, node, False, on_module, False, of_tensor, in_graph, reached, part)

    def _is_in_graph(self, value: ir.Expr) -> bool:
        return self._tensors.is_in_graph(value, is_bare=self._contexts > 0)

    def _owner(self, expr: ir.Expr) -> str | None:
        """Return the name in the hook itself that an expression starts from."""
        name = base_name(expr)
        return name if self._owners is None or name is None else self._owners.get(name)

    # --- expressions ---------------------------------------------------------------------------------

    def _expression(self, expr: ir.Expr, is_sure: bool) -> Iterator[Effect]:
        if isinstance(expr, ir.Lambda):
            return
        if isinstance(expr, ir.Call):
            yield from self._called(expr, is_sure)
        inner_sure = is_sure
        for number, child in enumerate(children(expr)):
            if isinstance(expr, ir.Conditional) or (
                isinstance(expr, ir.Operation) and expr.op in {"and", "or"}
            ):
                inner_sure = is_sure and number == 0
            yield from self._expression(child, inner_sure)

    def _called(self, call: ir.Call, is_sure: bool) -> Iterator[Effect]:
        definition = self._project.resolve(self._scope, call.func)
        if isinstance(definition, FunctionDefinition):
            yield from self._helper(definition, call, is_sure, owner=None)
            return
        if isinstance(definition, External):
            name = definition.qualname
            if name in SAYING:
                given = any(self._tensors.is_kept_in(argument.value) for argument in call.args)
                yield Effect("says", is_sure, of_tensor=given and PROXIES in self._worlds)
            elif name == "builtins.setattr" and len(call.args) > 1:
                yield from self._set_by_name(call, is_sure)
            elif name.startswith("logging."):
                yield Effect("says", False)
            return
        match call.func:
            case ir.Attribute(value=owner, attr=attr):
                yield from self._method(owner, attr, call, is_sure)

    def _set_by_name(self, call: ir.Call, is_sure: bool) -> Iterator[Effect]:
        owner, name = call.args[0].value, call.args[1].value
        if self._outside.is_outer(owner) and isinstance(name, ir.Constant) and isinstance(name.value, str):
            value = call.args[2].value if len(call.args) > 2 else ir.Constant(0, "None")
            yield self._kept("keeps", is_sure, name.value, owner, value)

    def _method(self, owner: ir.Expr, attr: str, call: ir.Call, is_sure: bool) -> Iterator[Effect]:
        if self._outside.is_module(owner) and attr in MODULE_CHANGERS | MODE_CHANGERS:
            yield Effect("changes", is_sure and attr in MODULE_CHANGERS)
            return
        if attr == "__setattr__" and len(call.args) == 2:
            shifted = ir.Call(call.at, call.func, (ir.Argument(owner), *call.args))
            yield from self._set_by_name(shifted, is_sure)
            return
        method = self._own_method(owner, attr)
        if method is not None:
            yield from self._helper(method, call, is_sure, owner=owner)
            return
        if not self._outside.is_outer(owner):
            return
        if attr.endswith("_") and not attr.endswith("__"):
            if base_name(owner) in self._handed:
                yield Effect("result", is_sure)
            elif attr not in {"requires_grad_"}:
                yield from self._changed(owner, "adds", is_sure, in_place=True)
        elif attr in CHANGERS and base_name(owner) not in self._handed:
            given = tuple(argument.value for argument in call.args)
            yield from self._changed(owner, "adds" if attr in ADDERS else "keeps", is_sure, given)
        elif attr in CHANGERS | RESETS and base_name(owner) in self._handed:
            yield Effect("result", is_sure)
        elif attr in SAYING_METHODS:
            yield Effect("says", is_sure)
        elif attr in PERHAPS_SAYING and call.args:
            yield Effect("says", False)

    def _own_method(self, owner: ir.Expr, attr: str) -> FunctionDefinition | None:
        cls = self._selves.get(owner.id) if isinstance(owner, ir.Name) else None
        member = self._project.member(cls, attr) if cls is not None else None
        return member if isinstance(member, FunctionDefinition) else None

    def _helper(
        self, definition: FunctionDefinition, call: ir.Call, is_sure: bool, *, owner: ir.Expr | None
    ) -> Iterator[Effect]:
        """Yield what a function of the project leaves behind, said of what it is given."""
        if self._depth >= _MAX_DEPTH or definition.function is self._function:
            return
        function = definition.function
        names = [parameter.name for parameter in function.parameters]
        is_bound = owner is not None and "staticmethod" not in definition.decorator_names
        given = written(function, call, *((owner,) if owner is not None and is_bound else ()))
        module = next((name for name, value in given.items() if self._outside.is_module(value)), None)
        handed = frozenset(
            name
            for name, value in given.items()
            if base_name(value) in self._handed and self._outside.is_outer(value)
        )
        nodes = {
            name: node
            for name, value in given.items()
            if name not in handed
            and (node := self._outside.node(value)) is not None
            and self._outside.is_outer(value)
        }
        tensors = frozenset(name for name, value in given.items() if self._tensors.is_handed(value))
        fresh = frozenset(names) - handed - nodes.keys() - {module}
        scope = Scope(definition.scope.file, (*definition.scope.functions, function))
        reader = _Reader(
            self._project, scope, function, definition.owner, self._decide, None,
            worlds=self._worlds, module=module, handed=handed, given=nodes, tensors=tensors,
            depth=self._depth + 1,
            fresh=fresh if owner is None else fresh - {*names[:1]},
            outputs=frozenset(n for n in handed if base_name(given[n]) in self._tensors.outputs),
            owners={name: reached for name, value in given.items() if (reached := self._owner(value))},
        )  # fmt: skip
        yield from reader.statements(function.body, is_sure)

    # --- questions -----------------------------------------------------------------------------------

    def _is_empty(self, statement: ir.Stmt) -> bool:
        """Return whether a loop may have nothing to go through: parts that a module need not have."""
        if not isinstance(statement, ir.For):
            return False
        calls = [expr for expr in subexpressions(statement.iter) if isinstance(expr, ir.Call)]
        return any(isinstance(c.func, ir.Attribute) and c.func.attr in PERHAPS_EMPTY for c in calls)

    def _is_once(self, statement: ir.If) -> bool:
        """Return whether a branch runs once in all, for it makes its own condition false."""
        nodes = (self._outside.outer_node(expr) for expr in subexpressions(statement.test))
        asked = {node for node in nodes if node is not None}
        rebound = set(self._rebound)
        written = {effect.node for effect in self.statements(statement.body, True) if effect.node is not None}
        self._rebound = rebound  # by what is only looked at here
        is_negative = isinstance(statement.test, ir.Operation) and statement.test.op in _NEGATIVE
        return is_negative and not statement.orelse and bool(asked & written)

    def _is_other_result(self, value: ir.Expr) -> bool:
        match value:
            case ir.Constant(kind="None"):
                return False
            case ir.Name(id=name) if name in self._handed and PROXIES in self._worlds:
                return name in self._rebound
            case ir.Name(id=name) if name in self._handed:
                return len(self._bindings.get(name, ())) > 1
            case ir.Call():
                return not self._gives_nothing(value)
        return True

    def _gives_nothing(self, call: ir.Call) -> bool:
        """Return whether a call certainly gives None: of `print`, of `append`."""
        if isinstance(call.func, ir.Attribute):
            return call.func.attr in CHANGERS - {"setdefault"} or call.func.attr in SAYING_METHODS
        definition = self._project.resolve(self._scope, call.func)
        return isinstance(definition, External) and definition.qualname in SAYING | {"builtins.setattr"}
