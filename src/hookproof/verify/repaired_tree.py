"""The project with fixes carried out, beside the project itself, and findings as they stand there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from types import TracebackType

from msgspec.structs import replace

from hookproof.finding import Evidence, Finding, HookReference, Subject
from hookproof.source.program_text import program_text
from hookproof.source.text import read
from hookproof.verify.plan import module_name


class RepairedTree:
    """A folder in which the files of `contents`, by absolute path, say what they are to say.

    All else there leads to the project's own files, so that it is as large as what has changed.
    """

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = contents
        self._folder = os.path.realpath(tempfile.mkdtemp(prefix="hookproof-repaired-"))
        self._base = os.path.commonpath([module_name(path)[1] for path in contents])
        self._moved: dict[str, _Moved] = {}
        try:
            self._make(self._base, sorted(contents))
        except BaseException:
            self.remove()
            raise

    def __enter__(self) -> RepairedTree:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Take it away; what its links lead to stays."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def prefix(self) -> str:
        """What the path of each file in it begins with, before that of the project's own."""
        return self._folder

    def path(self, path: str) -> str:
        """Return where a file of the project is found in it; what lies outside of the project stays."""
        absolute = os.path.abspath(path)
        is_within = absolute == self._base or absolute.startswith(self._base.rstrip(os.sep) + os.sep)
        return self._inside(absolute) if is_within else absolute

    def finding(self, finding: Finding) -> Finding:
        """Return a finding of the project as it would stand here."""
        line, column = self._place(finding.path, finding.line, finding.column)
        end_line, end_column = self._place(finding.path, finding.end_line, finding.end_column, is_end=True)
        return replace(
            finding,
            path=self.path(finding.path),
            line=line,
            column=column,
            end_line=end_line,
            end_column=max(end_column, column + 1) if line == end_line else end_column,
            evidence=tuple(
                Evidence(self.path(each.path), self._line(each.path, each.line), each.note)
                for each in finding.evidence
            ),
            hook=self._hook(finding.hook),
            subject=self._subject(finding.subject),
        )

    def _hook(self, hook: HookReference | None) -> HookReference | None:
        if hook is None:
            return None
        return HookReference(hook.name, self.path(hook.path), self._line(hook.path, hook.line))

    def _subject(self, subject: Subject | None) -> Subject | None:
        if subject is None:
            return None
        registration, entry = subject.registration_path, subject.entry_path
        return replace(
            subject,
            registration_path=registration and self.path(registration),
            registration_line=self._line(registration, subject.registration_line),
            entry_path=entry and self.path(entry),
            entry_line=self._line(entry, subject.entry_line),
        )

    def _line(self, path: str | None, line: int) -> int:
        return self._place(path, line, 1)[0] if path else line

    def _place(self, path: str, line: int, column: int, *, is_end: bool = False) -> tuple[int, int]:
        absolute = os.path.abspath(path)
        if absolute not in self.contents:
            return line, column
        if absolute not in self._moved:
            self._moved[absolute] = _Moved(
                program_text(read(absolute), absolute), program_text(self.contents[absolute], absolute)
            )
        return self._moved[absolute].place(line, column, is_end=is_end)

    def _inside(self, absolute: str) -> str:
        return self._folder + os.path.splitdrive(absolute)[1]

    def _make(self, folder: str, changed: Sequence[str]) -> None:
        """Make a folder in which some files have changed: links to all others, and to folders without."""
        os.makedirs(self._inside(folder))
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            within = [each for each in changed if each.startswith(path + os.sep)]
            if within:
                self._make(path, within)
            elif path in self.contents:
                with open(self._inside(path), "wb") as file:
                    file.write(self.contents[path])
            elif name != "__pycache__":  # which would be written to where it leads
                os.symlink(path, self._inside(path))


class _Moved:
    """Where the places of a text are in what became of it."""

    def __init__(self, before: str, after: str) -> None:
        self._before, self._after = before.split("\n"), after.split("\n")

    @cached_property
    def _blocks(self) -> Sequence[tuple[str, int, int, int, int]]:
        return SequenceMatcher(None, self._before, self._after, autojunk=False).get_opcodes()

    def place(self, line: int, column: int, *, is_end: bool = False) -> tuple[int, int]:
        """Return the line and column that a place is at now; the last of what changed, where it `is_end`."""
        for _, start, stop, new_start, new_stop in self._blocks:
            if start < line <= stop:
                return self._within(line, column, (start, stop), (new_start, new_stop), is_end)
        return line, column

    def _within(
        self, line: int, column: int, old: tuple[int, int], new: tuple[int, int], is_end: bool
    ) -> tuple[int, int]:
        was = self._before[line - 1]
        # What was written before a line, such as a function that it names, is not what became of the line.
        alike = [
            (SequenceMatcher(None, was, self._after[number]).ratio(), number)
            for number in range(new[0], new[1])
        ]
        if old[1] - old[0] == new[1] - new[0]:
            number = new[0] + line - 1 - old[0]
        elif alike:
            number = max(alike)[1]
        else:
            return new[0] + 1, 1
        now = self._after[number]
        first = _alike(was, now)
        last = _alike(was[first:][::-1], now[first:][::-1])
        if column - 1 <= first and not (is_end and column - 1 == first < len(was) - last):
            return number + 1, column
        if column - 1 >= len(was) - last:
            return number + 1, column + len(now) - len(was)
        return number + 1, (len(now) - last if is_end else first) + 1


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with that are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))
