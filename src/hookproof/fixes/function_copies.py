"""A function's text once more, under another name and with some of what it is given written into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged, Range

_NUMBERS = m.Integer() | m.Float()
_LITERAL = (
    _NUMBERS
    | m.SimpleString()
    | m.Name("True")
    | m.Name("False")
    | m.UnaryOperation(operator=m.Minus(), expression=_NUMBERS)
)


def literal(value: cst.BaseExpression, place: Flagged) -> str | None:
    """Return the text of a plain value, which TorchScript can have in a function's body as well."""
    return place.code(value) if m.matches(value, _LITERAL) and "\n" not in place.code(value) else None


def can_be_copied(place: Flagged) -> bool:
    """Whether a function does the same where its text stands a second time, at the same level."""
    function = place.node
    if not isinstance(function, cst.FunctionDef) or not isinstance(function.body, cst.IndentedBlock):
        return False
    if function.decorators or function.asynchronous or function.type_parameters is not None:
        return False
    unlike = m.Yield() | m.Await() | m.Nonlocal() | m.Name("super") | m.Name("__class__")
    return not m.findall(function, unlike)


def copied(
    place: Flagged,
    name: str,
    parameters: Sequence[cst.Param],
    given: Mapping[str, str],
    indent: str,
    instead: Mapping[cst.CSTNode, str] | None = None,
) -> str | None:
    """Return the text of a function with other parameters, which begins with `given` names and their values.

    `instead` is written in the place of nodes of its body. None where a line cannot be moved to `indent`.
    """
    function = place.node
    assert isinstance(function, cst.FunctionDef)
    texts = [_parameter(parameter) for parameter in parameters]
    returns = f" -> {place.code(function.returns.annotation)}" if function.returns is not None else ""
    statements = function.body.body
    first = statements[1 if function.get_docstring() is not None and len(statements) > 1 else 0]
    start = place.ranges[statements[0]][0] - len(_leading(statements[0]))
    begin = place.ranges[first][0] - len(_leading(first))
    lines = _lines(place, start, place.ranges[function][2], instead or {})
    lines[begin - start : begin - start] = [
        f"{place.indent_of(first)}{each} = {value}" for each, value in given.items()
    ]
    moved = _moved(lines, place.indent_of(function), indent, is_deep=_has_long_text(function, place))
    header = f"def {name}({', '.join(texts)}){returns}:"
    if moved is None or "\n" in header or "#" in header:
        return None
    return "\n".join((f"{indent}{header}", *moved))


def beside(place: Flagged, node: cst.CSTNode, text: str) -> Edit:
    """Return the edit that puts a definition on the lines behind a node."""
    line = place.ranges[node][2] + 1
    gap = "\n" if text.startswith((" ", "\t")) else "\n\n"
    return Edit(place.file.path, line, 1, line, 1, f"{gap}{text}\n")


def _parameter(parameter: cst.Param) -> str:
    return cst.Module([]).code_for_node(
        parameter.with_changes(
            comma=cst.MaybeSentinel.DEFAULT, star="", whitespace_after_param=cst.SimpleWhitespace("")
        )
    )


def _leading(statement: cst.CSTNode) -> Sequence[cst.EmptyLine]:
    found: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    return found


def _lines(place: Flagged, first: int, last: int, instead: Mapping[cst.CSTNode, str]) -> list[str]:
    """Return lines of the file with texts in the place of nodes, none of which is longer than its line."""
    changes: dict[int, list[tuple[Range, str]]] = {}
    for node, text in instead.items():
        changes.setdefault(place.ranges[node][0], []).append((place.ranges[node], text))
    lines = []
    for number in range(first, last + 1):
        line = place.file.line_text(number)
        for (_, column, _, end), text in sorted(changes.get(number, ()), reverse=True):
            line = line[: column - 1] + text + line[end - 1 :]
        lines.append(line)
    return lines


def _moved(lines: Sequence[str], before: str, after: str, *, is_deep: bool) -> list[str] | None:
    if before == after:
        return list(lines)
    if is_deep or any(line.strip() and not line.startswith(before) for line in lines):
        return None
    return [after + line.removeprefix(before) if line.strip() else line for line in lines]


def _has_long_text(function: cst.FunctionDef, place: Flagged) -> bool:
    """Whether there is a text of several lines, which would not be the same elsewhere."""
    strings = m.findall(function.body, m.SimpleString() | m.FormattedString())
    return any(place.ranges[each][0] != place.ranges[each][2] for each in strings)


def own_names(node: cst.CSTNode) -> Iterator[str]:
    """Yield the names in a node that are no attributes, and no keywords of calls."""
    if isinstance(node, cst.Name):
        yield node.value
    for child in node.children:
        is_other = isinstance(node, cst.Attribute) and child is node.attr
        is_keyword = isinstance(node, cst.Arg) and child is node.keyword
        if not is_other and not is_keyword:
            yield from own_names(child)
