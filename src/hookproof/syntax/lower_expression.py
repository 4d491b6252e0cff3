"""Lowering of `ast`'s expressions and parameters."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from hookproof.syntax import ir
from hookproof.syntax.literals import encodable, texts_between

_Kind = Literal["positional-only", "positional", "*", "keyword-only", "**"]


class TypeComment(NamedTuple):
    """A `# type:` comment at a line and a column in characters.

    `type` is what it says, None where it is an `ignore` that torch may misread; `before` is the last
    character of the code in front of it.
    """

    line: int
    column: int
    text: str
    type: str | None
    before: str


class ExpressionLowering:
    """Lowers expressions, and numbers the nodes in the order it meets them.

    `nodes[n]` is the node with ordinal `n`; those of `formatted` stand inside a formatted string. `indices`
    are the tuples that stand between square brackets.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.nodes: list[ast.AST | TypeComment] = []
        self.formatted: set[int] = set()
        self.indices: list[ast.Tuple] = []
        self.yields = False  # whether a `yield` was met in the function that is being lowered

    def mark(self, node: ast.AST | TypeComment) -> int:
        """Give `node` the next ordinal."""
        nodes = self.nodes
        nodes.append(node)
        return self.base + len(nodes) - 1

    def expression(self, node: ast.expr) -> ir.Expr:
        """Lower any expression."""
        return _EXPRESSIONS[type(node)](self, node)  # type: ignore[no-any-return]

    def optional(self, node: ast.expr | None) -> ir.Expr | None:
        """Lower an expression that may be missing."""
        return None if node is None else self.expression(node)

    def expressions(self, nodes: Sequence[ast.expr]) -> tuple[ir.Expr, ...]:
        """Lower expressions in order."""
        return tuple([_EXPRESSIONS[type(node)](self, node) for node in nodes])

    # names, attributes, calls

    def _name(self, node: ast.Name) -> ir.Name:
        return ir.Name(self.mark(node), node.id)

    def _attribute(self, node: ast.Attribute) -> ir.Attribute:
        return ir.Attribute(self.mark(node), self.expression(node.value), node.attr)

    def _call(self, node: ast.Call) -> ir.Call:
        return ir.Call(self.mark(node), self.expression(node.func), self.arguments(node.args, node.keywords))

    def arguments(self, args: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> tuple[ir.Argument, ...]:
        """Lower the arguments of a call or a class in the order they are written."""
        if not keywords:
            return tuple([self._argument(arg) for arg in args])
        nodes: list[ast.expr | ast.keyword] = [*args, *keywords]
        if args and _start(keywords[0]) < _start(args[-1]):  # `f(a=1, *b)`
            nodes.sort(key=_start)
        return tuple([self._argument(node) for node in nodes])

    def _argument(self, node: ast.expr | ast.keyword) -> ir.Argument:
        if isinstance(node, ast.keyword):
            return ir.Argument(self.expression(node.value), node.arg, "**" if node.arg is None else "")
        if isinstance(node, ast.Starred):
            return ir.Argument(self.expression(node.value), None, "*")
        return ir.Argument(self.expression(node))

    def _subscript(self, node: ast.Subscript) -> ir.Subscript:
        at = self.mark(node)
        value, index = self.expression(node.value), node.slice
        if isinstance(index, ast.Tuple):
            self.indices.append(index)
        return ir.Subscript(at, value, self.expression(index))

    def _slice(self, node: ast.Slice) -> ir.Opaque:
        at = self.mark(node)
        bounds = (("start", node.lower), ("stop", node.upper), ("step", node.step))
        given = {name: part for name, part in bounds if part is not None}
        return ir.Opaque(at, "slice", self.expressions([*given.values()]), tuple(given))

    # literals

    def _constant(self, node: ast.Constant) -> ir.Constant:
        at, value = self.mark(node), node.value
        if isinstance(value, str):
            return ir.Constant(at, "str", encodable(value))
        if isinstance(value, bool):
            return ir.Constant(at, "bool", value)
        if isinstance(value, int):
            return ir.Constant(at, "int", value if value < 1 << 63 else None)
        if isinstance(value, float):
            return ir.Constant(at, "float", value)
        if value is None:
            return ir.Constant(at, "None", None)
        if isinstance(value, bytes):
            return ir.Constant(at, "bytes")
        return ir.Constant(at, "Ellipsis" if value is ... else "complex")

    def _formatted(self, node: ast.JoinedStr) -> ir.Opaque:
        at = self.mark(node)
        first = len(self.nodes)
        fields = self.fields(node.values)
        self.formatted.update(range(first, len(self.nodes)))
        parts = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
        return ir.Opaque(at, "f-string", fields, texts_between(parts, fields))

    def _templated(self, node: Any) -> ir.Opaque:
        at = self.mark(node)
        return ir.Opaque(at, "t-string", self.fields(node.values))

    def fields(self, parts: Sequence[ast.expr]) -> tuple[ir.Expr, ...]:
        """Lower the replacement fields among the parts of a formatted string."""
        return tuple([self._field(part) for part in parts if type(part) in _FIELDS])

    def _field(self, part: Any) -> ir.Expr:
        if part.format_spec is not None:
            at = self.mark(part)
            value = self.expression(part.value)
            return ir.Opaque(at, "f-string format", (value, *self.fields(part.format_spec.values)))
        if part.conversion != -1:
            return ir.Opaque(self.mark(part), "f-string conversion", (self.expression(part.value),))
        return self.expression(part.value)

    # displays and comprehensions

    def _tuple(self, node: ast.Tuple) -> ir.Sequence:
        return ir.Sequence(self.mark(node), "tuple", self.expressions(node.elts))

    def _list(self, node: ast.List) -> ir.Sequence:
        return ir.Sequence(self.mark(node), "list", self.expressions(node.elts))

    def _set(self, node: ast.Set) -> ir.Sequence:
        return ir.Sequence(self.mark(node), "set", self.expressions(node.elts))

    def _dict(self, node: ast.Dict) -> ir.Mapping:
        at = self.mark(node)
        keys: list[ir.Expr | None] = []
        values: list[ir.Expr] = []
        for key, value in zip(node.keys, node.values, strict=True):
            keys.append(self.optional(key))
            values.append(self.expression(value))
        return ir.Mapping(at, tuple(keys), tuple(values))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> ir.Comprehension:
        at = self.mark(node)
        elements = (self.expression(node.elt),)
        return ir.Comprehension(at, _COMPREHENSIONS[type(node)], elements, self._clauses(node.generators))

    def _dict_comprehension(self, node: ast.DictComp) -> ir.Comprehension:
        at = self.mark(node)
        elements = (self.expression(node.key), self.expression(node.value))
        return ir.Comprehension(at, "dict", elements, self._clauses(node.generators))

    def _clauses(self, nodes: Sequence[ast.comprehension]) -> tuple[ir.Clause, ...]:
        return tuple([self._clause(node) for node in nodes])

    def _clause(self, node: ast.comprehension) -> ir.Clause:
        target, iterated = self.expression(node.target), self.expression(node.iter)
        return ir.Clause(target, iterated, self.expressions(node.ifs))

    # operations

    def operator(self, node: ast.AST) -> str:
        """Return an operator as it is written."""
        return _OPERATORS[type(node)]

    def _unary(self, node: ast.UnaryOp) -> ir.Operation | ir.Constant:
        at, op = self.mark(node), self.operator(node.op)
        operand = self.expression(node.operand)
        if op == "-" and isinstance(operand, ir.Constant) and operand.kind in ("int", "float", "complex"):
            value = operand.value
            return ir.Constant(at, operand.kind, None if value is None else -value)  # type: ignore[operator]
        return ir.Operation(at, op, (operand,))

    def _binary(self, node: ast.BinOp) -> ir.Operation:
        at = self.mark(node)
        return ir.Operation(at, self.operator(node.op), self.expressions((node.left, node.right)))

    def _boolean(self, node: ast.BoolOp) -> ir.Operation:
        at = self.mark(node)
        return ir.Operation(at, self.operator(node.op), self.expressions(node.values))

    def _comparison(self, node: ast.Compare) -> ir.Operation:
        at = self.mark(node)
        op = " ".join([self.operator(operator) for operator in node.ops])
        return ir.Operation(at, op, self.expressions((node.left, *node.comparators)))

    def _conditional(self, node: ast.IfExp) -> ir.Conditional:
        at = self.mark(node)
        body, test = self.expression(node.body), self.expression(node.test)
        return ir.Conditional(at, test, body, self.expression(node.orelse))

    def _walrus(self, node: ast.NamedExpr) -> ir.Walrus:
        at = self.mark(node)
        return ir.Walrus(at, self._name(node.target), self.expression(node.value))

    def _starred(self, node: ast.Starred) -> ir.Starred:
        return ir.Starred(self.mark(node), self.expression(node.value))

    def _await(self, node: ast.Await) -> ir.Opaque:
        return ir.Opaque(self.mark(node), "await", (self.expression(node.value),))

    def _yield(self, node: ast.Yield) -> ir.Opaque:
        at = self.mark(node)
        self.yields = True
        return ir.Opaque(at, "yield", () if node.value is None else (self.expression(node.value),))

    def _yield_from(self, node: ast.YieldFrom) -> ir.Opaque:
        at = self.mark(node)
        self.yields = True
        return ir.Opaque(at, "yield from", (self.expression(node.value),))

    # functions

    def _lambda(self, node: ast.Lambda) -> ir.Lambda:
        at = self.mark(node)
        parameters = self.parameters(node.args)
        outer, self.yields = self.yields, False
        body = ir.Return(self.mark(node.body), self.expression(node.body))
        is_generator, self.yields = self.yields, outer
        function = ir.Function(at, "<lambda>", parameters, None, (), (body,), is_generator=is_generator)
        return ir.Lambda(at, function)

    def parameters(self, node: ast.arguments) -> tuple[ir.Parameter, ...]:
        """Lower the parameters of a function or lambda, in order."""
        positional: list[tuple[ast.arg, _Kind]] = [(arg, "positional-only") for arg in node.posonlyargs]
        positional += [(arg, "positional") for arg in node.args]
        missing = len(positional) - len(node.defaults)
        found = [
            self._parameter(arg, kind, node.defaults[number - missing] if number >= missing else None)
            for number, (arg, kind) in enumerate(positional)
        ]
        if node.vararg is not None:
            found.append(self._parameter(node.vararg, "*", None))
        for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            found.append(self._parameter(arg, "keyword-only", default))
        if node.kwarg is not None:
            found.append(self._parameter(node.kwarg, "**", None))
        return tuple(found)

    def _parameter(self, node: ast.arg, kind: _Kind, default: ast.expr | None) -> ir.Parameter:
        at = self.mark(node)
        return ir.Parameter(at, node.arg, self.optional(node.annotation), self.optional(default), kind)


def _start(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset


_COMPREHENSIONS: dict[type[ast.expr], Literal["list", "set", "generator"]] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "generator",
}

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.And: "and",
    ast.Or: "or",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

_EXPRESSIONS: dict[type[ast.expr], Any] = {
    ast.Name: ExpressionLowering._name,
    ast.Attribute: ExpressionLowering._attribute,
    ast.Call: ExpressionLowering._call,
    ast.Subscript: ExpressionLowering._subscript,
    ast.Slice: ExpressionLowering._slice,
    ast.Constant: ExpressionLowering._constant,
    ast.JoinedStr: ExpressionLowering._formatted,
    ast.Tuple: ExpressionLowering._tuple,
    ast.List: ExpressionLowering._list,
    ast.Set: ExpressionLowering._set,
    ast.Dict: ExpressionLowering._dict,
    ast.ListComp: ExpressionLowering._comprehension,
    ast.SetComp: ExpressionLowering._comprehension,
    ast.GeneratorExp: ExpressionLowering._comprehension,
    ast.DictComp: ExpressionLowering._dict_comprehension,
    ast.UnaryOp: ExpressionLowering._unary,
    ast.BinOp: ExpressionLowering._binary,
    ast.BoolOp: ExpressionLowering._boolean,
    ast.Compare: ExpressionLowering._comparison,
    ast.IfExp: ExpressionLowering._conditional,
    ast.NamedExpr: ExpressionLowering._walrus,
    ast.Starred: ExpressionLowering._starred,
    ast.Await: ExpressionLowering._await,
    ast.Yield: ExpressionLowering._yield,
    ast.YieldFrom: ExpressionLowering._yield_from,
    ast.Lambda: ExpressionLowering._lambda,
}
_FIELDS: set[Any] = {ast.FormattedValue}
# Kinds that only newer versions of Python have.
if hasattr(ast, "TemplateStr"):
    _EXPRESSIONS[ast.TemplateStr] = ExpressionLowering._templated
    _FIELDS.add(getattr(ast, "Interpolation", None))
