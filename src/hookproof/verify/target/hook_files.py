"""Writes hooks to files, where torch reads them, and loads them from there."""

from __future__ import annotations

import itertools
import os
from typing import Any

from .outcome import InconclusiveError

_numbers = itertools.count()


def write_function(
    header: str, line: int, body: list[tuple[int, int, str]], folder: str, name: str, indent: int = 0
) -> str:
    """Write a file in which `header` stands on `line` and each line of `body` on its own; return its path.

    A body line that would stand on the header's line follows it there; where lines collide, a later one
    moves down.
    """
    first = min((n for n, _, _ in body), default=line + 1)
    shared = first <= line + header.count("\n")
    rows: list[str] = [""] * (line - 1)
    rows += (" " * indent + header).split("\n")
    margin = " " * (indent + 4)
    for number, depth, text in sorted(body, key=lambda row: row[0]):
        if shared and len(body) == 1:
            rows[-1] += " " + text
            continue
        while len(rows) < number - 1:
            rows.append("")
        rows += (margin + "    " * depth + text).split("\n")
    path = os.path.join(folder, "{}_{}.py".format(name, next(_numbers)))
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    return path


def load(path: str, name: str, namespace: dict[str, Any]) -> Any:
    """Execute a written file in a copy of `namespace` and return what it defines as `name`."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    scope = dict(namespace, __name__="reduced_hook")
    try:
        exec(compile(text, path, "exec", dont_inherit=True), scope)
    except SyntaxError as error:
        raise InconclusiveError("the reduced hook is no Python: {}".format(error)) from error
    return scope[name]
