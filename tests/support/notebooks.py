"""Notebooks made of texts, and notebooks of `tests/data/notebooks` run cell by cell as Jupyter runs them."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import linecache
import os
import sys
from pathlib import Path
from typing import Any

from hookproof.source.notebook import notebook

NOTEBOOKS = Path(__file__).parents[1] / "data" / "notebooks"
PYTHON = {"language_info": {"name": "python"}}


def made(*cells: str | list[str], metadata: dict[str, Any] | None = None, indent: int | None = 1) -> str:
    """Return a notebook with these code cells; one that starts with `# %% [markdown]` is text."""
    listed = [_cell(number, source) for number, source in enumerate(cells)]
    document = {
        "cells": listed,
        "metadata": PYTHON if metadata is None else metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=indent) + "\n"


def _cell(number: int, source: str | list[str]) -> dict[str, Any]:
    if "".join(source).startswith("# %% [markdown]"):
        return {"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": source}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"c{number}",
        "metadata": {},
        "outputs": [],
        "source": source,
    }


def recorded_errors(path: Path) -> dict[int, tuple[str, str]]:
    """Return the errors in a notebook's outputs: number of the cell -> name, and how the message starts."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return {
        number: (output["ename"], output["evalue"])
        for number, cell in enumerate(cells, 1)
        for output in cell.get("outputs", ())
        if output["output_type"] == "error"
    }


def errors_when_run(path: Path) -> dict[int, tuple[str, str]]:
    """Run the cells of a notebook in its folder, each whatever became of the others; return the errors."""
    book = notebook(path.read_bytes(), str(path))
    lines = book.text.split("\n")
    # TorchScript asks for the text of hooks, which IPython has for it.
    linecache.cache[str(path)] = (len(book.text), None, [f"{line}\n" for line in lines], str(path))
    names: dict[str, Any] = {"__name__": "__main__", "get_ipython": _Shell}
    ends = [cell.first - 1 for cell in book.cells[1:]] + [len(lines)]
    found: dict[int, tuple[str, str]] = {}
    sys.path.insert(0, str(path.parent))
    try:
        for cell, end in zip(book.cells, ends, strict=True):
            text = "\n" * (cell.first - 1) + "\n".join(lines[cell.first - 1 : end])
            code = compile(text, str(path), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            try:
                result = eval(code, names)
                if inspect.iscoroutine(result):
                    asyncio.run(result)
            except Exception as error:
                found[cell.number] = type(error).__name__, str(error)
    finally:
        sys.path.remove(str(path.parent))
    return found


class _Shell:
    def getoutput(self) -> list[str]:
        return os.listdir()
