"""The repairs there are, found by their files, and the findings with what they say."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache

from msgspec.structs import replace

from hookproof.finding import Edit, Finding, Fix
from hookproof.fixes.edits import are_apart
from hookproof.fixes.hook_functions import Flagged, flagged
from hookproof.fixes.repair import Repair
from hookproof.source.text import SourceError
from hookproof.syntax.deep_stack import with_deep_stack
from hookproof.syntax.source_file import SourceFile


@cache
def repairs() -> tuple[Repair, ...]:
    """Return the repairs in the order of their files' names."""
    from hookproof.fixes import repairs as package

    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = (importlib.import_module(f"{package.__name__}.{name}") for name in names)
    return tuple(repair for module in modules for repair in module.REPAIRS)


def with_fixes(findings: Iterable[Finding], read: Callable[[str], bytes | str]) -> tuple[Finding, ...]:
    """Return the findings, those with a fix that a repair has one for; `read` gives the content of a file.

    A finding whose rule gave a fix keeps it. A file that cannot be read or decoded has none.
    """

    @cache
    def opened(path: str) -> SourceFile | None:
        file = SourceFile(path, "", read(path))
        try:
            file.text  # noqa: B018  # decoding may fail, and should fail here
        except SourceError:
            return None
        return file

    def open_file(path: str) -> SourceFile | None:
        try:
            return opened(path)
        except SourceError:
            return None

    return tuple(_with_fix(finding, open_file) for finding in findings)


def _with_fix(finding: Finding, open_file: Callable[[str], SourceFile | None]) -> Finding:
    wanted = [repair for repair in repairs() if finding.code in repair.codes] if finding.fix is None else []
    place = flagged(finding, open_file) if wanted else None
    if place is None:
        return finding
    for repair in wanted:
        edits = _edits(repair, place)
        if edits and are_apart(edits):
            return replace(finding, fix=Fix(not repair.changes, edits, repair.changes))
    return finding


def _edits(repair: Repair, place: Flagged) -> tuple[Edit, ...]:
    try:
        return with_deep_stack(lambda: tuple(sorted(repair.edits(place))), place.file.path, 1)
    except SourceError:  # what is nested too deep for libcst's visitors stays as it is
        return ()
