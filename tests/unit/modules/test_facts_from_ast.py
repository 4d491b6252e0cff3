"""Python's own parser and libcst give the same facts, and the same places where the first gives any."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hooked_project import environment
from hookproof.syntax.block_source import BlockSource
from hookproof.syntax.expression_from_ast import NotLoweredError
from hookproof.syntax.from_ast import facts_from_ast
from hookproof.syntax.locations import locations
from hookproof.syntax.locations_from_ast import PlacesFromAst
from hookproof.syntax.lower import lower_block
from hookproof.syntax.numbering import first_of
from hookproof.syntax.source_file import SourceFile
from test_lower import STATEMENTS, SYNTAX
from test_outline import stdlib_sample

SAMPLE = [path for path in stdlib_sample(30) if path.stat().st_size < 50_000]
# Where an expression starts and ends, parentheses, commas and comments around it.
EXTENTS = (
    "x = (a, b)",
    "x = ((a), b)",
    "x = (a), (b)",
    "x = (a, b), c",
    "x = ()",
    "x = ( a, b, )",
    "x = a, b,",
    "x = (  # (c\n a, b  # )\n )",
    "f(x for x in y)",
    "f( (x for x in (y)) )",
    "f(x for x in y if (z) )",
    "z[a, b,]",
    "z[(a), (b)]",
    "z[(a, b)]",
    "z[((a)), (b),]",
    "for (a, b) in c: pass",
    "é = 'é', ü",
    "@d\nasync  def  f(a: int = 1, *b): pass",
    "@d\nclass \\\n  A(B, c=(D)): pass",
    "f(a=1, *b, **c)",
    "f'{a}' 'b' f'{c!r:{d}}', e",
    "lambda a, *b: (a)",
    "with (a as b, c): (yield)",
    "del (a, b)",
)


def compare(text: str, *, path: str = "a.py") -> tuple[int, int]:
    """Compare the facts and places of every block; return how many blocks and nodes were compared."""
    file, blocks, compared = SourceFile(path, "a", text), 0, 0
    for block in file.outline.blocks:
        try:
            placed = PlacesFromAst(BlockSource(file.text, file.outline, block.index))
        except NotLoweredError:
            continue
        source = BlockSource(file.text, file.outline, block.index)
        facts = facts_from_ast(source, first_of(block.index))[1]
        assert facts == lower_block(file.text, file.outline, block.index, path)
        blocks += 1
        for ordinal, expected in enumerate(locations(file.text, file.outline, block.index, path)):
            try:
                found = placed.location(ordinal)
            except NotLoweredError:
                continue
            assert found == expected, file.line_text(expected[0])
            compared += 1
    return blocks, compared


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.name)
def test_both_parsers_agree_on_the_standard_library(path: Path) -> None:
    blocks, compared = compare(SourceFile(str(path), "a", path.read_bytes()).text)
    assert (blocks > 0) == (compared > 0)


@pytest.mark.parametrize("text", EXTENTS)
def test_both_parsers_agree_on_where_expressions_end(text: str) -> None:
    assert compare(text)[1] > 0


@pytest.mark.parametrize("text", [*SYNTAX, *STATEMENTS])
def test_both_parsers_agree_on_each_kind_of_syntax(text: str) -> None:
    compare(text)


COMMENTED = (
    "def f(a):  # type: (int) -> None\n    pass",
    "def f(a):  # x\n    # type: (int) -> None\n    pass",
    'def f(a):\n    """Doc."""\n    # type: (int) -> None\n    pass',
    "def f(a):\n    x = 1\n    y = 2\n    # type: (int) -> None\n    pass",
    "def f(\n    a,  # type: int\n):\n    # type: (...) -> None\n    x = []  # type: list",
    "def f(a):\n    y\n    x = []  # type: list\n    def g():  # type: () -> int\n        pass",
    "@d  # type: ignore[a, b]\ndef f():\n    b(  # type: ignore[a, b]\n    )",
    "def f():\n    def g(): a  # type: ignore[a, b]",
    "x = 1  # type: ignore[a, b]",
)


@pytest.mark.parametrize("text", COMMENTED)
def test_both_parsers_agree_on_comments(text: str) -> None:
    assert compare(text)[1] > 0


@pytest.mark.parametrize(
    "text",
    [
        "def f(a): pass  # type: (int) -> None",
        "def f(a):\n    # type: ignore[a, b]\n    pass",
        "x[*a]",
        "def (",
        "{**a for a in b}",
    ],
)
def test_where_comments_matter_or_python_does_not_parse_libcst_is_asked(text: str) -> None:
    file = SourceFile("a.py", "a", text)
    with pytest.raises(NotLoweredError):
        facts_from_ast(BlockSource(file.text, file.outline, 0), 0)


def test_libcst_is_not_imported_for_plain_code() -> None:
    program = (
        "import sys\nfrom hookproof.syntax.source_file import SourceFile\n"
        "file = SourceFile('a.py', 'a', 'def f(a):\\n    return a.b[1]\\n')\n"
        "facts = file.block(0)\nfile.location(facts[0].at)\nassert 'libcst' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=environment())
