"""What the blocks of a file do with hooks and entry points, and what they call, judged by their text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

from hookproof.collect.outline import Block, Outline
from hookproof.collect.source_file import SourceFile
from hookproof.source.callers import Role
from hookproof.source.sites import api_names, entry_points, registrations, removals
from hookproof.source.text import SourceError

_WORD_END = re.compile(r"\w")
_CALL = re.compile(r"\s*[(,)[\]}]")
# A function that takes a module or a hook; one that only takes `self` is run as well by itself.
_TAKES_ARGUMENTS = re.compile(r"\bdef\s+\w+\s*\(\s*(?:(?:self|cls)\s*,\s*)?(?!self\b|cls\b)[\w*]")
# A registration whose hook is a bare name: perhaps a parameter, so that the callers know what it is.
_TAKES_HOOK = re.compile(r"(register_\w*hook)\(\s*(\w+)\s*[,)]")
_SIGNATURE = re.compile(r"def\s+\w+\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
_PARAMETER = re.compile(r"(?:^|,)\s*\*{0,2}(\w+)")
_IMPLEMENTS = re.compile(r"@(\w+)\.register\b")
_LOADS = re.compile(r"(?:\w+\.)*load\s*[(,)]")
# What stands before a name in `x: nn.Net`, `-> Net` and `list[Net]`, but not in `{"x": Net}`.
_ANNOTATION = re.compile(r"(?:\w\s*:|->|\w\[)\s*[\"']?(?:\w+\.)*\Z")
_MAX_ANNOTATION = 60  # characters before the name
_CALLING = frozenset({"def", "method", "code"})


def collected(file: SourceFile) -> tuple[Outline, dict[int, Role]] | str:
    """Return a file's blocks and what happens in them, or why they are not known."""
    try:
        return file.outline, _own_roles(file)
    except SourceError as error:
        return str(error)


def _own_roles(file: SourceFile) -> dict[int, Role]:
    """Return what happens in the blocks themselves."""
    text = file.text
    found = [(offset, Role.REGISTERS) for offset in registrations(text)]
    found += [
        (offset, Role.ENTERS if _LOADS.match(text, offset) else Role.ENTERS | Role.LEAVES)
        for offset in entry_points(text)
    ]
    found += [(offset, Role.REMOVES) for offset in removals(text)]
    roles: dict[int, Role] = {}
    for offset, role in found:
        index = file.block_at(offset)
        if index is not None:
            roles[index] = roles.get(index, Role.NONE) | role
    for index, role in roles.items():
        if (
            Role.REGISTERS in role
            and file.outline.blocks[index].kind != "class"
            and _takes_hook(file.block_text(index))
        ):
            roles[index] = role | Role.TAKES_HOOK
    return roles


def _takes_hook(text: str) -> bool:
    """Whether a function seems to register a parameter of its own, or a function that calls one."""
    for registered in _TAKES_HOOK.finditer(text):
        if registered[1] not in api_names():
            continue
        before = text[: registered.start()]
        parameters = {name for listed in _SIGNATURE.findall(before) for name in _PARAMETER.findall(listed)}
        if registered[2] in parameters:
            return True
        inner = re.search(rf"\bdef\s+{registered[2]}\s*\(\s*(\w+)", before)
        if inner and parameters & {*re.findall(rf"\b(\w+)\(\s*{inner[1]}\b", before[inner.end() :])}:
            return True
    return False


def called_as(file: SourceFile, index: int) -> str:
    """Return the name by which other code calls a block, empty where it is run by itself as well."""
    blocks = file.outline.blocks
    block = blocks[index]
    if block.kind == "method" and not _TAKES_ARGUMENTS.search(file.block_text(index)):
        return ""
    implements = _IMPLEMENTS.match(file.text, block.start) if block.kind == "def" else None
    if implements and "singledispatch" in file.text and file.names.blocks(implements[1]):
        return implements[1]
    return block.name if block.kind in {"def", "method"} else ""


def roles_of_callees(file: SourceFile, names: Mapping[str, Role]) -> dict[int, dict[str, Role]]:
    """Return which of the functions of these names each block calls, and what they do."""
    found: dict[int, dict[str, Role]] = {}
    for index, name in _calls(file, names):
        found.setdefault(index, {})[name] = names[name]
    return found


def _calls(file: SourceFile, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield each call of one of these names with the block it stands in; a class's own lines do not count."""
    text = file.text
    blocks: list[Block] = []  # cut only where there is a call
    starts: list[int] = []
    for name in names:
        # A search for each name runs at the speed of memory, one for a pattern of all of them does not.
        offset = text.find(name)
        while offset >= 0:
            end = offset + len(name)
            if (
                not _WORD_END.match(text, offset - 1)
                and _CALL.match(text, end)
                and not _is_only_named(text, offset)
            ):
                if not blocks:
                    blocks = [block for block in file.outline.blocks if block.kind in _CALLING]
                    starts = [block.start for block in blocks]
                position = bisect_right(starts, offset) - 1
                if position >= 0 and offset < blocks[position].end:
                    yield blocks[position].index, name
            offset = text.find(name, end)


def _is_only_named(text: str, offset: int) -> bool:
    """Whether a name is only what `isinstance` asks for, or a class in an annotation."""
    line = text.rfind("\n", 0, offset) + 1
    return (
        text.rfind("isinstance(", line, offset) >= 0
        or _ANNOTATION.search(text, max(line, offset - _MAX_ANNOTATION), offset) is not None
    )


def reachable(file: SourceFile, exported: dict[str, dict[str, Role]]) -> dict[str, Role]:
    """Return the relevant functions of other files that this file imports, or whose file it imports."""
    own, imported = file.module.rpartition(".")[2], file.imports.names
    found: dict[str, Role] = {}
    for name in exported.keys() & imported:
        for stem, role in exported[name].items():
            if stem != own:
                found[name] = found.get(name, Role.NONE) | role
    for alias, name in file.imports.renamed:
        for stem, role in exported.get(name, {}).items():
            if stem != own:
                found[alias] = found.get(alias, Role.NONE) | role
    stems = {stem for names in exported.values() for stem in names} & imported - {own}
    for name, by_stem in exported.items() if stems else ():
        for stem in by_stem.keys() & stems:
            found[name] = found.get(name, Role.NONE) | by_stem[stem]
    return found
