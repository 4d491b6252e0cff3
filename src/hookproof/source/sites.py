"""Where a file's text registers a hook or calls an entry point: the last look before it is cut into blocks.

Triage by bytes lets through every file with one of the words; most of them only speak of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hookproof.facts.atlas import Facts
from hookproof.facts.installers import NAMES as INSTALLERS
from hookproof.source.prose import without_prose
from hookproof.source.triage import Mentions
from hookproof.worlds import registry
from hookproof.worlds.world import PARAMETER_HOOKS

_HOOK_API = re.compile(r"register_\w*")
_COMPOSED = re.compile(r"register_\w*(?:[{%]|[\"']\s*\+)")
# A module's own table of hooks, filled by hand; `self` fills its own where torch defines modules and tensors.
_TABLE = re.compile(r"\._(?<!self\._)(?:forward|backward)(?:_pre)?_hooks(?:\[[^\]\n]*\]\s*=(?!=)|\.update\()")
# What says that the tensor before `.register_hook` may be a parameter of a module, somewhere in the file.
_PARAMETERS = re.compile(r"parameters?\(|\.(?:weight|bias)\.register_|\bParameter\(")
_RENAMED = re.compile(r"\s+as\s+(\w+)")
# Every utility has one of these in its full name, and so has every file that imports one.
_WORDS = ("_norm", "prune", "parametriz")
# Utilities whose names say too little without that of their module.
_ORDINARY = (("prune", "identity"), ("parametrizations", "orthogonal"))
# A method of pruning that is applied by itself: one that the file defines, or one of torch's.
_APPLIED = re.compile(r"\b[A-Z]\w*\.apply\s*\(")
_PRUNES = re.compile(r"(?:Unstructured|Structured)\.apply\s*\(")
# What takes the hook or parametrization of a utility off again.
_REMOVALS = (
    re.compile(r"remove_(?<!\wremove_)(?:\w+_norm|parametrizations)\s*\("),
    re.compile(r"prune\.remove(?<!\wprune\.remove)\s*\("),
)
# A call of a function, or the function handed to another one; its `def` is neither.
_USED = re.compile(r"\s*[(,)\]}]")
# A function that gets another name, is one of two, or is returned.
_KEPT_AFTER = re.compile(r"(?:[^=!<>]=|\b(?:else|return|or|and|yield))[ \t]*(?:\w+\.)*\Z")
_KEPT_BEFORE = re.compile(r"[ \t]*(?:$|#|;|(?:if|else|or|and)\b)", re.MULTILINE)
_IMPORTED = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")


def meets_hooks_or_torchscript(text: str, mentioned: Mentions, facts: Facts, inside: str = "") -> bool:
    """Return whether `text`, which mentions this, registers a hook, takes one off or calls an entry point.

    `inside` as in `entry_points`.
    """
    ways = (registrations(text, facts), removals(text)) if Mentions.REGISTRATION in mentioned else ()
    if any(next(found, None) is not None for found in ways):
        return True
    return Mentions.ENTRY_POINT in mentioned and next(entry_points(text, inside), None) is not None


def meets_copies(text: str) -> bool:
    """Return whether `text` calls an entry point of a world that many files go to."""
    return next(common_entry_points(text), None) is not None


def registrations(text: str, facts: Facts) -> Iterator[int]:
    """Yield where a hook API is named as an attribute or called; its `def` or a tensor's hook is none."""
    return without_prose(text, _registrations(text, facts))


def _registrations(text: str, facts: Facts) -> Iterator[int]:
    apis = facts.registering_names
    for match in _HOOK_API.finditer(text) if "register_" in text else ():
        start = match.start() - (text[match.start() - 1 : match.start()] == "_")
        name = text[start : match.end()]
        if name in PARAMETER_HOOKS and not _may_be_of_parameter(text, start, match.end()):
            continue
        if name in apis:
            before = text[max(start - 4, 0) : start]
            if before[-1:] in {".", "'", '"'} or (
                text[match.end() : match.end() + 1] == "(" and before != "def "
            ):
                yield start
            renamed = _RENAMED.match(text, match.end())
            if renamed:
                yield from _calls_of(renamed[1], text)
        elif _COMPOSED.match(text, start) and text[start - 1 : start] in {"'", '"'}:
            yield start
    if "_hooks" in text:
        yield from (match.start() for match in _TABLE.finditer(text))
    for word, names in facts.once(_utility_names).items():
        if word in text:
            for name in names:
                if name in text:
                    yield from _uses(name, text)
    for qualname in INSTALLERS:
        package, _, name = qualname.rpartition(".")
        if package in text and name in text:
            yield from _uses_of(package, name, text)
    if "BasePruningMethod" in text:
        # What defines the base of all methods does not use them.
        if "class BasePruningMethod" not in text:
            yield from (match.start() for match in _APPLIED.finditer(text))
    elif "prune" in text and "tructured" in text:
        yield from (match.start() for match in _PRUNES.finditer(text))
    for owner, name in _ORDINARY:
        if owner in text and name in text:
            yield from _uses_of(owner, name, text)


def _may_be_of_parameter(text: str, start: int, end: int) -> bool:
    """Whether what registers a hook on a tensor may do so on a parameter: on no node of autograd's graph."""
    is_called = text[end : end + 1] == "(" and text[start - 1 : start] == "."
    is_of_node = text.endswith(("grad_fn.", "node."), max(start - 8, 0), start)
    return is_called and not is_of_node and _PARAMETERS.search(text) is not None


def removals(text: str) -> Iterator[int]:
    """Yield where the hook or the parametrization of one of torch's utilities is taken off."""
    return without_prose(text, _removals(text))


def _removals(text: str) -> Iterator[int]:
    if any(word in text for word in _WORDS) and "remove" in text:
        for pattern in _REMOVALS:
            yield from (match.start() for match in pattern.finditer(text))


def entry_points(text: str, inside: str = "") -> Iterator[int]:
    """Yield where an entry point is called, as this file spells it; `@torch.jit.script` is no call.

    Those of worlds that many files go to are apart. A package does not use the entry points that it carries
    out: not where a file is `inside` of it.
    """
    return without_prose(text, _entry_points(text, inside))


def common_entry_points(text: str) -> Iterator[int]:
    """Yield where an entry point of a world that many files go to is called."""
    return without_prose(text, _functions_called(text, registry.entry_names(are_common=True)))


def _entry_points(text: str, inside: str) -> Iterator[int]:
    for method, takes in registry.entry_methods().items():
        if method in text and not (takes and inside.startswith("torch.")):
            # One of an ordinary name is told by what it is given.
            given = rf"\s*(?:\)|\*|(?:{'|'.join(takes)})\s*=)" if takes else ""
            before = rf"(?<=\.{method})" if takes else rf"(?<!\w{method})"
            calls = re.finditer(rf"{method}{before}\s*\({given}", text)
            yield from (match.start() for match in calls)
    yield from _functions_called(text, registry.entry_names(are_common=False), inside)


def _functions_called(text: str, names: Mapping[str, tuple[str, ...]], inside: str = "") -> Iterator[int]:
    beside = registry.texts_beside()
    for module, functions in names.items():
        last = module.rpartition(".")[2]
        if last not in text or inside.startswith(f"{module}."):
            continue
        functions = tuple(each for each in functions if beside.get(f"{module}.{each}", "") in text)
        if not functions:
            continue
        above = [each for each in functions if f"{module}.{each}" in registry.decorators()]
        # A pattern that starts with a literal is searched at the speed of memory, any other at some 10 MB/s.
        for name in {*re.findall(rf"{last}(?<!\w{last})\s+as\s+(\w+)", text), last}:
            # `jit.script(m)`, `import_module("torch.jit").script(m)`, `submit(jit.script, m)`
            ends = r"\(" if above else "[(,)]"
            called = re.finditer(rf"{name}(?:[\"']\))?\.(?:{'|'.join(functions)})\s*{ends}", text)
            yield from (match.start() for match in called)
            if above:
                stands = re.finditer(rf"{name}(?<=@{name})\.(?:{'|'.join(above)})[ \t]*(?:\n|#)", text)
                yield from (match.start() for match in stands)
        if module in text:
            yield from _calls_of_imported(module, frozenset(functions), text)


def _calls_of_imported(module: str, functions: frozenset[str], text: str) -> Iterator[int]:
    imports = re.findall(rf"{re.escape(module)}(?:\.\w+)?\s+import\s+(\([^)]*\)|[^\n]*)", text)
    for imported in imports:
        for name, asname in _IMPORTED.findall(imported):
            if name in functions:
                yield from _calls_of(asname or name, text)


def _uses(name: str, text: str) -> Iterator[int]:
    """Yield where the function `name` is called or handed on, also as what an import renames it to."""
    for match in re.finditer(rf"{name}(?<!\w{name})\b", text):
        renamed = _RENAMED.match(text, match.end())
        if renamed:
            yield from _calls_of(renamed[1], text)
        elif _USED.match(text, match.end()):
            if text[max(match.start() - 4, 0) : match.start()] != "def ":
                yield match.start()
        elif is_kept(text, match.start(), match.end()):
            yield match.start()


def is_kept(text: str, start: int, end: int) -> bool:
    """Whether a function that is named here gets another name, is chosen by a condition or returned."""
    line = text.rfind("\n", 0, start) + 1
    return _KEPT_BEFORE.match(text, end) is not None and _KEPT_AFTER.search(text, line, start) is not None


def _calls_of(name: str, text: str) -> Iterator[int]:
    return (match.start() for match in re.finditer(rf"{name}(?<![@.\w]{name})\s*\(", text))


def _uses_of(owner: str, name: str, text: str) -> Iterator[int]:
    """Yield where a function with an ordinary name is called through its module, or where it is imported."""
    for module in (owner, *re.findall(rf"{owner}\s+as\s+(\w+)", text)):
        called = re.finditer(rf"{module}(?<!\w{module})\.{name}\s*\(", text)
        yield from (match.start() for match in called)
    if re.search(rf"{owner}\s+import\b[^\n]*(?:\([^)]*)?\b{name}\b", text):
        yield from _uses(name, text)


def _utility_names(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return what installs a hook object or a parametrization: a word in their full names -> short names."""
    installing = [
        name for name, utility in facts.named.legacy_utilities.items() if utility.installs != "none"
    ]
    ordinary = {name for _, name in _ORDINARY}
    found: dict[str, set[str]] = {}
    for name in installing:
        word = next(word for word in _WORDS if word in name)
        found.setdefault(word, set()).add(name.rpartition(".")[2])
    return {word: tuple(sorted(names - ordinary)) for word, names in found.items()}
