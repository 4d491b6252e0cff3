"""What holds for every rule: its metadata, its documentation, its fixture, and its examples on torch."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fixture_programs import FIXTURES, Fixture, all_fixtures
from hookproof.rules import registry
from hookproof.rules.rule import Rule
from hookproof.worlds.registry import standings
from torch_oracle import oracle

HEADINGS = ["What it does", "Why it breaks", "Example", "Use instead", "What torch says"]
RULES = [pytest.param(code, id=code) for code in registry.codes()]
WORLDS = {standing.name for standing in standings()}


def section(rule: Rule, heading: str) -> str:
    """Return the text under a heading of a rule's docstring."""
    parts = re.split(r"^## (.+)$", inspect.getdoc(type(rule)) or "", flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[heading].strip()


def program(rule: Rule, heading: str) -> str:
    """Return the one Python block under a heading."""
    blocks = re.findall(r"^```python\n(.*?)^```$", section(rule, heading), flags=re.M | re.S)
    assert len(blocks) == 1
    return str(blocks[0])


def test_there_are_rules_and_their_codes_differ() -> None:
    files = [path.stem for path in Path(registry.__file__).parent.glob("hkp*.py")]
    assert len(registry.codes()) == len(files) > 0
    assert list(registry.codes()) == sorted({file[:6].upper() for file in files})


def test_listing_codes_imports_no_rule() -> None:
    asks = (
        "import sys; from hookproof.rules import registry; print(len(registry.codes()),"
        " [name for name in sys.modules if name.startswith('hookproof.rules.hkp')])"
    )
    answer = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert answer.stdout == f"{len(registry.codes())} []\n"


def test_rules_are_found_by_code_prefix_and_name() -> None:
    assert [rule.code for rule in registry.rules("HKP10")] == list(registry.codes("HKP10"))
    for rule in registry.rules():
        assert registry.rule_named(rule.name) is rule
    with pytest.raises(KeyError):
        registry.rule("HKP999")
    with pytest.raises(KeyError):
        registry.rule_named("script-module")


@pytest.mark.parametrize("code", RULES)
def test_a_rule_is_named_like_its_file(code: str) -> None:
    rule = registry.rule(code)
    assert rule.code == code
    stem = type(rule).__module__.rpartition(".")[2]
    assert stem == f"{code.lower()}_{rule.name.replace('-', '_')}"
    classes = [v for v in vars(sys.modules[type(rule).__module__]).values() if inspect.isclass(v)]
    assert [c for c in classes if issubclass(c, Rule) and c.__module__ == type(rule).__module__] == [
        type(rule)
    ]


@pytest.mark.parametrize("code", RULES)
def test_metadata_is_complete(code: str) -> None:
    rule = registry.rule(code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    assert 10 < len(rule.summary) <= 100
    assert rule.summary[0].isupper() or rule.summary[0] == "`"
    assert not rule.summary.endswith(".")
    assert rule.worlds
    assert rule.worlds <= WORLDS
    assert rule.severity in ("error", "warning")
    assert (rule.outcome == "raises") == (rule.prediction is not None)
    if rule.prediction:
        re.compile(rule.prediction.message)


@pytest.mark.parametrize("code", RULES)
def test_the_docstring_has_the_headings(code: str) -> None:
    doc = inspect.getdoc(type(registry.rule(code))) or ""
    assert re.findall(r"^## (.+)$", doc, flags=re.M) == HEADINGS
    summary = doc.split("\n\n")[0]
    assert summary.endswith(".")
    assert not summary.startswith("#")
    assert all(section(registry.rule(code), heading) for heading in HEADINGS)


@pytest.mark.parametrize("code", RULES)
def test_the_example_breaks_on_torch_as_predicted(code: str, tmp_path: Path) -> None:
    rule = registry.rule(code)
    path = tmp_path / "example.py"
    path.write_text(program(rule, "Example"), "utf-8")
    outcome = oracle().run(path, [None])[None]
    if rule.prediction:
        assert outcome.raised, outcome
        assert rule.prediction.exception in outcome.exception, outcome
        assert re.search(rule.prediction.message, outcome.message), outcome
    else:
        assert not outcome.raised, outcome
        assert outcome.differs, outcome


@pytest.mark.parametrize("code", RULES)
def test_the_mended_example_does_not_break(code: str, tmp_path: Path) -> None:
    rule = registry.rule(code)
    path = tmp_path / "mended.py"
    path.write_text(program(rule, "Use instead"), "utf-8")
    outcome = oracle().run(path, [None])[None]
    assert not outcome.raised, outcome
    assert not outcome.differs, outcome
    assert rule.outcome == "raises" or outcome.differs is False, "define `eager` and `scripted`"


@pytest.mark.parametrize("code", RULES)
def test_a_rule_has_a_fixture_with_programs_enough(code: str) -> None:
    rule = registry.rule(code)
    stem = f"{code.lower()}_{rule.name.replace('-', '_')}"
    own = [fixture for fixture in all_fixtures() if str(fixture) == stem]
    assert len(own) == 1, f"no fixture {stem} in {FIXTURES}"
    shown = [p for p in own[0].programs if any(e.code == code for e in p.expectations)]
    assert len(shown) >= 3, "at least three breaking programs"
    assert len([p for p in own[0].programs if p.kind == "survives"]) >= 3, "at least three surviving programs"


@pytest.mark.parametrize("fixture", all_fixtures(), ids=str)
def test_a_fixture_names_rules_that_exist(fixture: Fixture) -> None:
    codes = set(registry.codes())
    assert not [str(e) for e in fixture.expectations if e.code not in codes]
    if str(fixture).startswith("hkp"):
        assert str(fixture)[:6].upper() in codes
