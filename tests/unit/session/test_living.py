"""An analysis that lives between edits says after each of them what a new one would say."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pytest

from hookproof.session.living import Living
from hookproof.session.pipeline import check_instead
from hookproof.settings import Settings, resolve
from places import ROOT

FORMS = ROOT / "tests" / "forms"
EDITS = 24


def settings_of(folder: Path) -> Settings:
    ((settings, _),) = resolve([str(folder)])
    return settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project in which hooks are registered, handed on, copied and scripted in many ways."""
    for topic in ("registrations", "fx", "copies"):
        for form in sorted((FORMS / topic).iterdir())[::12]:
            (shutil.copytree if form.is_dir() else shutil.copy)(form, tmp_path / form.name)
    for fixture in (*ROOT.glob("fixtures/hkp302_a*"), *ROOT.glob("fixtures/hkp80*.py")):
        if fixture.is_dir():
            shutil.copytree(fixture, tmp_path / fixture.name)
        else:
            shutil.copy(fixture, tmp_path)
    (tmp_path / "setup.cfg").touch()
    return tmp_path


def edited(text: str, choose: random.Random) -> str:
    """Return a text as it is a keystroke later: a line more, less or other."""
    lines = text.split("\n")
    number = choose.randrange(len(lines))
    indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
    match choose.randrange(5):
        case 0:
            lines.insert(number, "")
        case 1:
            lines[number] += "  # a remark"
        case 2:
            del lines[number]
        case 3:
            lines.insert(number, f"{indent}value = print")
        case _:
            lines.insert(number, choose.choice(lines))
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(2))
def test_every_edit_is_answered_as_a_new_check_answers_it(project: Path, seed: int) -> None:
    choose = random.Random(seed)
    settings, root = settings_of(project), str(project)
    files = sorted(map(str, project.rglob("*.py")))
    living, contents = Living([root], settings), dict[str, bytes]()
    living.report()
    for number in range(EDITS):
        path = choose.choice(files)
        text = contents[path].decode() if path in contents else Path(path).read_text("utf-8")
        contents[path] = edited(text, choose).encode()
        living.put(contents)
        report = living.report()
        if number % 6 == 5:
            anew = check_instead([root], contents, settings)
            assert (report.findings, report.files.failed) == (anew.findings, anew.files.failed)


def test_a_file_that_comes_to_register_hooks_is_read_and_forgotten_again(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("x = 1\n")
    living = Living([str(tmp_path)], settings_of(tmp_path))
    assert not living.report().findings
    living.put({str(path): (ROOT / "fixtures" / "hkp201_lambda_hook.py").read_bytes()})
    assert {finding.code for finding in living.report().findings} >= {"HKP201"}
    living.put({})
    assert not living.report().findings


@pytest.mark.parametrize(
    ("importing", "name"),
    [
        ("import helper", "helper.attach"),
        ("import helper as aid", "aid.attach"),
        ("from helper import attach", "attach"),
        ("from again import helper", "helper.attach"),
    ],
)
def test_an_edit_of_an_imported_module_moves_what_is_found_in_it(
    tmp_path: Path, importing: str, name: str
) -> None:
    helper = tmp_path / "helper.py"
    helper.write_text(
        "def show(m, i, o):\n    print(o)\n\n\ndef attach(net):\n    net.register_forward_hook(show)\n"
    )
    (tmp_path / "again.py").write_text("import helper\n")
    (tmp_path / "main.py").write_text(
        f"import torch\n{importing}\n\nnet = torch.nn.Linear(2, 2)\n{name}(net)\ntorch.jit.script(net)\n"
    )
    settings = settings_of(tmp_path)
    living = Living([str(tmp_path)], settings)
    before = living.report().findings
    contents = {str(helper): b"\n" + helper.read_bytes()}
    living.put(contents)
    after = living.report().findings
    assert after == check_instead([str(tmp_path)], contents, settings).findings
    assert [finding.line + 1 for finding in before] == [finding.line for finding in after] != []


def test_an_edit_of_a_file_changes_what_is_found_in_another(project: Path) -> None:
    living = Living([str(project)], settings_of(project))
    programs = str(project / "hkp302_across_files" / "programs.py")
    relay = project / "hkp302_across_files" / "registry.py"
    assert any(finding.path == programs for finding in living.report().findings)
    living.put({str(relay): relay.read_bytes().replace(b"register_forward_hook", b"apply")})
    assert not any(finding.path == programs for finding in living.report().findings)


@pytest.fixture(scope="module")
def torch_nn() -> tuple[Living, Path]:
    """Return the analysis of torch's own `nn`, 150 files, and its folder."""
    torch = pytest.importorskip("torch")
    root = Path(torch.__file__).parent / "nn"
    living = Living([str(root)], settings_of(root))
    living.report()
    return living, root


@pytest.mark.slow
def test_while_one_types_in_a_long_file_nothing_else_is_read(torch_nn: tuple[Living, Path]) -> None:
    living, root = torch_nn
    path = root / "parallel" / "distributed.py"
    content = path.read_bytes()
    assert content.count(b"\n") > 2000
    took = []
    for number in range(5):
        content = content.replace(b"def forward(", b"def forward(", 1) + b"# %d\n" % number
        living.put({str(path): content})
        start = time.process_time()
        living.report()
        took.append(time.process_time() - start)
        assert living.read == {str(path)}
    assert min(took) < 1.0, "an edit is answered in about 0.1 s; see bench/README.md"


@pytest.mark.slow
def test_work_that_is_given_up_leaves_nothing_half_done(torch_nn: tuple[Living, Path]) -> None:
    class EnoughError(BaseException):
        pass

    def moment() -> None:
        raise EnoughError

    living, root = torch_nn
    path = root / "parallel" / "distributed.py"
    content = path.read_bytes().replace(b"register_forward_hook", b"register_forward_pre_hook")
    living.put({str(path): content})
    with pytest.raises(EnoughError):
        living.report(moment)
    found = living.report().findings
    assert found == check_instead([str(root)], {str(path): content}, living.settings).findings
