"""What the blocks of a file do with hooks and entry points, and what they call, judged by their text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import or_

from hookproof.facts.atlas import Facts
from hookproof.source.callers import Role
from hookproof.source.failures import begin, told_of
from hookproof.source.imports import ImportedNames
from hookproof.source.prose import is_comment
from hookproof.source.sites import common_entry_points, entry_points, is_kept, registrations, removals
from hookproof.source.text import SourceError
from hookproof.syntax.outline import Block, Outline
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds.registry import names_without_module

_WORD = re.compile(r"\w+")
# How methods are named that are called by their names.
_EVENTS = ("on_", "before_", "after_", "pre_", "post_", "begin_", "end_", "setup", "configure_")
_WORD_END = re.compile(r"\w")
_MANY = 500  # names, from which on a look at each word of a text is quicker than a search for each name
_CALL = re.compile(r"\s*[(,)[\]}]")
_LOOPED_OVER = re.compile(r"[ \t]+in[ \t]+(?:\w+\.)?\Z")
_METHOD = re.compile(r"\.(\w+)\(")
_SUBCLASSES = ".__subclasses__("
# A function that takes a module or a hook; one that only takes `self` is run as well by itself.
_TAKES_ARGUMENTS = re.compile(r"\bdef\s+\w+\s*\(\s*(?:(?:self|cls)\s*,\s*)?(?!self\b|cls\b)[\w*]")
# A registration whose hook is a bare name: perhaps a parameter, so that the callers know what it is.
_TAKES_HOOK = re.compile(r"(register_\w*hook)\(\s*(\w+)\s*[,)]")
_SIGNATURE = re.compile(r"def\s+\w+\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
_PARAMETER = re.compile(r"(?:^|,)\s*\*{0,2}(\w+)")
_IMPLEMENTS = re.compile(r"@(\w+)\.register\b")
_LOADS = re.compile(rf"(?:\w+\.)*(?:{'|'.join(sorted(names_without_module()))})\s*[(,)]")
# What stands before a name in `x: nn.Net`, `-> Net` and `list[Net]`, but not in `{"x": Net}`.
_ANNOTATION = re.compile(r"(?:\w\s*:|->|\w\[)\s*[\"']?(?:\w+\.)*\Z")
_MAX_ANNOTATION = 60  # characters before the name
# What gives all modules of a model, or calls a function for each of them.
_WALKS = ("modules(", "children(", ".apply(")
_INDENT = re.compile(r"[ \t]*")
_LOOP = re.compile(r"[ \t]*(?:async[ \t]+)?(?:for|while)\b")
_MAX_NAMES = 64  # of hooks that one block registers by a bare name
_CALLING = frozenset({"def", "method", "code"})


def collected(facts: Facts, file: SourceFile) -> tuple[Outline, dict[int, Role]] | str:
    """Return a file's blocks and what happens in them, or why they are not known."""
    try:
        begin(file.path)
        with told_of(file.path):
            return file.outline, _own_roles(file, facts)
    except SourceError as error:
        return str(error)


def _own_roles(file: SourceFile, facts: Facts) -> dict[int, Role]:
    """Return what happens in the blocks themselves."""
    text = file.text
    found = [(offset, Role.REGISTERS) for offset in registrations(text, facts)]
    found += [
        (offset, Role.ENTERS if _LOADS.match(text, offset) else Role.ENTERS | Role.LEAVES)
        for offset in entry_points(text, file.module)
    ]
    found += [(offset, Role.COPIES) for offset in common_entry_points(text)]
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
            and _takes_hook(file.block_text(index), facts)
        ):
            roles[index] = role | Role.TAKES_HOOK
    return roles


def _takes_hook(text: str, facts: Facts) -> bool:
    """Whether a function seems to register a parameter of its own, or a function that calls one."""
    # What holds at one place holds at every later one: of each name the last is enough.
    named = {found[2]: found for found in _TAKES_HOOK.finditer(text) if found[1] in facts.registering_names}
    for registered in list(named.values())[:_MAX_NAMES]:
        before = text[: registered.start()]
        parameters = {name for listed in _SIGNATURE.findall(before) for name in _PARAMETER.findall(listed)}
        if registered[2] in parameters:
            return True
        # A pattern is made only where it can match.
        inner = re.search(rf"\bdef\s+{registered[2]}\s*\(\s*(\w+)", before) if parameters else None
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


def roles_of_callees(
    file: SourceFile, names: Mapping[str, Role], methods: Collection[str]
) -> dict[int, dict[str, Role]]:
    """Return which of the functions of these names each block calls, and what they do.

    One of the `methods` may be called on a class or an object of these names. What a block calls for many
    modules is marked as `ON_EACH`.
    """
    found: dict[int, dict[str, Role]] = {}
    for index, name, offset in _calls(file, names, methods):
        called = found.setdefault(index, {})
        role = called.get(name, names[name])
        if Role.REGISTERS in role and _is_on_each(name, file.text, file.outline.blocks[index], offset):
            role |= Role.ON_EACH
        called[name] = role
    return found


def _is_on_each(name: str, text: str, block: Block, offset: int) -> bool:
    """Whether a call stands in a loop of a block that walks over modules, or in one line with the walk."""
    walks = [walk for word in _WALKS for walk in _walks(word, name, text, block)]
    if not walks:
        return False
    line = text.rfind("\n", 0, offset) + 1
    start = text.rfind("\n", 0, line - 1) if text.endswith("(", 0, line - 1) else line
    end = text.find("\n", offset)
    if _LOOP.match(text, end + 1):  # the `for` of a comprehension
        end = text.find("\n", end + 1)
    return any(start <= walk <= end for walk in walks) or _is_in_loop(text, block, line)


def _walks(word: str, name: str, text: str, block: Block) -> Iterator[int]:
    """Yield where a word ends in a block, but as the end of the function's own `name`."""
    offset = text.find(word, block.start, block.end)
    while offset >= 0:
        end = offset + len(word)
        if not text.endswith(f"{name}(", 0, end):
            yield end
        offset = text.find(word, end, block.end)


def _is_in_loop(text: str, block: Block, line: int) -> bool:
    """Whether a line of a block stands in the body of a loop, judged by how far the lines are indented."""
    width = _width(text, line)
    while width and line > block.start:
        line = text.rfind("\n", 0, line - 1) + 1
        outer = _width(text, line)
        if outer < width and not text.startswith(("\n", "#"), line + outer):
            if _LOOP.match(text, line):
                return True
            width = outer
    return False


def _width(text: str, line: int) -> int:
    """Return how far a line is indented, in characters."""
    code = _INDENT.match(text, line)
    return code.end() - line if code else 0


def _calls(
    file: SourceFile, names: Collection[str], methods: Collection[str]
) -> Iterator[tuple[int, str, int]]:
    """Yield each call of one of these names with the block it stands in and its offset.

    A class's own lines and comments do not count.
    """
    text = file.text
    blocks: list[Block] = []  # cut only where there is a call
    starts: list[int] = []
    for name, offset in _named(names, text):
        end = offset + len(name)
        is_used = _CALL.match(text, end) is not None or is_kept(text, offset, end)
        # `Tool.put(net)` calls what `Tool` stands for.
        method = _METHOD.match(text, end)
        is_used = is_used or (method is not None and method[1] in methods)
        is_used = is_used or text.startswith(_SUBCLASSES, end)
        # `for install in INSTALLERS:` may call each of them.
        is_in_loop = text.startswith(":", end) and _LOOPED_OVER.search(text, offset - 40, offset) is not None
        is_used = is_used or is_in_loop
        # `self.notify("on_start", model)` calls what has that name.
        is_used = is_used or (name.startswith(_EVENTS) and text.startswith(('("', "('"), offset - 2))
        if is_used and not _is_only_named(text, offset, end):
            if not blocks:
                blocks = [block for block in file.outline.blocks if block.kind in _CALLING]
                starts = [block.start for block in blocks]
            position = bisect_right(starts, offset) - 1
            if position >= 0 and offset < blocks[position].end:
                yield blocks[position].index, name, offset
    yield from _made_by_class_methods(file, names)


def _made_by_class_methods(file: SourceFile, names: Collection[str]) -> Iterator[tuple[int, str, int]]:
    """Yield where a class method makes an object of its class: `cls(…)`."""
    offset = file.text.find("cls(") if names else -1
    while offset >= 0:
        index = file.block_at(offset)
        owner = file.outline.blocks[index].owner if index is not None else None
        name = file.outline.blocks[owner].name if owner is not None else None
        if (
            index is not None
            and name is not None
            and name in names
            and not _WORD_END.match(file.text, offset - 1)
        ):
            yield index, name, offset
        offset = file.text.find("cls(", offset + 4)


def _named(names: Collection[str], text: str) -> Iterator[tuple[str, int]]:
    """Yield the names that stand in a text, and where."""
    if len(names) > _MANY:
        for word in _WORD.finditer(text):
            if word[0] in names:
                yield word[0], word.start()
        return
    for name in names:
        # A search for each name runs at the speed of memory, one for a pattern of all of them does not.
        offset = text.find(name)
        while offset >= 0:
            if not _WORD_END.match(text, offset - 1) and not _WORD_END.match(text, offset + len(name)):
                yield name, offset
            offset = text.find(name, offset + len(name))


def _is_only_named(text: str, offset: int, end: int) -> bool:
    """Whether a name is only what `isinstance` asks for, a class in an annotation, or part of a comment."""
    line = text.rfind("\n", 0, offset) + 1
    return (
        is_comment(text, offset)
        or text.rfind("isinstance(", line, offset) >= 0
        or (
            not text.startswith("(", end)
            and _ANNOTATION.search(text, max(line, offset - _MAX_ANNOTATION), offset) is not None
        )
    )


def _package(module: str) -> str:
    """Return the last name of the package that a module lies in."""
    return module.rpartition(".")[0].rpartition(".")[2]


def _is_asked(imports: ImportedNames, package: str, name: str) -> bool:
    """Return whether a file may have a name from a package that it imports as a whole."""
    return package in imports.opened or imports.asks(package, name)


def _sources(file: SourceFile, name: str) -> frozenset[str] | None:
    """Return the last names of the files and packages that a file may take a name from, None for any."""
    origins = file.imports.origins.get(name, frozenset[str]())
    if "" not in origins:
        return frozenset(origins)
    # The file's own package, or one around it.
    package = file.module if file.is_package else file.module.rpartition(".")[0]
    return frozenset({*origins, *package.split(".")}) if package else None


class Exports:
    """The relevant functions that files can import of each other: name -> module -> role."""

    def __init__(self, by_name: dict[str, dict[str, Role]]) -> None:
        self.by_name = by_name
        self.by_module: dict[str, dict[str, Role]] = {}
        for name, roles in by_name.items():
            for module, role in roles.items():
                self.by_module.setdefault(module, {})[name] = role
        self._by_part: dict[str, dict[str, Role]] = {}  # the roles of a name by parts of its modules' names
        self._ending: dict[str, list[str]] = {}  # modules by the last of their names
        self._inside: dict[str, list[str]] = {}  # and by the last name of their package
        for module in self.by_module:
            self._ending.setdefault(module.rpartition(".")[2], []).append(module)
            self._inside.setdefault(_package(module), []).append(module)

    def taken_from(self, name: str, sources: frozenset[str] | None, own: str) -> Role:
        """Return the role of a name in other modules than a file's `own`: of those named by `sources`."""
        modules = self.by_name.get(name, {})
        if sources is None or own in modules:
            others = (
                role
                for module, role in modules.items()
                if module != own and (sources is None or not sources.isdisjoint(module.split(".")))
            )
            return reduce(or_, others, Role.NONE)
        if name not in self._by_part:
            roles = self._by_part[name] = {}
            for module, role in modules.items():
                for part in module.split("."):
                    roles[part] = roles.get(part, Role.NONE) | role
        parts = self._by_part[name]
        return reduce(or_, (parts[part] for part in parts.keys() & sources), Role.NONE)

    def near(self, file: SourceFile) -> set[str]:
        """Return the modules that a file imports by name, or is given the fixtures of."""
        imported = file.imports.names
        found = {module for end in self._ending.keys() & imported for module in self._ending[end]}
        # Tests are given the fixtures of a `conftest.py` around them without an import.
        found |= {module for module in self._ending.get("conftest", ()) if _is_around(module, file.module)}
        return found - {file.module}

    def handed(self, file: SourceFile) -> Iterator[tuple[str, str]]:
        """Yield the modules in a package that a file imports, each with the package."""
        for package in sorted(self._inside.keys() & file.imports.names):
            yield from ((module, package) for module in self._inside[package] if module != file.module)


def reachable(file: SourceFile, exports: Exports) -> dict[str, Role]:
    """Return the relevant functions of other files that this file imports, or whose file it imports."""
    own, imported, exported = file.module, file.imports.names, exports.by_name
    found: dict[str, Role] = {}
    taken = {(name, name) for name in exported.keys() & file.imports.origins.keys()}
    for alias, name in (*taken, *file.imports.renamed):
        if name in exported and (role := exports.taken_from(name, _sources(file, name), own)):
            found[alias] = found.get(alias, Role.NONE) | role
    near = exports.near(file)
    for module in sorted(near):
        for name, role in exports.by_module[module].items():
            found[name] = found.get(name, Role.NONE) | role
    # A package hands on the names of the files in it.
    for module, package in exports.handed(file):
        for name, role in exports.by_module[module].items() if module not in near else ():
            if _is_asked(file.imports, package, name):
                found[name] = found.get(name, Role.NONE) | role
    for module, name in file.imports.spelled_out:
        for other, role in exported.get(name, {}).items():
            parts = other.split(".")
            if other in near or other == own:
                continue
            # Any file hands on the modules that it imports.
            if module == parts[-1] or (module in parts[-2:] and not imported.isdisjoint(parts)):
                found[name] = found.get(name, Role.NONE) | role
    return found


def _is_around(module: str, own: str) -> bool:
    """Whether a module is a `conftest` of the package that another one is in, or of one around it."""
    package, _, name = module.rpartition(".")
    return name == "conftest" and (not package or own.startswith(f"{package}."))
