"""What `check` finds, given out file by file to tools that ask so; analysed once in a process."""

from __future__ import annotations

import io
import os
import sys
import tokenize
from collections.abc import Callable, Mapping, Sequence

from hookproof.exit_status import SettingsError, one_line
from hookproof.finding import Finding
from hookproof.output.display import Display
from hookproof.output.edits import in_words
from hookproof.remaining import baselines, without_known
from hookproof.run import find
from hookproof.session.sources import sources_of
from hookproof.settings import Group, resolve
from hookproof.source.suppressions import silence
from hookproof.source.text import SourceError, read


class ByFile:
    """The answers of `hookproof check`; each set of paths that is asked about is analysed once."""

    def __init__(self, config: str | None, overrides: Mapping[str, object], *, heeds_noqa: bool) -> None:
        self._config, self._overrides, self._heeds_noqa = config, overrides, heeds_noqa
        self._analysed: dict[tuple[str, ...], _Analysed | Exception] = {}

    def groups(self, paths: Sequence[str]) -> tuple[Group, ...]:
        """Return the settings for `paths`, none being the working directory. Raises `SettingsError`."""
        return resolve(paths or (os.curdir,), self._overrides, config=self._config)

    def prepare(self, paths: Callable[[], Sequence[str]]) -> None:
        """Have what `paths` returns analysed before the process forks, so that its children find it done.

        Ends the process, with one line on stderr and status 2, where the settings cannot be understood.
        """
        try:
            for settings, members in self.groups(paths()):
                # Else each file would be told that one of the classes is unknown.
                if not isinstance(settings.assume_scripted, bool):
                    sources_of(members, settings, {})
        except SettingsError as error:
            sys.stderr.write(f"hookproof: {one_line(str(error))}\n")
            raise SystemExit(2) from None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=lambda: self.analyse(paths()))

    def analyse(self, paths: Sequence[str]) -> None:
        """Analyse `paths`, unless that is done. Raises nothing: `findings` tells of a failure."""
        key = tuple(paths)
        if key not in self._analysed:
            # The analysis forks, which flake8's plugin takes for the moment to analyse.
            self._analysed[key] = SourceError("the analysis did not end")
            try:
                self._analysed[key] = _Analysed(self.groups(paths))
            except Exception as error:
                self._analysed[key] = error

    def findings(
        self, path: str, lines: Sequence[str], paths: Sequence[str], stdin_name: str
    ) -> tuple[Finding, ...]:
        """Return what `check` with `paths` finds in the file `path`, whose decoded lines are `lines`.

        The lines of the file `stdin_name` take its place where `-` is among the paths. Raises `SourceError`
        where the file could not be analysed, and what ended the analysis of all.
        """
        if "-" in paths and path == stdin_name:
            return self._heeding(self._findings_of_text(path, lines), lines)
        self.analyse(paths)
        analysed = self._analysed[tuple(paths)]
        if isinstance(analysed, Exception):
            raise analysed
        return self._heeding(analysed.findings(path), lines)

    def _findings_of_text(self, path: str, lines: Sequence[str]) -> tuple[Finding, ...]:
        report = find(self.groups([path]), {path: _encode(lines)})
        for failure in report.files.failed:
            raise SourceError(failure.reason)
        return report.findings

    def _heeding(self, findings: Sequence[Finding], lines: Sequence[str]) -> tuple[Finding, ...]:
        if not self._heeds_noqa or not findings:
            return tuple(findings)
        bare = tuple(line.rstrip("\r\n") for line in lines)
        return silence(findings, lambda _: bare).findings


def with_fixes_in_words(findings: Sequence[Finding], lines: Sequence[str]) -> list[tuple[Finding, str]]:
    """Return the findings of a file, whose decoded lines are `lines`, each with what fixes it, if any."""
    if not findings:
        return []
    from hookproof.fixes.registry import with_fixes  # few files have findings

    own = {each.path for each in findings}
    fixed = with_fixes(findings, lambda path: "".join(lines) if path in own else read(path))
    return [(each, f" ({in_words(each, each.fix)})" if each.fix is not None else "") for each in fixed]


class _Analysed:
    """A report, by file. Links are followed, as the report has each file once."""

    def __init__(self, groups: tuple[Group, ...]) -> None:
        report = find(groups, is_cached=True)
        report = without_known(report, Display(), baselines(groups))
        self._failed = {os.path.realpath(each.path): each.reason for each in report.files.failed}
        self._findings: dict[str, list[Finding]] = {}
        for finding in report.findings:
            self._findings.setdefault(os.path.realpath(finding.path), []).append(finding)

    def findings(self, path: str) -> Sequence[Finding]:
        real = os.path.realpath(path)
        if real in self._failed:
            raise SourceError(self._failed[real])
        return self._findings.get(real, ())


def _encode(lines: Sequence[str]) -> bytes:
    """Return the bytes that decode to `lines`, as their own encoding cookie says."""
    text = "".join(lines)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(text.encode("utf-8")).readline)
    return text.encode(encoding)
