"""`check --explain-file`: why a file was read or was not, and why nothing is reported of a hook in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hookproof.exit_status import SettingsError
from hookproof.facts.atlas import Facts
from hookproof.finding import Finding
from hookproof.output.by_location import ByLocation
from hookproof.output.cells import spot
from hookproof.output.display import Display
from hookproof.output.fates import line as fates_line
from hookproof.output.hooks_table import hook_names
from hookproof.report import HookSite
from hookproof.session.pipeline import check_paths, inventory
from hookproof.settings import Settings
from hookproof.source import baseline
from hookproof.source.cache import Cache
from hookproof.source.discover import discover, project_root
from hookproof.source.known_files import KnownFiles, Triage
from hookproof.source.notebook import notebook
from hookproof.source.program_text import program_text
from hookproof.source.sites import common_entry_points, entry_points, registrations
from hookproof.source.suppressions import Suppressions, silence
from hookproof.source.text import SourceError, is_notebook, read
from hookproof.worker_pool import WorkerPool
from hookproof.worlds import registry

_PLACE = re.compile(r"(?P<path>.+?)(?::cell (?P<cell>\d+))?(?::(?P<line>\d+))?(?::\d+)?")
# What shows a possible finding, by whether the settings name worlds in `assume`.
_SHOWN_BY = {False: "--min-confidence possible", True: "--assume-scripted"}


class Place(Struct, frozen=True):
    """What is asked about: a file, and a line of it if one is."""

    path: str
    line: int | None = None


def place_of(told: str) -> Place:
    """Return what `PATH`, `PATH:LINE` or `PATH:cell N:LINE` names. Raises `SettingsError`."""
    found = None if os.path.exists(told) else _PLACE.fullmatch(told)
    path = found["path"] if found else told
    if not os.path.isfile(path):
        reason = "is a folder" if os.path.isdir(path) else "no such file"
        raise SettingsError(f"--explain-file {path}: {reason}")
    line = int(found["line"]) if found and found["line"] else None
    if found and found["cell"]:
        line = _line_in_cell(path, int(found["cell"]), line or 1)
    return Place(os.path.normpath(path), line)


def _line_in_cell(path: str, number: int, line: int) -> int:
    try:
        cells = notebook(read(path), path).cells if is_notebook(path) else ()
    except SourceError:
        cells = ()
    first = next((cell.first for cell in cells if cell.number == number), None)
    if first is None:
        raise SettingsError(f"--explain-file {path}: has no code cell {number}")
    return first + line - 1


def explain(place: Place, settings: Settings, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield the answer, line by line."""
    path = place.path
    yield _found(path, settings)
    try:
        text = program_text(read(path), path)
    except SourceError as error:
        yield str(error)
        return
    answer = _Answer(path, settings, is_cached=not options["no_cache"])
    yield _read(path, text, settings, answer)
    sites = [site for site in answer.sites if place.line in (None, site.line)]
    if place.line is not None and not sites:
        yield from _without_site(place, answer)
        return
    for site in sites:
        yield from answer.of_site(site)


def _found(path: str, settings: Settings) -> str:
    """Return whether a check of the project comes to the file by itself."""
    top = os.path.relpath(project_root(path) or os.path.dirname(os.path.abspath(path)))
    files = discover(
        [top], settings.exclude, extend_exclude=settings.extend_exclude, root=settings.root or None
    )
    real = os.path.realpath(path)
    if real in map(os.path.realpath, files.files):
        return f"{path}: is found by `hookproof check {top}`"
    for folder, reason, _ in files.skipped:
        if f"{real}/".startswith(f"{os.path.realpath(folder)}/"):
            where = "" if os.path.realpath(folder) == real else f" (as is all in {folder})"
            return f"{path}: is {reason}{where}, so it is read only if it is given by name"
    if not path.endswith((".py", ".ipynb")):
        return (
            f"{path}: its name ends neither in .py nor in .ipynb, so it is read only if it is given by name"
        )
    return f"{path}: lies in a folder that is never looked at, so it is read only if it is given by name"


def _read(path: str, text: str, settings: Settings, answer: _Answer) -> str:
    """Return whether the file was parsed, and for what."""
    facts = Facts(settings.torches[-1].facts)
    files = KnownFiles([path], facts, is_kept=False)
    files.refresh(WorkerPool())
    said = Triage(files.files[0].triage) if files.files[0].triage else Triage.NOTHING
    failures = [each.reason for each in answer.reported.files.failed if _is_same(each.path, path)]
    if failures:
        return f"{path}: {failures[0]}"
    if Triage.OTHER in said:
        return f"{path}: is not Python: a notebook in {notebook(read(path), path).language}"
    if Triage.MEETS in said:
        at = next(registrations(text, facts), None)
        what = "a hook may be registered" if at is not None else "modules leave eager mode"
        at = next(entry_points(text), 0) if at is None else at
        return f"{path}: is parsed: {what} on line {text.count(chr(10), 0, at) + 1}, by its text"
    if Triage.COPIES in said:
        at = next(common_entry_points(text), 0)
        line = text.count("\n", 0, at) + 1
        return f"{path}: is parsed in small projects alone: it copies or pickles something on line {line}"
    used = "; it is parsed as far as files with hooks use it" if answer.is_parsed else ", and is not parsed"
    return f"{path}: registers no hook and calls nothing that leaves eager mode, by its text{used}"


def _without_site(place: Place, answer: _Answer) -> Iterator[str]:
    at = spot(answer.display, place.path, place.line or 1)
    here = [each for each in answer.everything if _is_same(each.path, place.path) and each.line == place.line]
    for finding in here:
        yield f"{at}: {finding.code} {answer.fate_of(finding)}"
    if here:
        return
    near = ", ".join(str(site.line) for site in answer.sites[:5])
    yield f"{at}: no hook is registered on this line" + (f"; hooks are on line {near}" if near else "")


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


class _Answer:
    """What is reported in the project of a file, and what would be if nothing were hidden."""

    def __init__(self, path: str, settings: Settings, *, is_cached: bool) -> None:
        self.path, self.settings = path, settings
        self.display = Display()
        cache = Cache(settings.cache_folder) if is_cached else None
        root = project_root(path)
        paths = [path] if root is None else [os.path.relpath(root), path]
        self.reported = check_paths(paths, settings, cache=cache)
        unfiltered = replace(
            settings,
            select=("HKP",),
            extend_select=(),
            ignore=(),
            per_file_ignores={},
            min_confidence="possible",
            assume=(*settings.assume, *registry.suites()["scripted"]) if settings.assume else (),
        )
        self.everything = check_paths(paths, unfiltered, cache=cache).findings
        report = inventory([path], settings, cache=cache)
        self.sites = [site for site in report.hooks if _is_same(site.path, path)]
        self.is_parsed = bool(report.files.parsed) or any(_is_same(f.path, path) for f in self.everything)
        self._of_sites = ByLocation(self.everything)
        self._shown = frozenset(map(_key, self.reported.findings))

    def of_site(self, site: HookSite) -> Iterator[str]:
        """Yield what is reported of a registration, or why nothing is."""
        at = spot(self.display, site.path, site.line)
        on = site.module_class or "a module whose class is not known"
        yield f"{at}: `{site.api}` of `{hook_names(site)}` on {on}"
        findings = self._of_sites.on(site)
        fates = [(finding, self.fate_of(finding)) for finding in findings]
        for finding, fate in fates:
            where = spot(self.display, finding.path, finding.line, finding.column)
            yield f"  {finding.code} at {where} {fate}"
        # What is hidden by a setting or a comment needs no other reason.
        if all(fate.startswith("is hidden") for _, fate in fates):
            yield from (f"  nothing is reported: {reason}" for reason in self._reasons(site))

    def fate_of(self, finding: Finding) -> str:
        """Return whether a finding is reported, and what hides it if it is not."""
        code, settings = finding.code, self.settings
        if not settings.is_enabled(code):
            return "is not reported: its rule is not selected (`select`, `ignore`)"
        if settings.is_ignored_in(code, finding.path):
            return "is not reported: `per-file-ignores` has its rule for this file"
        if _key(finding) not in self._shown:
            least = settings.min_confidence
            if least is not None and finding.confidence != least:
                return f"is hidden: it is only `{finding.confidence}`, and the least to show is `{least}`"
            worlds = registry.acts(registry.concerned(finding.world, code))
            return (
                f"is hidden: it is only `{finding.confidence}`, for nothing shows that anybody {worlds} the "
                f"module (`{_SHOWN_BY[bool(settings.assume)]}` shows it)"
            )
        silent = silence([finding], self.display.read)
        if silent.count:
            return f"is silenced by a `noqa` comment{self._of_comment(finding)}"
        if settings.baseline and not self._is_new(finding):
            return f"is not reported: it is in the baseline {os.path.relpath(settings.baseline)}"
        return f"is reported ({finding.confidence})"

    def _is_new(self, finding: Finding) -> bool:
        known = baseline.read(self.settings.baseline or "")
        return bool(baseline.subtract([finding], known, self.display.line))

    def _of_comment(self, finding: Finding) -> str:
        comments = Suppressions(finding.path, self.display.read(finding.path))
        return " on its line" if comments.has_one_at(finding.line) else " for the whole file"

    def _reasons(self, site: HookSite) -> Iterator[str]:
        if site.guarded:
            yield "it is guarded: a test above it keeps ScriptModules out"
        removal = self._removal(site) if site.removed != "never" and not site.worlds else None
        if removal is not None:
            yield f"a handle is removed again, which may be that of this hook ({removal})"
        if site.module_class is None:
            yield "the class of the module is not known"
        if not site.hook and not site.hooks:
            yield "what the hook is could not be followed"
        if not site.worlds:
            yield "no code shows that the module leaves eager mode with the hook on it"
        else:
            told = fates_line(site)
            yield f"it gets to {', '.join(site.worlds)}, and nothing breaks or is lost there" + (
                f": {told}" if told else ""
            )

    def _removal(self, site: HookSite) -> str | None:
        for number, text in enumerate(self.display.read(site.path), 1):
            if number > site.line and ".remove()" in text:
                return spot(self.display, site.path, number)
        return None


def _key(finding: Finding) -> tuple[object, ...]:
    return (os.path.realpath(finding.path), finding.line, finding.column, finding.code, finding.message)
