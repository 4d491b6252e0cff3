"""Lowering of expressions and parameters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import chain
from typing import Any, Literal

import libcst as cst

from hookproof.syntax import ir
from hookproof.syntax.literals import encodable, literal_parts, reject_bad_escape, string_value, texts_between

_SIMPLE_CONSTANTS: dict[str, tuple[Literal["bool", "None"], bool | None]] = {
    "True": ("bool", True),
    "False": ("bool", False),
    "None": ("None", None),
}


class ExpressionLowering:
    """Lowers expressions, and numbers the nodes in the order it meets them."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.nodes: list[cst.CSTNode] = []
        self.ends: dict[int, cst.CSTNode] = {}
        self.yields = False  # whether a `yield` was met in the function that is being lowered

    def mark(self, node: cst.CSTNode, end: cst.CSTNode | None = None) -> int:
        """Give `node` the next ordinal; its place ends with `end`."""
        ordinal = len(self.nodes)
        self.nodes.append(node)
        if end is not None:
            self.ends[ordinal] = end
        return self.base + ordinal

    def expression(self, node: cst.CSTNode) -> ir.Expr:
        """Lower any expression."""
        return _EXPRESSIONS[type(node)](self, node)  # type: ignore[no-any-return]

    def optional(self, node: cst.CSTNode | None) -> ir.Expr | None:
        """Lower an expression that may be missing."""
        return None if node is None else self.expression(node)

    # names, attributes, calls

    def _name(self, node: cst.Name) -> ir.Name | ir.Constant:
        at = self.mark(node)
        if node.value in _SIMPLE_CONSTANTS:
            kind, value = _SIMPLE_CONSTANTS[node.value]
            return ir.Constant(at, kind, value)
        return ir.Name(at, identifier(node))

    def _attribute(self, node: cst.Attribute) -> ir.Attribute:
        at = self.mark(node)
        return ir.Attribute(at, self.expression(node.value), identifier(node.attr))

    def _call(self, node: cst.Call) -> ir.Call:
        at = self.mark(node)
        return ir.Call(at, self.expression(node.func), self.arguments(node.args))

    def arguments(self, nodes: Sequence[cst.Arg]) -> tuple[ir.Argument, ...]:
        """Lower the arguments of a call or a class."""
        return tuple(
            [
                ir.Argument(
                    self.expression(arg.value),
                    None if arg.keyword is None else identifier(arg.keyword),
                    arg.star,
                )
                for arg in nodes
            ]
        )

    def _subscript(self, node: cst.Subscript) -> ir.Subscript:
        at = self.mark(node)
        value = self.expression(node.value)
        elements = node.slice
        if len(elements) == 1 and elements[0].comma is cst.MaybeSentinel.DEFAULT:
            index = self._index(elements[0].slice)
            if not isinstance(index, ir.Starred):
                return ir.Subscript(at, value, index)
            return ir.Subscript(at, value, ir.Sequence(self.mark(elements[0]), "tuple", (index,)))
        whole = self.mark(elements[0], elements[-1])
        items = tuple([self._index(element.slice) for element in elements])
        return ir.Subscript(at, value, ir.Sequence(whole, "tuple", items))

    def _index(self, node: cst.BaseSlice) -> ir.Expr:
        if isinstance(node, cst.Index):
            if node.star:
                return ir.Starred(self.mark(node), self.expression(node.value))
            return self.expression(node.value)
        assert isinstance(node, cst.Slice)
        at = self.mark(node)
        bounds = (("start", node.lower), ("stop", node.upper), ("step", node.step))
        given = {name: self.expression(part) for name, part in bounds if part is not None}
        return ir.Opaque(at, "slice", tuple(given.values()), tuple(given))

    # literals

    def _integer(self, node: cst.Integer) -> ir.Constant:
        value = int(node.value.replace("_", ""), 0) if len(node.value) < 40 else None
        if value is not None and value >= 1 << 63:
            value = None
        return ir.Constant(self.mark(node), "int", value)

    def _float(self, node: cst.Float) -> ir.Constant:
        return ir.Constant(self.mark(node), "float", float(node.value.replace("_", "")))

    def _imaginary(self, node: cst.Imaginary) -> ir.Constant:
        return ir.Constant(self.mark(node), "complex")

    def _ellipsis(self, node: cst.Ellipsis) -> ir.Constant:
        return ir.Constant(self.mark(node), "Ellipsis")

    def _string(self, node: cst.SimpleString) -> ir.Constant:
        at = self.mark(node)
        if "b" in node.prefix:
            reject_bad_escape(node)
            return ir.Constant(at, "bytes")
        return ir.Constant(at, "str", encodable(string_value(node)))

    def _concatenated(self, node: cst.ConcatenatedString) -> ir.Expr:
        at = self.mark(node)
        parts: list[cst.CSTNode] = []
        rest: cst.CSTNode = node
        while isinstance(rest, cst.ConcatenatedString):  # a loop: hundreds of parts are not rare
            parts.append(rest.left)
            rest = rest.right
        parts.append(rest)
        strings = [part for part in parts if isinstance(part, cst.SimpleString)]
        if len(strings) < len(parts):  # one formatted string, as `ast` and torch have it
            fields = tuple(chain.from_iterable(self.fields(getattr(part, "parts", ())) for part in parts))
            texts = chain.from_iterable(map(literal_parts, parts))
            return ir.Opaque(at, "f-string", fields, texts_between(texts, fields))
        if "b" in strings[0].prefix:
            for part in strings:
                reject_bad_escape(part)
            return ir.Constant(at, "bytes")
        return ir.Constant(at, "str", encodable("".join([string_value(part) for part in strings])))

    def _formatted(self, node: cst.FormattedString) -> ir.Opaque:
        at = self.mark(node)
        fields = self.fields(node.parts)
        return ir.Opaque(at, "f-string", fields, texts_between(literal_parts(node), fields))

    def _templated(self, node: Any) -> ir.Opaque:
        at = self.mark(node)
        return ir.Opaque(at, "t-string", self.fields(node.parts))

    def fields(self, parts: Sequence[Any]) -> tuple[ir.Expr, ...]:
        """Lower the replacement fields among the parts of a formatted string."""
        return tuple([self._field(part) for part in parts if hasattr(part, "expression")])

    def _field(self, part: Any) -> ir.Expr:
        # `{x=}` converts with repr unless it has a format.
        if part.format_spec is not None:
            at = self.mark(part)
            return ir.Opaque(
                at, "f-string format", (self.expression(part.expression), *self.fields(part.format_spec))
            )
        if part.conversion is not None or part.equal is not None:
            return ir.Opaque(self.mark(part), "f-string conversion", (self.expression(part.expression),))
        return self.expression(part.expression)

    # displays and comprehensions

    def _tuple(self, node: cst.Tuple) -> ir.Sequence:
        at = self.mark(node)
        return ir.Sequence(at, "tuple", tuple([self.element(element) for element in node.elements]))

    def _list(self, node: cst.List) -> ir.Sequence:
        at = self.mark(node)
        return ir.Sequence(at, "list", tuple([self.element(element) for element in node.elements]))

    def _set(self, node: cst.Set) -> ir.Sequence:
        at = self.mark(node)
        return ir.Sequence(at, "set", tuple([self.element(element) for element in node.elements]))

    def element(self, node: cst.BaseElement) -> ir.Expr:
        """Lower an item of a display or of a list of targets."""
        if type(node) is cst.StarredElement:
            return ir.Starred(self.mark(node), self.expression(node.value))
        return self.expression(node.value)

    def _dict(self, node: cst.Dict) -> ir.Mapping:
        at = self.mark(node)
        keys: list[ir.Expr | None] = []
        values: list[ir.Expr] = []
        for element in node.elements:
            keys.append(self.expression(element.key) if isinstance(element, cst.DictElement) else None)
            values.append(self.expression(element.value))
        return ir.Mapping(at, tuple(keys), tuple(values))

    def _comprehension(self, node: cst.BaseComp) -> ir.Comprehension:
        at = self.mark(node)
        if isinstance(node, cst.DictComp):
            elements: tuple[ir.Expr, ...] = (self.expression(node.key), self.expression(node.value))
        elif isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp)):
            elements = (self.expression(node.elt),)
        else:  # `{**mapping for …}`, whose class older versions of libcst do not have
            value: cst.BaseExpression = node.value  # type: ignore[attr-defined]
            elements = (ir.Starred(self.mark(node), self.expression(value)),)
        clauses: list[ir.Clause] = []
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            target, iterated = self.expression(clause.target), self.expression(clause.iter)
            conditions = tuple([self.expression(condition.test) for condition in clause.ifs])
            clauses.append(ir.Clause(target, iterated, conditions))
            clause = clause.inner_for_in
        return ir.Comprehension(at, _COMPREHENSIONS.get(type(node), "dict"), elements, tuple(clauses))

    # operations

    def _unary(self, node: cst.UnaryOperation) -> ir.Operation | ir.Constant:
        at = self.mark(node)
        op = _OPERATORS[type(node.operator)]
        operand = self.expression(node.expression)
        if op == "-" and isinstance(operand, ir.Constant) and operand.kind in ("int", "float", "complex"):
            value = operand.value
            return ir.Constant(at, operand.kind, None if value is None else -value)  # type: ignore[operator]
        return ir.Operation(at, op, (operand,))

    def _binary(self, node: cst.BinaryOperation) -> ir.Operation:
        at = self.mark(node)
        left = self.expression(node.left)
        return ir.Operation(at, _OPERATORS[type(node.operator)], (left, self.expression(node.right)))

    def _boolean(self, node: cst.BooleanOperation) -> ir.Operation:
        at = self.mark(node)
        operator = type(node.operator)
        operands = [node.right]
        left = node.left
        # `a or b or c` is one operation of three operands, as `ast` has it.
        while isinstance(left, cst.BooleanOperation) and type(left.operator) is operator and not left.lpar:
            operands.append(left.right)
            left = left.left
        operands.append(left)
        return ir.Operation(
            at, _OPERATORS[operator], tuple([self.expression(operand) for operand in reversed(operands)])
        )

    def _comparison(self, node: cst.Comparison) -> ir.Operation:
        at = self.mark(node)
        operands = [self.expression(node.left)]
        operands += [self.expression(target.comparator) for target in node.comparisons]
        op = " ".join([_comparator(target.operator) for target in node.comparisons])
        return ir.Operation(at, op, tuple(operands))

    def _conditional(self, node: cst.IfExp) -> ir.Conditional:
        at = self.mark(node)
        body, test = self.expression(node.body), self.expression(node.test)
        return ir.Conditional(at, test, body, self.expression(node.orelse))

    def _walrus(self, node: cst.NamedExpr) -> ir.Walrus:
        at = self.mark(node)
        assert isinstance(node.target, cst.Name)
        target = ir.Name(self.mark(node.target), identifier(node.target))
        return ir.Walrus(at, target, self.expression(node.value))

    def _starred(self, node: cst.StarredElement) -> ir.Starred:
        at = self.mark(node)
        return ir.Starred(at, self.expression(node.value))

    def _await(self, node: cst.Await) -> ir.Opaque:
        at = self.mark(node)
        return ir.Opaque(at, "await", (self.expression(node.expression),))

    def _yield(self, node: cst.Yield) -> ir.Opaque:
        at = self.mark(node)
        self.yields = True
        if node.value is None:
            return ir.Opaque(at, "yield", ())
        if isinstance(node.value, cst.From):
            return ir.Opaque(at, "yield from", (self.expression(node.value.item),))
        return ir.Opaque(at, "yield", (self.expression(node.value),))

    # functions

    def _lambda(self, node: cst.Lambda) -> ir.Lambda:
        at = self.mark(node)
        parameters = self.parameters(node.params)
        outer, self.yields = self.yields, False
        body = ir.Return(self.mark(node.body), self.expression(node.body))
        is_generator, self.yields = self.yields, outer
        function = ir.Function(at, "<lambda>", parameters, None, (), (body,), is_generator=is_generator)
        return ir.Lambda(at, function)

    def parameters(self, node: cst.Parameters) -> tuple[ir.Parameter, ...]:
        """Lower the parameters of a function or lambda, in order."""
        found = [self._parameter(param, "positional-only") for param in node.posonly_params]
        found += [self._parameter(param, "positional") for param in node.params]
        if isinstance(node.star_arg, cst.Param):
            found.append(self._parameter(node.star_arg, "*"))
        found += [self._parameter(param, "keyword-only") for param in node.kwonly_params]
        if node.star_kwarg is not None:
            found.append(self._parameter(node.star_kwarg, "**"))
        return tuple(found)

    def _parameter(
        self, node: cst.Param, kind: Literal["positional-only", "positional", "*", "keyword-only", "**"]
    ) -> ir.Parameter:
        at = self.mark(node.name)
        annotation = self.expression(node.annotation.annotation) if node.annotation else None
        return ir.Parameter(at, identifier(node.name), annotation, self.optional(node.default), kind)


def identifier(node: cst.Name) -> str:
    """Return the name as Python compares it: in normal form NFKC."""
    return node.value if node.value.isascii() else unicodedata.normalize("NFKC", node.value)


def _comparator(node: cst.BaseCompOp) -> str:
    return _OPERATORS[type(node)]


_COMPREHENSIONS: dict[type[cst.CSTNode], Literal["list", "set", "dict", "generator"]] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.DictComp: "dict",
    cst.GeneratorExp: "generator",
}

_OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Not: "not",
    cst.Minus: "-",
    cst.Plus: "+",
    cst.BitInvert: "~",
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.MatrixMultiply: "@",
    cst.BitAnd: "&",
    cst.BitOr: "|",
    cst.BitXor: "^",
    cst.LeftShift: "<<",
    cst.RightShift: ">>",
    cst.And: "and",
    cst.Or: "or",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.In: "in",
    cst.NotIn: "not in",
}

_EXPRESSIONS: dict[type[cst.CSTNode], Any] = {
    cst.Name: ExpressionLowering._name,
    cst.Attribute: ExpressionLowering._attribute,
    cst.Call: ExpressionLowering._call,
    cst.Subscript: ExpressionLowering._subscript,
    cst.Integer: ExpressionLowering._integer,
    cst.Float: ExpressionLowering._float,
    cst.Imaginary: ExpressionLowering._imaginary,
    cst.Ellipsis: ExpressionLowering._ellipsis,
    cst.SimpleString: ExpressionLowering._string,
    cst.ConcatenatedString: ExpressionLowering._concatenated,
    cst.FormattedString: ExpressionLowering._formatted,
    cst.Tuple: ExpressionLowering._tuple,
    cst.List: ExpressionLowering._list,
    cst.Set: ExpressionLowering._set,
    cst.Dict: ExpressionLowering._dict,
    cst.ListComp: ExpressionLowering._comprehension,
    cst.SetComp: ExpressionLowering._comprehension,
    cst.DictComp: ExpressionLowering._comprehension,
    cst.GeneratorExp: ExpressionLowering._comprehension,
    cst.UnaryOperation: ExpressionLowering._unary,
    cst.BinaryOperation: ExpressionLowering._binary,
    cst.BooleanOperation: ExpressionLowering._boolean,
    cst.Comparison: ExpressionLowering._comparison,
    cst.IfExp: ExpressionLowering._conditional,
    cst.NamedExpr: ExpressionLowering._walrus,
    cst.StarredElement: ExpressionLowering._starred,
    cst.Await: ExpressionLowering._await,
    cst.Yield: ExpressionLowering._yield,
    cst.Lambda: ExpressionLowering._lambda,
}
# Kinds that only newer versions of libcst have.
for _kind, _method in (
    ("TemplatedString", ExpressionLowering._templated),
    ("StarredDictComp", ExpressionLowering._comprehension),
):
    if hasattr(cst, _kind):
        _EXPRESSIONS[getattr(cst, _kind)] = _method
