"""Where a file's text registers a hook or calls an entry point: the last look before it is cut into blocks.

Triage by bytes lets through every file with one of the words; most of them only speak of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from hookproof.torchscript.atlas import global_hook_apis, hook_apis

ENTRY_FUNCTIONS = "script|trace|trace_module|freeze|optimize_for_inference|load"
# By a word that each of its matches holds.
_UTILITIES = {
    "_norm": re.compile(r"_norm(?:(?<=\bweight_norm)|(?<=\bspectral_norm))\s*\("),
    "remove_": re.compile(r"remove_(?<!\wremove_)\w+_norm\s*\("),
    "prune.": re.compile(r"prune\.(?<!\wprune\.)\w+\s*\("),
    "parametriz": re.compile(r"parametriz(?<!\wparametriz)\w*\.\w+\s*\("),
}
_HOOK_API = re.compile(r"register_\w+")
_RENAMED = re.compile(r"\s+as\s+(\w+)")
# A pattern that starts with a literal is searched at the speed of memory, any other at some 10 MB/s.
_JIT_ALIAS = re.compile(r"jit(?<!\wjit)\s+as\s+(\w+)")
_FROM_JIT = re.compile(r"torch\.jit(?:\.\w+)?\s+import\s+(\([^)]*\)|[^\n]*)")
_FROM_UTILS = re.compile(r"torch\.nn\.utils(?:\.\w+)?\s+import\s+(\([^)]*\)|[^\n]*)")
_IMPORTED = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")


def meets_hooks_or_torchscript(text: str) -> bool:
    """Return whether `text` registers a hook or calls an entry point anywhere."""
    return next(registrations(text), None) is not None or next(entry_points(text), None) is not None


def registrations(text: str) -> Iterator[int]:
    """Yield where a hook API is named as an attribute or called; its `def` or a tensor's hook is none."""
    apis = api_names()
    for match in _HOOK_API.finditer(text) if "register_" in text else ():
        start = match.start() - (text[match.start() - 1 : match.start()] == "_")
        if text[start : match.end()] in apis:
            before = text[max(start - 4, 0) : start]
            if before[-1:] in {".", "'", '"'} or (
                text[match.end() : match.end() + 1] == "(" and before != "def "
            ):
                yield start
            renamed = _RENAMED.match(text, match.end())
            if renamed:
                yield from (
                    call.start() for call in re.finditer(rf"{renamed[1]}(?<![.\w]{renamed[1]})\s*\(", text)
                )
    for word, pattern in _UTILITIES.items():
        if word in text:
            yield from (match.start() for match in pattern.finditer(text))
    if "torch.nn.utils" in text:
        yield from _calls_of_imported(_FROM_UTILS, text)


def entry_points(text: str) -> Iterator[int]:
    """Yield where an entry point is called, as this file spells it; `@torch.jit.script` is no call."""
    if "to_torchscript" in text:
        yield from (match.start() for match in re.finditer(r"to_torchscript\s*\(", text))
    if "jit" not in text:
        return
    for module in {*_JIT_ALIAS.findall(text), "jit"}:
        yield from (match.start() for match in re.finditer(rf"{module}\.(?:{ENTRY_FUNCTIONS})\s*\(", text))
    if "torch.jit" in text:
        yield from _calls_of_imported(_FROM_JIT, text)


def _calls_of_imported(imports: re.Pattern[str], text: str) -> Iterator[int]:
    names = {
        asname or name
        for found in imports.findall(text)
        for name, asname in _IMPORTED.findall(found)
        if name[0].islower()
    }
    for name in names:
        yield from (match.start() for match in re.finditer(rf"{name}(?<![@.\w]{name})\s*\(", text))


@cache
def api_names() -> frozenset[str]:
    """Return the last name of every function and method that registers a module hook."""
    return frozenset(name.rpartition(".")[2] for name in (*hook_apis(), *global_hook_apis()))
