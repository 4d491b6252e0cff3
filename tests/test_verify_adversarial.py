"""A wrong finding on a program that loses nothing is refuted, and a right one on its near miss confirmed."""

from __future__ import annotations

import re
from pathlib import Path

from hookproof.finding import Finding, HookReference, Subject, Verdict
from hookproof.rules.registry import rule
from test_adversarial import SURVIVING, layouts
from test_verify_worker import verdicts

# The hook leaves something in Python or prints it, in eager mode alone, and nobody looks at that afterwards;
# what is left of a program is not watched yet, so these are confirmed, though `check` rightly is silent.
UNREAD = {
    "features_looked_at_before_the_export",
    "features_of_the_eager_call_that_comes_last",
    "hook_after_scripting_for_the_eager_model",
    "logging_left_out_while_tracing",
    "new_attribute_that_nobody_loads",
}
# The eager module is called beside its scripted copy: had nothing been scripted, it would have counted both.
COUNTS_BOTH = {"count_read_from_the_copy"}
NEVER_REACHED = {"hook_on_a_branch_that_is_not_taken"}  # nothing can be said of it
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


def judged(paths: list[Path], folder: Path, layout: str) -> list[tuple[Path, str, Verdict]]:
    """Return the verdicts on the marked lines of programs in a layout."""
    findings = []
    for path in paths:
        copy = folder / path.stem / "program.py"
        copy.parent.mkdir(parents=True)
        (copy.parent / "pyproject.toml").write_text("", "utf-8")
        copy.write_text(layouts(path.read_text("utf-8"))[layout], "utf-8")
        findings.append(finding_at_mark(copy))
    return list(zip(paths, [f.code for f in findings], verdicts(findings), strict=True))


def test_what_is_planted_where_nothing_is_lost_is_refuted(tmp_path: Path) -> None:
    others = dict.fromkeys(UNREAD | COUNTS_BOTH, "confirmed") | dict.fromkeys(NEVER_REACHED, "inconclusive")
    found = judged(SURVIVING, tmp_path, "script")
    wrong = [
        f"{path.stem} {code} {verdict.status}: {verdict.reason}"
        for path, code, verdict in found
        if verdict.status != others.get(path.stem, "refuted")
    ]
    assert not wrong, "\n".join(wrong)
    assert len(found) - len(others) > 60
