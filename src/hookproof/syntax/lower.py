"""Lowering: Python's own tree of one block becomes the facts of `hookproof.syntax.ir`.

Ordinals are given in walk order, so that the same walk tells where each node stands
(`hookproof.syntax.locations`).
"""

from __future__ import annotations

import ast
import io
import symtable
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from hookproof.exit_status import ask_for_room
from hookproof.syntax import ir
from hookproof.syntax.block_source import TYPE_COMMENT, TYPE_IGNORE, BlockSource
from hookproof.syntax.lower_expression import ExpressionLowering, TypeComment
from hookproof.syntax.patterns import captures

# Bytes that Python takes for a character of code to make a tree, and to parse it, measured on Python 3.11.
_MADE_A_TREE, _PARSED = 110, 50


def lower_block(source: BlockSource, base: int) -> tuple[Lowering, tuple[ir.Stmt, ...]]:
    """Return the facts of a block, numbered from `base`, with the walk that made them.

    Raises `SyntaxError`, and `RecursionError` for what is nested deeply.
    """
    statements = parsed(source.text).body
    if source.is_method:
        if len(statements) != 1 or not isinstance(statements[0], ast.ClassDef):
            raise SyntaxError("a broken file, which was cut in the wrong place")
        statements = statements[0].body
    comments = tuple(_type_comments(source)) if "type:" in source.text else ()
    lines = source.text.split("\n") if comments else ()
    lowering = Lowering(base, comments, lines, without_methods=source.has_methods_cut)
    return lowering, lowering.body(statements)


def parsed(text: str) -> ast.Module:
    """Return Python's tree of a text. Raises `SyntaxError`, and `RecursionError` for deep nesting."""
    ask_for_room(_MADE_A_TREE * len(text))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes
            return ast.parse(text)
    except ValueError as error:  # of characters that no file can have
        raise SyntaxError(str(error)) from None
    except MemoryError:  # what the parser says of its stack
        raise RecursionError from None


def is_read_by_python(text: str) -> bool:
    """Return whether the running Python parses a file, all of it.

    No tree is made: that takes a third of the time, and what is too deep for one is no danger here.
    """
    ask_for_room(_PARSED * len(text))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            symtable.symtable(text, "", "exec")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _type_comments(source: BlockSource) -> Iterator[TypeComment]:
    """Yield the `# type:` comments."""
    if not source.has_type_ignores and not TYPE_COMMENT.search(source.text):
        return
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        is_type, is_ignore = TYPE_COMMENT.match(token.string), TYPE_IGNORE.search(token.string)
        if is_type or is_ignore:
            before = token.line[: token.start[1]].strip()
            yield TypeComment(*token.start, token.string, is_type[1] if is_type else None, before[-1:])


class Lowering(ExpressionLowering):
    """Lowers the statements of one block; `without_methods` says that its methods were cut out of a class.

    `comments` are its `# type:` comments, and `lines`, where it has any, all its lines.
    """

    def __init__(
        self,
        base: int,
        comments: Sequence[TypeComment] = (),
        lines: Sequence[str] = (),
        *,
        without_methods: bool = False,
    ) -> None:
        super().__init__(base)
        self.comments = comments
        self.lines = lines
        self.without_methods = without_methods

    def body(self, statements: Sequence[ast.stmt]) -> tuple[ir.Stmt, ...]:
        """Lower statements."""
        return tuple([_STATEMENTS[type(statement)](self, statement) for statement in statements])

    # simple statements

    def _assign(self, node: ast.Assign) -> ir.Assign:
        at = self.mark(node)
        targets = tuple([self.expression(target) for target in node.targets])
        return ir.Assign(at, targets, self.expression(node.value))

    def _annotated(self, node: ast.AnnAssign) -> ir.Assign:
        at = self.mark(node)
        target, annotation = self.expression(node.target), self.expression(node.annotation)
        return ir.Assign(at, (target,), self.optional(node.value), annotation)

    def _augmented(self, node: ast.AugAssign) -> ir.AugAssign:
        at = self.mark(node)
        target = self.expression(node.target)
        return ir.AugAssign(at, target, self.operator(node.op), self.expression(node.value))

    def _type_alias(self, node: Any) -> ir.Assign:
        at = self.mark(node)
        return ir.Assign(at, (self.expression(node.name),), self.expression(node.value))

    def _expression_statement(self, node: ast.Expr) -> ir.Expression:
        return ir.Expression(self.mark(node), self.expression(node.value))

    def _return(self, node: ast.Return) -> ir.Return:
        return ir.Return(self.mark(node), self.optional(node.value))

    def _raise(self, node: ast.Raise) -> ir.Raise:
        return ir.Raise(self.mark(node), self.optional(node.exc))

    def _delete(self, node: ast.Delete) -> ir.Delete:
        at = self.mark(node)
        targets = node.targets
        if len(targets) == 1 and isinstance(targets[0], ast.Tuple):
            targets = targets[0].elts
        return ir.Delete(at, tuple([self.expression(target) for target in targets]))

    def _assert(self, node: ast.Assert) -> ir.Assert:
        at = self.mark(node)
        return ir.Assert(at, self.expression(node.test), self.optional(node.msg))

    def _pass(self, node: ast.Pass) -> ir.Jump:
        return ir.Jump(self.mark(node), "pass")

    def _break(self, node: ast.Break) -> ir.Jump:
        return ir.Jump(self.mark(node), "break")

    def _continue(self, node: ast.Continue) -> ir.Jump:
        return ir.Jump(self.mark(node), "continue")

    def _global(self, node: ast.Global) -> ir.Jump:
        return ir.Jump(self.mark(node), "global", tuple(node.names))

    def _nonlocal(self, node: ast.Nonlocal) -> ir.Jump:
        return ir.Jump(self.mark(node), "nonlocal", tuple(node.names))

    def _import(self, node: ast.Import) -> ir.Import:
        return ir.Import(self.mark(node), None, 0, _aliases(node.names))

    def _import_from(self, node: ast.ImportFrom) -> ir.Import:
        return ir.Import(self.mark(node), node.module or "", node.level, _aliases(node.names))

    # compound statements

    def _if(self, node: ast.If) -> ir.If:
        at = self.mark(node)
        return ir.If(at, self.expression(node.test), self.body(node.body), self.body(node.orelse))

    def _for(self, node: ast.For | ast.AsyncFor) -> ir.For:
        at = self.mark(node)
        target, iterated = self.expression(node.target), self.expression(node.iter)
        body, orelse = self.body(node.body), self.body(node.orelse)
        return ir.For(at, target, iterated, body, orelse, isinstance(node, ast.AsyncFor))

    def _while(self, node: ast.While) -> ir.While:
        at = self.mark(node)
        return ir.While(at, self.expression(node.test), self.body(node.body), self.body(node.orelse))

    def _with(self, node: ast.With | ast.AsyncWith) -> ir.With:
        at = self.mark(node)
        items = tuple(
            [
                ir.WithItem(self.expression(item.context_expr), self.optional(item.optional_vars))
                for item in node.items
            ]
        )
        return ir.With(at, items, self.body(node.body), isinstance(node, ast.AsyncWith))

    def _try(self, node: Any) -> ir.Try:
        at = self.mark(node)
        body = self.body(node.body)
        handlers = tuple([self._handler(handler) for handler in node.handlers])
        return ir.Try(at, body, handlers, self.body(node.orelse), self.body(node.finalbody))

    def _handler(self, node: ast.ExceptHandler) -> ir.Handler:
        at = self.mark(node)
        return ir.Handler(at, self.optional(node.type), node.name, self.body(node.body))

    def _match(self, node: ast.Match) -> ir.Match:
        at = self.mark(node)
        subject = self.expression(node.subject)
        return ir.Match(at, subject, tuple([self._case(case) for case in node.cases]))

    def _case(self, node: ast.match_case) -> ir.Case:
        binds = tuple(dict.fromkeys(_bound(node.pattern)))
        classes = self.expressions(_classes(node.pattern))
        name = node.pattern.name if isinstance(node.pattern, ast.MatchAs) else None
        parts = tuple(captures(node.pattern))
        values = self.expressions(_values(node.pattern))
        guard = self.optional(node.guard)
        return ir.Case(binds, guard, self.body(node.body), classes, name, parts, values)

    # definitions

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ir.Define:
        at = self.mark(node)
        decorators = tuple([self.expression(decorator) for decorator in node.decorator_list])
        parameters = self.parameters(node.args)
        returns = self.optional(node.returns)
        outer, self.yields = self.yields, False
        body = self.body(node.body)
        is_generator, self.yields = self.yields, outer
        function = ir.Function(
            at,
            node.name,
            parameters,
            returns,
            decorators,
            body,
            isinstance(node, ast.AsyncFunctionDef),
            is_generator,
            self._signature(node) if self.comments else None,
            self._type_ignores(node) if self.comments else (),
        )
        return ir.Define(at, function)

    def _type_ignores(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[ir.Comment, ...]:
        """Return the function's `# type: ignore` comments that torch may misread."""
        return tuple(
            [
                ir.Comment(self.mark(comment), comment.text)
                for comment in self.comments
                if comment.type is None and self._is_within(comment, node)
            ]
        )

    def _is_within(self, comment: TypeComment, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a comment belongs to a function: one behind its last statement may, by its indentation."""
        end = node.end_lineno or node.lineno
        if comment.line <= end:
            return _first_line(node) <= comment.line
        has_lines = node.body[0].lineno > node.lineno and self._is_first(node.body[0])
        if not has_lines or comment.before or comment.column < node.body[0].col_offset:
            return False
        between = self.lines[end : comment.line - 1]
        return all(not line.strip() or line.lstrip().startswith("#") for line in between)

    def _is_first(self, node: ast.stmt) -> bool:
        """Whether nothing stands before a statement on its line."""
        return not self.lines[node.lineno - 1].encode()[: node.col_offset].strip()

    def _signature(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str | None:
        """Return the `# type:` comment behind the `def` or above one of the first two lines of the body."""
        first = node.body[0]
        begins, ends = _first_line(first), first.end_lineno or first.lineno
        is_on_one_line = not self._is_first(first)
        if is_on_one_line:
            begins = ends = node.end_lineno or ends
        second = ends
        for statement in node.body[1:]:
            if _first_line(statement) > ends:
                second = _first_line(statement)
                break
            ends = statement.end_lineno or ends
        for comment in self.comments:
            if comment.type is None or not node.lineno <= comment.line < max(second, begins + 1):
                continue
            if is_on_one_line and comment.line == ends:
                return comment.type
            is_leading = not comment.before and not begins <= comment.line <= ends
            if is_leading or (comment.before == ":" and comment.line < begins):
                return comment.type
        return None

    def _class(self, node: ast.ClassDef) -> ir.Class:
        at = self.mark(node)
        decorators = tuple([self.expression(decorator) for decorator in node.decorator_list])
        bases = tuple([self.expression(base) for base in node.bases])
        keywords = self.arguments([], node.keywords)
        is_cut, self.without_methods = self.without_methods, False
        body = self.body(node.body)
        if is_cut:  # a `pass` may be there only because the methods are not
            body = tuple([s for s in body if not (isinstance(s, ir.Jump) and s.kind == "pass")])
        return ir.Class(at, node.name, bases, keywords, decorators, body)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _aliases(nodes: Sequence[ast.alias]) -> tuple[ir.Alias, ...]:
    return tuple([ir.Alias(node.name, node.asname) for node in nodes])


def _bound(pattern: ast.AST) -> list[str]:
    """Return the names that a pattern binds, in order."""
    names: list[str] = []
    for child in ast.iter_child_nodes(pattern):
        if isinstance(child, ast.pattern):
            names += _bound(child)
    bound = getattr(pattern, "rest" if isinstance(pattern, ast.MatchMapping) else "name", None)
    return [*names, bound] if isinstance(bound, str) else names


def _classes(pattern: ast.AST) -> list[ast.expr]:
    """Return the classes of which the subject of a pattern has one, nothing where it may have another."""
    match pattern:
        case ast.MatchClass(cls=cls):
            return [cls]
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _classes(inner)
        case ast.MatchOr(patterns=patterns):
            each = [_classes(element) for element in patterns]
            return [cls for classes in each for cls in classes] if all(each) else []
    return []


def _values(pattern: ast.AST) -> list[ast.expr]:
    """Return the values that the subject of a pattern may be equal to, nothing where others fit as well."""
    match pattern:
        case ast.MatchValue(value=value):
            return [value]
        case ast.MatchOr(patterns=patterns):
            each = [_values(element) for element in patterns]
            return [value for values in each for value in values] if all(each) else []
    return []


_STATEMENTS: dict[type[ast.stmt], Any] = {
    ast.Assign: Lowering._assign,
    ast.AnnAssign: Lowering._annotated,
    ast.AugAssign: Lowering._augmented,
    ast.Expr: Lowering._expression_statement,
    ast.Return: Lowering._return,
    ast.Raise: Lowering._raise,
    ast.Delete: Lowering._delete,
    ast.Assert: Lowering._assert,
    ast.Pass: Lowering._pass,
    ast.Break: Lowering._break,
    ast.Continue: Lowering._continue,
    ast.Global: Lowering._global,
    ast.Nonlocal: Lowering._nonlocal,
    ast.Import: Lowering._import,
    ast.ImportFrom: Lowering._import_from,
    ast.If: Lowering._if,
    ast.For: Lowering._for,
    ast.AsyncFor: Lowering._for,
    ast.While: Lowering._while,
    ast.With: Lowering._with,
    ast.AsyncWith: Lowering._with,
    ast.Try: Lowering._try,
    ast.Match: Lowering._match,
    ast.FunctionDef: Lowering._define,
    ast.AsyncFunctionDef: Lowering._define,
    ast.ClassDef: Lowering._class,
}
# Kinds that only newer versions of Python have.
for _kind, _method in (("TryStar", Lowering._try), ("TypeAlias", Lowering._type_alias)):
    if hasattr(ast, _kind):
        _STATEMENTS[getattr(ast, _kind)] = _method
