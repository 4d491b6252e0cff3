"""Abstract execution of statements, in order: branches either way, calls of project functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from hookproof.interpreter.choices import is_class_test, kept_out
from hookproof.interpreter.guards import (
    Test,
    catches_refusal,
    is_guarding_handler,
    tells_from_none,
)
from hookproof.interpreter.loops import Loops, join_locals
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import join
from hookproof.interpreter.values import (
    ClassValue,
    Frame,
    FunctionValue,
    MethodValue,
    PartialValue,
    ScriptValue,
    Values,
    union,
)
from hookproof.semantic.bindings import bindings_of
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.match_statements import as_conditions
from hookproof.semantic.place import Place
from hookproof.syntax import ir
from hookproof.syntax.outline import Block

_BUDGET_OF_STATEMENT = 16  # expressions by which each statement of a file's own level adds to the budget


class Interpreter(Loops):
    """Runs one root, a file's own statements or a function, and tells its listener what happens."""

    def run_module(self, frame: Frame) -> None:
        """Run a file's own statements; functions and classes are only bound."""
        self.modules[frame.file.path] = frame
        self.runs = frame.file
        again = _defined_again(frame.file.outline.blocks)
        for block in frame.file.outline.blocks:
            if block.name in again and block.owner is None:
                qualname = self.project.qualname(frame.scope, block.name)
                function = FunctionDefinition(block.name, frame.scope, qualname, block=block.index)
                frame.locals[block.name] = (FunctionValue(function),)
            is_level = self.relevance.runs_at_level(frame.file, block)
            if is_level and self.relevance.is_worth_running(frame.file, block):
                statements = frame.file.block(block.index)
                self.budget += len(statements) * _BUDGET_OF_STATEMENT
                self.block(statements, frame)
        self.run_uncalled()

    def run_function(self, function: FunctionValue) -> None:
        """Run a function of which no call is known, its parameters unknown."""
        self.enter(function, [], {}, None)
        self.run_uncalled()

    def run_uncalled(self) -> None:
        """Run the inner functions that nobody called, or that register a hook on whatever they are given."""
        run: set[int] = set()
        while self.uncalled:
            key, function = self.uncalled.popitem()
            if key not in run:
                run.add(key)
                self._run_apart(function)
        for key, function in list(self.registering.items()):
            if key not in run:
                body = function.definition
                self._run_again(function, Place(body.scope.file, body.function.at) in self.entered)
        for cls in list(dict.fromkeys(self.inner_classes)):
            for method in (found for methods in self.project.methods(cls).values() for found in methods):
                if self.relevance.meets(method.function, method.scope.file):
                    self._run_apart(FunctionValue(method))

    def _run_again(self, function: FunctionValue, was_called: bool) -> None:
        """Run a function with unknown arguments that may have been called with others before."""
        outer, self.progress.is_again = self.progress.is_again, was_called
        self._run_apart(function)
        self.progress.is_again = outer

    def _run_apart(self, function: FunctionValue) -> None:
        """Run a function with unknown arguments; what it does is not seen by what runs after it."""
        state, started = self.progress.state, self.progress.order
        self.progress.state = state.fork()
        self.enter(function, [], {}, None)
        # Hooks of its own that it took off again are nobody else's.
        removed = self.progress.state.removed.items()
        state.removed.update((live, when) for live, when in removed if live.order > started)
        self.progress.state = state

    def block(self, statements: tuple[ir.Stmt, ...], frame: Frame) -> bool:
        """Run statements in order; return whether the end is never reached."""
        guards, assumed = self.progress.guards, self.progress.assumed
        try:
            return any(self.statement(statement, frame) for statement in statements)
        finally:
            self.progress.guards, self.progress.assumed = guards, assumed

    def statement(self, statement: ir.Stmt, frame: Frame) -> bool:
        """Run one statement; return whether what follows is never reached."""
        match statement:
            case ir.Expression(value=value):
                self._expression(value, frame)
            case ir.Assign(targets=targets, value=value, annotation=annotation):
                self.assign(targets, value, annotation, frame)
            case ir.AugAssign(target=target, op=op, value=value):
                self.augment(target, op, self.evaluate(value, frame), frame)
            case ir.Return(value=value):
                if value is not None:
                    frame.returned.append(self._returned(value, frame))
                return True
            case ir.Raise():
                return True
            case ir.Jump(kind=kind, names=names):
                return self._jump(kind, names, frame)
            case ir.Delete(targets=targets):
                for target in targets:
                    self.delete(target, frame)
            case ir.If():
                return self._if(statement, frame)
            case ir.For():
                if not self._for(statement, frame):
                    self.block(statement.orelse, frame)
            case ir.While():
                return self._while(statement, frame)
            case ir.With(items=items, body=body):
                return self.with_statement(items, body, frame)
            case ir.Try():
                return self._try(statement, frame)
            case ir.Match():
                return self.block(as_conditions(statement), frame)
            case ir.Define(function=function):
                self._define(function, frame)
            case ir.Class(name=name):
                if frame.function is not None:
                    definition = ClassDefinition(
                        statement, frame.scope, self.project.qualname(frame.scope, name)
                    )
                    frame.locals[name] = (ClassValue(definition),)
                    self.inner_classes.append(definition)
                elif self.is_filling:
                    self.decorate_class(statement, frame)
            case ir.Assert(test=test):
                test_said = self.what_it_says(test, frame)
                self.progress.guards += test_said.guards_then
            case ir.Import():
                for name in bindings_of((statement,)):
                    frame.locals.pop(name, None)
        return False

    def _expression(self, value: ir.Expr, frame: Frame) -> None:
        if isinstance(value, ir.Opaque) and value.syntax in {"yield", "yield from"}:
            given = union(*(self.evaluate(child, frame) for child in value.children))
            if self.progress.guards:
                given = tuple(kept_out(value) for value in given if not isinstance(value, ScriptValue))
            frame.returned.append(self.parts.elements(given) if value.syntax == "yield from" else given)
            is_here = (self.progress.choices, self.progress.repeats) == frame.since
            frame.is_exact &= is_here and value.syntax == "yield"
            self.suspend(given, frame)
            return
        self.progress.thrown_away = value if isinstance(value, ir.Call) else None
        values = self.evaluate(value, frame)
        if isinstance(value, ir.Call) and isinstance(value.func, (ir.Name, ir.Attribute)):
            self.let_go(values, value, frame)

    def _returned(self, value: ir.Expr, frame: Frame) -> Values:
        values = self.evaluate(value, frame)
        for returned in values:
            if isinstance(returned, (ObjectValue, ScriptValue)):
                self.listener.escaped(returned, frame.place(value))
            if isinstance(returned, ObjectValue) and self._is_outermost():
                self.progress.escaped.add(returned.origin)
        return values

    def _is_outermost(self) -> bool:
        return len(self.stack) == 1 and self.stack[0] is self.outermost

    def _define(self, function: ir.Function, frame: Frame) -> None:
        value = self.function(function, frame) if frame.function is not None else None
        if value is not None:
            frame.locals[function.name] = (value,)
        self._decorate(function, frame, value)

    def _decorate(self, function: ir.Function, frame: Frame, value: FunctionValue | None) -> None:
        """Call the decorators of a function: some register it."""
        for decorator in reversed(function.decorators):
            decorated = ir.Argument(ir.Name(function.at, function.name))
            call = ir.Call(decorator.at, decorator, (decorated,))
            is_hook_method = (
                isinstance(decorator, ir.Attribute) and decorator.attr in self.project.facts.hook_apis
            )
            callees = () if is_hook_method else self.evaluate(decorator, frame)
            given = (value,) if value is not None else self.name(function.name, frame)
            if is_hook_method:
                self.call(call, frame)
            for callee in callees:
                if isinstance(callee, (FunctionValue, MethodValue, PartialValue)):
                    self.call_value(callee, call, [given], {}, frame)

    def _if(self, node: ir.If, frame: Frame) -> bool:
        truth = self.truth(node.test, frame)
        if truth is not None:
            return self.block(node.body if truth else node.orelse, frame)
        asked = self.ask(node.test, frame)
        for earlier in self.progress.assumed if asked is not None else ():
            if asked is not None and earlier.value is asked.value and earlier.known == asked.known:
                return self.block(node.body if earlier.is_so == asked.is_so else node.orelse, frame)
        test = _with_optional(self.what_it_says(node.test, frame), node.test, frame)
        for name in test.judged:
            self.keep_out(name, frame)
        base, names, optional = self.progress.state, dict(frame.locals), dict(frame.optional)
        self.progress.state = base.fork()
        is_exact = is_class_test(node.test, test)
        is_refined = self.refine(test, frame) and is_exact
        picks = self.picks(node.test, frame)
        expected = self._comes_out(node, frame)
        outer = self.progress.assumed
        self.progress.assumed = outer if asked is None else (*outer, asked)
        for picked in picks or (frame.locals,):
            frame.locals = picked
            is_choice = not (picks or is_refined or expected is True)
            left_ends = self._chosen(node.body, frame, is_guarded=test.guards_then, is_choice=is_choice)
        left, left_names, left_optional = self.progress.state, frame.locals, frame.optional
        self.progress.state, frame.locals, frame.optional = base.fork(), dict(names), optional
        self.progress.assumed = outer if asked is None else (*outer, asked.negated)
        is_refined_else = self.refine(test.negated, frame) and is_exact
        is_choice = not (is_refined_else or expected is False)
        right_ends = self._chosen(node.orelse, frame, is_guarded=test.guards_else, is_choice=is_choice)
        if right_ends and not left_ends and asked is not None:
            self.progress.assumed = (*outer, asked)
        elif not left_ends:
            self.progress.assumed = outer
        is_plain = is_refined_else if left_ends else False
        is_plain = is_plain or expected is right_ends or _refuses(node.body if left_ends else node.orelse)
        self.progress.choices += left_ends != right_ends and not is_plain
        if left_ends and not right_ends:
            self.progress.guards += test.guards_else
        elif right_ends and not left_ends:
            self.progress.guards += test.guards_then
            self.progress.state, frame.locals, frame.optional = left, left_names, left_optional
        elif not left_ends:
            self.progress.state = join(base, left, self.progress.state)
            frame.locals = join_locals(left_names, frame.locals)
            both = left_optional.keys() & frame.optional.keys()
            frame.optional = {name: left_optional[name] or frame.optional[name] for name in both}
        return left_ends and right_ends

    def _comes_out(self, node: ir.If, frame: Frame) -> bool | None:
        """Tell which way a condition is expected to go; a pattern without another is written to fit."""
        if isinstance(node.test, ir.Opaque) and node.test.syntax == "pattern" and not node.orelse:
            return True
        return self.expected(node.test, frame)

    def _chosen(self, body: tuple[ir.Stmt, ...], frame: Frame, *, is_guarded: bool, is_choice: bool) -> bool:
        self.progress.choices += is_choice
        ends = self.guarded(body, frame, is_guarded)
        self.progress.choices -= is_choice
        return ends

    def guarded(self, body: tuple[ir.Stmt, ...], frame: Frame, is_guarded: bool) -> bool:
        """Run statements, which no ScriptModule may get to."""
        self.progress.guards += is_guarded
        try:
            return self.block(body, frame)
        finally:
            self.progress.guards -= is_guarded

    def _try(self, node: ir.Try, frame: Frame) -> bool:
        is_guarded = any(is_guarding_handler(handler, frame.scope, self.project) for handler in node.handlers)
        is_expected = any(catches_refusal(handler, frame.scope, self.project) for handler in node.handlers)
        self.progress.refusal_guards += is_expected
        ends = self.guarded(node.body, frame, is_guarded)
        self.progress.refusal_guards -= is_expected
        for handler in node.handlers:
            self.maybe(handler.body, frame)
        self._keep_imports(node.body, frame)
        ends = self.block(node.orelse, frame) or ends
        return self.block(node.finalbody, frame) or (ends and not node.handlers)

    def _keep_imports(self, body: tuple[ir.Stmt, ...], frame: Frame) -> None:
        """Let a name that was imported under `try` stand for that too where a handler binds it."""
        for name, binders in bindings_of(body).items():
            if name in frame.locals and any(isinstance(binder, ir.Import) for binder in binders):
                imported = self.values_of(self.project.lookup(frame.scope, name), frame)
                frame.locals[name] = union(imported, frame.locals[name])


def _refuses(body: tuple[ir.Stmt, ...]) -> bool:
    """Tell whether statements end in an error: a program that runs went the other way."""
    return bool(body) and isinstance(body[-1], ir.Raise)


def _with_optional(test: Test, node: ir.Expr, frame: Frame) -> Test:
    """Add what a test for None says of a name that only got a value where no ScriptModule gets."""
    name, is_then = tells_from_none(node) or ("", True)
    if not frame.optional.get(name):
        return test
    return replace(test, guards_then=is_then, guards_else=not is_then)


def _defined_again(blocks: Iterable[Block]) -> frozenset[str]:
    """Return the names of functions that a file defines more than once, as exported notebooks do."""
    counts = Counter(block.name for block in blocks if block.kind == "def" and block.owner is None)
    return frozenset(name for name, count in counts.items() if count > 1)
