"""What is found in the files that an editor has open: one living analysis for each project and its settings.

Everything here belongs to the worker's thread.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hookproof.finding import Finding
from hookproof.fixes.registry import with_fixes
from hookproof.mended import Mending
from hookproof.report import Failure, HookSite, Report
from hookproof.run import groups
from hookproof.server.worker import Moment
from hookproof.session.living import Living
from hookproof.session.sources import find_files
from hookproof.settings import Settings
from hookproof.source import baseline
from hookproof.source.discover import project_root
from hookproof.source.program_text import program_text
from hookproof.source.suppressions import silence
from hookproof.source.text import SourceError, is_notebook, read


class Seen(Struct, frozen=True):
    """What is found in one file, whose `lines` these are, or why it could not be analysed."""

    lines: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    failures: tuple[Failure, ...] = ()


class _Project:
    """A living analysis and the open files that it is asked about."""

    def __init__(self, root: str | None, path: str, settings: Settings) -> None:
        self.root, self.settings = root, settings
        self.paths = (root if root is not None else path,)
        self.living = Living(self.paths, settings)
        self._known: tuple[tuple[int, int], Counter[tuple[str, str, str]]] | None = None

    def report(self, contents: Mapping[str, bytes], moment: Moment) -> Report:
        """Return what is found with these contents, comments and the baseline heeded.

        Raises `SettingsError`.
        """
        self.living.put(contents)
        try:
            report = self.living.report(moment)
        except Exception:  # what lives may be half made
            self.living = Living(self.paths, self.settings)
            raise
        left = silence(report.findings, self.living.lines)
        return replace(report, findings=self._new(left.findings))

    def _new(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Leave out what the baseline of the settings has. Raises `SettingsError`."""
        file = self.settings.baseline
        if file is None or not findings:
            return findings
        with contextlib.suppress(OSError):  # of a file that is not there, reading says so
            status = os.stat(file)
            if self._known is None or self._known[0] != (status.st_mtime_ns, status.st_size):
                self._known = ((status.st_mtime_ns, status.st_size), baseline.read(file))
            return baseline.subtract(findings, self._known[1], self._line, self.root or os.path.dirname(file))
        return baseline.subtract(findings, baseline.read(file), self._line)

    def _line(self, path: str, line: int) -> str:
        lines = self.living.lines(path)
        return lines[line - 1] if 0 < line <= len(lines) else ""


class Analyses:
    """The projects that an editor has files of open. `options` are those of the command line."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._folders: tuple[str, ...] = ()
        self._settings: dict[str, Settings] = {}
        self._excluded: dict[str, bool] = {}
        self._projects: dict[tuple[str, str], _Project] = {}

    def reset(self, folders: Collection[str] | None = None) -> None:
        """Look for settings and files anew, in these folders of the workspace."""
        if folders is not None:
            self._folders = tuple(sorted(folders, key=len, reverse=True))
        self._settings.clear()
        self._excluded.clear()
        self._projects.clear()

    def changed(self, paths: Iterable[str]) -> None:
        """Read these files again, that have changed on disk."""
        listed = tuple(paths)
        for project in self._projects.values():
            project.living.touch(listed)

    def seen(self, contents: Mapping[str, bytes], wanted: Iterable[str], moment: Moment) -> dict[str, Seen]:
        """Return what is found in each of the wanted files, with open ones in the place of those on disk.

        Raises `SettingsError`.
        """
        of: dict[_Project, list[str]] = {}
        found: dict[str, Seen] = {}
        for path in wanted:
            if self._is_excluded(path, contents):
                found[path] = Seen()
            else:
                of.setdefault(self._project(path, contents), []).append(path)
        for project, paths in of.items():
            report = project.report(self._own(project, contents), moment)
            for path in paths:
                found[path] = _seen(path, report, project.living.lines(path))
        return found

    def everything(self, contents: Mapping[str, bytes], moment: Moment) -> dict[str, Seen]:
        """Return what is found in all files of the folders and of open projects, where anything is.

        Raises `SettingsError`.
        """
        found: dict[str, Seen] = {}
        for settings, folders in groups(self._folders, self._options):
            for folder in folders:
                self._at(folder, folder, settings)
        for path in contents:
            if not self._is_excluded(path, contents):
                self._project(path, contents)
        for project in tuple(self._projects.values()):
            report = project.report(self._own(project, contents), moment)
            paths = {finding.path for finding in report.findings}
            paths.update(failure.path for failure in report.files.failed)
            for path in paths:
                if is_notebook(path):  # an editor counts lines of cells, as of documents of their own
                    continue
                found[path] = _seen(path, report, project.living.lines(path))
        return found

    def hooks(self, path: str, contents: Mapping[str, bytes], moment: Moment) -> tuple[HookSite, ...]:
        """Return the registrations in a file. Raises `SettingsError`."""
        if self._is_excluded(path, contents):
            return ()
        project = self._project(path, contents)
        project.living.put(self._own(project, contents))
        return project.living.hooks(path, moment)

    def fixes(self, findings: Sequence[Finding], contents: Mapping[str, bytes]) -> tuple[Finding, ...]:
        """Return findings with what would fix them, where that is known and wanted by the settings."""
        offered = with_fixes(findings, lambda path: _content(path, contents))
        return tuple(
            finding
            for finding in offered
            if finding.fix is not None and self._settings_of(finding.path).is_fixable(finding.code)
        )

    def is_safe(self, finding: Finding) -> bool:
        """Whether the fix of a finding leaves what the eager model does as it is, or the settings say so."""
        settings = self._settings_of(finding.path)
        return finding.fix is not None and settings.is_safe(finding.code, finding.fix.safe)

    def mended(self, path: str, contents: Mapping[str, bytes], moment: Moment) -> dict[str, bytes]:
        """Return the new contents of files when all safe fixes of one file are carried out.

        Each is kept only where it leaves nothing worse, as with `check --fix`. Raises `SettingsError`.
        """
        if self._is_excluded(path, contents):
            return {}
        project = self._project(path, contents)
        own = self._own(project, contents)

        def check(instead: Mapping[str, bytes]) -> Report:
            return project.report({**own, **instead}, moment)

        def wants(finding: Finding) -> bool:
            is_here = finding.path == path and project.settings.is_fixable(finding.code)
            return is_here and self.is_safe(finding)

        report = check({})
        fixes = with_fixes(report.findings, lambda path: _content(path, own))
        mending = Mending(check, lambda path: _content(path, own), wants)
        try:
            return mending.mend(replace(report, findings=fixes)).contents
        finally:
            project.living.put(own)

    def _own(self, project: _Project, contents: Mapping[str, bytes]) -> dict[str, bytes]:
        return {
            path: content
            for path, content in contents.items()
            if not self._is_excluded(path, contents)
            and (self._project_key(path) == (project.root or os.path.dirname(project.paths[0])))
        }

    def _project(self, path: str, contents: Mapping[str, bytes]) -> _Project:
        settings = self._settings_of(path)
        project = self._at(self._project_key(path), path, settings)
        if not project.living.knows(path, self._own(project, contents)):
            # A new file may change what all others mean.
            project.living = Living(project.paths, settings)
        return project

    def _at(self, place: str, path: str, settings: Settings) -> _Project:
        key = (place, repr(settings))
        if key not in self._projects:
            self._projects[key] = _Project(self._root(path), path, settings)
        return self._projects[key]

    def _project_key(self, path: str) -> str:
        return self._root(path) or os.path.dirname(path)

    def _root(self, path: str) -> str | None:
        """Return the folder of the project of a file: without one, the folder of the workspace it is in."""
        around = (folder for folder in self._folders if f"{path}/".startswith(os.path.join(folder, "")))
        return project_root(path) or next(around, None)

    def _settings_of(self, path: str) -> Settings:
        folder = os.path.dirname(path)
        if folder not in self._settings:
            ((self._settings[folder], _),) = groups([path], self._options)
        return self._settings[folder]

    def _is_excluded(self, path: str, contents: Mapping[str, bytes]) -> bool:
        if path not in self._excluded:
            if not os.path.exists(path):
                return False
            settings = replace(self._settings_of(path), force_exclude=True)
            self._excluded[path] = not find_files([path], settings).files
        return self._excluded[path]


def _seen(path: str, report: Report, lines: tuple[str, ...]) -> Seen:
    return Seen(
        lines,
        tuple(finding for finding in report.findings if finding.path == path),
        tuple(failure for failure in report.files.failed if failure.path == path),
    )


def _content(path: str, contents: Mapping[str, bytes]) -> bytes:
    return contents[path] if path in contents else read(path)


def lines_of(path: str, contents: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the lines of an open file, or of one on disk; none where it cannot be read."""
    try:
        return tuple(program_text(_content(path, contents), path).split("\n"))
    except SourceError:
        return ()
