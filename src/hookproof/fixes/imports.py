"""How a file spells a name of torch: by the imports at its own level, or by one that is added to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.outline import Block
from hookproof.syntax.source_file import SourceFile


class Spelled(NamedTuple):
    """How a name is written in a file, and the edits that make it known there."""

    text: str
    edits: tuple[Edit, ...] = ()


def spelled(qualname: str, flagged: Flagged) -> Spelled | None:
    """Return how the flagged file can write `qualname` of torch, None where its names are not clear."""
    file = flagged.file
    try:
        imports = [
            (block, statement) for block in _import_blocks(file) for statement in _imports(file, block)
        ]
    except SourceError:
        return None
    bound = (pair for _, statement in imports for pair in _bound(statement))
    texts = [
        name + qualname.removeprefix(full)
        for name, full in bound
        if f"{qualname}.".startswith(f"{full}.") and _is_clear(name, flagged)
    ]
    if texts:
        return Spelled(min(texts, key=len))
    package, _, name = qualname.rpartition(".")
    text, statement = (name, f"from {package} import {name}") if package == "typing" else (qualname, "")
    top = text.partition(".")[0]
    places = [block for block, each in imports if each.module != "__future__"]
    if not places or file.names.blocks(top) or not _is_clear(top, flagged):
        return None
    line = places[0].line
    return Spelled(text, (Edit(file.path, line, 1, line, 1, f"{statement or f'import {top}'}\n"),))


def _import_blocks(file: SourceFile) -> Iterator[Block]:
    yield from (block for block in file.outline.blocks if block.kind == "import")


def _imports(file: SourceFile, block: Block) -> Iterator[ir.Import]:
    yield from (each for each in file.block(block.index) if isinstance(each, ir.Import))


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


def _is_clear(name: str, flagged: Flagged) -> bool:
    """Whether a name means at the flagged place what it was imported as."""
    blocks = flagged.file.outline.blocks
    if any(blocks[index].kind != "import" for index in flagged.file.names.blocks(name)):
        return False
    rebinds = m.Param(name=m.Name(name)) | m.AssignTarget(target=m.Name(name)) | m.NameItem(m.Name(name))
    return not any(m.findall(function, rebinds) for function in flagged.around(cst.FunctionDef))
