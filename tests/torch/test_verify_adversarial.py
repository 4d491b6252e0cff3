"""A wrong finding on a program that loses nothing is refuted, and a right one on its near miss confirmed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hookproof.finding import Finding, HookReference, Subject, Verdict
from hookproof.rules.registry import rule
from test_adversarial import DIFFERING, SURVIVING, layouts
from test_verify_worker import verdicts

_MARK = re.compile(r"\s*# (?:planted: )?(HKP\d{3})$")


def finding_at_mark(path: Path) -> Finding:
    """Return a finding of the code on the marked line, as a tool that only counts calls would report it."""
    lines = path.read_text("utf-8").splitlines()
    number, mark = next((n, m) for n, line in enumerate(lines, 1) if (m := _MARK.search(line)))
    flagged = lines[number - 1][: mark.start()]
    api = re.search(r"register_\w*hook", flagged)
    hook = next((n for n in range(number, 0, -1) if lines[n - 1].lstrip().startswith("def ")), number)
    told = rule(mark[1])
    column = len(flagged) - len(flagged.lstrip())
    if mark[1] in ("HKP114", "HKP121"):  # they flag an expression, not a statement
        column = flagged.index("= ") + 2
    if told.asks == "use":
        column = flagged.find("isinstance")
    return Finding(
        path=str(path),
        line=number,
        column=column + 1,
        code=mark[1],
        message="planted",
        rule=told.name,
        severity="warning",
        confidence="certain",
        world="traced" if "traced" in told.worlds else sorted(told.worlds)[0],
        outcome="silent",
        end_line=number,
        end_column=len(flagged) + 1,
        hook=HookReference(lines[hook - 1].split()[1].partition("(")[0], str(path), hook),
        subject=Subject(api=api[0] if api else "", form="function"),
    )


MASK = "settings = __import__('os').environ['SET_NOWHERE']\n"
MISSING = "settings = open('settings.json').read()  # is not there\n"


def judged(paths: list[Path], folder: Path, mask: str = "") -> list[tuple[Path, str, Verdict]]:
    """Return the verdicts on the marked lines of programs, which may start with what ends them."""
    findings = []
    for path in paths:
        copy = folder / path.stem / "program.py"
        copy.parent.mkdir(parents=True)
        (copy.parent / "pyproject.toml").write_text("", "utf-8")
        text = layouts(path.read_text("utf-8"))["script"]
        copy.write_text(text.replace("import torch\n", "import torch\n" + mask, 1), "utf-8")
        findings.append(finding_at_mark(copy))
    return list(zip(paths, [f.code for f in findings], verdicts(findings), strict=True))


def others(found: list[tuple[Path, str, Verdict]], expected: str) -> str:
    wrong = [(path, code, verdict) for path, code, verdict in found if verdict.status != expected]
    return "\n".join(
        f"{path.stem} {code} {verdict.status}: {verdict.reason}" for path, code, verdict in wrong
    )


def test_what_is_planted_where_nothing_is_lost_is_refuted(tmp_path: Path) -> None:
    found = judged(SURVIVING, tmp_path)
    assert not others(found, "refuted"), others(found, "refuted")


def test_what_a_near_miss_loses_is_confirmed(tmp_path: Path) -> None:
    found = judged(DIFFERING, tmp_path)
    assert not others(found, "confirmed"), others(found, "confirmed")


@pytest.mark.parametrize("mask", [MASK, MISSING])
def test_behind_what_ends_the_program_no_planted_one_is_confirmed(mask: str, tmp_path: Path) -> None:
    found = judged(SURVIVING[::4], tmp_path, mask)
    confirmed = [each for each in found if each[2].status == "confirmed"]
    assert not confirmed, others(confirmed, "")


@pytest.mark.parametrize(("mask", "said"), [(MASK, "was passed over"), (MISSING, "made-up contents")])
def test_behind_what_ends_the_program_what_a_near_miss_loses_is_confirmed(
    mask: str, said: str, tmp_path: Path
) -> None:
    found = judged(DIFFERING[::4], tmp_path, mask)
    assert not others(found, "confirmed"), others(found, "confirmed")
    assert all(said in verdict.reason for _, _, verdict in found)
