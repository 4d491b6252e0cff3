"""Each format leads to the page of a rule, by the addresses that pyproject.toml has."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from findings import sample, write_source
from hookproof import urls
from hookproof.output import render
from hookproof.output.display import Display
from hookproof.output.hyperlinks import can_link
from hookproof.rules.registry import rules
from places import ROOT

CODES = ["HKP302", "HKP303", "HKP308"]  # of the sample
LINK = re.compile(r"\x1b\]8;;([^\x1b]+)\x1b\\(?:\x1b\[[\d;]*m)*([^\x1b]+)(?:\x1b\[[\d;]*m)*\x1b\]8;;\x1b\\")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return write_source(tmp_path)


def text(name: str, path: str, **display: Any) -> str:
    return "".join(render(name, sample(path), Display(**display)))


def test_addresses_are_those_of_the_project() -> None:
    written = (ROOT / "pyproject.toml").read_text("utf-8")
    stale = "what is installed is older than pyproject.toml: pip install --no-deps -e ."
    assert f'Documentation = "{urls.page()}"' in written, stale
    assert f'Repository = "{urls.repository()}"' in written, stale
    assert urls.rule_url("HKP302") == f"{urls.page()}rules/HKP302/"


def test_no_address_is_written_down_twice() -> None:
    address = str(urls.page())
    for path in (ROOT / "src").rglob("*.py"):
        assert address not in path.read_text("utf-8"), path


def test_each_address_is_of_a_page_that_there_is() -> None:
    for rule in rules():
        assert (ROOT / "docs" / "rules" / f"{rule.code}.md").is_file()


def test_without_metadata_there_are_no_addresses(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "_listed", dict)
    for name in ("json", "sarif", "github", "gitlab", "junit", "markdown", "full", "concise"):
        shown = text(name, path, links=True, color=True)
        assert "HKP302" in shown
        assert "readthedocs" not in shown


@pytest.mark.parametrize("name", ["full", "concise", "grouped"])
def test_codes_are_hyperlinks_in_a_terminal_that_shows_them(name: str, path: str) -> None:
    shown = text(name, path, color=True, links=True)
    assert [(code, url) for url, code in LINK.findall(shown)] == [
        (code, urls.rule_url(code)) for code in CODES
    ]
    assert "\x1b]8" not in text(name, path, color=True)


def test_sarif_has_the_addresses_of_rules_and_tool(path: str) -> None:
    (run,) = json.loads(text("sarif", path))["runs"]
    driver = run["tool"]["driver"]
    assert driver["informationUri"] == urls.page()
    assert [rule["helpUri"] for rule in driver["rules"]] == [urls.rule_url(code) for code in CODES]


def test_json_junit_github_and_gitlab_have_the_address_of_each_rule(path: str) -> None:
    assert [each["url"] for each in json.loads(text("json", path))["findings"]] == [
        urls.rule_url(code) for code in CODES
    ]
    for name in ("junit", "github", "gitlab"):
        shown = text(name, path)
        assert all(str(urls.rule_url(code)) in shown for code in CODES), name


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "can"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "6800"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "tmux-256color", "TMUX": "1", "TERM_PROGRAM": "WezTerm"}, False),
        ({"TERM": "dumb", "WT_SESSION": "x"}, False),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "1"}, True),
    ],
)
def test_which_terminals_show_hyperlinks(environment: dict[str, str], can: bool) -> None:
    assert can_link(Terminal(), environment) is can
    if "FORCE_HYPERLINK" not in environment:
        assert not can_link(io.StringIO(), environment)
