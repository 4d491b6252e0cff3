"""`check --fix`, `--diff` and `--fix-only`: what is written, shown and said. Flags mean what ruff's do."""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from msgspec.structs import replace

from hookproof.exit_status import SettingsError
from hookproof.finding import Finding
from hookproof.fixes.registry import with_fixes
from hookproof.mended import Mended, Mending, Place
from hookproof.output.cells import spot
from hookproof.output.closing import counted
from hookproof.output.display import Display
from hookproof.output.shown import safe
from hookproof.report import Failure, Report, merge
from hookproof.session.pipeline import check_instead
from hookproof.settings import Group
from hookproof.source.program_text import program_text
from hookproof.source.text import SourceError, is_notebook, read
from hookproof.source.writing import write_new
from hookproof.telling import say, write

_WITHOUT = ("add_noqa", "write_baseline", "statistics", "output_file", "warn_unused_noqa")

Shown: TypeAlias = Callable[[Report, Display], Report]
"""Leaves out of a report what people are not told, given where the lines of its files come from."""


def reject_others(options: Mapping[str, Any]) -> None:
    """Raise `SettingsError` for an option that has no meaning where fixes are carried out or shown."""
    asked = next(name for name in ("diff", "fix_only", "fix") if options[name])
    for name in _WITHOUT:
        if options[name]:
            raise SettingsError(f"{_flag(asked)} does not go with {_flag(name)}")


def _content(path: str, stdin: Mapping[str, bytes]) -> bytes:
    return stdin[path] if path in stdin else read(path)


def mend(
    group: Group,
    report: Report,
    stdin: Mapping[str, bytes],
    shown: Shown,
    *,
    takes_unsafe: bool,
    chosen: frozenset[Place] | None = None,
) -> Mended:
    """Return what the fixes of one group's report come to; nothing of it is written.

    Where there are `chosen` places, only what is found there is mended.
    """
    settings, members = group
    own = {path: content for path, content in stdin.items() if path in members}

    def check(contents: Mapping[str, bytes]) -> Report:
        instead = {**own, **contents}
        return shown(check_instead(members, instead, settings), Display.of(sys.stdout, instead))

    def wants(finding: Finding) -> bool:
        is_safe = finding.fix is not None and settings.is_safe(finding.code, finding.fix.safe)
        return settings.is_fixable(finding.code) and (is_safe or takes_unsafe)

    report = shown(report, Display.of(sys.stdout, own))
    fixes = with_fixes(report.findings, lambda path: _content(path, own))
    mending = Mending(check, lambda path: _content(path, own), wants, chosen)
    return mending.mend(replace(report, findings=fixes))


def merged(each: Iterable[Mended]) -> Mended:
    """Return what the fixes of several groups come to together."""
    listed = tuple(each)
    return Mended(
        merge(one.report for one in listed),
        {path: content for one in listed for path, content in one.contents.items()},
        tuple(finding for one in listed for finding in one.fixed),
        tuple(place for one in listed for place in one.places),
        tuple(pair for one in listed for pair in one.dropped),
    )


def write_all(mended: Mended, stdin: Mapping[str, bytes]) -> Mended:
    """Write what files have become, and what came from stdin to stdout.

    Return what came of it: a file that cannot be written is a failure, and nothing in it is fixed.
    """
    on_disk = {path: content for path, content in mended.contents.items() if path not in stdin}
    failed = [failure for path, content in on_disk.items() if (failure := _written(path, content))]
    for path, content in stdin.items():
        sys.stdout.flush()
        sys.stdout.buffer.write(mended.contents.get(path, content))
        sys.stdout.flush()
    return _without(failed, mended)


def show_all(mended: Mended, stdin: Mapping[str, bytes]) -> Mended:
    """Show what would change in files, and return what came of it, as `write_all` does."""
    failed: list[Failure] = []
    write(differences(mended.contents, stdin, failed.append), None)
    return _without(failed, mended)


def _without(failed: Collection[Failure], mended: Mended) -> Mended:
    """Return what came of the fixes, of which nothing came in the files that failed."""
    left_out = {failure.path for failure in failed}
    files = mended.report.files
    files = replace(files, failed=tuple(sorted((*files.failed, *failed))))
    return Mended(
        replace(mended.report, files=files),
        mended.contents,
        tuple(finding for finding in mended.fixed if finding.path not in left_out),
        tuple(place for place in mended.places if place[0] not in left_out),
        mended.dropped,
    )


def _written(path: str, content: bytes) -> Failure | None:
    try:
        write_new(path, content)
    except SettingsError as error:
        return Failure(path, str(error))
    return None


def _tell(failure: Failure) -> None:
    say((failure.reason,))


def differences(
    contents: Mapping[str, bytes],
    stdin: Mapping[str, bytes],
    on_failure: Callable[[Failure], None] = _tell,
) -> Iterator[str]:
    """Yield what would change in each file, as unified differences.

    `on_failure` is told of a file that can no longer be read, of which there is nothing to show.
    """
    for path, content in sorted(contents.items()):
        try:
            before = _texts(_content(path, stdin), path)
            after = _texts(content, path)
        except SourceError as error:
            on_failure(Failure(path, str(error)))
            continue
        for name, text in after.items():
            lines = difflib.unified_diff(
                before.get(name, "").splitlines(keepends=True),
                text.splitlines(keepends=True),
                safe(name),
                safe(name),
            )
            for line in lines:
                yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _texts(content: bytes, path: str) -> dict[str, str]:
    """Return the text of a file by its name, of a notebook those of its cells by theirs."""
    if not is_notebook(path):
        return {path: program_text(content, path)}
    from hookproof.source.notebook import notebook  # most files are none

    # A cell has no line end behind its last line, which is no news.
    return {
        f"{path}:cell {each.number}": each.source.removesuffix("\n") + "\n"
        for each in notebook(content, path).cells
    }


def remarks(mended: Mended, options: Mapping[str, Any], display: Display) -> Iterator[str]:
    """Yield what is said of fixes: how many were carried out, which ones if asked, and which were dropped."""
    for finding, reason in mended.dropped:
        where = spot(display, finding.path, finding.line, finding.column)
        yield f"{where}: the fix of {finding.code} was not kept: {reason}"
    if options["show_fixes"] and mended.fixed:
        counts = Counter((finding.path, finding.code, finding.rule) for finding in mended.fixed)
        for (path, code, rule), number in sorted(counts.items()):
            yield f"{path}: {number} × {code} ({rule})"
    verb = "Would fix" if options["diff"] else "Fixed"
    if mended.fixed:
        left = len(mended.report.findings)
        yield f"{verb} {counted(len(mended.fixed), 'finding')}, {left} left"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
