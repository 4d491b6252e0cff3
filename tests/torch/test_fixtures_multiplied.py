"""Mechanical rewritings of the fixtures that mean the same keep their findings.

What is found in the fixture as it is written is another test's matter; here both must be found alike.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixture_programs import Fixture, all_fixtures, read_expectations
from hookproof.session.pipeline import check_paths
from hookproof.settings import Settings
from test_fixtures_check import findings

pytestmark = pytest.mark.slow  # by its mere number

Edit = tuple[tuple[int, int], tuple[int, int], str]


def torch_by_another_name(text: str) -> str:
    """`import torch as t`."""
    text = re.sub(r"^import torch$", "import torch as t", text, flags=re.M)
    return _replace(text, ("torch",), "t")


def nn_imported_whole(text: str) -> str:
    """`import torch.nn as nn` and `from torch import nn` change places."""
    swap = {"from torch import nn": "import torch.nn as nn", "import torch.nn as nn": "from torch import nn"}
    return re.sub(r"^(from torch import nn|import torch\.nn as nn)$", lambda m: swap[m[0]], text, flags=re.M)


def nn_spelled_out(text: str) -> str:
    """`torch.nn.Linear` instead of `nn.Linear`."""
    text = re.sub(r"^(from torch import nn|import torch\.nn as nn)$", "import torch.nn", text, flags=re.M)
    return _replace(text, ("nn",), "torch.nn")


def entry_points_imported(text: str) -> str:
    """`from torch.jit import script as …`: entry points are names of the file."""
    names = sorted({"script", "trace", "freeze", "load"} & set(re.findall(r"torch\.jit\.(\w+)", text)))
    for name in names:
        text = _replace(text, ("torch", ".", "jit", ".", name), f"jit_{name}")
    imports = "".join(f"; from torch.jit import {name} as jit_{name}" for name in names)
    return re.sub(r"^import torch$", f"import torch{imports}", text, count=1, flags=re.M)


def jit_imported(text: str) -> str:
    """`from torch import jit`."""
    text = _replace(text, ("torch", ".", "jit"), "jit")
    return re.sub(r"^import torch$", "import torch; from torch import jit", text, count=1, flags=re.M)


def crlf(text: str) -> str:
    """Lines that end as on Windows."""
    return text.replace("\n", "\r\n")


def bom(text: str) -> str:
    """Start with a byte order mark."""
    return "\ufeff" + text


def tabs(text: str) -> str:
    """Tabs for indentation."""
    return re.sub(r"^(?:    )+", lambda match: "\t" * (len(match[0]) // 4), text, flags=re.M)


def in_a_function(text: str) -> str:
    """Everything local to a function."""
    return _nest(text, ["def everything():"])


def in_a_method(text: str) -> str:
    """Everything local to a method of a class."""
    return _nest(text, ["class Everything:", "    def run(self):"])


def in_a_branch(text: str) -> str:
    """Everything under a test."""
    return _nest(text, ["if True:"])


def unless_type_checking(text: str) -> str:
    """Everything in the branch that type checkers do not take."""
    return _nest(text, ["from typing import TYPE_CHECKING", "if not TYPE_CHECKING:"])


def below_a_try(text: str) -> str:
    """Everything in a `try` that is there for an import."""
    return _nest(text, ["try:"]) + "except ImportError:\n    raise\n"


IMPORTS = [torch_by_another_name, nn_imported_whole, nn_spelled_out, entry_points_imported, jit_imported]
LAYOUTS = [crlf, bom, tabs]
NESTINGS = [in_a_function, in_a_method, in_a_branch, unless_type_checking, below_a_try]


_IS_ABOUT_LEVELS = re.compile(r"^ +global |^import pickle$", re.M)


def variants() -> Iterator[object]:
    for fixture in all_fixtures():
        nestings = [] if fixture.path.is_dir() else NESTINGS
        if any(_IS_ABOUT_LEVELS.search(path.read_text("utf-8")) for path in fixture.files):
            # A global name is no local one, and what is local can't be pickled: the program would be another.
            nestings = [rewrite for rewrite in nestings if rewrite not in (in_a_function, in_a_method)]
        for rewrite in [*IMPORTS, *LAYOUTS, *nestings]:
            if any(rewrite(path.read_text("utf-8")) != path.read_text("utf-8") for path in fixture.files):
                yield pytest.param(fixture, rewrite, id=f"{fixture}-{rewrite.__name__}")


@pytest.mark.parametrize(("fixture", "rewrite"), variants())
def test_findings_do_not_depend_on_spelling(
    fixture: Fixture, rewrite: Callable[[str], str], tmp_path: Path
) -> None:
    offsets = {}
    for path in fixture.files:
        text = rewrite(path.read_text("utf-8"))
        compile(text.encode("utf-8"), str(path), "exec")
        (tmp_path / path.name).write_bytes(text.encode("utf-8"))
        offsets[path.name] = _offset(fixture, path, text)
    report = check_paths([str(tmp_path)], Settings(assume_scripted=fixture.assume_scripted))
    assert report.files.checked == len(fixture.files)
    assert not report.files.failed
    found = {(Path(f.path).name, f.line - offsets[Path(f.path).name], f.code) for f in report.findings}
    plain = {(Path(f.path).name, f.line, f.code) for f in findings(fixture)}
    # A false negative that is not missed in another spelling is no harm.
    found -= {(each.path.name, each.line, each.code) for each in fixture.expectations if each.is_missed}
    assert found == plain, f"appeared: {sorted(found - plain)}\ndisappeared: {sorted(plain - found)}"


def _offset(fixture: Fixture, path: Path, text: str) -> int:
    """Return by how many lines a rewriting has moved the expectations, which travel with their lines."""
    moved = read_expectations(text.removeprefix("\ufeff").replace("\r\n", "\n"), path)
    original = [e for e in fixture.expectations if e.path == path]
    assert len(moved) == len(original)
    offsets = {after.line - before.line for after, before in zip(moved, original, strict=True)}
    assert len(offsets) <= 1
    return offsets.pop() if offsets else 0


def _replace(text: str, names: tuple[str, ...], replacement: str) -> str:
    """Replace a dotted name, as tokens; attributes, keywords and imports of that name stay."""
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type != tokenize.NL]
    edits: list[Edit] = []
    importing = False
    for index, token in enumerate(tokens):
        if token.string in ("import", "from") and token.type == tokenize.NAME:
            importing = True
        elif token.type == tokenize.NEWLINE:
            importing = False
        run = tokens[index : index + len(names)]
        before = tokens[index - 1].string if index else ""
        if not importing and before != "." and tuple(t.string for t in run) == names:
            edits.append((token.start, run[-1].end, replacement))
    lines = text.splitlines(keepends=True)
    for (line, start), (_, end), new in reversed(edits):
        lines[line - 1] = lines[line - 1][:start] + new + lines[line - 1][end:]
    return "".join(lines)


def _nest(text: str, header: list[str]) -> str:
    """Put everything but the first comments and `__future__` imports under `header`."""
    lines = text.splitlines()
    first = 0
    while lines[first].startswith("#") or "__future__" in lines[first] or not lines[first]:
        first += 1
    indent = "    " * (1 + header[-1].startswith(" "))
    body = [indent + line if line else line for line in lines[first:]]
    return "\n".join([*lines[:first], *header, *body]) + "\n"
