"""Every output format, read back by a parser of that format that is not ours."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote, urlparse

import jsonschema
import msgspec
import pytest
from diff_cover.violationsreporters.base import QualityDriver
from diff_cover.violationsreporters.violations_reporter import PylintDriver, flake8_driver
from junitparser import Error, Failure, JUnitXml
from rich.cells import cell_len

from findings import SOURCE, finding, sample, write_source
from hookproof.finding import Evidence, Finding
from hookproof.output import HOOK_FORMATS, render, render_hooks
from hookproof.output.closing import closing, closing_of_hooks, statistics
from hookproof.output.display import Display
from hookproof.output.progress import Progress
from hookproof.report import FileCounts, HookSite, Report
from hookproof.rules import registry
from hookproof.settings import OutputFormat
from hookproof.urls import page
from places import DATA

# As published at https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/
SARIF_SCHEMA = DATA / "sarif-schema-2.1.0.json"


def text(name: str, report: Report, **display: Any) -> str:
    return "".join(render(name, report, Display(**display)))


def hooks(name: str, report: Report) -> str:
    return "".join(render_hooks(name, report, Display()))


def schema(name: str) -> dict[str, Any]:
    return json.loads(files("hookproof.output").joinpath("schemas", name).read_text("utf-8"))


def validate(document: object, wanted: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(wanted)
    jsonschema.Draft202012Validator(wanted).validate(document)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return write_source(tmp_path)


@pytest.mark.parametrize("name", get_args(OutputFormat))
def test_every_format_tells_every_finding_and_its_verdict(name: str, path: str) -> None:
    report = sample(path)
    out = text(name, report)
    for each in report.findings:
        assert each.code in out
    assert "confirmed" in out
    assert "inconclusive" in out


@pytest.mark.parametrize("name", get_args(OutputFormat))
def test_no_format_states_a_guess_as_a_fact(name: str, path: str) -> None:
    guess = finding(path, confidence="possible", severity="warning", world="registration")
    shown = text(name, Report(findings=(guess, finding(path, 11, 20, confidence="likely"))))
    assert "possible" in shown
    assert "warning" in shown or '"minor"' in shown
    assert "likely" in shown


@pytest.mark.parametrize("name", get_args(OutputFormat))
def test_every_format_can_say_that_nothing_was_found(name: str) -> None:
    out = text(name, Report())
    if name in ("json", "sarif", "gitlab"):
        json.loads(out)
    elif name == "junit":
        (suite,) = JUnitXml.fromstring(out.encode())
        assert [case.is_passed for case in suite] == [True]
    elif name == "markdown":
        assert out == "### hookproof: nothing found\n\n"
    else:
        assert out == ""


def test_concise_is_path_line_column_code_message(path: str) -> None:
    report = sample(path)
    lines = text("concise", report).splitlines()
    parsed = [re.fullmatch(r"(.+?):(\d+):(\d+): (HKP\d{3}) (.+)", line) for line in lines]
    assert [(m[1], int(m[2]), int(m[3]), m[4]) for m in parsed if m] == [
        (f.path, f.line, f.column, f.code) for f in report.findings
    ]


def test_json_is_what_its_schema_says(path: str) -> None:
    document = json.loads(text("json", sample(path)))
    validate(document, schema("findings.schema.json"))
    assert document["torch"] == "2.13.0"
    assert document["files"]["failed"] == [
        {"path": "pkg/böse datei.py", "reason": "line 3: cannot parse: <oops>"}
    ]
    first = document["findings"][0]
    assert first["evidence"][1] == {"path": "main.py", "line": 3, "note": "scripted here"}
    assert "subject" not in first
    assert "prediction" not in first


@pytest.mark.parametrize("key", ["code", "end_column", "evidence", "verdict", "fix", "hook"])
def test_the_schema_notices_a_missing_key_and_a_wrong_value(key: str, path: str) -> None:
    for spoil in (lambda found: found.pop(key), lambda found: found.update({key: 1.5})):
        document = json.loads(text("json", sample(path)))
        spoil(document["findings"][0])
        with pytest.raises(jsonschema.ValidationError):
            validate(document, schema("findings.schema.json"))


def test_json_lines_are_the_findings_of_json(path: str) -> None:
    report = sample(path)
    lines = [json.loads(line) for line in text("json-lines", report).splitlines()]
    assert lines == json.loads(text("json", report))["findings"]


def test_hooks_json_is_what_its_schema_says(path: str) -> None:
    document = json.loads(hooks("json", sample(path)))
    validate(document, schema("hooks.schema.json"))
    assert document["hooks"][0]["touches"][0]["attribute"] == "m.cache"


# From the Code Climate specification, the part that GitLab reads.
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1, "pattern": "^[^\\n]*$"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^.]"},
                    "lines": {
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def test_gitlab_issues_are_code_quality_with_lasting_fingerprints(tmp_path: Path) -> None:
    lines = ("m.a", "m.a", "m.b", "m.a")
    report = Report(findings=tuple(finding("./x.py", number) for number in (1, 2, 3)))
    issues = json.loads(text("gitlab", report, read=lambda _: lines))
    validate(issues, CODE_QUALITY)
    marks = [issue["fingerprint"] for issue in issues]
    assert len(set(marks)) == 3
    moved = Report(findings=tuple(finding("x.py", number) for number in (4, 5, 6)))
    later = json.loads(text("gitlab", moved, read=lambda _: ("", "", "", *lines)))
    assert [issue["fingerprint"] for issue in later] == marks


def test_junit_has_a_case_for_every_finding_and_an_error_for_every_failed_file(path: str) -> None:
    report = sample(path)
    document = JUnitXml.fromstring(text("junit", report).encode())
    assert (document.tests, document.failures, document.errors) == (4, 3, 1)
    results = [(suite.name, result) for suite in document for case in suite for result in case.result]
    assert [name for name, result in results if isinstance(result, Failure)] == [path] * 3
    assert [name for name, result in results if isinstance(result, Error)] == ["pkg/böse datei.py"]
    assert 'says <torch> & "others"' in results[1][1].message
    assert "main.py:3: scripted here" in results[0][1].text


def test_junit_stands_characters_that_xml_has_not() -> None:
    report = Report(findings=(finding("a\x00\x1b.py", message="\x07 bell"),))
    assert len(list(JUnitXml.fromstring(text("junit", report).encode()))) == 1


@pytest.mark.parametrize(("name", "driver"), [("concise", flake8_driver), ("pylint", PylintDriver())])
def test_diff_quality_reads_lines_as_those_of_flake8_and_pylint(
    name: str, driver: QualityDriver, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(path).parent)
    report = sample(Path(path).name)
    read = driver.parse_reports([text(name, report)])
    assert list(read) == [Path(path).name]
    told = [(violation.line, violation.message) for violation in read[Path(path).name]]
    assert [line for line, _ in told] == [found.line for found in report.findings]
    for (_, message), found in zip(told, report.findings, strict=True):
        assert found.code in message
        assert found.message.split("\n")[0] in message


# --- SARIF -----------------------------------------------------------------------------------------------


def check_sarif(log: dict[str, Any]) -> None:
    """Demand what a schema cannot say, and what code scanning needs on top."""
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note", "none")
        assert result["message"]["text"]
        assert all(isinstance(mark, str) for mark in result["partialFingerprints"].values())
        for location in (*result["locations"], *result["relatedLocations"]):
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert urlparse(uri).scheme in ("", "file")
            assert uri.isascii()
            assert " " not in uri
            assert location["physicalLocation"]["region"]["startLine"] >= 1
    wanted = json.loads(SARIF_SCHEMA.read_text("utf-8"))
    jsonschema.validators.validator_for(wanted)(wanted).validate(log)


def test_sarif_holds_findings_evidence_fixes_and_failures(path: str) -> None:
    log = json.loads(text("sarif", sample(path)))
    check_sarif(log)
    (run,) = log["runs"]
    first, second, _ = run["results"]
    location = first["locations"][0]["physicalLocation"]
    assert unquote(urlparse(location["artifactLocation"]["uri"]).path) == path
    assert location["region"] == {"startLine": 7, "startColumn": 2, "endLine": 7, "endColumn": 9}
    assert [interpret["message"]["text"] for interpret in first["relatedLocations"]] == [
        "`cache` is set here",
        "scripted here",
    ]
    assert second["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "m.id"}
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "cannot parse" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_carries_the_help_of_every_rule_there_is() -> None:
    rules = registry.rules()
    assert rules
    report = Report(findings=tuple(finding("a.py", code=rule.code, rule=rule.name) for rule in rules))
    log = json.loads(text("sarif", report))
    check_sarif(log)
    for rule, described in zip(rules, log["runs"][0]["tool"]["driver"]["rules"], strict=True):
        assert described["id"] == rule.code
        assert "## Why it breaks" in described["help"]["markdown"]
        assert described["fullDescription"]["text"]


# --- full ------------------------------------------------------------------------------------------------


def test_full_underlines_the_flagged_text(path: str) -> None:
    report = sample(path)
    blocks = text("full", report).split("\n\n")
    source = SOURCE.splitlines()
    for found, block in zip(report.findings, blocks, strict=False):
        lines = block.splitlines()
        at = next(number for number, line in enumerate(lines) if re.match(r" *\^", line.partition("| ")[2]))
        shown, carets = lines[at - 1].partition("| ")[2], lines[at].partition("| ")[2]
        assert shown == source[found.line - 1].expandtabs(4)
        # On a terminal, the carets stand in the columns of what is flagged, wide letters and all.
        start = found.column - 1
        end = None if found.line != found.end_line else found.end_column - 1
        flagged = source[found.line - 1][start:end]
        before = shown[: shown.index(flagged)]
        assert carets.index("^") == cell_len(before)
        assert len(carets.strip().split(" ")[0]) == cell_len(flagged)


def test_full_gives_the_evidence_chain_the_fix_and_the_verdict(path: str) -> None:
    out = text("full", sample(path))
    assert f"= {path}:20: `cache` is set here" in out
    assert "= main.py:3: scripted here" in out
    assert f"= safe fix: {path}:11:20: put `m.id`" in out
    assert "= confirmed by torch 2.13.0: it did" in out
    assert "= torch says: RuntimeError: no" in out
    assert "`hookproof explain HKP302`" in out


def test_a_refuted_finding_is_owned_up_to(path: str) -> None:
    from hookproof.finding import Verdict

    refuted = Report(findings=(finding(path, verdict=Verdict("refuted", "it scripts", torch="2.13.0")),))
    assert "defect of hookproof" in text("full", refuted)


def test_full_stands_a_file_that_is_gone_or_shorter() -> None:
    report = Report(findings=(finding("gone.py", 7, evidence=(Evidence("gone.py", 1, "here"),)),))
    assert "gone.py:7:2: HKP302" in text("full", report)
    assert "gone.py:7:2: HKP302" in text("full", report, read=lambda _: ("x",))


def test_colours_change_nothing_but_colours(path: str) -> None:
    plain, colored = text("full", sample(path)), text("full", sample(path), color=True)
    assert "\x1b[" in colored
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "color"),
    [
        (io.StringIO(), {}, False),
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_by_terminal_and_environment(
    stream: io.StringIO, environment: dict[str, str], color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Display.of(stream).color is color


# --- the inventory ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [30, 80, 200])
def test_the_table_fits_the_terminal(width: int, path: str) -> None:
    out = "".join(render_hooks("table", sample(path), Display(width=width)))
    # A path stays whole, so that it can be clicked; everything else is broken between words.
    assert not [line for line in out.splitlines() if cell_len(line) > width and ".py:" not in line]
    if width >= 80:
        for told in ("register_forward_hook", "m.cache", "count", "compiled", "guarded"):
            assert told in out


def test_no_hooks_give_an_empty_table() -> None:
    assert hooks("table", Report()) == ""


@pytest.mark.parametrize("name", HOOK_FORMATS)
def test_hook_names_with_markup_are_shown_as_they_are(name: str, path: str) -> None:
    import msgspec

    report = sample(path)
    site = msgspec.structs.replace(report.hooks[0], module_class="pkg.Net[/bold]<b>")
    out = hooks(name, Report(hooks=(site,)))
    assert "<b>" not in out if name in ("html", "markdown") else "<b>" in re.sub(r"\s", "", out)


# --- closing line and statistics ---------------------------------------------------------------------------


def test_the_closing_line_counts_and_says_what_to_do_next(path: str) -> None:
    first, hidden, future, following = closing(sample(path), 0.42)
    assert first == "Found 2 errors, 1 warning (3 files checked, 2 parsed, 1 failure, 0.4 s)"
    assert hidden.startswith("2 possible findings hidden")
    assert "--assume-scripted" in hidden
    said, _, where = future.partition(" (")
    assert said == "torch deprecates TorchScript, and warns of it from 2.14 on"
    assert where == f"{page('torch-versions/')})"
    assert following == "Next: `hookproof check --diff` shows what `--fix` would change"
    *_, without_fix = closing(Report(findings=(finding(path),)), 0.4)
    assert "hookproof explain HKP302" in without_fix
    assert list(closing(Report(files=FileCounts(1)), 0.0)) == [
        "Nothing found (1 file checked, 0 parsed, 0.0 s)"
    ]
    assert list(closing(Report(), 0.0)) == ["No Python files under the given paths"]


@pytest.mark.parametrize(
    ("torch", "said"), [(None, 0), ("2.10", 0), ("2.11", 1), ("2.13.0", 1), ("2.14.1", 1), ("mine.json", 0)]
)
def test_people_on_torchscript_are_told_once_what_their_torch_says_of_it(
    torch: str | None, said: int, path: str
) -> None:
    import msgspec

    report = msgspec.structs.replace(sample(path), torch=torch)
    assert sum("TorchScript" in line for line in closing(report, 0.0)) == said
    exported = [msgspec.structs.replace(each, code="HKP601", world="exported") for each in report.findings]
    others = msgspec.structs.replace(report, findings=tuple(exported))
    assert not [line for line in closing(others, 0.0) if "TorchScript" in line]


def test_the_closing_line_counts_what_was_given_and_left_out() -> None:
    assert list(closing(Report(files=FileCounts(1, excluded=2)), 0.0)) == [
        "Nothing found (1 file checked, 0 parsed, 2 excluded, 0.0 s)"
    ]
    assert list(closing(Report(files=FileCounts(excluded=2)), 0.0)) == [
        "No Python files under the given paths (2 excluded)"
    ]
    assert list(closing(Report(files=FileCounts(1)), 0.0, 1)) == [
        "Nothing found, 1 unused noqa code (1 file checked, 0 parsed, 0.0 s)"
    ]


def test_the_closing_lines_explain_the_words_that_were_used() -> None:
    possible = Report(findings=(finding(confidence="possible"),), files=FileCounts(1, 1))
    assert any(line.startswith("`possible`: ") for line in closing(possible, 0.0))
    certain = Report(findings=(finding(),), files=FileCounts(1, 1))
    assert not any("`possible`" in line for line in closing(certain, 0.0))
    site = HookSite("a.py", 1, 1, "register_forward_hook", "lambda", "local", guarded=True)
    words = "\n".join(closing_of_hooks(Report(hooks=(site,), files=FileCounts(1, 1)), 0.0, 0))
    assert "`eager`: " in words
    assert "`guarded`: " in words
    plain = msgspec.structs.replace(site, guarded=False, worlds=("compiled",))
    assert len(list(closing_of_hooks(Report(hooks=(plain,), files=FileCounts(1, 1)), 0.0, 0))) == 2


def test_statistics_are_sorted_by_number() -> None:
    found: list[Finding] = [finding(line=line, code="HKP303", rule="new-attribute") for line in range(11)]
    out = "".join(statistics(Report(findings=(finding(), *found))))
    assert out == "11 HKP303 new-attribute\n 1 HKP302 unscriptable-attribute\n"


def test_a_concise_run_imports_no_rich(tmp_path: Path) -> None:
    program = (
        "import sys; from hookproof.output import render; from hookproof.output.display import Display;"
        "from hookproof.report import Report; ''.join(render('concise', Report(), Display()));"
        "print([name for name in ('rich', 'libcst', 'jsonschema', 'pygments') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout == "[]\n"


def test_a_progress_bar_only_on_a_terminal_and_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    for is_shown, seconds, draws in ((False, 9.0, False), (True, 0.5, False), (True, 1.5, True)):
        clock = [0.0]
        with Progress("Checking", is_shown) as progress:
            clock[0] = seconds
            progress(3, 10)
            progress(10, 10)
        shown = capsys.readouterr()
        assert shown.out == ""
        assert ("Checking" in shown.err) is draws
