"""What a run gives back: findings, the hooks there are, and what became of the files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.finding import Finding, HookReference, Removal, UseKind, WorldName


class Failure(Struct, frozen=True, order=True):
    """A file or folder that could not be analysed, and why, in one line."""

    path: str
    reason: str


class Skipped(Struct, frozen=True, order=True):
    """A file or folder that was not read, and why; `is_given` where somebody asked for it by name."""

    path: str
    reason: str
    is_given: bool = False


class FileCounts(Struct, frozen=True):
    """How many files were looked at, how many of them had to be parsed, and which could not be.

    `excluded` counts the paths that were given and left out all the same; `skipped` are these, files that
    are not Python, and what patterns left out.
    """

    checked: int = 0
    parsed: int = 0
    failed: tuple[Failure, ...] = ()
    excluded: int = 0
    skipped: tuple[Skipped, ...] = ()


class UseSite(Struct, frozen=True, order=True):
    """One thing a hook does to its hook parameter, as the inventory lists it."""

    path: str
    line: int
    column: int
    attribute: str
    kind: UseKind


HookFate: TypeAlias = Literal[
    "survives",
    "differs",
    "duplicated",
    "runs once",
    "dropped",
    "not called",
    "refused",
    "depends",
    "unknown",
]


class WorldFate(Struct, frozen=True, order=True):
    """What becomes of a hook in a world: as the code shows, else as if its module were moved there.

    A hook `survives` where what it does can be observed there as in eager mode, `differs` where something of
    it can not; it `depends` on its place in the model. `codes` are the rules that say so, if any.
    """

    world: str
    fate: HookFate
    codes: tuple[str, ...] = ()


class HookSite(Struct, frozen=True, order=True):
    """One registration site: what is registered there, on what, and in which worlds it ends up.

    `hook` is the callable where there is one answer; `hooks` holds all candidates where a table or
    several bindings give more than one. `worlds` is what the hook is where it gets to, `fates` what becomes
    of it in each of all worlds. Field order is sort order.
    """

    path: str
    line: int
    column: int
    api: str
    form: str
    receiver: str
    hook: HookReference | None = None
    hooks: tuple[HookReference, ...] = ()
    module_class: str | None = None
    worlds: tuple[WorldName, ...] = ()
    guarded: bool = False
    removed: Removal = "never"
    uses: tuple[UseSite, ...] = ()
    fates: tuple[WorldFate, ...] = ()


class Analysis(Struct, frozen=True):
    """All that is known of the files around a run, whichever of them it reports on.

    `findings` are sorted and those of every confidence; `parsed` are the files that had to be; `words` are
    those of the worlds that the files have; `torch` is the version that they speak of, `asked` what its facts
    were asked.
    """

    findings: tuple[Finding, ...] = ()
    parsed: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    hooks: tuple[HookSite, ...] = ()
    words: tuple[str, ...] = ()
    torch: str | None = None
    asked: tuple[tuple[str, ...], ...] = ()


class Origin(Struct, frozen=True):
    """The project that was read, the day, and the commit where one is known."""

    project: str
    date: str
    commit: str | None = None


class Report(Struct, frozen=True):
    """The result of one run.

    `hidden` counts the possible findings that the default mode does not show; `torch` is the version
    whose behaviour the findings speak of; `origin` is what a page says of where it is from.
    """

    findings: tuple[Finding, ...] = ()
    hidden: int = 0
    files: FileCounts = FileCounts()
    hooks: tuple[HookSite, ...] = ()
    torch: str | None = None
    origin: Origin | None = None


def merge(reports: Iterable[Report]) -> Report:
    """Return one report of runs over different paths, with findings, hooks and failures sorted."""
    merged = tuple(reports)
    return Report(
        findings=tuple(sorted({finding for report in merged for finding in report.findings}, key=_order)),
        hidden=sum(report.hidden for report in merged),
        files=FileCounts(
            checked=sum(report.files.checked for report in merged),
            parsed=sum(report.files.parsed for report in merged),
            failed=tuple(sorted({failure for report in merged for failure in report.files.failed})),
            excluded=sum(report.files.excluded for report in merged),
            skipped=tuple(sorted({each for report in merged for each in report.files.skipped})),
        ),
        hooks=tuple(sorted({hook for report in merged for hook in report.hooks}, key=_site_order)),
        torch=next((report.torch for report in merged if report.torch), None),
    )


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.path, finding.line, finding.column, finding.code, finding.message, repr(finding))


def _site_order(site: HookSite) -> tuple[object, ...]:
    return (site.path, site.line, site.column, site.api, repr(site))
