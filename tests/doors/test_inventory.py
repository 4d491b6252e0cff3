"""`hooks` lists what a search with `ast` finds, and says of every form and receiver what it is."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fixture_programs import Fixture, all_fixtures
from hookproof.report import HookSite
from hookproof.session.pipeline import inventory
from hookproof.settings import Settings
from inventory_cases import FORMS, HEADER, NO_REGISTRATIONS, OTHER, REACHES, RECEIVERS
from places import ROOT

CASES = {**FORMS, **RECEIVERS, **REACHES}


def _search() -> Callable[[str, str], list[tuple[int, str]]]:
    path = ROOT / "tools" / "grep_registrations.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    search: Callable[[str, str], list[tuple[int, str]]] = module.registrations
    return search


registrations = _search()


def sites(folder: Path) -> tuple[HookSite, ...]:
    report = inventory([str(folder)], Settings())
    assert not report.files.failed
    return report.hooks


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    def write(body: str) -> str:
        source = HEADER + body
        (tmp_path / "program.py").write_text(source)
        (tmp_path / "other.py").write_text(OTHER)
        return source

    return write


def _expected(source: str) -> list[tuple[int, str, list[str], str, str, bool]]:
    found = []
    for number, line in enumerate(source.splitlines(), 1):
        _, separator, comment = line.partition("  # ")
        if separator:
            form, hooks, receiver, removed, *guarded = (part.strip() for part in comment.split("|"))
            found.append((number, form, hooks.split(), receiver, removed, bool(guarded)))
    return found


@pytest.mark.parametrize("name", CASES)
def test_site_is_described(name: str, program: Callable[[str], str], tmp_path: Path) -> None:
    source = program(CASES[name])
    expected = _expected(source)
    assert expected
    described = [
        (site.line, site.form, [hook.name for hook in site.hooks], site.receiver, site.removed, site.guarded)
        for site in sites(tmp_path)
    ]
    assert described == expected


@pytest.mark.parametrize("name", CASES)
def test_search_finds_the_same(name: str, program: Callable[[str], str]) -> None:
    source = program(CASES[name])
    assert sorted({line for line, _ in registrations(source, "program")}) == [
        line for line, *_ in _expected(source)
    ]


@pytest.mark.parametrize("name", NO_REGISTRATIONS)
def test_not_listed(name: str, program: Callable[[str], str], tmp_path: Path) -> None:
    source = program(NO_REGISTRATIONS[name])
    assert sites(tmp_path) == ()
    assert registrations(source, "program") == []


def test_all_in_one_file(program: Callable[[str], str], tmp_path: Path) -> None:
    """Sites do not disturb each other: together, everything that is found alone is found."""
    bodies = (f"if True:\n{_indented(body)}" for body in CASES.values())
    source = program("\n".join(bodies))
    assert [site.line for site in sites(tmp_path)] == [line for line, *_ in _expected(source)]


def _indented(body: str) -> str:
    return "\n".join(f"    {line}" for line in body.splitlines())


@pytest.mark.parametrize("fixture", all_fixtures(), ids=str)
def test_fixture_is_listed_in_full(fixture: Fixture, tmp_path: Path) -> None:
    for path in fixture.files:  # away from this project, all of which would be read with it
        shutil.copy(path, tmp_path)
    listed = {(Path(site.path).name, site.line) for site in sites(tmp_path)}
    searched = {
        (path.name, line) for path in fixture.files for line, _ in registrations(path.read_text(), path.stem)
    }
    assert searched <= listed
