"""Notebooks as the scripts that experiments run: in a folder of their own, line for line what was checked."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from msgspec.structs import replace

from hookproof.finding import Evidence, Finding, HookReference, Subject
from hookproof.source.program_text import program_text
from hookproof.source.text import SourceError, is_notebook, read
from hookproof.verify.plan import Experiment


class NotebookScripts:
    """Scripts in the place of the notebooks that findings speak of; without notebooks, no folder is made.

    `findings` are the same findings as they stand in the scripts.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        listed = tuple(findings)
        self._scripts: dict[str, str] = {}
        self._folder = ""
        for path in sorted({path for finding in listed for path in _paths(finding) if is_notebook(path)}):
            self._write(path)
        self.findings: Sequence[Finding] = tuple(map(self._finding, listed)) if self._scripts else listed

    def __enter__(self) -> NotebookScripts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def experiment(self, experiment: Experiment) -> Experiment:
        """Return an experiment whose scripts can import what stands beside their notebooks."""
        named = (experiment.path, experiment.entry_path, experiment.registration_path)
        folders = [os.path.dirname(path) for path, script in self._scripts.items() if script in named]
        return replace(experiment, roots=tuple(dict.fromkeys((*experiment.roots, *folders))))

    def told(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return an answer that speaks of notebooks and not of their scripts."""
        if not self._scripts:
            return answer
        found: dict[str, Any] = self._renamed(answer)
        return found

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._renamed(each) if key != "programs" else each for key, each in value.items()}
        if isinstance(value, list):
            return [self._renamed(each) for each in value]
        if isinstance(value, str) and "_ipynb" in value:
            for path, script in self._scripts.items():
                value = value.replace(script, path)
                value = value.replace(os.path.basename(script), os.path.basename(path))
        return value

    def _write(self, path: str) -> None:
        try:
            text = program_text(read(path), path)
        except SourceError:
            return
        if not self._folder:
            self._folder = os.path.realpath(tempfile.mkdtemp(prefix="hookproof-notebooks-"))
        folder = os.path.join(self._folder, str(len(self._scripts)))
        os.mkdir(folder)
        stem = re.sub(r"\W", "_", os.path.basename(path).removesuffix(".ipynb"))
        script = os.path.join(folder, f"{stem}_ipynb.py")
        with open(script, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
        self._scripts[os.path.abspath(path)] = script

    def _path(self, path: str) -> str:
        return self._scripts.get(os.path.abspath(path), path) if is_notebook(path) else path

    def _finding(self, finding: Finding) -> Finding:
        hook, subject = finding.hook, finding.subject
        return replace(
            finding,
            path=self._path(finding.path),
            evidence=tuple(Evidence(self._path(e.path), e.line, e.note) for e in finding.evidence),
            hook=hook and HookReference(hook.name, self._path(hook.path), hook.line),
            subject=subject and self._subject(subject),
        )

    def _subject(self, subject: Subject) -> Subject:
        registration, entry = subject.registration_path, subject.entry_path
        return replace(
            subject,
            registration_path=registration and self._path(registration),
            entry_path=entry and self._path(entry),
        )


def _paths(finding: Finding) -> Iterable[str]:
    yield finding.path
    yield from (each.path for each in finding.evidence)
    if finding.hook is not None:
        yield finding.hook.path
    if finding.subject is not None:
        yield from filter(None, (finding.subject.registration_path, finding.subject.entry_path))
