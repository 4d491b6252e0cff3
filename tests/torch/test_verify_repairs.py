"""`verify --fix` keeps what torch accepts and no eager run notices, and says why it keeps nothing else."""

from __future__ import annotations

from pathlib import Path

from hooked_project import hookproof

HEAD = "import torch\nfrom torch import nn\n\n\n"
PROGRAMS = {
    "kept.py": """\
def count(module, input, output):
    module.calls += 1


def main():
    net = nn.Linear(2, 2)
    net.calls = 0
    net.register_forward_hook(count)
    torch.jit.script(net)(torch.ones(1, 2))
""",
    # It is found, but no program comes there: torch says nothing of it.
    "unasked.py": """\
def count(module, input, output):
    module.calls += 1


def main(argument):
    net = argument.undefined.Net()
    net.register_forward_hook(count)
    torch.jit.script(net)
""",
    "refused.py": """\
net = nn.Linear(2, 2)
net.register_forward_hook(lambda module, input, output: print(len(input)) or None)
torch.jit.script(net)(torch.ones(1, 2))
""",
    "noticed.py": """\
def show(module, grad_input, grad_output):
    print("backward")


net = nn.Linear(2, 2)
handle = net.register_full_backward_hook(show)
torch.jit.trace(net, torch.ones(1, 2))
net(torch.ones(1, 2, requires_grad=True)).sum().backward()
""",
}
ANNOTATED = "def count(module, input: tuple[torch.Tensor], output):"


def write(folder: Path) -> None:
    (folder / "pyproject.toml").touch()
    for name, text in PROGRAMS.items():
        (folder / name).write_text(HEAD + text)


def reasons(stderr: str) -> list[str]:
    return [line for line in stderr.splitlines() if "was rolled back" in line]


def test_what_torch_or_an_eager_run_speaks_against_is_rolled_back_with_the_reason(tmp_path: Path) -> None:
    write(tmp_path)
    done = hookproof("verify", "--diff", "--unsafe-fixes", ".", cwd=tmp_path)
    assert f"+{ANNOTATED}" in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("+++")] == ["+++ kept.py"]
    assert "Would fix 1 confirmed finding" in done.stderr
    assert done.returncode == 1
    said = reasons(done.stderr)
    assert [line.partition(":")[0] for line in said] == ["noticed.py", "refused.py"]
    assert "the fix of HKP112 was rolled back: eager mode prints 'backward', and then ''" in said[0]
    assert "the fix of HKP201 was rolled back: torch" in said[1]
    assert {path.name: path.read_text() for path in tmp_path.glob("*.py")} == {
        name: HEAD + text for name, text in PROGRAMS.items()
    }


def test_what_is_kept_is_written_and_no_longer_reported(tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("noticed.py", "refused.py"):
        (tmp_path / name).unlink()
    done = hookproof("verify", "--fix", "--output-format=concise", ".", cwd=tmp_path)
    assert (tmp_path / "kept.py").read_text().splitlines()[4] == ANNOTATED
    assert (tmp_path / "unasked.py").read_text() == HEAD + PROGRAMS["unasked.py"]
    assert done.stdout.startswith("unasked.py:5:1: HKP204")
    assert "kept.py" not in done.stdout
    assert not reasons(done.stderr)


def test_a_fix_that_another_makes_possible_on_its_line_is_kept_with_it(tmp_path: Path) -> None:
    """What a pre-hook returns is known once its input has a type; torch wants both."""
    (tmp_path / "pyproject.toml").touch()
    text = "def pre(module, input):\n    return (input[0] + 1,)\n\n\nnet = nn.Linear(2, 2)\n"
    text += "net.register_forward_pre_hook(pre)\ntorch.jit.script(net)(torch.ones(1, 2))\n"
    (tmp_path / "program.py").write_text(HEAD + text)
    done = hookproof("verify", "--fix", ".", cwd=tmp_path)
    assert "Fixed 2 confirmed findings" in done.stderr
    assert (
        "def pre(module, input: tuple[torch.Tensor]) -> tuple[torch.Tensor]:"
        in (tmp_path / "program.py").read_text()
    )
