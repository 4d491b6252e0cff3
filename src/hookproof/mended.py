"""Fixes carried out in memory: each result is checked again, and kept only where nothing is worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from hookproof.finding import Finding
from hookproof.fixes.edits import EditError, are_apart, edited, edits_of
from hookproof.fixes.registry import with_fixes
from hookproof.report import Report
from hookproof.session.judge import ONLY_ANNOTATIONS
from hookproof.source.program_text import program_text
from hookproof.source.text import SourceError

_MOST_ROUNDS = 100  # each fixes something, or finds out what cannot be
_FOLLOWING_ROUNDS = 3  # what a fix may bring to light, if that is fixed too

_Key = tuple[str, str, str]
Place = tuple[str, str, str, str]
"""What tells a finding from others however lines move: its path, code, message, and the text of its line."""


class Mended(Struct):
    """What came of the fixes: new contents by path, the findings that are gone for them, and those left.

    `places` are those of the fixed ones, as they were when each was mended. `dropped` are findings whose fix
    was not kept, each with the reason in words for people.
    """

    report: Report
    contents: dict[str, bytes] = field(default_factory=dict)
    fixed: tuple[Finding, ...] = ()
    places: tuple[Place, ...] = ()
    dropped: tuple[tuple[Finding, str], ...] = ()


class Mending(Struct):
    """Carries out fixes until nothing is left to fix.

    `check` gives what is found with contents in the place of files, as people would be shown it; `read` the
    bytes of a file as it is now; `wants` says of a finding with a fix whether that is to be carried out.
    Where there are `chosen` places, nothing else is mended, unless a fix brings it about.
    """

    check: Callable[[Mapping[str, bytes]], Report]
    read: Callable[[str], bytes]
    wants: Callable[[Finding], bool]
    chosen: frozenset[Place] | None = None
    dropped: dict[Place, tuple[Finding, str]] = field(default_factory=dict)
    moved: dict[Place, Place] = field(default_factory=dict)

    def mend(self, report: Report) -> Mended:
        """Return what comes of the fixes of these findings, and of those that they make possible."""
        now = Mended(report)
        for _ in range(_MOST_ROUNDS):
            batch = self._batch(now)
            if not batch:
                break
            now = self._with(now, batch)
        now.dropped = tuple(self.dropped.values())
        return now

    def _batch(self, now: Mended) -> list[Finding]:
        """Return findings whose fixes can be carried out together, as many as there are."""
        findings = [finding for finding in now.report.findings if self._may_be_fixed(finding, now)]
        return list(_apart(findings))

    def _may_be_fixed(self, finding: Finding, now: Mended) -> bool:
        is_wanted = finding.fix is not None and self.wants(finding)
        if not is_wanted:
            return False
        place = self._place(finding, now)
        return place not in self.dropped and (self.chosen is None or place in self.chosen)

    def _with(self, now: Mended, batch: Sequence[Finding]) -> Mended:
        """Return what is with the fixes of a batch; where some of them go wrong, with the others."""
        after = self._attempt(now, batch)
        if isinstance(after, Mended):
            return after
        if len(batch) == 1:
            self.dropped[self._place(batch[0], now)] = batch[0], after
            return now
        half = len(batch) // 2
        first = self._with(now, batch[:half])
        # Where something was fixed lines may have moved, so the others are left to the next round.
        return first if first is not now else self._with(now, batch[half:])

    def _attempt(self, now: Mended, batch: Sequence[Finding]) -> Mended | str:
        """Return what is with all of these fixes, or why they cannot be kept."""
        made = self._carried_out(now, batch)
        if isinstance(made, str):
            return made
        for _ in range(_FOLLOWING_ROUNDS):
            brought = _brought(now.report, made.report)
            following = list(_apart(each for each in brought if each.fix is not None and self.wants(each)))
            further = self._carried_out(made, following) if following else None
            if not isinstance(further, Mended):
                break
            made = further
        return self._why_not(now, made, batch) or made

    def _carried_out(self, now: Mended, batch: Sequence[Finding]) -> Mended | str:
        contents = dict(now.contents)
        wanted = edits_of(finding.fix for finding in batch if finding.fix is not None)
        try:
            for path in {edit.path for edit in wanted}:
                edits = [edit for edit in wanted if edit.path == path]
                contents[path] = edited(self._now(path, now), path, edits)
        except EditError as error:
            return str(error)
        found = self.check(contents)
        fixes = with_fixes(
            found.findings, lambda path: contents[path] if path in contents else self.read(path)
        )
        report = Report(fixes, found.hidden, found.files, found.hooks, found.torch)
        places = tuple(self._place(finding, now) for finding in batch)
        self._follow(now, report, contents)
        return Mended(report, contents, (*now.fixed, *batch), (*now.places, *places))

    def _why_not(self, before: Mended, after: Mended, batch: Sequence[Finding]) -> str | None:
        failed = [each for each in after.report.files.failed if each not in before.report.files.failed]
        if failed:
            return f"what it makes does not parse ({failed[0].reason})"
        brought = _brought(before.report, after.report)
        if brought:
            return f"it brings {brought[0].code}: {brought[0].message}"
        left = _counts(after.report)
        for key, number in Counter(map(_key, batch)).items():
            if left[key] > _counts(before.report)[key] - number:
                return "the finding is still there"
        return None

    def _now(self, path: str, now: Mended) -> bytes:
        return now.contents[path] if path in now.contents else self.read(path)

    def _follow(self, now: Mended, report: Report, contents: dict[str, bytes]) -> None:
        """Note which findings are on a line that other fixes have changed, and where they stood first."""
        before = {place_of(each, self._now(each.path, now)) for each in now.report.findings}
        made = Mended(report, contents)
        after = {place_of(each, self._now(each.path, made)) for each in report.findings}
        for place in before - after:
            same = [each for each in after - before if each[:-1] == place[:-1]]
            if len(same) == 1:
                self.moved[same[0]] = self.moved.get(place, place)

    def _place(self, finding: Finding, now: Mended) -> Place:
        """Return the place of a finding, as it was before any fix where it is on the same line still."""
        place = place_of(finding, self._now(finding.path, now))
        return self.moved.get(place, place)


def place_of(finding: Finding, content: bytes) -> Place:
    """Return what a finding is told from others by in a file with this content."""
    try:
        lines = program_text(content, finding.path).split("\n")
    except SourceError:
        lines = []
    return (*_key(finding), lines[finding.line - 1].strip() if finding.line <= len(lines) else "")


def _apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings whose edits do not touch each other; an edit that several ask for is made once."""
    taken = edits_of(())
    for finding in findings:
        if finding.fix is not None:
            together = taken | frozenset(finding.fix.edits)
            if are_apart(together):
                taken = together
                yield finding


def _key(finding: Finding) -> _Key:
    # What a fix leaves may be all that is missing then, which is said, and no other finding.
    return (finding.path, finding.code, finding.message.removesuffix(ONLY_ANNOTATIONS))


def _counts(report: Report) -> Counter[_Key]:
    return Counter(map(_key, report.findings))


def _brought(before: Report, after: Report) -> list[Finding]:
    """Return the findings that are new, each kind as often as it is."""
    more = _counts(after) - _counts(before)
    brought: list[Finding] = []
    for finding in after.findings:
        if more[_key(finding)]:
            more[_key(finding)] -= 1
            brought.append(finding)
    return brought
