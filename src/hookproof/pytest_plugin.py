"""The pytest plugin: the test suite runs under the witness, and what became of its hooks is told at the end.

pytest loads this in every run of an environment that has hookproof, so that nothing but the standard library
is imported before `--hookproof` is given. Under pytest-xdist each worker watches its own tests and hands its
report to the controller.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hookproof.verify.target.witness import Witness

_NAME = "hookproof-witness"
_OUTPUT = "hookproof"  # the key in what an xdist worker gives to its controller


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("hookproof", "what becomes of PyTorch module hooks")
    group.addoption(
        "--hookproof",
        action="store_true",
        help="Watch hooks during the tests; report those that were lost (by all but torch.compile).",
    )
    group.addoption(
        "--hookproof-strict", action="store_true", help="Fail each test in which a hook was refused or lost."
    )
    group.addoption(
        "--hookproof-report",
        metavar="FILE",
        help="Write a JSON report, for `check --witness`.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start to watch, where an option asks for it: in a worker its own tests, in a controller none."""
    wanted = ("hookproof", "hookproof_strict", "hookproof_report")
    if not any(config.getoption(name) for name in wanted):
        return
    is_controller = bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")
    config.pluginmanager.register(_Collected(config) if is_controller else _Watching(config), _NAME)


class _Telling:
    """What the process does that tells of the suite: its own records, or those of its workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._unwritten = ""  # why there is no report

    def _report(self) -> dict[str, Any]:
        raise NotImplementedError

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report, before anything is said: stdout may be closed or full."""
        path = self._config.getoption("hookproof_report")
        if path:
            try:
                Path(path).write_text(json.dumps(self._report(), indent=2) + "\n", "utf-8")
            except OSError as error:
                self._unwritten = f"--hookproof-report {path}: {error.strerror}"

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Name each hook that was refused or lost."""
        from hookproof.exit_status import printable
        from hookproof.watching import suite

        report = self._report()
        found = list(suite.losses(report))
        terminalreporter.section("hooks that did not survive", sep="-")
        for line in suite.lines(found):
            terminalreporter.write_line(printable(line))
        for note in report["notes"]:
            terminalreporter.write_line(f"note: {note}")
        terminalreporter.write_line(_closing(found, report))
        if self._unwritten:
            terminalreporter.write_line(printable(self._unwritten), red=True)


def _closing(found: list[Any], report: dict[str, Any]) -> str:
    if not report["registrations"]:
        return "hookproof: no hook was registered"
    count = len(report["registrations"])
    seen = f"{count} registration{'s' * (count != 1)}, {len(report['entries'])} calls of entry points"
    if not found:
        return f"hookproof: nothing was lost ({seen})"
    tests = len({loss.test for loss in found})
    return f"hookproof: {len(found)} refused or lost, in {tests} test{'s' * (tests != 1)} ({seen})"


class _Watching(_Telling):
    """Watches the tests of this process, all of it under one witness: fixtures outlive tests."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        # Imported here: a run without the option is none of ours.
        from hookproof.verify.target.witness import Witness
        from hookproof.watching.suite import Attribution

        self._witness: Witness = Witness()
        self._attribution = Attribution()
        self._witness.start()
        self._attribution.begin(0, None)
        self._began = 0
        self._final: dict[str, Any] | None = None

    # Wrappers of the older kind: this module is loaded by whatever pytest an environment has.
    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Have what happens in a test, and in what is set up for it, belong to it."""
        self._began = self._witness.moment
        self._attribution.begin(self._began, item.nodeid)
        yield
        self._attribution.begin(self._witness.moment, None)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, None]:
        """Fail a test that passed although it lost a hook, where losses are to fail."""
        outcome = yield
        if not self._config.getoption("hookproof_strict") or self._witness.moment == self._began:
            return
        result = outcome.get_result()
        if call.when == "call" and result.outcome == "passed":
            from hookproof.watching import suite

            report = self._attribution.attributed(self._witness.report(since=self._began))
            found = [loss for loss in suite.losses(report) if loss.test == item.nodeid]
            if found:
                told = "\n".join(line.strip() for line in list(suite.lines(found))[1:])
                result.outcome = "failed"
                result.longrepr = f"hooks were refused or lost:\n{told}"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop; a worker hands its report to the controller."""
        output = getattr(session.config, "workeroutput", None)
        if output is None:
            super().pytest_sessionfinish(session)
        else:
            output[_OUTPUT] = json.dumps(self._report())

    def pytest_unconfigure(self) -> None:
        """Give torch back as it was, however the session ended."""
        self._report()

    def _report(self) -> dict[str, Any]:
        if self._final is None:
            self._witness.stop()
            self._final = self._attribution.attributed(self._witness.report())
        return self._final


class _Collected(_Telling):
    """Takes together what the workers of pytest-xdist saw."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._reports: list[dict[str, Any]] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Keep what a worker handed over; one that died hands over nothing."""
        text = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if text is not None:
            self._reports.append(json.loads(text))

    def _report(self) -> dict[str, Any]:
        from hookproof.watching import suite

        return suite.merged(self._reports)
