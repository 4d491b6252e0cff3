"""What a hook asks of the numbers in the tensors that it is handed: a tensor that has none can't answer.

Nor can one who only reads the hook do what it asks of clocks, files and the like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from hookproof.evaluator.arguments import written
from hookproof.interpreter.handed_tensors import HandedTensors
from hookproof.interpreter.hook_conditions import HookConditions
from hookproof.interpreter.met_statements import met_statements
from hookproof.interpreter.values import Hook
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import External, FunctionDefinition
from hookproof.semantic.expression_locations import subexpressions
from hookproof.semantic.expressions import statement_expressions
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_DEPTH = 3
# What dynamo does not read, measured on torch 2.13.0 with `torch.export.export(strict=True)`.
_UNREAD = frozenset(
    {
        "builtins.open",
        "datetime.datetime.now",
        "gc.collect",
        "inspect.currentframe",
        "random.random",
        "time.perf_counter",
        "time.time",
        "torch.save",
        "uuid.uuid4",
    }
)
_UNREAD_METHODS = frozenset({"register_hook", "retain_grad"})  # of tensors
_PERCENT = re.compile(r"%[-+ #0]*\d*(\.\d+)?[defgEFG]")


class NumberQuestion(Struct, frozen=True):
    """One such question; `is_sure` unless a condition that is not understood decides whether it is asked.

    A branch or an assertion hangs on a tensor, a branch on a number read out of one (what asserts on such a
    number may pass, measured on torch 2.13.0), or a number of Python, an array or a `text` is made. What is
    `unread` is asked of something else than a tensor.
    """

    location: Location
    is_sure: bool
    wanted: Literal["branch", "assertion", "compared number", "number", "array", "text", "unread"]


def number_questions(hook: Hook, project: Project, worlds: frozenset[str]) -> Iterator[NumberQuestion]:
    """Yield the questions that a hook asks in these worlds, in order."""
    if hook.function is None or hook.scope is None:
        return
    own = [parameter.name for parameter in hook.function.parameters]
    given = own[hook.module_index + 1 :] if hook.module_index is not None else own[hook.bound :]
    asking = _Asking(project, worlds, hook.scope, hook.function, frozenset(given))
    yield from asking.statements(hook.function.body, True)


class _Asking:
    """Goes through one function: the hook, or a helper that it hands its tensors to."""

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
        self._tensors = HandedTensors(project, scope, handed, function_bindings(function))
        self._conditions = HookConditions(project, scope, frozenset(handed), None, None, worlds)

    def statements(self, body: tuple[ir.Stmt, ...], is_sure: bool) -> Iterator[NumberQuestion]:
        """Yield what these statements ask."""
        met = met_statements(body, self._conditions, is_sure=is_sure, may_be_empty=False)
        for statement, sure in met:
            if isinstance(statement, (ir.If, ir.While, ir.Assert)):
                is_assertion = isinstance(statement, ir.Assert)
                yield from self._decided(statement.test, sure, is_assertion=is_assertion)
            for expr in statement_expressions(statement):
                yield from self._expression(expr, sure)

    def _decided(
        self, test: ir.Expr, is_sure: bool, *, is_assertion: bool = False
    ) -> Iterator[NumberQuestion]:
        first = test
        while isinstance(first, ir.Operation) and first.op in {"not", "and", "or"}:
            first = first.operands[0]  # what stands behind it may never be asked
        for asked in self._tensors.decisions(test):
            sure = is_sure and asked is first
            if self._tensors.is_tensor(asked):
                yield NumberQuestion(self._location(asked), sure, "assertion" if is_assertion else "branch")
            elif not is_assertion:
                yield NumberQuestion(self._location(asked), sure, "compared number")

    def _expression(self, expr: ir.Expr, is_sure: bool) -> Iterator[NumberQuestion]:
        for inner in subexpressions(expr):
            match inner:
                case ir.Conditional(test=test):
                    yield from self._decided(test, is_sure)
                case ir.Call() if self._tensors.asks_for_number(inner) or self._tensors.orders_numbers(inner):
                    yield NumberQuestion(self._location(inner), is_sure, "number")
                case ir.Call() if self._tensors.asks_for_array(inner):
                    yield NumberQuestion(self._location(inner), is_sure, "array")
                case ir.Call() if self._is_unread(inner):
                    yield NumberQuestion(self._location(inner), is_sure, "unread")
                case ir.Call(func=ir.Attribute(value=ir.Constant(kind="str", value=text), attr="format")) if (
                    ":" in str(text) and any(self._has_numbers(each.value) for each in inner.args)
                ):
                    yield NumberQuestion(self._location(inner), is_sure, "text")
                case ir.Opaque(syntax="f-string format", children=(value, *_)) if self._has_numbers(value):
                    yield NumberQuestion(self._location(inner), is_sure, "text")
                case ir.Operation(op="%", operands=(ir.Constant(kind="str", value=text), value)) if (
                    _PERCENT.search(str(text))
                    and any(
                        map(self._has_numbers, value.items if isinstance(value, ir.Sequence) else [value])
                    )
                ):
                    yield NumberQuestion(self._location(inner), is_sure, "number")
                case ir.Call():
                    yield from self._helper(inner, is_sure)

    def _has_numbers(self, expr: ir.Expr) -> bool:
        return self._tensors.is_tensor(expr) or self._tensors.is_of_number(expr)

    def _is_unread(self, call: ir.Call) -> bool:
        match call.func:
            case ir.Attribute(value=owner, attr=attr) if attr in _UNREAD_METHODS:
                return self._tensors.is_handed(owner)
        found = self._project.resolve(self._scope, call.func)
        return isinstance(found, External) and found.qualname in _UNREAD

    def _helper(self, call: ir.Call, is_sure: bool) -> Iterator[NumberQuestion]:
        definition = self._project.resolve(self._scope, call.func)
        if not isinstance(definition, FunctionDefinition) or self._depth >= _MAX_DEPTH:
            return
        function = definition.function
        given = written(function, call)
        handed = frozenset(name for name, value in given.items() if self._tensors.is_handed(value))
        if handed and function is not self._function:
            scope = Scope(definition.scope.file, (*definition.scope.functions, function))
            inner = _Asking(self._project, self._worlds, scope, function, handed, self._depth + 1)
            yield from inner.statements(function.body, is_sure)

    def _location(self, expr: ir.Expr) -> Location:
        return Location(self._scope.file, expr.at)
