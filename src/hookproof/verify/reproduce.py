"""Writes scripts that show a failure with nothing but torch.

A script is kept only after it has been run and has shown what the verdict says.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from hookproof.exit_status import SettingsError
from hookproof.finding import Finding, Prediction
from hookproof.source.writing import write_new
from hookproof.verify.plan import Experiment
from hookproof.verify.run import Limits, ask
from hookproof.verify.scripts import scripts


class Trial(Struct, frozen=True):
    """Scripts that may show a finding's failure, for the worker to run until one does."""

    id: int
    scripts: tuple[str, ...]
    outcome: str
    prediction: Prediction | None
    error: str
    timeout: float | None = None


def write_reproductions(
    findings: Sequence[Finding],
    experiments: Sequence[Experiment],
    answers: Mapping[int, Mapping[str, Any]],
    folder: str,
    python: str,
    limits: Limits | None = None,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> list[Finding]:
    """Return the findings with the script of each confirmed one in its verdict, written to `folder`.

    A finding for which no script shows the failure keeps a verdict without one; after Ctrl-C those whose
    scripts have not been run do so too. Raises `SettingsError` when the folder can't be written to.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--reproduce {folder}: {error.strerror}") from error
    trials = {
        index: _trial(index, finding, experiments[index], answers[index])
        for index, finding in enumerate(findings)
        if finding.verdict is not None and finding.verdict.status == "confirmed"
    }
    written, taken = list(findings), set[Path]()
    with suppress(KeyboardInterrupt):
        for done, answer in enumerate(ask(python, list(trials.values()), limits), 1):
            index, number = answer["id"], answer.get("shows")
            if number is not None and number < len(trials[index].scripts):
                path = _new_name(findings[index], target, taken)
                written[index] = _written(findings[index], trials[index].scripts[number], path)
            tell(done, len(trials))
    return written


def _trial(index: int, finding: Finding, experiment: Experiment, answer: Mapping[str, Any]) -> Trial:
    error = ((finding.verdict and finding.verdict.error) or "").partition(":")[0]
    texts = tuple(dict.fromkeys(scripts(finding, experiment, answer)))
    return Trial(index, texts, finding.outcome, finding.prediction, error, experiment.timeout)


def _new_name(finding: Finding, folder: Path, taken: set[Path]) -> Path:
    """Return the name of a script, which no other finding of this run has."""
    stem = f"{finding.code.lower()}_{Path(finding.path).stem}_{finding.line}_{finding.column}"
    names = itertools.chain([stem], (f"{stem}_{number}" for number in itertools.count(2)))
    path = next(folder / f"{name}.py" for name in names if folder / f"{name}.py" not in taken)
    taken.add(path)
    return path


def _written(finding: Finding, text: str, path: Path) -> Finding:
    if path.is_symlink():  # a script is never written to where one leads
        path.unlink()
    write_new(str(path), text.encode("utf-8", "backslashreplace"), "--reproduce ")
    verdict = msgspec.structs.replace(finding.verdict, reproduction=str(path))  # type: ignore[type-var]
    return msgspec.structs.replace(finding, verdict=verdict)
