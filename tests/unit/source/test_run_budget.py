"""A run has its time, too: what it has none for is left out, told in two lines, and looked at next time."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.__main__ import main
from hookproof.source import failures
from hostile_texts import with_line

_FILES = 5
_CHECK = ("hookproof", "check", "-j1", "-q", "--output-format=concise")


def check(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[object, str, str]:
    """Return status, stdout and stderr of a check."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [*_CHECK, *more])
        with pytest.raises(SystemExit) as ended:
            main()
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    for number in range(_FILES):
        (tmp_path / f"hook{number}.py").write_text(with_line("module.other"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_a_run_has_no_time_for_is_left_out_and_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert project.exists()
    _, found, _ = check(capsys, "--no-cache")
    monkeypatch.setattr(failures, "SECONDS_FOR_A_RUN", -1.0)
    status, _, err = check(capsys)
    assert status == 2
    first, more = err.splitlines()
    assert first == "cannot analyse hook0.py: left out, for the run takes more than -1 s"
    assert more == f"{_FILES - 1} more files left out for the same reason; what was found stands"
    monkeypatch.undo()
    monkeypatch.chdir(project)
    again = check(capsys)
    assert again == (1, found, "")


def test_what_was_found_before_the_end_stands(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun: list[str] = []

    def begin(path: str) -> None:
        begun.append(path)
        monkeypatch.setattr(failures, "SECONDS_FOR_A_RUN", 600.0 if len(begun) < _FILES + 3 else -1.0)
        original(path)

    original = failures.begin
    assert project.exists()
    monkeypatch.setattr("hookproof.outcomes.roots.begin", begin)
    monkeypatch.setattr("hookproof.session.sources.begin", begin)
    status, out, err = check(capsys, "--no-cache")
    assert status == 2
    assert {line.partition(":")[0] for line in out.splitlines()} == {"hook0.py", "hook1.py"}
    assert len(err.splitlines()) == 2


def without_end(*_: object) -> None:
    while True:
        pass


@pytest.mark.slow  # for it starts processes
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("never_ends", "is_found"),
    [
        ("hookproof.semantic.relevance.files_between", False),  # before any root is run
        ("hookproof.outcomes.confidence._removed_by_callers", True),  # after the last one
        ("hookproof.session.sources.Sources.look_through", True),
    ],
)
def test_what_is_about_no_file_ends_too(
    never_ends: str,
    is_found: bool,
    jobs: int,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert project.exists()
    monkeypatch.setattr("hookproof.session.pipeline._FILES_WORTH_A_PROCESS", 1)
    check(capsys, "--no-cache")  # imports all that is measured
    monkeypatch.setattr(never_ends, without_end)
    monkeypatch.setattr(failures, "SECONDS_FOR_A_RUN", 0.5)
    monkeypatch.setattr(failures, "SECONDS_TO_END", 0.3)
    status, out, err = check(capsys, "--no-cache", f"-j{jobs}")
    assert status == 2
    assert ("HKP302" in out) == is_found
    first, _ = err.splitlines()
    assert first == "cannot analyse hook0.py: left out, for the run takes more than 0.5 s"


@pytest.mark.slow  # for it waits
@pytest.mark.parametrize(
    ("never_ends", "is_found", "told"),
    [
        (
            "hookproof.settings.reading.nearest",
            False,
            "hookproof: the run takes more than 0.5 s, and ends here",
        ),
        (
            "hookproof.source.discover._Walk._leaving_out",
            False,
            ".: left out, for the run takes more than 0.5 s",
        ),
        (
            "hookproof.source.suppressions.silence",
            False,
            "hookproof: the run takes more than 0.5 s, and ends here",
        ),
        ("hookproof.output.concise.render", False, "hookproof: the run takes more than 0.5 s, and ends here"),
        (
            "hookproof.run.report_failures",
            True,
            "hookproof: the run takes more than 0.5 s, and ends here",
        ),
    ],
)
def test_what_comes_before_and_after_the_analysis_ends_too(
    never_ends: str,
    is_found: bool,
    told: str,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (project / ".gitignore").write_text("a*b", "utf-8")
    check(capsys, "--no-cache")  # imports all that is measured
    monkeypatch.setattr(never_ends, without_end)
    monkeypatch.setattr(failures, "SECONDS_FOR_A_RUN", 0.5)
    monkeypatch.setattr(failures, "SECONDS_TO_END", 0.3)
    status, out, err = check(capsys, "--no-cache")
    assert (status, "HKP302" in out) == (2, is_found)
    assert err.splitlines()[0] == told
