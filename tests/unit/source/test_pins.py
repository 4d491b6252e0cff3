"""What a project says of the torch that it needs is read from the files in which people say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.settings import resolve
from hookproof.source.pins import Pin, pinned

FILES: dict[str, tuple[str, str, str | None]] = {
    "dependencies": (
        "pyproject.toml",
        '[project]\ndependencies = ["numpy", "torch>=2.4,<2.9"]\n',
        ">=2.4,<2.9",
    ),
    "a marker": (
        "pyproject.toml",
        "[project]\ndependencies = [\"torch >= 2.1 ; python_version >= '3.9'\"]\n",
        ">=2.1",
    ),
    "in brackets": ("pyproject.toml", '[project]\ndependencies = ["torch (>=2.0)"]\n', ">=2.0"),
    "an extra of torch": (
        "pyproject.toml",
        '[project]\ndependencies = ["torch[opt-einsum]~=2.2"]\n',
        "~=2.2",
    ),
    "any torch": ("pyproject.toml", '[project]\ndependencies = ["torch"]\n', None),
    "another package": (
        "pyproject.toml",
        '[project]\ndependencies = ["torchvision>=0.15", "pytorch==1"]\n',
        None,
    ),
    "an extra of the project": (
        "pyproject.toml",
        '[project]\ndependencies = []\n[project.optional-dependencies]\nx = ["torch>=2"]\n',
        None,
    ),
    "poetry, caret": ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = "^2.4"\n', ">=2.4,<3"),
    "poetry, tilde": ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = "~2.4.1"\n', ">=2.4.1,<2.5"),
    "poetry, exact": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\ntorch = {version = "2.4.1"}\n',
        "==2.4.1",
    ),
    "poetry, range": ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = ">=2.0, <2.5"\n', ">=2.0,<2.5"),
    "poetry, any": ("pyproject.toml", '[tool.poetry.dependencies]\ntorch = "*"\n', None),
    "no TOML": ("pyproject.toml", "torch = = 2\n", None),
    "another form": ("pyproject.toml", 'project = "torch>=2"\n', None),
    "poetry.lock": ("poetry.lock", '[[package]]\nname = "torch"\nversion = "2.5.1"\n', "==2.5.1"),
    "uv.lock": (
        "uv.lock",
        '[[package]]\nname = "torchvision"\nversion = "0.20"\n\n[[package]]\nname = "torch"\n'
        'version = "2.5.1+cpu"\n',
        "==2.5.1",
    ),
    "pdm.lock": ("pdm.lock", '[[package]]\nname = "torch"\nversion = "2.6.0"\n', "==2.6.0"),
    "requirements.txt": ("requirements.txt", "# all\nnumpy\ntorch==2.1.0  # the GPU one\n", "==2.1.0"),
    "a local version": ("requirements.txt", "torch==2.1.0+cu118\n", "==2.1.0"),
    "other requirements": ("requirements-train.txt", "torch>=1.13\n", ">=1.13"),
    "a link": ("requirements.txt", "torch @ https://example.org/torch.whl\n", None),
    "setup.cfg": ("setup.cfg", "[options]\ninstall_requires =\n    numpy\n    torch>=1.8\n", ">=1.8"),
    "an extra in setup.cfg": ("setup.cfg", "[options.extras_require]\nx =\n    torch>=1.8\n", None),
    "a broken setup.cfg": ("setup.cfg", "torch>=1.8\n[", None),
}


@pytest.mark.parametrize("case", FILES)
def test_what_a_file_says(case: str, tmp_path: Path) -> None:
    name, text, specifier = FILES[case]
    (tmp_path / name).write_text(text)
    path = str(tmp_path / name)
    assert pinned(str(tmp_path)) == (None if specifier is None else Pin(specifier, path))


def test_what_the_project_supports_comes_before_what_it_was_locked_to(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text('name = "torch"\nversion = "2.5.1"\n')
    (tmp_path / "requirements-dev.txt").write_text("torch==2.6\n")
    (tmp_path / "requirements.txt").write_text("torch==2.7\n")
    for name, specifier in (
        ("uv.lock", "==2.5.1"),
        ("requirements.txt", "==2.7"),
        ("requirements-dev.txt", "==2.6"),
    ):
        assert pinned(str(tmp_path)) == Pin(specifier, str(tmp_path / name))
        (tmp_path / name).unlink()
    assert pinned(str(tmp_path)) is None
    assert pinned(str(tmp_path / "nowhere")) is None


def test_settings_say_where_the_version_comes_from(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "pkg").mkdir(parents=True)
    config = project / "pyproject.toml"
    config.write_text('[project]\ndependencies = ["torch>=2.4"]\n')
    path = str(project / "pkg")

    def found(*paths: str, **given: object) -> tuple[tuple[str, ...], str]:
        [(settings, _)] = resolve(paths or (path,), given)
        return settings.torch, settings.torch_from

    assert found() == ((">=2.4",), str(config))
    assert found(torch=("2.6",)) == (("2.6",), "--torch")
    config.write_text('[project]\ndependencies = ["torch>=2.4"]\n[tool.hookproof]\ntorch = "<2.9"\n')
    assert found() == (("<2.9",), str(config))
    [(settings, _)] = resolve([path], {}, isolated=True)
    assert (settings.torch, settings.torch_from) == ((), "the newest that is known")
    # What stands nearer says more, and what lies above the project says nothing.
    config.write_text("[tool.hookproof]\n")
    (tmp_path / "requirements.txt").write_text("torch==1.8\n")
    assert found() == ((), "the newest that is known")
    (project / "pkg" / "requirements.txt").write_text("torch==2.0\n")
    assert found() == (("==2.0",), str(project / "pkg" / "requirements.txt"))
    assert len(resolve([path, str(project)], {})) == 2
