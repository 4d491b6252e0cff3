"""Files that were not read, each with the reason: nothing is passed over in silence."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from hookproof.report import Skipped
from hookproof.session.sources import Sources
from hookproof.source.known_files import KnownFiles, Triage
from hookproof.source.text import SourceError, is_notebook

_PYTHON = (".py", ".pyi", ".pyw", ".ipynb")
_NOT_PYTHON = "not Python by its name, and nothing in it registers a hook"


def note_languages(sources: Sources, files: KnownFiles) -> None:
    """Note the notebooks in other languages that the facts of files tell of."""
    for path, facts in zip(sources.known, files.files, strict=True):
        if is_notebook(path) and facts.triage and Triage.OTHER in Triage(facts.triage):
            sources.skipped.append(Skipped(path, _language(sources, path), path in sources.given))


def passed_over(sources: Sources, parsed: Collection[str], failed: Collection[str]) -> Iterator[Skipped]:
    """Yield what was not read among the reported files, given `parsed` and `failed` ones, and around them."""
    reported = frozenset(sources.reported)
    for each in sources.skipped:
        if each.path in reported or not is_notebook(each.path) or each.is_given:
            yield each
    for path in sources.reported:
        if (
            not path.endswith(_PYTHON)
            and path not in parsed
            and path not in failed
            and _is_other(sources, path)
        ):
            yield Skipped(path, _NOT_PYTHON, True)


def _is_other(sources: Sources, path: str) -> bool:
    """Whether a file that was given has neither the name nor the first line of a Python program."""
    if not os.path.splitext(path)[1]:
        return False
    try:
        first = sources.read(path)[:200].partition(b"\n")[0]
    except SourceError:
        return False
    return not (first.startswith(b"#!") and b"python" in first)


def _language(sources: Sources, path: str) -> str:
    from hookproof.source.notebook import notebook

    try:
        return f"not Python: a notebook in {notebook(sources.read(path), path).language}"
    except SourceError:
        return "not Python"
