"""A registration is found however many files lie between it and the entry point, in every form of import.

Programs are generated: each step stands in a file of its own and hands the model to that in the next file.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from call_chains import DEEPEST, HOOK, IMPORTS, LINKS, MAIN, REGISTERS, SCRIPTS, codes

# How a file gets at `step{m}` of the file `part{m}`, and how it calls it from then on.
FORMS = {
    "name": ("from part{m} import step{m}", "step{m}"),
    "module": ("import part{m}", "part{m}.step{m}"),
    "module renamed": ("import part{m} as below", "below.step{m}"),
    "name renamed": ("from part{m} import step{m} as go_on", "go_on"),
    "star": ("from part{m} import *", "step{m}"),
    "try": ("try:\n    from part{m} import step{m}\nexcept ImportError:\n    raise", "step{m}"),
    "parentheses": ("from part{m} import (\n    step{m},\n)", "step{m}"),
    "import_module": ('import importlib\n\nbelow = importlib.import_module("part{m}")', "below.step{m}"),
    "another name": ("import part{m}\n\ngo_on = part{m}.step{m}", "go_on"),
}
# The same where all files are those of one package.
IN_PACKAGE = {
    "relative name": ("from .part{m} import step{m}", "step{m}"),
    "relative module": ("from . import part{m}", "part{m}.step{m}"),
    "absolute module": ("import package.part{m}", "package.part{m}.step{m}"),
    "module of package": ("from package import part{m}", "part{m}.step{m}"),
    "absolute name": ("from package.part{m} import step{m}", "step{m}"),
}
# The same where each file is a package, the step in a file of it that `__init__` hands on.
PACKAGES = {
    "re-exported name": ("from part{m} import step{m}", "step{m}"),
    "re-exporting module": ("import part{m}", "part{m}.step{m}"),
    "re-exported name, renamed": ("from part{m} import step{m} as go_on", "go_on"),
}
# The same where each file only hands on what another one does.
FACADES = {
    "name of another file": ("from part{m} import step{m}", "step{m}"),
    "name of another file, by module": ("import part{m}", "part{m}.step{m}"),
    "star of another file": ("from part{m} import step{m}", "step{m}"),
    "name of another file, renamed": ("from part{m} import step{m}", "step{m}"),
    "name of another file, assigned": ("from part{m} import step{m}", "step{m}"),
    "continued line": ("from part{m} import \\\n    step{m}", "step{m}"),
    "object of another file": ("from part{m} import tool{m}", "tool{m}.step{m}"),
    "class of another file": ("from part{m} import Tool{m}", "Tool{m}.step{m}"),
}
HANDED_ON = {
    "re-exported name": "from .inner import step{n}\n\n__all__ = ['step{n}']\n",
    "re-exporting module": "from part{n}.inner import *\n",
    "re-exported name, renamed": "from .inner import the_step as step{n}\n",
    "name of another file": "from inner{n} import step{n}\n",
    "name of another file, by module": "from inner{n} import step{n}\n",
    "star of another file": "from inner{n} import *\n",
    "name of another file, renamed": "from inner{n} import the_step as step{n}\n",
    "name of another file, assigned": "import inner{n}\n\nstep{n} = inner{n}.step{n}\n",
    "continued line": "from inner{n} import \\\n    step{n}\n",
    "object of another file": "from inner{n} import tool{n}\n",
    "class of another file": "from inner{n} import Tool{n}\n",
}
# What stands below the step in its file.
TOOL = """

class Tool{n}:
    @staticmethod
    def step{n}(net):
        return step{n}(net)


tool{n} = Tool{n}()
"""
DEPTHS = (1, 2, 3, 5, 8, DEEPEST)
DIRECTIONS = pytest.mark.parametrize(
    "is_registered_below", [True, False], ids=["registered below", "scripted below"]
)


def files(links: Sequence[str], form: str, *, is_registered_below: bool) -> dict[str, str]:
    """Return a program by file, each of these steps in its own."""
    done, after = (REGISTERS, SCRIPTS) if is_registered_below else (SCRIPTS, "return net")
    before = "step1(net)" if is_registered_below else f"{REGISTERS}\n    step1(net)"
    main = MAIN.format(before=before, after=after)
    last = len(links) + 1
    texts = {"main": _importing(1, form, "" if is_registered_below else f"{HOOK}\n\n", main)}
    for n, link in enumerate(links, 1):
        texts[f"part{n}"] = _importing(n + 1, form, "", LINKS[link].format(n=n, m=n + 1))
    hook = f"{HOOK}\n\n" if is_registered_below else ""
    texts[f"part{last}"] = f"{IMPORTS}\n\n{hook}def step{last}(net):\n    {done}\n    return net\n"
    return dict(_laid_out(texts, form))


def _importing(m: int, form: str, before: str, text: str) -> str:
    statement, call = {**FORMS, **IN_PACKAGE, **PACKAGES, **FACADES}[form]
    called = text.replace(f"step{m}(", f"{call.format(m=m)}(")
    return f"{IMPORTS}{statement.format(m=m)}\n\n\n{before}{called}"


def _laid_out(texts: dict[str, str], form: str) -> list[tuple[str, str]]:
    main = [("main.py", texts["main"])]
    parts = [(name, text) for name, text in texts.items() if name != "main"]
    if form in IN_PACKAGE:
        run = texts["main"].replace("\n\nmain()\n", "")
        inside = [("package/__init__.py", ""), ("package/start.py", run)]
        inside += [(f"package/{name}.py", text) for name, text in parts]
        return [*inside, ("main.py", "from package.start import main\n\nmain()\n")]
    if form not in HANDED_ON:
        return [*main, *((f"{name}.py", text) for name, text in parts)]
    handed = HANDED_ON[form]
    folder = form in PACKAGES
    for name, text in parts:
        n = name.removeprefix("part")
        inner = text.replace(f"def step{n}(", "def the_step(") if "the_step" in handed else text
        inner += "" if folder else TOOL.format(n=n)
        main += [(f"{name}/__init__.py" if folder else f"{name}.py", handed.format(n=n))]
        main += [(f"{name}/inner.py" if folder else f"inner{n}.py", inner)]
    return main


def _write(folder: Path, program: dict[str, str]) -> None:
    for name, text in program.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def _missed(folder: Path, links: Sequence[str], form: str, *, is_registered_below: bool) -> bool:
    _write(folder, files(links, form, is_registered_below=is_registered_below))
    return codes(folder) != ["HKP204"]


@DIRECTIONS
@pytest.mark.parametrize("link", LINKS)
def test_hook_is_found_at_every_depth(link: str, is_registered_below: bool, tmp_path: Path) -> None:
    missed = [
        depth
        for depth in DEPTHS
        if _missed(tmp_path / str(depth), [link] * depth, "name", is_registered_below=is_registered_below)
    ]
    assert not missed


@DIRECTIONS
@pytest.mark.parametrize("form", [*FORMS, *IN_PACKAGE, *PACKAGES, *FACADES])
def test_hook_is_found_by_every_form_of_import(form: str, is_registered_below: bool, tmp_path: Path) -> None:
    links = ["function", "method", "decorator", "class as context manager", "property", "generator"]
    missed = [
        depth
        for depth in DEPTHS
        if _missed(tmp_path / str(depth), (links * 2)[:depth], form, is_registered_below=is_registered_below)
    ]
    assert not missed


@DIRECTIONS
@pytest.mark.parametrize("form", [*FORMS, *IN_PACKAGE, *PACKAGES, *FACADES])
def test_torch_refuses_the_hook(
    form: str, is_registered_below: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, files([*LINKS], form, is_registered_below=is_registered_below))
    monkeypatch.syspath_prepend(tmp_path)
    before = {*sys.modules}
    try:
        with pytest.raises(RuntimeError, match="expected the input argument to be typed as a Tuple"):
            runpy.run_path(str(tmp_path / "main.py"), run_name="__main__")
    finally:
        for name in {*sys.modules} - before:
            if name.startswith(("part", "package", "inner")):
                del sys.modules[name]
