"""Comments that silence findings mean the same here and in the real flake8."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findings import finding
from fixture_programs import FIXTURES
from hooked_project import hookproof, locations
from hookproof.finding import Finding
from hookproof.source import baseline
from hookproof.source.suppressions import add_noqa, silence


def lines_of(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n"))


def left(text: str, *findings: Finding) -> list[tuple[int, str]]:
    lines = lines_of(text)
    return [(found.line, found.code) for found in silence(findings, lambda _: lines).findings]


def remarks(text: str, *findings: Finding) -> tuple[list[str], list[str]]:
    lines = lines_of(text)
    result = silence(findings, lambda _: lines, also=("a.py",))
    return [remark.text for remark in result.malformed], [remark.text for remark in result.unused]


# Lines on which pyflakes finds F821 at column 1, with everything that may follow them.
COMMENTS = (
    "",
    "  # noqa",
    "  # NOQA",
    "  #noqa",
    "  # noqa: F821",
    "  # noqa:F821",
    "  # noqa : F821",
    "  # noqa: F8",
    "  # noqa: E501,F821",
    "  # noqa: E501 F821",
    "  # noqa: E501, F821 because of that",
    "  # noqa: E501",
    "  # noqa: f821",
    "  # noqa: undefined-name",
    "  # noqa:  F821",
    "  # because # noqa: F821",
    "  # noqa: F821 # more",
    "  # noqa: F821,",
    "  # noqa: ABC1 # noqa: F821",
    "  # noqa-F821",
    "  # hookproof",
    '; x = "# noqa: F821"',
)
BODIES = (
    "name",
    "name, (1,\n 2)",
    "name, '''\n'''",
    "name, '''\n  inside # noqa: F821\n'''",
    "name \\\n , 1",
    "(\nname,\n)",
    "[name,\n '''\n''']",
    "f'''{name}\n'''",
)


def by_flake8(text: str, folder: Path) -> set[int]:
    file = folder / "case.py"
    file.write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "flake8",
        "--isolated",
        "--select=F821",
        "--format=%(row)d",
        "-j1",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr
    return {int(row) for row in done.stdout.split()}


def by_us(text: str) -> set[int]:
    locations = [number for number, line in enumerate(lines_of(text), 1) if re.search(r"(?<!\w)name\b", line)]
    assert locations
    found = (finding("a.py", number, code="F821") for number in locations)
    return {line for line, _ in left(text, *found)}


def test_the_same_lines_are_silenced_as_in_flake8(tmp_path: Path) -> None:
    cases = [f"{body}{comment}\n" for body in BODIES for comment in COMMENTS]
    text = "pass\n".join(cases)
    flagged = by_flake8(text, tmp_path)
    assert flagged == by_us(text)
    assert 20 < len(flagged) < len(cases)


@pytest.mark.parametrize(
    "comment",
    [
        "# flake8: noqa",
        "  # flake8: NOQA",
        "# flake8=noqa",
        "x = 1  # flake8: noqa",
        "#flake8: noqa",
        "# flake8: noqa: E5",
    ],
)
def test_the_same_files_are_silenced_as_in_flake8(comment: str, tmp_path: Path) -> None:
    text = f"{comment}\nname\n"
    assert by_flake8(text, tmp_path) == by_us(text)


def test_a_file_is_silenced_for_hookproof_alone() -> None:
    two = finding(line=2), finding(line=3, code="HKP101")
    assert left("# hookproof: noqa\nm.x\nm.y\n", *two) == []
    assert left("# hookproof: noqa: HKP302\nm.x\nm.y\n", *two) == [(3, "HKP101")]
    assert left("# hookproof: noqa: HKP3, HKP101\nm.x\nm.y\n", *two) == []
    assert left("x = 1  # hookproof: noqa\nm.x\nm.y\n", *two) == [(2, "HKP302"), (3, "HKP101")]


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("# noqa : HKP302", "every code"),
        ("# noqa HKP302", "every code"),
        ("# noqa:  HKP302", "every code"),
        ("#noqa: HKP302", "one space"),
        ("# noqa: hkp302", "capitals"),
        ("# hookproof: noqa: unscriptable", "not a code"),
        ("# noqa: HKP302", None),
        ("# noqa: E501,HKP302", None),
        ("# noqa: E501", None),
        ("# noqa", None),
        ("# hookproof: noqa", None),
        ("# see HKP302", None),
    ],
)
def test_malformed_comments_are_warned_of(comment: str, problem: str | None) -> None:
    malformed, _ = remarks(f"{comment}\nm.x\n")
    assert len(malformed) == (problem is not None)
    assert all(problem is not None and problem in text for text in malformed)


def test_what_only_looks_like_a_comment_is_not_warned_of() -> None:
    assert remarks('x = "#noqa: HKP302"\n')[0] == []


def test_unused_codes_are_remarked_and_used_or_foreign_ones_are_not() -> None:
    text = "a  # noqa: HKP302,HKP101,E501\nb  # noqa: HKP302\nc  # noqa\nd  # noqa: HKP3\n"
    _, unused = remarks(text, finding("a.py", 1), finding("a.py", 4))
    assert unused == ["unused `noqa: HKP101`", "unused `noqa: HKP302`"]


PIECES = st.sampled_from(
    [
        "m.cache\n",
        "m.cache  # noqa\n",
        "m.cache  # noqa: E501\n",
        "m.cache  # noqa: E501,\n",
        "m.cache  # noqa: HKP302\n",
        "m.cache  # a comment\n",
        "call(m.cache,\n  m.name)\n",
        "call(m.cache, '''\ntext''')\n",
        "m.cache + \\\n  1\n",
        "x = '# noqa'; m.cache\n",
        "m.cache\r\n",
        "\n",
    ]
)


@given(st.lists(PIECES, min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_add_noqa_silences_everything_and_nothing_twice(pieces: list[str]) -> None:
    text = "".join(pieces)
    normal = text.replace("\r\n", "\n")
    locations = [number for number, line in enumerate(lines_of(normal), 1) if "m.cache" in line]
    found = [finding("a.py", number, code=code) for number in locations for code in ("HKP302", "HKP307")]
    visible = silence(found, lambda _: lines_of(normal)).findings
    written, kept = add_noqa(text, visible)
    assert not kept
    shown = lines_of(written.replace("\r\n", "\n"))
    assert silence(found, lambda _: shown).findings == ()
    assert add_noqa(written, ()) == (written, ())
    assert ast.dump(ast.parse(written)) == ast.dump(ast.parse(text))
    assert [line for line in written if line in "\r\n"] == [line for line in text if line in "\r\n"]


def test_add_noqa_keeps_codes_that_were_there() -> None:
    assert add_noqa("x  # noqa: E501\n", [finding(line=1)]) == ("x  # noqa: E501,HKP302\n", ())
    assert add_noqa("x\r\ny", [finding(line=2)]) == ("x\r\ny  # noqa: HKP302", ())


def test_add_noqa_refuses_a_file_that_became_shorter_meanwhile() -> None:
    with pytest.raises(ValueError, match="changed since it was read"):
        add_noqa("x = 1\n", [finding("a.py", 9)])


def test_add_noqa_writes_nothing_that_torch_would_take_for_a_type() -> None:
    text = "x  # type: ignore\ny  # type: ignore\n"
    compiled, registered = finding(line=1), finding(line=2, code="HKP101", world="registration")
    written, kept = add_noqa(text, [compiled, registered])
    assert written == "x  # type: ignore\ny  # type: ignore  # noqa: HKP101\n"
    assert kept == (compiled,)


def test_add_noqa_leaves_every_fixture_the_same_program_and_both_doors_silent(tmp_path: Path) -> None:
    folder = tmp_path / "fixtures"
    shutil.copytree(FIXTURES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = {path: ast.dump(ast.parse(path.read_bytes())) for path in folder.rglob("*.py")}
    added = hookproof("check", "--add-noqa", "--isolated", "--no-cache", "fixtures", cwd=tmp_path)
    assert added.returncode == 0, added.stderr
    assert before == {path: ast.dump(ast.parse(path.read_bytes())) for path in folder.rglob("*.py")}
    left = re.findall(r"^(.*?):(\d+): no noqa for (HKP\d+)", added.stderr, re.M)
    options = ("--isolated", "--no-cache", "--output-format=concise")
    checked = hookproof("check", *options, "fixtures", cwd=tmp_path)
    linted = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--select=HKP", "fixtures"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    for shown in (checked.stdout, linted.stdout):
        assert sorted((path, str(line), code) for path, line, _, code in locations(shown)) == sorted(left)


# --- baselines -------------------------------------------------------------------------------------------


def reader(text: str):  # type: ignore[no-untyped-def]
    return lambda _, number: lines_of(text)[number - 1]


def test_a_baseline_stands_edits_elsewhere_and_sees_one_more(tmp_path: Path) -> None:
    file = str(tmp_path / "known.json")
    before = "m.cache\nm.cache\nother\n"
    assert baseline.write(file, [finding(line=1), finding(line=2)], reader(before)) == 2
    known = baseline.read(file)
    after = "# new\n\n  m.cache\n# more\nm.cache   \nother\nm.cache\n"
    moved = [finding(line=3), finding(line=5)]
    assert baseline.subtract(moved, known, reader(after)) == ()
    more = [*moved, finding(line=7)]
    assert baseline.subtract(more, known, reader(after)) == (more[2],)
    assert baseline.subtract([finding("pkg/other.py", 1)], known, reader(after)) != ()
    assert baseline.subtract([finding(line=3, code="HKP303")], known, reader(after)) != ()
