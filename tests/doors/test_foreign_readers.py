"""Formats read by programs that are not ours: a runner of GitHub's jobs, vim, TypeScript, SARIF's tool."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from act_runner import ONE_COMMAND, run_workflow
from findings import finding, sample, write_source
from hooked_project import ROOT
from hookproof.output import render
from hookproof.output.concise import text as message
from hookproof.output.display import Display
from hookproof.output.edits import in_words
from hookproof.report import Report, merge
from hookproof.rules import registry
from hookproof.urls import rule_url
from quickfix import Entry, quickfix

# Where `.ci/run` puts what npm has: see there for the names and versions.
MODULES = os.environ.get("HOOKPROOF_READERS")

NAMES = ("net file é.py", "a,b: 100%.py")


def text(name: str, report: Report) -> str:
    return "".join(render(name, report, Display()))


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Return findings in two files with odd names, which are there."""
    monkeypatch.chdir(tmp_path)
    Path(write_source(tmp_path)).rename(tmp_path / NAMES[0])
    (tmp_path / NAMES[1]).write_text((tmp_path / NAMES[0]).read_text("utf-8"), "utf-8")
    return merge([sample(name) for name in NAMES])


# --- GitHub's workflow commands ----------------------------------------------------------------------------


def test_a_runner_reads_each_finding_from_a_workflow_command(report: Report, tmp_path: Path) -> None:
    output = tmp_path / "output.txt"
    output.write_text(text("github", report), "utf-8")
    (tmp_path / "repository").mkdir()
    job = run_workflow(ONE_COMMAND.format('cat "$OUTPUT"'), tmp_path / "repository", OUTPUT=str(output))
    assert job.succeeded
    assert job.printed == ""
    assert [each.name for each in job.commands] == [found.severity for found in report.findings]
    for command, found in zip(job.commands, report.findings, strict=True):
        told = command.properties
        fix = f"{in_words(found, found.fix)}\n" if found.fix else ""
        assert command.message == f"{found.code} {message(found)}\n{fix}{rule_url(found.code)}"
        assert (told["file"], told["title"]) == (found.path, f"hookproof ({found.code})")
        assert (int(told["line"]), int(told["endLine"])) == (found.line, found.end_line)
        # GitHub drops an annotation that has columns and spans lines.
        columns = {name: int(told[name]) for name in ("col", "endColumn") if name in told}
        is_one_line = found.line == found.end_line
        assert columns == ({"col": found.column, "endColumn": found.end_column} if is_one_line else {})


# --- vim's quickfix list -----------------------------------------------------------------------------------


def expected(report: Report) -> list[Entry]:
    return [
        Entry(found.path, found.line, found.column, "", f"{found.code} {message(found)}")
        for found in report.findings
    ]


def test_vim_steps_through_concise_as_the_documentation_says(report: Report, tmp_path: Path) -> None:
    (setting,) = re.findall(
        r"`:set errorformat=(\S+?\\ %m)`", (ROOT / "docs" / "command-line.md").read_text("utf-8")
    )
    output = text("concise", report)
    read = quickfix(output, setting.replace("\\ ", " "), tmp_path)
    assert read is None or read == expected(report)
    assert len(output.splitlines()) == len(report.findings)


def test_vim_steps_through_grouped(report: Report, tmp_path: Path) -> None:
    output = text("grouped", report)
    read = quickfix(output, "%-P%f:,%*[ ]%l:%c%*[ ]%m,%-Q", tmp_path)
    assert read is None or read == expected(report)
    groups = output.strip().split("\n\n")
    assert [group.splitlines()[0] for group in groups] == [f"{name}:" for name in sorted(NAMES)]


def test_vim_steps_through_full_and_its_evidence(report: Report, tmp_path: Path) -> None:
    output = text("full", report)
    lines = ("%-G%*[ ]= %.%#fix: %.%#", "%f:%l:%c: %m", "%I%*[ ]= %f:%l: %m", "%-G%.%#")
    read = quickfix(output, ",".join(lines), tmp_path)
    locations = [(found.path, found.line, found.column, found.code) for found in report.findings]
    evidence = [(each.path, each.line, each.note) for found in report.findings for each in found.evidence]
    if read is not None:
        told = [each for each in read if not each.kind]
        assert [(each.path, each.line, each.column, each.text.split()[0]) for each in told] == locations
        assert [(each.path, each.line, each.text) for each in read if each.kind == "I"] == evidence
    for path, line, note in evidence:
        assert f"= {path}:{line}: {note}" in output


# --- Code Climate's and GitLab's issues --------------------------------------------------------------------


def refused(issues: list[dict[str, Any]], folder: Path) -> set[int]:
    """Return the numbers of the issues that TypeScript does not take for a literal of Code Climate's type."""
    (folder / "node_modules").symlink_to(str(MODULES))
    program = folder / "issues.ts"
    literals = [f"  {json.dumps(issue)}," for issue in issues]
    lines = [
        "import type { Issue } from 'codeclimate-types'",
        "export const all: Issue[] = [",
        *literals,
        "]",
    ]
    program.write_text("\n".join(lines))
    compiler = [f"{MODULES}/.bin/tsc", "--noEmit", "--strict", "--pretty", "false", program.name]
    done = subprocess.run(compiler, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    told = re.findall(r"^issues\.ts\((\d+),", done.stdout, re.M)
    assert (done.returncode == 0) is (not told), done.stdout + done.stderr
    return {int(line) - len(lines) + len(literals) for line in told}


def test_gitlab_issues_have_the_types_of_code_climate(report: Report, tmp_path: Path) -> None:
    issues = json.loads(text("gitlab", report))
    read = [
        (each["location"]["path"], each["location"]["lines"]["begin"], each["check_name"]) for each in issues
    ]
    assert read == [(found.path, found.line, found.code) for found in report.findings]
    if MODULES is not None:
        keys = ("type", "description", "check_name", "categories", "location")
        spoiled = [{name: issues[0][name] for name in issues[0] if name != key} for key in keys]
        spoiled.append({**issues[0], "severity": "error"})
        assert refused([*issues, *spoiled], tmp_path) == {*range(len(issues), len(issues) + len(spoiled))}


# --- SARIF, by the tool of those who published it ----------------------------------------------------------


def test_the_sarif_tool_finds_the_log_fit_for_code_scanning(report: Report, tmp_path: Path) -> None:
    of_each_rule = [finding(NAMES[0], code=rule.code, rule=rule.name) for rule in registry.rules()]
    log = tmp_path / "log.sarif"
    log.write_text(text("sarif", merge([report, Report(findings=tuple(of_each_rule))])), "utf-8")
    assert len(json.loads(log.read_text("utf-8"))["runs"][0]["results"]) == len(of_each_rule) + 6
    if MODULES is not None:
        tool = f"{MODULES}/@microsoft/sarif-multitool-linux/Sarif.Multitool"
        done = subprocess.run(
            [tool, "validate", str(log), "--rule-kind", "Sarif;Ghas"],
            env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Analysis completed successfully." in done.stdout, done.stdout + done.stderr
        told = re.findall(r": (?:error|warning) (\w+): (.*)", done.stdout)
        assert told == []
