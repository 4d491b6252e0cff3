"""What of a hook can't be part of one graph: where `fullgraph=True` asks for one, compiling it fails.

Measured on torch 2.13.0. What is not known to break the graph is not named.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from hookproof.interpreter.handed_tensors import HandedTensors
from hookproof.interpreter.hook_conditions import HookConditions
from hookproof.interpreter.met_statements import met_statements
from hookproof.interpreter.number_questions import number_questions
from hookproof.interpreter.values import Hook
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import External, FunctionDefinition, ValueDefinition
from hookproof.semantic.expression_locations import subexpressions
from hookproof.semantic.expressions import statement_expressions
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

_MAX_DEPTH = 3
_BREAKING = frozenset(
    {
        "builtins.input", "builtins.open", "builtins.print", "gc.collect", "random.random",
        "time.perf_counter", "time.sleep", "time.time", "torch.save", "warnings.warn",
    }
)  # fmt: skip
_LOGS = frozenset({"critical", "debug", "error", "exception", "info", "log", "warning"})
_OF_TENSORS = frozenset({"retain_grad", "tolist"})


class GraphBreak(Struct, frozen=True):
    """One such place; `is_sure` unless a condition that is not understood decides whether it is reached."""

    location: Location
    is_sure: bool


def graph_breaks(hook: Hook, project: Project, worlds: frozenset[str]) -> Iterator[GraphBreak]:
    """Yield the places in a hook that break the graph, in these worlds."""
    if hook.function is None or hook.scope is None:
        return
    own = [parameter.name for parameter in hook.function.parameters]
    given = own[hook.module_index + 1 :] if hook.module_index is not None else own[hook.bound :]
    reader = _Reader(project, worlds, hook.scope, hook.function, frozenset(given))
    yield from reader.statements(hook.function.body, True)
    for question in number_questions(hook, project, worlds):
        if question.wanted == "branch":
            yield GraphBreak(question.location, question.is_sure)


class _Reader:
    """Goes through one function: the hook, or a helper that it calls."""

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

    def statements(self, body: tuple[ir.Stmt, ...], is_sure: bool) -> Iterator[GraphBreak]:
        """Yield what these statements break."""
        for statement, sure in met_statements(body, self._conditions, is_sure=is_sure):
            for expr in statement_expressions(statement):
                for inner in subexpressions(expr):
                    if isinstance(inner, ir.Call):
                        is_always = sure and not isinstance(expr, (ir.Conditional, ir.Lambda))
                        yield from self._called(inner, is_always)

    def _called(self, call: ir.Call, is_sure: bool) -> Iterator[GraphBreak]:
        found = self._project.resolve(self._scope, call.func)
        is_breaking = isinstance(found, External) and found.qualname in _BREAKING
        match call.func:
            case ir.Attribute(value=owner, attr=attr) if attr in _LOGS:
                is_breaking = is_breaking or self._is_logger(owner)
            case ir.Attribute(value=owner, attr=attr) if attr in _OF_TENSORS:
                is_breaking = is_breaking or self._tensors.is_tensor(owner)
        if is_breaking:
            yield GraphBreak(Location(self._scope.file, call.at), is_sure)
        elif isinstance(found, FunctionDefinition) and self._depth < _MAX_DEPTH:
            function = found.function
            if function is not self._function and not function.decorators:
                scope = Scope(found.scope.file, (*found.scope.functions, function))
                inner = _Reader(self._project, self._worlds, scope, function, frozenset(), self._depth + 1)
                yield from inner.statements(function.body, is_sure)

    def _is_logger(self, owner: ir.Expr) -> bool:
        """Whether an expression is a logger: `logging` itself, or what `logging.getLogger` gave."""
        found = self._project.resolve(self._scope, owner)
        if isinstance(found, External):
            return found.qualname == "logging"
        value = found.value if isinstance(found, ValueDefinition) else None
        if not isinstance(value, ir.Call) or not isinstance(found, ValueDefinition):
            return False
        made = self._project.resolve(found.scope, value.func)
        return isinstance(made, External) and made.qualname == "logging.getLogger"
