"""`hookproof verify`: check, then ask torch about each finding."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from hookproof import run as commands
from hookproof.cli import FORMAT, settings_options
from hookproof.finding import Finding, Verdict
from hookproof.output import render
from hookproof.output.display import Display
from hookproof.output.progress import Progress
from hookproof.report import Report
from hookproof.settings import SettingsError, VerifySettings
from hookproof.source.suppressions import silence
from hookproof.verify.plan import Factories, plan
from hookproof.verify.reproduce import write_reproductions
from hookproof.verify.run import Limits, MissingTorchError, ask, default_python
from hookproof.verify.verdict import verdict_of

REPORT_LINE = (
    "A refuted finding is a defect of hookproof: please report it, with the code and the torch version."
)
_WARNING = (
    "hookproof verify executes the project's code (imports it and calls its functions), in confined processes"
)


@click.command("verify", short_help="Put each finding to torch. Runs the project's code.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@settings_options
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="PATH",
    help="An interpreter that has torch; may be repeated.",
)
@click.option(
    "--only", type=click.Choice(["confirmed", "refuted", "inconclusive"]), help="Show only these verdicts."
)
@click.option(
    "--reproduce",
    metavar="DIR",
    help="Write a script for each confirmed finding that shows the failure with nothing but torch.",
)
@click.option("--timeout", type=click.FloatRange(min=0.1), help="Seconds that one experiment may take.")
@click.option(
    "--memory", type=click.IntRange(min=64), help="MiB that one experiment may take above torch itself."
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Experiments at a time.")
@FORMAT
@click.option("-o", "--output-file", metavar="FILE", help="Write findings there, not to stdout.")
@click.option("-q", "--quiet", is_flag=True, help="No closing line and no progress bar.")
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Check, then put each finding to torch: confirmed, refuted, or inconclusive with a reason.

    THIS EXECUTES THE PROJECT'S CODE: modules are imported, functions called. It happens in child processes
    with a limit on time and memory, a temporary home and no network where the platform allows; that is no
    sandbox against malice.

    Exits 1 when a finding stands (confirmed or inconclusive), 0 when all are refuted, 2 when something could
    not be analysed or asked.
    """
    return verify(paths or (".",), options)


def verify(paths: Sequence[str], options: Mapping[str, Any]) -> int:
    """Run `hookproof verify` and return its exit status. Raises `SettingsError`."""
    start = time.monotonic()
    found = commands.groups(paths, options)
    settings = found[0][0].verify
    is_shown = None if not options["quiet"] else False
    if not options["quiet"]:
        commands.say((_WARNING,))
    with Progress("Checking", is_shown) as progress:
        report = commands.find(found, None, progress)
    silenced = silence(report.findings, Display.of(sys.stdout).read)
    report = msgspec.structs.replace(report, findings=silenced.findings)
    pythons = options["pythons"] or settings.python or (default_python(),)
    limits = _limits(settings, options)
    factories = Factories(settings.factories, settings.inputs)
    verified: list[Finding] = []
    interrupted = False
    for python in pythons:
        if interrupted or not report.findings:
            break
        with Progress("Asking torch", is_shown) as progress:
            try:
                answers, interrupted = _ask(
                    python, report.findings, factories, limits, _tell(progress, options)
                )
            except MissingTorchError as error:
                raise SettingsError(str(error)) from error
        judged = _judge(report.findings, answers)
        if options["reproduce"] and not interrupted:
            with Progress("Running scripts", is_shown) as progress:
                judged = write_reproductions(
                    judged,
                    plan(report.findings, factories),
                    answers,
                    options["reproduce"],
                    python,
                    limits,
                    progress,
                )
        verified += judged
    shown = [f for f in verified if options["only"] in (None, f.verdict.status if f.verdict else None)]
    report = msgspec.structs.replace(report, findings=tuple(sorted(shown, key=_order)))
    _print(report, found[0][0].output_format, options)
    for failure in report.files.failed:
        click.echo(f"{failure.path}: {failure.reason}", err=True)
    if not options["quiet"]:
        _close(verified, time.monotonic() - start)
    if interrupted:
        click.echo(
            "hookproof: interrupted; findings that torch was not asked about are inconclusive", err=True
        )
        return 130
    if report.files.failed:
        return 2
    return int(any(f.verdict is not None and f.verdict.status != "refuted" for f in verified))


def _limits(settings: VerifySettings, options: Mapping[str, Any]) -> Limits:
    given: dict[str, Any] = {
        "timeout": options.get("timeout") or settings.timeout,
        "memory": options.get("memory") or settings.memory,
        "jobs": options.get("jobs"),
    }
    return Limits(**{name: value for name, value in given.items() if value})


def _tell(progress: Progress, options: Mapping[str, Any]) -> Callable[[int, int], None]:
    """Return what is called after each answer: the bar on a terminal, plain lines now and then otherwise."""
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        progress(done, total)
        if not options["quiet"] and not sys.stderr.isatty() and time.monotonic() - last > 5:
            last = time.monotonic()
            click.echo(f"asked torch about {done} of {total} findings", err=True)

    return tell


def _ask(
    python: str,
    findings: Sequence[Finding],
    factories: Factories,
    limits: Limits,
    tell: Callable[[int, int], None],
) -> tuple[dict[int, dict[str, Any]], bool]:
    answers: dict[int, dict[str, Any]] = {}
    try:
        for answer in ask(python, plan(findings, factories), limits):
            answers[answer["id"]] = answer
            tell(len(answers), len(findings))
    except KeyboardInterrupt:
        return answers, True
    return answers, False


def _judge(findings: Sequence[Finding], answers: Mapping[int, dict[str, Any]]) -> list[Finding]:
    torch = next((answer.get("torch") for answer in answers.values()), None)
    missing = {"failure": "interrupted", "torch": torch}
    return [
        msgspec.structs.replace(finding, verdict=verdict_of(finding, answers.get(number, missing)))
        for number, finding in enumerate(findings)
    ]


def _order(finding: Finding) -> tuple[object, ...]:
    verdict = finding.verdict or Verdict("inconclusive", "")
    return (finding.path, finding.line, finding.column, finding.code, finding.message, verdict.torch or "")


def _print(report: Report, output_format: str, options: Mapping[str, Any]) -> None:
    display = Display.of(sys.stdout)
    if not options["output_file"]:
        for piece in render(output_format, report, display):
            sys.stdout.write(piece)
        return
    try:
        with Path(options["output_file"]).open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(render(output_format, report, msgspec.structs.replace(display, color=False)))
    except OSError as error:
        raise SettingsError(f"--output-file {options['output_file']}: {error.strerror}") from None


def _close(findings: Sequence[Finding], seconds: float) -> None:
    by_torch: dict[str, Counter[str]] = {}
    for finding in findings:
        if finding.verdict is not None:
            by_torch.setdefault(finding.verdict.torch or "?", Counter())[finding.verdict.status] += 1
    if not by_torch:
        click.echo(f"Nothing found, so torch was not asked ({seconds:.1f} s)", err=True)
    for torch, counts in by_torch.items():
        parts = [f"{counts[s]} {s}" for s in ("confirmed", "refuted", "inconclusive") if counts[s]]
        click.echo(f"torch {torch}: {', '.join(parts)} ({seconds:.1f} s)", err=True)
    if any(counts["refuted"] for counts in by_torch.values()):
        click.echo(REPORT_LINE, err=True)
