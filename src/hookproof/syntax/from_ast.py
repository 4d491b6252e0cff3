"""Lowering a block with Python's own parser, which takes a tenth of the time that libcst takes.

The facts and their ordinals are the same as those of `hookproof.syntax.lower`, which is asked wherever this
one has to pass: for syntax that the running Python does not have, for errors, and where comments matter.
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
from hookproof.syntax.expression_from_ast import ExpressionsFromAst, NotLoweredError, TypeComment
from hookproof.syntax.patterns_from_ast import captures_of_ast

# Bytes that Python takes for a character of code to make a tree, and to parse it, measured on Python 3.11.
_MADE_A_TREE, _PARSED = 110, 50


def facts_from_ast(source: BlockSource, base: int) -> tuple[FromAst, tuple[ir.Stmt, ...]]:
    """Return the facts of a block, numbered from `base`, with the walk that made them.

    Raises `NotLoweredError` where libcst has to be asked, `RecursionError` for what is nested deeply.
    """
    comments = list(_type_comments(source)) if "type:" in source.text else []
    ask_for_room(_MADE_A_TREE * len(source.text))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, MemoryError):
        raise NotLoweredError from None
    statements = tree.body
    if source.is_method:
        if len(statements) != 1 or not isinstance(statements[0], ast.ClassDef):
            raise NotLoweredError
        statements = statements[0].body
    lowering = FromAst(base, comments, without_methods=source.has_methods_cut)
    return lowering, lowering.body(statements)


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
    """Yield the `# type:` comments; raises `NotLoweredError` for an `ignore` on a line of its own."""
    if not source.has_type_ignores and not TYPE_COMMENT.search(source.text):
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type != tokenize.COMMENT:
                continue
            is_type, is_ignore = TYPE_COMMENT.match(token.string), TYPE_IGNORE.search(token.string)
            if is_type or is_ignore:
                before = token.line[: token.start[1]].strip()
                if is_ignore and not before:
                    raise NotLoweredError  # which function it belongs to is a matter of its indentation
                yield TypeComment(*token.start, token.string, is_type[1] if is_type else None, before[-1:])
    except (tokenize.TokenError, SyntaxError):
        raise NotLoweredError from None


class FromAst(ExpressionsFromAst):
    """Lowers the statements of one block; `without_methods` says that its methods were cut out of a class.

    `comments` are its `# type:` comments.
    """

    def __init__(self, base: int, comments: Sequence[TypeComment], *, without_methods: bool = False) -> None:
        super().__init__(base)
        self.comments = comments
        self.without_methods = without_methods

    def body(self, statements: Sequence[ast.stmt]) -> tuple[ir.Stmt, ...]:
        """Lower statements."""
        try:
            return tuple([_STATEMENTS[type(statement)](self, statement) for statement in statements])
        except KeyError:
            raise NotLoweredError from None

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
        binds = tuple(dict.fromkeys(_captures(node.pattern)))
        classes = self.expressions(_classes(node.pattern))
        name = node.pattern.name if isinstance(node.pattern, ast.MatchAs) else None
        captures = tuple(captures_of_ast(node.pattern))
        values = self.expressions(_values(node.pattern))
        guard = self.optional(node.guard)
        return ir.Case(binds, guard, self.body(node.body), classes, name, captures, values)

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
        first, last = _first_line(node), node.end_lineno or node.lineno
        return tuple(
            [
                ir.Comment(self.mark(comment), comment.text)
                for comment in self.comments
                if comment.type is None and first <= comment.line <= last
            ]
        )

    def _signature(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str | None:
        """Return the `# type:` comment behind the `def` or above one of the first two statements."""
        body = node.body
        begins, ends = _first_line(body[0]), body[0].end_lineno or body[0].lineno
        second = _first_line(body[1]) if len(body) > 1 else ends
        for comment in self.comments:
            if comment.type is None or not node.lineno <= comment.line < max(second, begins + 1):
                continue
            if comment.line == begins or (len(body) > 1 and second == ends):
                raise NotLoweredError  # statements that share lines, or one behind the colon
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


def _captures(pattern: ast.AST) -> list[str]:
    """Return the names that a pattern binds, in order."""
    names: list[str] = []
    for child in ast.iter_child_nodes(pattern):
        if isinstance(child, ast.pattern):
            names += _captures(child)
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
    ast.Assign: FromAst._assign,
    ast.AnnAssign: FromAst._annotated,
    ast.AugAssign: FromAst._augmented,
    ast.Expr: FromAst._expression_statement,
    ast.Return: FromAst._return,
    ast.Raise: FromAst._raise,
    ast.Delete: FromAst._delete,
    ast.Assert: FromAst._assert,
    ast.Pass: FromAst._pass,
    ast.Break: FromAst._break,
    ast.Continue: FromAst._continue,
    ast.Global: FromAst._global,
    ast.Nonlocal: FromAst._nonlocal,
    ast.Import: FromAst._import,
    ast.ImportFrom: FromAst._import_from,
    ast.If: FromAst._if,
    ast.For: FromAst._for,
    ast.AsyncFor: FromAst._for,
    ast.While: FromAst._while,
    ast.With: FromAst._with,
    ast.AsyncWith: FromAst._with,
    ast.Try: FromAst._try,
    ast.Match: FromAst._match,
    ast.FunctionDef: FromAst._define,
    ast.AsyncFunctionDef: FromAst._define,
    ast.ClassDef: FromAst._class,
}
# Kinds that only newer versions of Python have.
for _kind, _method in (("TryStar", FromAst._try), ("TypeAlias", FromAst._type_alias)):
    if hasattr(ast, _kind):
        _STATEMENTS[getattr(ast, _kind)] = _method
