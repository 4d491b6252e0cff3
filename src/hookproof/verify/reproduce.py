"""Writes scripts that show a failure with nothing but torch.

A script is kept only after it has been run and has shown what the verdict says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from hookproof.exit_status import SettingsError
from hookproof.finding import Finding, Prediction
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
    written = list(findings)
    with suppress(KeyboardInterrupt):
        for done, answer in enumerate(ask(python, list(trials.values()), limits), 1):
            number = answer.get("shows")
            if number is not None:
                index = answer["id"]
                written[index] = _written(findings[index], trials[index].scripts[number], target)
            tell(done, len(trials))
    return written


def _trial(index: int, finding: Finding, experiment: Experiment, answer: Mapping[str, Any]) -> Trial:
    error = ((finding.verdict and finding.verdict.error) or "").partition(":")[0]
    texts = tuple(dict.fromkeys(scripts(finding, experiment, answer)))
    return Trial(index, texts, finding.outcome, finding.prediction, error, experiment.timeout)


def _written(finding: Finding, text: str, folder: Path) -> Finding:
    name = f"{finding.code.lower()}_{Path(finding.path).stem}_{finding.line}_{finding.column}.py"
    path = folder / name
    path.write_text(text, "utf-8")
    verdict = msgspec.structs.replace(finding.verdict, reproduction=str(path))  # type: ignore[type-var]
    return msgspec.structs.replace(finding, verdict=verdict)
