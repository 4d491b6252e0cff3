"""Notebooks through the command: where findings stand in each format, what is written, what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from hooked_project import hookproof
from notebooks import NOTEBOOKS, made

IMPORTS = "%matplotlib inline\nimport torch\nfrom torch import nn"
HOOK = ["def double(m, inputs, output):  # ä\n", "    return output * 2"]
PROGRAM = "net = nn.Linear(2, 2)\nnet.register_forward_hook(double);\ntorch.jit.script(net)"
TEXT = made("# %% [markdown]\nA net", IMPORTS, HOOK, PROGRAM)
AT = "n.ipynb:cell 3:1:1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "n.ipynb").write_text(TEXT, "utf-8")
    return tmp_path


def check(folder: Path, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    done = hookproof("check", "--no-cache", *arguments, cwd=folder, stdin=(stdin or "").encode())
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("path", ["n.ipynb", "."])
def test_a_finding_stands_in_its_cell(folder: Path, path: str) -> None:
    status, found, told = check(folder, path, "--output-format", "full")
    assert status == 1
    assert found.splitlines()[:9] == [
        f"{AT}: HKP204 `inputs` is not annotated; write `inputs: Tuple[Tensor]` "
        "(only annotations are missing)",
        "  |",
        "1 | def double(m, inputs, output):  # ä",
        "  | ^^^^^^^^^^ compiled hook, certain",
        "2 |     return output * 2",
        "  = n.ipynb:cell 4:2: registered here",
        "  = n.ipynb:cell 4:3: leaves eager mode here (`torch.jit.script`)",
        "  = safe fix: n.ipynb:cell 3:1:21: put `: tuple[torch.Tensor]`",
        "  = help: `hookproof explain HKP204`",
    ]
    assert "(1 file checked, 1 parsed" in told


FORMATS = {
    "concise": f"{AT}: HKP204 ",
    "grouped": "n.ipynb:\n  cell 3:1:1 HKP204 ",
    "github": "file=n.ipynb,line=1,endLine=1,col=1,endColumn=1::HKP204 cell 3:1:1: `inputs`",
    "gitlab": '"description": "HKP204 cell 3:1:1: ',
    "pylint": "n.ipynb:1: [HKP204(untyped-hook-input), double] cell 3:1:1: ",
    "junit": 'name="HKP204 at cell 3:1:1" classname="n.ipynb" file="n.ipynb" line="1"',
    "sarif": '"text": "cell 3: `inputs` is not annotated',
}


@pytest.mark.parametrize("output_format", FORMATS)
def test_each_format_names_the_cell(folder: Path, output_format: str) -> None:
    _, found, _ = check(folder, "n.ipynb", "--output-format", output_format)
    assert FORMATS[output_format] in found


def test_json_has_a_cell_beside_each_line(folder: Path) -> None:
    _, found, _ = check(folder, "n.ipynb", "--output-format", "json")
    document = json.loads(found)
    (finding,) = document["findings"]
    assert [finding[key] for key in ("cell", "line", "column", "end_line", "end_column")] == [3, 1, 1, 1, 11]
    assert [(each["cell"], each["line"]) for each in finding["evidence"]] == [(4, 2), (4, 3)]
    assert [(each["cell"], each["line"]) for each in finding["fix"]["edits"]] == [(3, 1)]
    done = hookproof("hooks", "n.ipynb", "--output-format", "json", cwd=folder)
    (site,) = json.loads(done.stdout)["hooks"]
    assert (site["cell"], site["line"], site["hook"]["cell"]) == (4, 2, 3)
    for name, told in (("findings", document), ("hooks", json.loads(done.stdout))):
        schemas = Path(__file__).parents[2] / "src" / "hookproof" / "output" / "schemas"
        jsonschema.validate(told, json.loads((schemas / f"{name}.schema.json").read_text("utf-8")))


def test_the_inventory_names_cells(folder: Path) -> None:
    done = hookproof("hooks", ".", cwd=folder)
    assert "n.ipynb:cell 4:2:1" in done.stdout
    page = hookproof("hooks", ".", "--output-format", "html", cwd=folder).stdout
    assert "n.ipynb:cell 4:2" in page
    assert '"path":"n.ipynb:cell 3","lines":{"1":"def double(' in page


def test_a_fix_changes_one_line_of_the_notebook(folder: Path) -> None:
    status, shown, _ = check(folder, ".", "--diff")
    assert status == 1
    assert shown.splitlines() == [
        "--- n.ipynb:cell 3",
        "+++ n.ipynb:cell 3",
        "@@ -1,2 +1,2 @@",
        "-def double(m, inputs, output):  # ä",
        "+def double(m, inputs: tuple[torch.Tensor], output):  # ä",
        "     return output * 2",
    ]
    assert (folder / "n.ipynb").read_text("utf-8") == TEXT
    assert check(folder, ".", "--fix")[0] == 0
    assert (folder / "n.ipynb").read_text("utf-8") == TEXT.replace("inputs", "inputs: tuple[torch.Tensor]", 1)


def test_a_notebook_comes_from_stdin_and_goes_to_stdout(folder: Path) -> None:
    name = ("--stdin-filename", "other.ipynb", "-")
    assert "other.ipynb:cell 3:1:1" in check(folder, *name, stdin=TEXT)[1]
    assert check(folder, "--fix", *name, stdin=TEXT)[1] == TEXT.replace(
        "inputs", "inputs: tuple[torch.Tensor]", 1
    )


def test_nothing_is_certain_beside_a_magic_that_may_bind_names(folder: Path) -> None:
    (folder / "n.ipynb").write_text(made(IMPORTS, "%run setup.py", HOOK, PROGRAM), "utf-8")
    assert "compiled hook, likely" in check(folder, "n.ipynb", "--output-format", "full")[1]


def test_comments_and_a_baseline_silence_what_stands_in_cells(folder: Path) -> None:
    assert check(folder, ".", "--write-baseline", "known.json")[0] == 0
    assert check(folder, ".", "--baseline", "known.json")[0] == 0
    assert "Added noqa comments for 1 finding" in check(folder, ".", "--add-noqa")[2]
    assert (folder / "n.ipynb").read_text("utf-8") == TEXT.replace(
        "# \\u00e4\\n", "# \\u00e4  # noqa: HKP204\\n"
    )
    assert check(folder, ".")[0] == 0
    text = TEXT.replace("nn.Linear(2, 2)", "nn.Linear(2, 2)  # noqa: HKP101")
    _, _, told = check(folder, "--warn-unused-noqa", "--stdin-filename", "n.ipynb", "-", stdin=text)
    assert told.startswith("n.ipynb:cell 4:1:24: unused `noqa: HKP101`")


def test_the_cache_knows_a_notebook_by_its_code(folder: Path) -> None:
    def found() -> str:
        return hookproof("check", ".", "--output-format", "concise", cwd=folder).stdout

    first = found()
    assert found() == first
    changed = TEXT.replace("inputs, output)", "inputs: tuple[torch.Tensor], output)")
    (folder / "n.ipynb").write_text(changed, "utf-8")
    assert found() == ""


@pytest.mark.parametrize("name", ["with_helpers.ipynb", "with.helpers 2.ipynb", "notebook_hooks.ipynb"])
def test_modules_beside_a_notebook_are_read(name: str, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")  # which a notebook is no part of
    shutil.copy(NOTEBOOKS / "with_helpers.ipynb", package / name)
    shutil.copy(NOTEBOOKS / "notebook_hooks.py", package)
    _, found, _ = check(package, ".", "--output-format", "full")
    assert found.startswith("notebook_hooks.py:1:1: HKP204")
    assert f"{name}:cell 4:1: registered here" in found


def test_what_cannot_be_read_is_named_and_the_rest_checked(folder: Path) -> None:
    (folder / "broken.ipynb").write_text("{", "utf-8")
    (folder / "cut.ipynb").write_text(made("x = 1", PROGRAM.replace("(2, 2)", "(2, 2")), "utf-8")
    status, found, told = check(folder, ".", "--output-format", "concise")
    assert status == 2
    assert found.startswith(AT)
    broken, cut, *_ = told.splitlines()
    assert broken.startswith("cannot read broken.ipynb: not a notebook: ")
    assert cut.startswith("cannot parse cut.ipynb: cell 2: line 1: ")


def test_patterns_leave_notebooks_out(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.hookproof]\nextend-exclude = ["*.ipynb"]\n', "utf-8")
    assert check(folder, ".")[0] == 0
    assert check(folder, "n.ipynb")[0] == 1  # given by name
    assert check(folder, "--force-exclude", "n.ipynb")[0] == 0
