"""The TorchScript type an annotation stands for, spelled as TorchScript prints it.

Every rule here is what `torch.jit.annotations.try_ann_to_type` does; the tests compare the two.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.semantic.definitions import External, ValueDefinition
from hookproof.syntax import ir
from hookproof.syntax.nesting import too_deep_line

if TYPE_CHECKING:
    from hookproof.semantic.project import Project
    from hookproof.semantic.scope import Scope

ANY_LENGTH = "a tuple of any length"
QUOTED = "in quotes"
_UNREAD = re.compile(r"[|()]|\bNone\b")

_PLAIN = {
    "builtins.int": "int",
    "builtins.float": "float",
    "builtins.complex": "complex",
    "builtins.str": "str",
    "builtins.bool": "bool",
    "types.NoneType": "NoneType",
    "typing.Any": "Any",
    "torch.Tensor": "Tensor",
    "torch.nn.Parameter": "Tensor",
    "torch.nn.parameter.Parameter": "Tensor",
    "torch.device": "Device",
    "torch.dtype": "int",
    "torch.qscheme": "int",
    "torch.SymInt": "int",
    "torch.Generator": "Generator",
    "torch.Stream": "Stream",
} | {
    f"torch.{prefix}Tensor": "Tensor"
    for prefix in ("Long", "Double", "Float", "Int", "Short", "Half", "Char", "Byte", "Bool")
}
_GENERIC = {
    "builtins.list": "List",
    "typing.List": "List",
    "torch.jit.annotations.List": "List",
    "builtins.dict": "Dict",
    "typing.Dict": "Dict",
    "builtins.tuple": "Tuple",
    "typing.Tuple": "Tuple",
    "torch.jit.annotations.Tuple": "Tuple",
    "typing.Optional": "Optional",
    "typing.Union": "Union",
    "torch.jit.Future": "Future",
    "torch.futures.Future": "Future",
}
_FINAL = frozenset({"typing.Final", "typing_extensions.Final", "torch.jit.Final"})
_UNTYPED = frozenset(
    {"builtins.object", "builtins.set", "builtins.frozenset", "builtins.bytes", "builtins.bytearray"}
    | {"torch.Size", "torch.layout", "torch.memory_format", "torch.nn.Module", "collections.OrderedDict"}
    | {
        f"{module}.{name}"
        for module in ("typing", "collections.abc")
        for name in (
            *("Callable", "Collection", "Deque", "DefaultDict", "FrozenSet", "Generator", "Hashable"),
            *("Iterable", "Iterator", "Literal", "Mapping", "MutableMapping", "MutableSequence"),
            *("Annotated", "ClassVar", "OrderedDict", "Sequence", "Set", "Type"),
        )
    }
)
_MAX_PARTS = 2_000  # of one annotation, its aliases written out
_KEYS = frozenset({"int", "float", "bool", "complex", "str", "Tensor", "Device", "Any"})
# The order in which TorchScript prints the members of a union: that of its enumeration of types.
_UNION_ORDER = (
    *("Tensor", "Tuple", "List", "Dict", "float", "complex", "Future"),
    *("int", "NoneType", "str", "Generator", "bool", "Optional"),
)


def annotation_type(expr: ir.Expr, scope: Scope, project: Project) -> TorchType:
    """Return the TorchScript type of an annotation; `Final[X]` is that of X.

    `scriptable` is False for annotations TorchScript refuses, None where the name is unknown.
    """
    return _type_of(expr, scope, project, iter(range(_MAX_PARTS)))


def _type_of(expr: ir.Expr, scope: Scope, project: Project, parts: Iterator[int]) -> TorchType:
    if next(parts, None) is None:  # aliases of aliases can double with each line
        return UNKNOWN
    match expr:
        case ir.Constant(kind="None"):
            return TorchType("NoneType", None, True)
        case ir.Constant(kind="str", value=str() as text):
            parsed = parse_annotation(text, expr.at)
            return UNKNOWN if parsed is None else _type_of(parsed, scope, project, parts)
        case ir.Operation(op="|", operands=operands):
            return _union([_type_of(operand, scope, project, parts) for operand in operands])
        case ir.Subscript(value=value, index=index):
            return _subscripted(value, index, scope, project, parts)
        case ir.Name() | ir.Attribute():
            return _named(expr, scope, project, parts)
    return UNKNOWN


def has_unread_quotes(annotation: ir.Expr) -> bool:
    """Return whether quotes in an annotation of a function hold more than names, brackets and commas.

    That and the `()` of an empty tuple is all that `parseNestedExpr` in `torch/_jit_internal.py` reads.
    """
    match annotation:
        case ir.Constant(kind="str", value=str() as text):
            return _UNREAD.search(text.replace("[()]", "")) is not None
        case ir.Subscript(index=index):
            return has_unread_quotes(index)
        case ir.Sequence(items=items) | ir.Operation(operands=items):
            return any(map(has_unread_quotes, items))
    return False


def annotation_text(expr: ir.Expr) -> str:
    """Return an annotation as it would be written."""
    match expr:
        case ir.Name(id=name):
            return name
        case ir.Attribute(value=value, attr=attr):
            return f"{annotation_text(value)}.{attr}"
        case ir.Constant(kind="Ellipsis"):
            return "..."
        case ir.Constant(value=value):
            return repr(value)
        case ir.Subscript(value=value, index=ir.Sequence(kind="tuple", items=items)):
            return f"{annotation_text(value)}[{', '.join(map(annotation_text, items)) or '()'}]"
        case ir.Subscript(value=value, index=index):
            return f"{annotation_text(value)}[{annotation_text(index)}]"
        case ir.Sequence(kind="list", items=items):
            return f"[{', '.join(map(annotation_text, items))}]"
        case ir.Operation(op=op, operands=operands):
            return f" {op} ".join(map(annotation_text, operands))
    return "…"


def is_final(expr: ir.Expr, scope: Scope, project: Project) -> bool:
    """Return whether an annotation is `Final` or `Final[X]`, which makes a constant of the attribute."""
    if isinstance(expr, ir.Subscript):
        expr = expr.value
    definition = project.resolve(scope, expr)
    return isinstance(definition, External) and definition.qualname in _FINAL


def parse_annotation(text: str, at: int) -> ir.Expr | None:
    """Return a string annotation, or a part of a type comment, as an expression standing at `at`."""
    if too_deep_line(text) is not None:
        return None
    try:
        return _lowered(ast.parse(text.strip(), mode="eval").body, at)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _lowered(node: ast.expr, at: int) -> ir.Expr | None:
    match node:
        case ast.Name(id=name):
            return ir.Name(at, name)
        case ast.Attribute(value=value, attr=attr):
            inner = _lowered(value, at)
            return None if inner is None else ir.Attribute(at, inner, attr)
        case ast.Constant(value=None):
            return ir.Constant(at, "None")
        case ast.Constant(value=str() as text):
            return ir.Constant(at, "str", text)
        case ast.Constant(value=value) if value is Ellipsis:
            return ir.Constant(at, "Ellipsis")
        case ast.Subscript(value=value, slice=index):
            left, right = _lowered(value, at), _lowered(index, at)
            return None if left is None or right is None else ir.Subscript(at, left, right)
        case ast.BinOp(left=left_node, op=ast.BitOr(), right=right_node):
            left, right = _lowered(left_node, at), _lowered(right_node, at)
            return None if left is None or right is None else ir.Operation(at, "|", (left, right))
        case ast.Tuple(elts=items) | ast.List(elts=items):
            lowered = [_lowered(item, at) for item in items]
            found = tuple(item for item in lowered if item is not None)
            kind = "tuple" if isinstance(node, ast.Tuple) else "list"
            return ir.Sequence(at, kind, found) if len(found) == len(lowered) else None  # type: ignore[arg-type]
    return None


def _qualname(expr: ir.Expr, scope: Scope, project: Project) -> str | None:
    definition = project.resolve(scope, expr)
    return definition.qualname if isinstance(definition, External) else None


def _named(expr: ir.Expr, scope: Scope, project: Project, parts: Iterator[int]) -> TorchType:
    definition = project.resolve(scope, expr)
    if isinstance(definition, External):
        name = _PLAIN.get(definition.qualname)
        if name is not None:
            return TorchType(name, None, True)
        if definition.qualname in _GENERIC or definition.qualname in _UNTYPED:
            return TorchType(None, definition.qualname.rpartition(".")[2], False, "not a TorchScript type")
    if isinstance(definition, ValueDefinition) and definition.value is not None:
        # An alias such as `Pair = Tuple[int, int]`; a name that resolves to itself has no other value.
        if definition.value is not expr:
            return _type_of(definition.value, definition.scope, project, parts)
        return UNKNOWN
    # A module class too: torch takes it for a type once a module of that class was compiled in the process.
    return UNKNOWN


def _subscripted(
    value: ir.Expr, index: ir.Expr, scope: Scope, project: Project, parts: Iterator[int]
) -> TorchType:
    qualname = _qualname(value, scope, project)
    if qualname is None:
        return UNKNOWN
    items = index.items if isinstance(index, ir.Sequence) and index.kind == "tuple" else (index,)
    if qualname in _FINAL:
        return _type_of(index, scope, project, parts)
    generic = _GENERIC.get(qualname)
    if generic is None:
        if qualname in _UNTYPED:
            return TorchType(None, qualname.rpartition(".")[2], False, "not a TorchScript type")
        return UNKNOWN
    inner = [_type_of(item, scope, project, parts) for item in items if not _is_ellipsis(item)]
    refused = next((item for item in inner if item.scriptable is False), None)
    if len(inner) < len(items) and refused is None:
        return TorchType(None, "tuple", False, ANY_LENGTH)
    return _generic(generic, inner)


def _is_ellipsis(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Constant) and expr.kind == "Ellipsis"


def _generic(generic: str, items: list[TorchType]) -> TorchType:
    if generic == "Union":
        return _union(items)
    if generic == "Optional":
        return _union([*items, TorchType("NoneType", None, True)])
    if generic == "List" and len(items) == 1:
        return compound("List", items)
    if generic == "Dict" and len(items) == 2:
        key = items[0].name
        if key is not None and key not in _KEYS:
            return TorchType(None, "dict", False, f"a dict with keys of type {key}")
        return compound("Dict", items)
    if generic in {"Tuple", "Future"}:
        return compound(generic, items)
    return UNKNOWN


def compound(generic: str, items: list[TorchType]) -> TorchType:
    """Return `generic[items]` where every item has a name, else what that makes of the whole."""
    refused = next((item for item in items if item.scriptable is False), None)
    if refused is not None:
        return TorchType(None, generic.lower(), False, refused.reason)
    names = [item.name for item in items if item.name is not None]
    if len(names) < len(items):
        return UNKNOWN
    inner = ", ".join(names) or "()"
    return TorchType(f"{generic}[{inner}]", None, True)


def _union(items: list[TorchType]) -> TorchType:
    refused = next((item for item in items if item.scriptable is False), None)
    if refused is not None:
        return TorchType(None, refused.python, False, refused.reason)
    names: list[str] = []
    for item in items:
        if item.name is None:
            return UNKNOWN
        names += [name for name in _members(item.name) if name not in names]
    if len(names) == 1:
        return TorchType(names[0], None, True)
    others = [name for name in names if name != "NoneType"]
    if len(others) == 1 and len(names) == 2:
        return TorchType(f"Optional[{others[0]}]", None, True)
    if set(names) == {"int", "float", "complex"}:
        return TorchType("number", None, True)
    kinds = [name.partition("[")[0] for name in names]
    if any(kind not in _UNION_ORDER for kind in kinds):
        return UNKNOWN
    if len(set(kinds)) < len(kinds):
        return UNKNOWN  # how torch orders and merges two tuples, say, is its own affair
    names.sort(key=lambda name: _UNION_ORDER.index(name.partition("[")[0]))
    return TorchType(f"Union[{', '.join(names)}]", None, True)


def _members(name: str) -> list[str]:
    """Return the members of a printed union or optional, the name itself where it is neither."""
    if name.startswith("Optional["):
        return [*_members(name[len("Optional[") : -1]), "NoneType"]
    if name.startswith("Union["):
        return split_items(name[len("Union[") : -1])
    return [name]


def split_items(text: str) -> list[str]:
    """Return the items of a printed `A, B[C, D]` list, split at its outer commas."""
    items, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            items.append(text[start:position].strip())
            start = position + 1
    items.append(text[start:].strip())
    return items
