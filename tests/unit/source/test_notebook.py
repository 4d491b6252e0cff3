"""Notebooks as modules: which cells are of them, where a line stands, and what is changed when cells are."""

from __future__ import annotations

import json

import pytest

from hookproof.source.notebook import Place, notebook
from hookproof.source.notebook_writing import with_sources
from hookproof.source.text import SourceError
from notebooks import made


def book(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    return notebook(data, "n.ipynb").text


def test_code_cells_are_one_module_in_their_order() -> None:
    text = made("x = 1", "# %% [markdown]\ntext", ["y = 2\n", "z = 3"], "", "w = 4\n")
    found = notebook(text.encode(), "n.ipynb")
    assert found.text == "x = 1\ny = 2\nz = 3\n\nw = 4\n"
    assert [found.place(line) for line in range(1, 7)] == [
        Place(1, 1),
        Place(3, 1),
        Place(3, 2),
        Place(4, 1),
        Place(5, 1),
        Place(5, 2),
    ]


def test_a_cell_keeps_its_lines_whatever_is_left_of_them() -> None:
    found = notebook(made("x = 1\n!ls", "%%bash\nls", "%time", "net?\n", "y = 2").encode(), "n.ipynb")
    assert found.text == "x = 1\n\n\n\n\n\ny = 2\n"
    assert found.place(7) == Place(5, 1)


def test_line_ends_marks_and_letters_are_those_of_people() -> None:
    text = made("x = 'é'\r\ny\rz")
    assert book(text) == "x = 'é'\ny\nz\n"
    assert book(b"\xef\xbb\xbf" + text.encode()) == "x = 'é'\ny\nz\n"


def test_cells_in_another_language_are_not_of_the_module() -> None:
    cells = json.loads(made("x = 1", "library(x)", "y = 2"))
    cells["cells"][1]["metadata"] = {"vscode": {"languageId": "r"}}
    assert book(json.dumps(cells)) == "x = 1\ny = 2\n"


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        ({"language_info": {"name": "Python"}}, "python"),
        ({"kernelspec": {"name": "python3", "display_name": "Python 3"}}, "python"),
        ({"kernelspec": {"name": "conda-env-x", "language": "python"}}, "python"),
        ({"language_info": {"name": "R"}, "kernelspec": {"name": "ir"}}, "r"),
        ({"kernelspec": {"name": "julia-1.10", "display_name": "Julia"}}, "julia-1.10"),
    ],
)
def test_the_language_of_a_notebook(metadata: dict[str, object], language: str) -> None:
    found = notebook(made("x = 1", metadata=metadata).encode(), "n.ipynb")
    assert (found.language, found.text) == (language, "x = 1\n" if language == "python" else "")


def test_notebooks_of_format_3_have_sheets() -> None:
    cell = {"cell_type": "code", "language": "python", "input": ["x = 1\n", "y"], "outputs": []}
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "markdown"}, cell]}]})
    assert book(text) == "x = 1\ny\n"
    changed = with_sources(text.encode(), {2: lambda source: source.replace("x", "z")})
    assert changed == text.replace("x = 1", "z = 1").encode()


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "{}", '{"cells": {}}', '{"cells": [{"source": 1}]}', "x = 1"]
)
def test_what_is_no_notebook_is_said_in_one_line(text: str) -> None:
    with pytest.raises(SourceError, match=r"\Acannot read n.ipynb: not a notebook: [^\n]+\Z"):
        notebook(text.encode(), "n.ipynb")


# Spellings of the same cells that editors, tools and people leave behind.
SPELLINGS = {
    "as Jupyter writes it": made(["a = 1\n", "b = 2\n", "c"], "d"),
    "one string": made("a = 1\nb = 2\nc", "d"),
    "on one line": made(["a = 1\n", "b = 2\n", "c"], "d", indent=None),
    "deep": made(["a = 1\n", "b = 2\n", "c"], "d", indent=4),
    "with tabs": made(["a = 1\n", "b = 2\n", "c"], "d").replace("\n ", "\n\t"),
    "with Windows line ends": made(["a = 1\n", "b = 2\n", "c"], "d").replace("\n", "\r\n"),
    "without a last line end": made(["a = 1\n", "b = 2\n", "c"], "d").rstrip(),
    "with escapes": made(["a = 1\n", "b = 2\n", "c"], "d").replace("a = 1", "a = '\\u00e9\\/'"),
    "with letters": made(["a = 1\n", "b = 2\n", "c"], "d").replace("a = 1", "a = 'é'"),
    "uneven": made(["a = 1\n", "b = 2\n", "c"], "d").replace('    "b = 2', '"b = 2').replace('"c"', '\t"c"'),
    "several lines in a string": made(["a = 1\n", "b = 2\n", "c"], "d").replace("a = 1", "a = 1\\na"),
    "with what looks like a cell in its output": made(["a = 1\n", "b = 2\n", "c"], "d").replace(
        '"outputs": []', '"outputs": [{"cells": [{"source": "b = 9"}], "source": ["b = 9\\n"]}]'
    ),
    "with keys in another order": made("b = 2").replace(
        '"cells"', '"x": {"cells": [{"source": "b = 9"}]}, "cells"'
    ),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_nothing_but_the_changed_lines_is_written(name: str) -> None:
    text = SPELLINGS[name]
    changed = with_sources(text.encode(), {1: lambda source: source.replace("b = 2", "b = 'ö'")})
    spelled = "'ö'" if "\\u" not in text else "'\\u00f6'"
    assert changed == text.replace("b = 2", f"b = {spelled}").encode()


def test_lines_are_put_in_and_taken_out() -> None:
    text = made(["a\n", "b"], "c")
    more = with_sources(text.encode(), {1: lambda source: "x\n" + source + "\ny"})
    assert json.loads(more)["cells"][0]["source"] == ["x\n", "a\n", "b\n", "y"]
    assert more.decode() == made(["x\n", "a\n", "b\n", "y"], "c")
    less = with_sources(text.encode(), {1: lambda source: "a", 2: lambda source: "d\ne"})
    assert less.decode() == made(["a"], "d\ne")
