"""What a hook asks of the proxies that it is handed while its module is traced: they can't answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.evaluator.arguments import written
from hookproof.interpreter.handed_proxies import HandedProxies
from hookproof.interpreter.hook_conditions import PROXIES, HookConditions
from hookproof.interpreter.met_statements import met_statements
from hookproof.interpreter.values import Hook
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import External, FunctionDefinition
from hookproof.semantic.expression_locations import subexpressions
from hookproof.semantic.expressions import literal_text, statement_expressions
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

Wanted: TypeAlias = Literal[
    "branch", "iteration", "length", "number", "index", "text", "item", "hook", "array"
]

_MAX_DEPTH = 3
# Functions of Python that ask a proxy for what it does not have.
_ASKING: dict[str, Wanted] = {
    "builtins.bool": "branch",
    "builtins.float": "number",
    "builtins.int": "number",
    "builtins.len": "length",
    "builtins.range": "index",
    **dict.fromkeys(
        ("builtins.list", "builtins.tuple", "builtins.set", "builtins.sum", "builtins.sorted"), "iteration"
    ),
    **dict.fromkeys(("builtins.enumerate", "builtins.iter", "builtins.any", "builtins.all"), "iteration"),
    **dict.fromkeys(("numpy.asarray", "numpy.array"), "array"),
}


class ProxyQuestion(Struct, frozen=True):
    """One such question; `is_sure` unless a condition that is not understood decides whether it is asked."""

    location: Location
    is_sure: bool
    wanted: Wanted


def proxy_questions(
    hook: Hook, project: Project, worlds: frozenset[str], *, takes_kwargs: bool = False
) -> Iterator[ProxyQuestion]:
    """Yield the questions that a hook asks where it is handed proxies, in order."""
    if hook.function is None or hook.scope is None or hook.module_index is None:
        return
    own = [parameter for parameter in hook.function.parameters if parameter.kind not in {"*", "**"}]
    given = [parameter.name for parameter in own[hook.module_index + 1 :]]
    if takes_kwargs:
        del given[1:2]  # a dict, of which not all need be proxies
    asking = _Asking(project, worlds | {PROXIES}, hook.scope, hook.function, frozenset(given))
    yield from asking.statements(hook.function.body, True)


class _Asking:
    """Goes through one function: the hook, or a helper that it hands its proxies to."""

    def __init__(
        self,
        project: Project,
        worlds: frozenset[str],
        scope: Scope,
        function: ir.Function,
        handed: frozenset[str],
        depth: int = 0,
    ) -> None:
        self._project, self._worlds, self._scope = project, worlds, scope
        self._function, self._depth = function, depth
        self._proxies = HandedProxies(project, scope, handed, function_bindings(function))
        self._conditions = HookConditions(project, scope, frozenset(handed), None, None, worlds)

    def statements(self, body: tuple[ir.Stmt, ...], is_sure: bool) -> Iterator[ProxyQuestion]:
        """Yield what these statements ask."""
        for statement, sure in met_statements(body, self._conditions, is_sure=is_sure):
            if isinstance(statement, (ir.If, ir.While, ir.Assert)):
                yield from self._decided(statement.test, sure)
            for expr in statement_expressions(statement):
                yield from self._expression(expr, sure)
            yield from self._own(statement, sure)

    def _own(self, statement: ir.Stmt, is_sure: bool) -> Iterator[ProxyQuestion]:
        match statement:
            case ir.For(iter=iterable) if self._proxies.is_proxy(iterable):
                yield ProxyQuestion(self._location(iterable), is_sure, "iteration")
            case ir.Assign(targets=targets):
                for target in targets:
                    if not isinstance(target, ir.Subscript) or literal_text(target.index) is not None:
                        continue
                    if self._proxies.is_handed(target.value):
                        is_certain = is_sure and self._proxies.is_proxy(target.value)
                        yield ProxyQuestion(self._location(target), is_certain, "item")

    def _decided(self, test: ir.Expr, is_sure: bool) -> Iterator[ProxyQuestion]:
        """Yield what a condition asks by being true or false; its own parts ask by themselves."""
        last = test
        while isinstance(last, ir.Operation) and last.op in {"and", "or"}:
            last, is_sure = last.operands[-1], False
        if self._proxies.is_proxy(last):
            yield ProxyQuestion(self._location(last), is_sure, "branch")

    def _expression(self, expr: ir.Expr, is_sure: bool) -> Iterator[ProxyQuestion]:
        for inner in subexpressions(expr):
            match inner:
                case ir.Conditional(test=test):
                    yield from self._decided(test, is_sure)
                case ir.Operation(op="not", operands=(operand,)):
                    yield from self._decided(operand, is_sure)
                case ir.Operation(op="and" | "or", operands=operands):
                    for number, operand in enumerate(operands[:-1]):
                        yield from self._decided(operand, is_sure and not number)
                case ir.Comprehension(clauses=clauses):
                    for clause in clauses:
                        if self._proxies.is_proxy(clause.iter):
                            yield ProxyQuestion(self._location(clause.iter), is_sure, "iteration")
                case ir.Opaque(syntax="f-string format", children=(value, *_)):
                    if self._proxies.is_handed(value):
                        yield ProxyQuestion(self._location(value), is_sure, "text")
                case ir.Call():
                    yield from self._call(inner, is_sure)

    def _call(self, call: ir.Call, is_sure: bool) -> Iterator[ProxyQuestion]:
        for argument in call.args:
            if argument.star == "*" and self._proxies.is_proxy(argument.value):
                yield ProxyQuestion(self._location(argument.value), is_sure, "iteration")
        definition = self._project.resolve(self._scope, call.func)
        first = call.args[0].value if call.args else None
        if isinstance(definition, External) and first is not None:
            wanted = _ASKING.get(definition.qualname)
            if wanted is not None and self._proxies.is_proxy(first):
                yield ProxyQuestion(self._location(call), is_sure, wanted)
            return
        match call.func:
            case ir.Attribute(value=owner, attr="register_hook") if self._proxies.is_handed(owner):
                yield ProxyQuestion(self._location(call), is_sure, "hook")
                return
        if isinstance(definition, FunctionDefinition) and self._depth < _MAX_DEPTH:
            yield from self._helper(definition, call, is_sure)

    def _helper(
        self, definition: FunctionDefinition, call: ir.Call, is_sure: bool
    ) -> Iterator[ProxyQuestion]:
        function = definition.function
        given = written(function, call)
        handed = frozenset(name for name, value in given.items() if self._proxies.is_handed(value))
        if handed and function is not self._function:
            scope = Scope(definition.scope.file, (*definition.scope.functions, function))
            inner = _Asking(self._project, self._worlds, scope, function, handed, self._depth + 1)
            yield from inner.statements(function.body, is_sure)

    def _location(self, expr: ir.Expr) -> Location:
        return Location(self._scope.file, expr.at)
