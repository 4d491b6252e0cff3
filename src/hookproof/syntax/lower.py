"""Lowering: libcst's tree of one block becomes the facts of `hookproof.syntax.ir`.

The walk dispatches on node types itself: `CSTNode.visit` looks up methods for every node, rebuilds tuples,
and is many times slower. Ordinals are given in walk order, so that the same walk over a tree with positions
tells where each node stands (`hookproof.syntax.locations`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from hookproof.syntax import ir
from hookproof.syntax.block_source import TYPE_COMMENT, TYPE_IGNORE
from hookproof.syntax.deep_stack import with_deep_stack
from hookproof.syntax.lower_expression import ExpressionLowering
from hookproof.syntax.numbering import first_of
from hookproof.syntax.outline import Outline
from hookproof.syntax.parse import ParsedBlock
from hookproof.syntax.patterns import captures_of_cst


def lower_block(text: str, outline: Outline, index: int, path: str = "<source>") -> tuple[ir.Stmt, ...]:
    """Return the facts of block `index` of `text`.

    A class block comes without the methods that are blocks of their own. Raises `SourceError` for a syntax
    error and for code nested too deeply.
    """

    def run() -> tuple[ir.Stmt, ...]:
        return lower(ParsedBlock(text, outline, index, path), first_of(index))[1]

    return with_deep_stack(run, path, outline.blocks[index].line)


def lower(parsed: ParsedBlock, base: int) -> tuple[Lowering, tuple[ir.Stmt, ...]]:
    """Return the facts of a parsed block with the walk that made them, which knows the numbered nodes."""
    lowering = Lowering(
        base, without_methods=parsed.source.has_methods_cut, has_type_ignores=parsed.source.has_type_ignores
    )
    return lowering, lowering.body(parsed.statements().body)


class Lowering(ExpressionLowering):
    """Lowers the statements of one block.

    `base` is added to every ordinal. After the walk `nodes[n]` is the node with ordinal `n`; where its place
    is not its own extent, `ends` has the node it ends with. `without_methods` says that the block is a class
    whose methods were cut out; `has_type_ignores` that its text may hold such a comment.
    """

    def __init__(self, base: int, *, without_methods: bool = False, has_type_ignores: bool = False) -> None:
        super().__init__(base)
        self.without_methods = without_methods
        self.has_type_ignores = has_type_ignores

    def body(self, statements: Sequence[cst.CSTNode]) -> tuple[ir.Stmt, ...]:
        """Lower statements, the several of one line too."""
        lowered: list[ir.Stmt] = []
        for statement in statements:
            if type(statement) is cst.SimpleStatementLine:
                lowered += [_STATEMENTS[type(small)](self, small) for small in statement.body]
            else:
                lowered.append(_STATEMENTS[type(statement)](self, statement))
        return tuple(lowered)

    def suite(self, node: cst.BaseSuite) -> tuple[ir.Stmt, ...]:
        """Lower an indented block or the statements after the colon."""
        if type(node) is cst.IndentedBlock:
            return self.body(node.body)
        return tuple(_STATEMENTS[type(small)](self, small) for small in node.body)

    def orelse(self, node: cst.Else | cst.If | cst.Finally | None) -> tuple[ir.Stmt, ...]:
        """Lower what follows `else`, `elif` or `finally`."""
        if node is None:
            return ()
        return (self._if(node),) if isinstance(node, cst.If) else self.suite(node.body)

    # simple statements

    def _assign(self, node: cst.Assign) -> ir.Assign:
        at = self.mark(node)
        targets = tuple([self.expression(target.target) for target in node.targets])
        return ir.Assign(at, targets, self.expression(node.value))

    def _annotated(self, node: cst.AnnAssign) -> ir.Assign:
        at = self.mark(node)
        target = self.expression(node.target)
        annotation = self.expression(node.annotation.annotation)
        return ir.Assign(at, (target,), self.optional(node.value), annotation)

    def _augmented(self, node: cst.AugAssign) -> ir.AugAssign:
        at = self.mark(node)
        target = self.expression(node.target)
        return ir.AugAssign(at, target, _AUGMENTED[type(node.operator)], self.expression(node.value))

    def _type_alias(self, node: cst.TypeAlias) -> ir.Assign:
        at = self.mark(node)
        return ir.Assign(at, (self.expression(node.name),), self.expression(node.value))

    def _expression_statement(self, node: cst.Expr) -> ir.Expression:
        return ir.Expression(self.mark(node), self.expression(node.value))

    def _return(self, node: cst.Return) -> ir.Return:
        return ir.Return(self.mark(node), self.optional(node.value))

    def _raise(self, node: cst.Raise) -> ir.Raise:
        return ir.Raise(self.mark(node), self.optional(node.exc))

    def _delete(self, node: cst.Del) -> ir.Delete:
        at = self.mark(node)
        target = node.target
        if isinstance(target, cst.Tuple):
            return ir.Delete(at, tuple([self.element(element) for element in target.elements]))
        return ir.Delete(at, (self.expression(target),))

    def _assert(self, node: cst.Assert) -> ir.Assert:
        at = self.mark(node)
        return ir.Assert(at, self.expression(node.test), self.optional(node.msg))

    def _pass(self, node: cst.Pass) -> ir.Jump:
        return ir.Jump(self.mark(node), "pass")

    def _break(self, node: cst.Break) -> ir.Jump:
        return ir.Jump(self.mark(node), "break")

    def _continue(self, node: cst.Continue) -> ir.Jump:
        return ir.Jump(self.mark(node), "continue")

    def _global(self, node: cst.Global) -> ir.Jump:
        return ir.Jump(self.mark(node), "global", tuple([item.name.value for item in node.names]))

    def _nonlocal(self, node: cst.Nonlocal) -> ir.Jump:
        return ir.Jump(self.mark(node), "nonlocal", tuple([item.name.value for item in node.names]))

    def _import(self, node: cst.Import) -> ir.Import:
        return ir.Import(self.mark(node), None, 0, tuple([_alias(alias) for alias in node.names]))

    def _import_from(self, node: cst.ImportFrom) -> ir.Import:
        module = "" if node.module is None else _dotted(node.module)
        if isinstance(node.names, cst.ImportStar):
            names: tuple[ir.Alias, ...] = (ir.Alias("*", None),)
        else:
            names = tuple([_alias(alias) for alias in node.names])
        return ir.Import(self.mark(node), module, len(node.relative), names)

    # compound statements

    def _if(self, node: cst.If) -> ir.If:
        at = self.mark(node)
        return ir.If(at, self.expression(node.test), self.suite(node.body), self.orelse(node.orelse))

    def _for(self, node: cst.For) -> ir.For:
        at = self.mark(node)
        target, iterated = self.expression(node.target), self.expression(node.iter)
        body, orelse = self.suite(node.body), self.orelse(node.orelse)
        return ir.For(at, target, iterated, body, orelse, node.asynchronous is not None)

    def _while(self, node: cst.While) -> ir.While:
        at = self.mark(node)
        return ir.While(at, self.expression(node.test), self.suite(node.body), self.orelse(node.orelse))

    def _with(self, node: cst.With) -> ir.With:
        at = self.mark(node)
        items = tuple(
            [
                ir.WithItem(
                    self.expression(item.item), self.expression(item.asname.name) if item.asname else None
                )
                for item in node.items
            ]
        )
        return ir.With(at, items, self.suite(node.body), node.asynchronous is not None)

    def _try(self, node: cst.Try | cst.TryStar) -> ir.Try:
        at = self.mark(node)
        body = self.suite(node.body)
        handlers = tuple([self._handler(handler) for handler in node.handlers])
        return ir.Try(at, body, handlers, self.orelse(node.orelse), self.orelse(node.finalbody))

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> ir.Handler:
        at = self.mark(node)
        name = node.name.name.value if node.name and isinstance(node.name.name, cst.Name) else None
        return ir.Handler(at, self.optional(node.type), name, self.suite(node.body))

    def _match(self, node: cst.Match) -> ir.Match:
        at = self.mark(node)
        subject = self.expression(node.subject)
        return ir.Match(at, subject, tuple([self._case(case) for case in node.cases]))

    def _case(self, node: cst.MatchCase) -> ir.Case:
        binds = tuple(dict.fromkeys(_captures(node.pattern)))
        classes = tuple([self.expression(cls) for cls in _classes(node.pattern)])
        name = node.pattern.name if isinstance(node.pattern, cst.MatchAs) else None
        values = tuple([self.expression(value) for value in _values(node.pattern)])
        guard = self.optional(node.guard)
        captures, known_as = tuple(captures_of_cst(node.pattern)), name.value if name else None
        return ir.Case(binds, guard, self.suite(node.body), classes, known_as, captures, values)

    # definitions

    def _define(self, node: cst.FunctionDef) -> ir.Define:
        at = self.mark(node, node.name)
        decorators = tuple([self.expression(decorator.decorator) for decorator in node.decorators])
        parameters = self.parameters(node.params)
        returns = self.expression(node.returns.annotation) if node.returns else None
        outer, self.yields = self.yields, False
        body = self.suite(node.body)
        is_generator, self.yields = self.yields, outer
        function = ir.Function(
            at,
            node.name.value,
            parameters,
            returns,
            decorators,
            body,
            node.asynchronous is not None,
            is_generator,
            _type_comment(node.body),
            self.type_ignores(node),
        )
        return ir.Define(at, function)

    def type_ignores(self, node: cst.FunctionDef) -> tuple[ir.Comment, ...]:
        """Return the `# type: ignore` comments in the function's source that torch may misread."""
        if not self.has_type_ignores:
            return ()
        comments: list[cst.Comment] = []
        # Not node.children, for the comments above a function are no part of its source.
        for part in (*node.decorators, node.whitespace_before_params, node.params, node.body):
            _comments(part, comments)
        return tuple(
            [
                ir.Comment(self.mark(comment), comment.value)
                for comment in comments
                if TYPE_IGNORE.search(comment.value)
            ]
        )

    def _class(self, node: cst.ClassDef) -> ir.Class:
        at = self.mark(node, node.name)
        decorators = tuple([self.expression(decorator.decorator) for decorator in node.decorators])
        bases = tuple(
            [
                ir.Starred(self.mark(base), self.expression(base.value))
                if base.star
                else self.expression(base.value)
                for base in node.bases
            ]
        )
        keywords = self.arguments(node.keywords)
        is_cut, self.without_methods = self.without_methods, False
        body = self.suite(node.body)
        if is_cut:  # a `pass` may be there only because the methods are not
            body = tuple([s for s in body if not (isinstance(s, ir.Jump) and s.kind == "pass")])
        return ir.Class(at, node.name.value, bases, keywords, decorators, body)


def _alias(node: cst.ImportAlias) -> ir.Alias:
    asname = node.asname.name.value if node.asname and isinstance(node.asname.name, cst.Name) else None
    return ir.Alias(_dotted(node.name), asname)


def _dotted(node: cst.Attribute | cst.Name) -> str:
    parts = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value  # type: ignore[assignment]  # an import has only names and attributes of names
    parts.append(node.value)
    return ".".join(reversed(parts))


def _captures(pattern: cst.CSTNode) -> list[str]:
    """Return the names that a pattern binds, in order."""
    names: list[str] = []
    for child in pattern.children:
        names += _captures(child)
    bound: Any = None
    if isinstance(pattern, (cst.MatchAs, cst.MatchStar)):
        bound = pattern.name
    elif isinstance(pattern, cst.MatchMapping):
        bound = pattern.rest
    return [*names, bound.value] if bound is not None else names


def _classes(pattern: cst.CSTNode) -> list[cst.BaseExpression]:
    """Return the classes of which the subject of a pattern has one, nothing where it may have another."""
    match pattern:
        case cst.MatchClass(cls=cls):
            return [cls]
        case cst.MatchAs(pattern=cst.MatchPattern() as inner):
            return _classes(inner)
        case cst.MatchOr(patterns=patterns):
            each = [_classes(element.pattern) for element in patterns]
            return [cls for classes in each for cls in classes] if all(each) else []
    return []


def _values(pattern: cst.CSTNode) -> list[cst.BaseExpression]:
    """Return the values that the subject of a pattern may be equal to, nothing where others fit as well."""
    match pattern:
        case cst.MatchValue(value=value):
            return [value]
        case cst.MatchOr(patterns=patterns):
            each = [_values(element.pattern) for element in patterns]
            return [value for values in each for value in values] if all(each) else []
    return []


def _type_comment(body: cst.BaseSuite) -> str | None:
    """Return the signature of a `# type: (…) -> …` comment at the `def` or above the first statement."""
    if isinstance(body, cst.SimpleStatementSuite):
        found = [body.trailing_whitespace.comment]
    else:
        assert isinstance(body, cst.IndentedBlock)
        found = [body.header.comment]
        for statement in body.body[:2]:  # the second, for the first may be the docstring
            found += [line.comment for line in getattr(statement, "leading_lines", ())]
    for comment in found:
        if comment is not None and (match := TYPE_COMMENT.match(comment.value)):
            return match[1]
    return None


def _comments(node: cst.CSTNode, found: list[cst.Comment]) -> None:
    for child in node.children:
        if isinstance(child, cst.Comment):
            found.append(child)
        else:
            _comments(child, found)


_AUGMENTED: dict[type[cst.CSTNode], str] = {
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//",
    cst.ModuloAssign: "%",
    cst.PowerAssign: "**",
    cst.MatrixMultiplyAssign: "@",
    cst.BitAndAssign: "&",
    cst.BitOrAssign: "|",
    cst.BitXorAssign: "^",
    cst.LeftShiftAssign: "<<",
    cst.RightShiftAssign: ">>",
}

_STATEMENTS: dict[type[cst.CSTNode], Any] = {
    cst.Assign: Lowering._assign,
    cst.AnnAssign: Lowering._annotated,
    cst.AugAssign: Lowering._augmented,
    cst.TypeAlias: Lowering._type_alias,
    cst.Expr: Lowering._expression_statement,
    cst.Return: Lowering._return,
    cst.Raise: Lowering._raise,
    cst.Del: Lowering._delete,
    cst.Assert: Lowering._assert,
    cst.Pass: Lowering._pass,
    cst.Break: Lowering._break,
    cst.Continue: Lowering._continue,
    cst.Global: Lowering._global,
    cst.Nonlocal: Lowering._nonlocal,
    cst.Import: Lowering._import,
    cst.ImportFrom: Lowering._import_from,
    cst.If: Lowering._if,
    cst.For: Lowering._for,
    cst.While: Lowering._while,
    cst.With: Lowering._with,
    cst.Try: Lowering._try,
    cst.TryStar: Lowering._try,
    cst.Match: Lowering._match,
    cst.FunctionDef: Lowering._define,
    cst.ClassDef: Lowering._class,
}
# Kinds that only newer versions of libcst have.
for _kind, _method in (("LazyImport", Lowering._import), ("LazyImportFrom", Lowering._import_from)):
    if hasattr(cst, _kind):
        _STATEMENTS[getattr(cst, _kind)] = _method
