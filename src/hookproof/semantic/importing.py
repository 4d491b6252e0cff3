"""How a file can write a name of a library: by an import that it has, or by one that is added."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from hookproof.finding import Edit
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile

# `from typing import A, B`, in parentheses or not, on one line; then the same over lines, a name on each.
_ONE_LINE = re.compile(
    r"from +typing +import +(?P<open>\( *)?(?P<names>\w[\w ,]*?)[ ,]*(?(open)\))\s*(?:#.*)?"
)
_OPENED = re.compile(r"from +typing +import +\(\s*(?:#.*)?")
_LISTED = re.compile(r"(?P<indent>\s+)(?P<name>\w+)(?: +as +\w+)?(?P<comma>,?)\s*(?:#.*)?")
_TEXT = re.compile(r"""[rRuU]?(?:"|')""")


class Spelled(NamedTuple):
    """How a name is written in a file, and the edits that make it known there."""

    text: str
    edits: tuple[Edit, ...] = ()


def spelled(qualname: str, file: SourceFile, line: int, is_clear: Callable[[str], bool]) -> Spelled | None:
    """Return how a file can write `qualname` of a library on a line, None where its names are not clear.

    `is_clear` says of a name whether functions around that line leave it what the file makes of it. An import
    counts that always runs, and has run by then: none for type checkers alone.
    """
    try:
        imports = list(_imports(file))
    except SourceError:
        return None
    texts = [
        name + qualname.removeprefix(full)
        for at, statement in imports
        for name, full in _bound(statement)
        if at < line and f"{qualname}.".startswith(f"{full}.")
        if all(file.outline.blocks[each].kind == "import" for each in file.names.blocks(name))
        if is_clear(name)
    ]
    if texts:
        return Spelled(min(texts, key=len))
    package, _, name = qualname.rpartition(".")
    text = name if package == "typing" else qualname
    top = text.partition(".")[0]
    if file.names.blocks(top) or not is_clear(top):
        return None
    edit = _added(file, line, imports, name if package == "typing" else "", top)
    return Spelled(text, (edit,)) if edit is not None else None


def together(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits of which those that put something in at one place are one."""
    made = []
    for place, same in groupby(sorted(set(edits)), key=lambda edit: (edit.path, *_range(edit))):
        texts = [edit.replacement for edit in same]
        imports = [each for each in texts if each.startswith(("import ", "from "))]
        if len(imports) == len(texts) > 1:
            last = max(imports, key=len)
            texts = [f"{each.rstrip()}\n" for each in imports]
            texts[-1] += "\n" * (len(last) - len(last.rstrip()) - 1)
        made.append(Edit(*place, "".join(texts)))
    return tuple(made)


def _range(edit: Edit) -> tuple[int, int, int, int]:
    return (edit.line, edit.column, edit.end_line, edit.end_column)


def _imports(file: SourceFile) -> Iterator[tuple[int, ir.Import]]:
    """Yield the import statements at the file's own level, with the lines that they begin on."""
    for block in file.outline.blocks:
        if block.kind == "import":
            for each in file.block(block.index):
                if isinstance(each, ir.Import):
                    yield file.location(each.at)[0], each


def _bound(statement: ir.Import) -> Iterator[tuple[str, str]]:
    """Yield each name that an absolute import binds, with what it stands for."""
    if statement.level:
        return
    for alias in statement.names:
        if statement.module is not None:
            yield alias.asname or alias.name, f"{statement.module}.{alias.name}"
        elif alias.asname is not None:
            yield alias.asname, alias.name
        else:
            top = alias.name.partition(".")[0]
            yield top, top


# --- what is added ---------------------------------------------------------------------------------


def _added(
    file: SourceFile, line: int, imports: Sequence[tuple[int, ir.Import]], of_typing: str, top: str
) -> Edit | None:
    """Return the edit that imports a name of `typing`, or a package, before a line."""
    earlier = [(at, each) for at, each in imports if at < line]
    for at, each in earlier if of_typing else ():
        if each.module == "typing" and not each.level:
            edit = _joined(file, at, of_typing)
            if edit is not None:
                return edit
    text = f"from typing import {of_typing}\n" if of_typing else f"import {top}\n"
    own = [(at, each) for at, each in earlier if each.module != "__future__"]
    if not own:
        return _first(file, line, text)
    # The standard library first, `import` before `from`, as isort has them.
    order = (0, True, "typing") if of_typing else (1, False, top)
    behind = next((number for number, (_, each) in enumerate(own) if _order(each) > order), len(own))
    is_after = behind > 0 and (behind == len(own) or _order(own[behind - 1][1])[0] == order[0])
    at, beside = own[behind - 1 if is_after else behind]
    gap = "\n" * (_order(beside)[0] != order[0])
    if not file.line_text(at).startswith(("import", "from")) or ";" in file.line_text(at):
        return None
    if is_after:
        return _inserted(file, file.location(beside.at)[2] + 1, gap + text)
    return _inserted(file, _above_remarks(file, at), text + gap)


def _joined(file: SourceFile, at: int, name: str) -> Edit | None:
    """Return the edit that adds a name to `from typing import …`, in its place where they are sorted."""
    line = file.line_text(at)
    if found := _ONE_LINE.fullmatch(line):
        parts = [*re.finditer(r"(\w+)[^,]*", found["names"])]
        number = _place_of(name, [each[1] for each in parts])
        if number < len(parts):
            column, text = found.start("names") + parts[number].start(), f"{name}, "
        else:
            column, text = found.end("names"), f", {name}"
        return Edit(file.path, at, column + 1, at, column + 1, text)
    listed: list[re.Match[str]] = []
    while _OPENED.fullmatch(line) and (found := _LISTED.fullmatch(file.line_text(at + len(listed) + 1))):
        listed.append(found)
    is_closed = file.line_text(at + len(listed) + 1).startswith(")")
    if not listed or not is_closed or not listed[-1]["comma"]:
        return None
    number = _place_of(name, [each["name"] for each in listed])
    return _inserted(file, at + number + 1, f"{listed[-1]['indent']}{name},\n")


def _place_of(name: str, names: list[str]) -> int:
    """Return before which name another belongs: behind all of them where they are not sorted."""
    is_behind = (number for number, each in enumerate(names) if each > name)
    return next(is_behind, len(names)) if names == sorted(names) else len(names)


def _first(file: SourceFile, line: int, text: str) -> Edit | None:
    """Return the edit that puts the first import in front of the first definition or statement."""
    for block in file.outline.blocks:
        is_docstring = block.index == 0 and _TEXT.match(file.block_text(0)) is not None
        is_future = block.kind == "import"
        if block.owner is None and not is_docstring and not is_future and block.line <= line:
            gap = "\n\n" if block.kind in ("def", "class") else "\n"
            return _inserted(file, _above_remarks(file, block.line), text + gap)
    return None


def _inserted(file: SourceFile, line: int, text: str) -> Edit:
    return Edit(file.path, line, 1, line, 1, text)


def _above_remarks(file: SourceFile, line: int) -> int:
    """Return the first line of the comments right above one, but for those that the file begins with."""
    start = line
    while file.line_text(start - 1).startswith("#"):
        start -= 1
    return line if start == 1 else start


def _is_standard(statement: ir.Import) -> bool:
    module = statement.module or statement.names[0].name
    return not statement.level and module.partition(".")[0] in sys.stdlib_module_names


def _order(statement: ir.Import) -> tuple[int, bool, str]:
    """Return what isort sorts an import by: what it is of, its form, its name."""
    name = statement.module if statement.module is not None else statement.names[0].name
    section = 2 if statement.level else 0 if _is_standard(statement) else 1
    return (section, statement.module is not None, name)
