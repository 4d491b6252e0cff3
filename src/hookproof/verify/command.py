"""`hookproof verify`: check, then ask torch about each finding."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NoReturn

import click
import msgspec

from hookproof import run as commands
from hookproof import telling
from hookproof.exit_status import SettingsError
from hookproof.finding import Finding, Verdict
from hookproof.options import FORMAT, settings_options
from hookproof.output import render
from hookproof.output.closing import statistics
from hookproof.output.display import Display
from hookproof.output.progress import Progress
from hookproof.remaining import baselines, without_known
from hookproof.report import Report, merge
from hookproof.settings import Group, Settings
from hookproof.source.suppressions import silence
from hookproof.verify import repairs
from hookproof.verify.notebook_scripts import NotebookScripts
from hookproof.verify.plan import Factories, plan
from hookproof.verify.reproduce import write_reproductions
from hookproof.verify.run import Limits, MissingTorchError, ask, default_python
from hookproof.verify.verdict import verdict_of

REPORT_LINE = (
    "A refuted finding is a defect of hookproof: please report it, with the code and the torch version."
)
_INTERVAL = 5.0  # seconds between lines on how far it is
_WARNING = (
    "hookproof verify executes the project's code (imports it and calls its functions), in confined processes"
)


@click.command("verify", short_help="Check each finding against torch. Runs the project's code.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@settings_options
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="PATH",
    help="Interpreter that has torch; may be repeated.",
)
@click.option(
    "--only", type=click.Choice(["confirmed", "refuted", "inconclusive"]), help="Show only these verdicts."
)
@click.option(
    "--reproduce",
    metavar="DIR",
    help="Write a script for each confirmed finding that shows the failure with nothing but torch.",
)
@click.option("--timeout", type=click.FloatRange(min=0.1), help="Time limit of one experiment, in seconds.")
@click.option(
    "--memory", type=click.IntRange(min=64), help="Memory limit of one experiment beyond torch's own, in MiB."
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Maximum experiments at a time.")
@click.option("--fix", is_flag=True, help="Write fixes of confirmed findings where torch accepts the result.")
@click.option("--unsafe-fixes", is_flag=True, help="Also fixes that may change what the eager model does.")
@click.option("--diff", is_flag=True, help="Show what `--fix` would change, and write nothing.")
@FORMAT
@click.option("-o", "--output-file", metavar="FILE", help="Write to this file instead of stdout.")
@click.option("-q", "--quiet", is_flag=True, help="No summary line and no progress bar.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--baseline", metavar="FILE", help="Check only findings that are not in this baseline.")
@click.option("--statistics", is_flag=True, help="Count findings by code instead of listing them.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 even when findings remain.")
@click.option(
    "--fail-on",
    type=click.Choice(["confirmed", "any"]),
    default="any",
    help="Exit 1 for confirmed findings alone, or for any that is not refuted (the default).",
)
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Check, then check each finding against torch: confirmed, refuted, or inconclusive with a reason.

    THIS EXECUTES THE PROJECT'S CODE: modules are imported, functions called. It happens in child processes
    with a limit on time and memory, a temporary home and no network where the platform allows; that is no
    sandbox against malice.

    --fix keeps a fix only where torch then accepts the program and an eager run of it does the same.

    Exits 1 when a finding remains (confirmed or inconclusive; --fail-on says which), 0 when all are refuted,
    2 when something could not be analysed or asked.
    """
    with _ended_by_signals():
        return verify(paths or (".",), options)


def verify(paths: Sequence[str], options: Mapping[str, Any]) -> int:
    """Run `hookproof verify` and return its exit status. Raises `SettingsError`."""
    start = time.monotonic()
    is_fixing = bool(options.get("fix") or options.get("diff"))
    found = commands.groups(paths, options)
    settings = found[0][0]
    is_shown = None if not options["quiet"] else False
    if not options["quiet"]:
        telling.say((_WARNING,))
    with Progress("Checking", is_shown) as progress:
        reports = [
            commands.find((group,), None, progress, is_cached=not options.get("no_cache")) for group in found
        ]
    report = _asked(merge(reports), Display.of(sys.stdout), found)
    pythons = options["pythons"] or _from_root(settings, settings.verify.python) or (default_python(),)
    limits = _limits(settings, options)
    tests = tuple(os.path.abspath(os.path.join(settings.root, test)) for test in settings.verify.tests)
    factories = Factories(settings.verify.factories, settings.verify.inputs, tests)
    verified: list[Finding] = []
    interrupted = False
    for python in pythons:
        if interrupted or not report.findings:
            break
        try:
            with _Counts(report.findings, is_shown) as counts:
                answers, interrupted = _ask(python, report.findings, factories, limits, counts)
        except MissingTorchError as error:
            raise SettingsError(str(error)) from error
        judged = _judge(report.findings, answers)
        if options["reproduce"] and not interrupted:
            with Progress("Running scripts", is_shown) as progress:
                judged = write_reproductions(
                    judged,
                    list(plan(report.findings, factories)),
                    answers,
                    options["reproduce"],
                    python,
                    limits,
                    progress,
                )
        verified += judged
    asked = tuple(verified)
    said: tuple[str, ...] = ()
    if is_fixing and not interrupted:
        with Progress("Asking torch about fixes", is_shown, patience=0) as progress:
            repairing = repairs.Repairing(
                found,
                reports,
                lambda shown, display: _asked(shown, display, found),
                pythons,
                factories,
                limits,
                takes_unsafe=bool(options.get("unsafe_fixes")),
                tell=progress,
            )
            report, said = repairs.carry_out(repairing, verified, options)
            verified = list(report.findings)
    shown = [f for f in verified if options["only"] in (None, f.verdict.status if f.verdict else None)]
    report = msgspec.structs.replace(report, findings=tuple(sorted(shown, key=_order)))
    if not options.get("diff"):
        _print(report, found[0][0].output_format, options)
    telling.report_failures(report)
    if not options["quiet"]:
        telling.report_skipped(report, is_verbose=False)
        telling.say(said)
        _close(asked, time.monotonic() - start)
    if interrupted:
        click.echo(
            "hookproof: interrupted; findings that were not checked against torch are inconclusive", err=True
        )
        return 130
    if report.files.failed:
        return 2
    failing = ("confirmed",) if options.get("fail_on") == "confirmed" else ("confirmed", "inconclusive")
    stands = any(f.verdict is not None and f.verdict.status in failing for f in verified)
    return int(stands and not options.get("exit_zero"))


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Have SIGTERM and SIGHUP end the run as an exception does, so that nothing of it is left behind."""

    def leave(number: int, _: object) -> NoReturn:
        sys.exit(128 + number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    is_main = threading.current_thread() is threading.main_thread()
    before = {name: signal.signal(getattr(signal, name), leave) for name in names} if is_main else {}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _asked(report: Report, display: Display, found: Sequence[Group]) -> Report:
    """Return a report without what a comment silences or the baseline knows."""
    left = msgspec.structs.replace(report, findings=silence(report.findings, display.read).findings)
    return without_known(left, display, baselines(found))


def _from_root(settings: Settings, paths: Sequence[str]) -> tuple[str, ...]:
    """Return paths of the settings, relative ones from the folder of the file that names them."""
    return tuple(
        os.path.join(settings.root, os.path.expanduser(path)) if os.path.dirname(path) else path
        for path in paths
    )


def _limits(settings: Settings, options: Mapping[str, Any]) -> Limits:
    given: dict[str, Any] = {
        "timeout": options.get("timeout") or settings.verify.timeout,
        "memory": options.get("memory") or settings.verify.memory,
        "jobs": options.get("jobs"),
        "writable": tuple(os.path.join(settings.root, path) for path in settings.verify.writable),
    }
    return Limits(**{name: value for name, value in given.items() if value})


class _Counts:
    """How many findings have which verdict so far: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, findings: Sequence[Finding], is_shown: bool | None) -> None:
        self._findings = findings
        self._counts: Counter[str] = Counter()
        self._bar = Progress("Checking against torch", is_shown, patience=0)
        self._speaks = is_shown is not False and not sys.stderr.isatty()
        self._is_over = threading.Event()

    def __enter__(self) -> _Counts:
        self._bar(0, len(self._findings))
        if self._speaks:
            threading.Thread(target=self._speak, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._bar.__exit__(kind, error, trace)

    def add(self, answer: dict[str, Any]) -> None:
        """Count the verdict that an answer gives."""
        self._counts[verdict_of(self._findings[answer["id"]], answer).words] += 1
        self._bar(self._counts.total(), len(self._findings), _in_words(self._counts))

    def _speak(self) -> None:
        while not self._is_over.wait(_INTERVAL):
            words = _in_words(self._counts)
            said = f"checked {self._counts.total()} of {len(self._findings)} findings against torch"
            click.echo(f"{said}: {words}" if words else said, err=True)


def _in_words(counts: Mapping[str, int]) -> str:
    """Return the counts by verdict; what would break only if it were scripted is counted by itself."""
    known = ("confirmed", "refuted", "inconclusive")
    words = [*known[:1], *sorted(counts.keys() - set(known)), *known[1:]]
    return ", ".join(f"{counts[word]} {word}" for word in words if counts.get(word))


def _ask(
    python: str,
    findings: Sequence[Finding],
    factories: Factories,
    limits: Limits,
    counts: _Counts,
) -> tuple[dict[int, dict[str, Any]], bool]:
    answers: dict[int, dict[str, Any]] = {}
    try:
        with NotebookScripts(findings) as scripts:
            experiments = map(scripts.experiment, plan(scripts.findings, factories))
            for answer in map(scripts.told, ask(python, experiments, limits)):
                answers[answer["id"]] = answer
                counts.add(answer)
    except KeyboardInterrupt:
        return answers, True
    return answers, False


def _judge(findings: Sequence[Finding], answers: Mapping[int, dict[str, Any]]) -> list[Finding]:
    torch = next((answer.get("torch") for answer in answers.values()), None)
    missing = {"failure": "interrupted", "torch": torch}
    return [
        msgspec.structs.replace(finding, verdict=verdict_of(finding, answers.get(number, missing), findings))
        for number, finding in enumerate(findings)
    ]


def _order(finding: Finding) -> tuple[object, ...]:
    verdict = finding.verdict or Verdict("inconclusive", "")
    return (finding.path, finding.line, finding.column, finding.code, finding.message, verdict.torch or "")


def _print(report: Report, output_format: str, options: Mapping[str, Any]) -> None:
    display = Display.of(sys.stdout)
    if options["output_file"]:
        display = msgspec.structs.replace(display, color=False)
    is_counted = options.get("statistics")
    pieces = statistics(report) if is_counted else render(output_format, report, display)
    telling.write(pieces, options["output_file"])


def _close(findings: Sequence[Finding], seconds: float) -> None:
    by_torch: dict[str, Counter[str]] = {}
    for finding in findings:
        if finding.verdict is not None:
            by_torch.setdefault(finding.verdict.torch or "?", Counter())[finding.verdict.words] += 1
    if not by_torch:
        click.echo(f"Nothing found, so nothing was checked against torch ({seconds:.1f} s)", err=True)
    for torch, counts in by_torch.items():
        click.echo(f"torch {torch}: {_in_words(counts)} ({seconds:.1f} s)", err=True)
    if any(counts["refuted"] for counts in by_torch.values()):
        click.echo(REPORT_LINE, err=True)
