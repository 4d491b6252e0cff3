"""The cache: the same answer sooner, whatever happened to the files, the settings or the cache itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hooked_project import FILES, environment, hookproof, write_project
from hookproof.report import Analysis, Report
from hookproof.session import sources
from hookproof.session.pipeline import check_paths, inventory
from hookproof.settings import Settings
from hookproof.source import cache as cache_module
from hookproof.source.cache import Cache
from hookproof.source.text import SourceError, read

FACTS = ".hookproof_cache/facts.msgpack"
CONCISE = "--output-format=concise"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_project(tmp_path)


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return how often a run had to be analysed since this was last asked."""
    from hookproof.session import pipeline

    runs: list[str] = []
    real = pipeline.analyse

    def counted(kind: str, *rest: object) -> Analysis:
        runs.append(kind)
        return real(kind, *rest)  # type: ignore[arg-type]

    def count() -> int:
        seen = len(runs)
        runs.clear()
        return seen

    monkeypatch.setattr(pipeline, "analyse", counted)
    return count


def check(**changed: object) -> Report:
    asked = Settings(**changed)  # type: ignore[arg-type]
    with_cache = check_paths(["."], asked, cache=Cache(asked.cache_folder))
    assert with_cache == check_paths(["."], asked)
    return with_cache


def test_an_unchanged_project_is_not_analysed_again(project: Path, analysed: Callable[[], int]) -> None:
    asked = Settings()
    first = check_paths(["."], asked, cache=Cache(".hookproof_cache"))
    assert analysed() == 1
    assert check_paths(["."], asked, cache=Cache(".hookproof_cache")) == first
    assert analysed() == 0


def test_a_used_file_and_an_edit_that_concerns_nothing_are_not_analysed_again(
    project: Path, analysed: Callable[[], int]
) -> None:
    (project / "pkg/other.py").write_text("x = 1\n")
    first = check_paths(["."], Settings(), cache=Cache(".hookproof_cache"))
    os.utime(project / "pkg/net.py", (1, 1))
    (project / "pkg/other.py").write_text("# register_forward_hook\n")
    analysed()
    assert check_paths(["."], Settings(), cache=Cache(".hookproof_cache")) == first
    assert analysed() == 0


def test_some_files_are_answered_from_a_run_over_all(project: Path, analysed: Callable[[], int]) -> None:
    cache = Cache(".hookproof_cache")
    everything = check_paths(["."], Settings(), cache=cache)
    analysed()
    for path in ("pkg/hooks.py", "pkg/main.py", "pkg/net.py"):
        found = check_paths([path], Settings(), cache=cache).findings
        assert found == tuple(finding for finding in everything.findings if finding.path == path)
    assert analysed() == 0
    assert check_paths(["pkg/hooks.py"], Settings()).findings == tuple(
        finding for finding in everything.findings if finding.path == "pkg/hooks.py"
    )


def test_the_inventory_has_answers_of_its_own(project: Path) -> None:
    cache = Cache(".hookproof_cache")
    found = check_paths(["."], Settings(), cache=cache)
    hooks = inventory(["."], Settings(), cache=cache)
    assert (hooks.hooks != (), found.hooks) == (True, ())
    assert inventory(["."], Settings(), cache=cache) == hooks
    assert check_paths(["."], Settings(), cache=cache) == found


@pytest.mark.parametrize(
    "changed",
    [
        {"assume_scripted": True},
        {"ignore": ("HKP302",)},
        {"exclude": ("net.py",)},
        {"min_confidence": "certain"},
        {"torch": ("1.8",)},
        {"per_file_ignores": {"pkg/main.py": ("HKP201",)}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_other_settings_are_another_question(project: Path, changed: dict[str, object]) -> None:
    check()
    check(**changed)
    check()


def test_added_and_deleted_files_count(project: Path) -> None:
    before = check()
    (project / "pkg/more.py").write_text(FILES["pkg/main.py"])
    assert len(check().findings) > len(before.findings)
    (project / "pkg/more.py").unlink()
    assert check() == before
    (project / "pkg/net.py").unlink()
    assert check() != before


def test_a_file_that_fails_fails_again(project: Path) -> None:
    (project / "pkg/bad.py").write_bytes(b"import torch\nx.register_forward_hook(h)\ny = '\xff'\n")
    first = check()
    assert [failure.path for failure in first.files.failed] == ["pkg/bad.py"]
    assert check() == first
    cold = hookproof("check", CONCISE, "-q", "--no-cache", cwd=project)
    warm = hookproof("check", CONCISE, "-q", cwd=project)
    assert (warm.returncode, warm.stdout, warm.stderr) == (2, cold.stdout, cold.stderr)


def test_a_path_that_is_missing_is_tried_again(project: Path) -> None:
    asked, cache, paths = Settings(), Cache(".hookproof_cache"), [".", "later.py"]
    missing = check_paths(paths, asked, cache=cache)
    assert missing.files.failed
    assert check_paths(paths, asked, cache=cache) == missing
    (project / "later.py").write_text("")
    assert not check_paths(paths, asked, cache=cache).files.failed


def test_a_file_that_cannot_be_read_is_tried_again(
    project: Path, monkeypatch: pytest.MonkeyPatch, analysed: Callable[[], int]
) -> None:
    def refuse(path: str) -> bytes:
        if path.endswith("net.py"):
            raise SourceError(f"cannot read {path}: Permission denied")
        return read(path)

    cache = Cache(".hookproof_cache")
    with monkeypatch.context() as patched:
        patched.setattr(sources, "read", refuse)
        refused = check_paths(["."], Settings(), cache=cache)
        assert [failure.path for failure in refused.files.failed] == ["pkg/net.py"]
        analysed()
        assert check_paths(["."], Settings(), cache=cache) == refused
        assert analysed() == 0
    assert check_paths(["."], Settings(), cache=cache) == check_paths(["."], Settings())


def test_another_version_starts_anew(
    project: Path, monkeypatch: pytest.MonkeyPatch, analysed: Callable[[], int]
) -> None:
    check()
    analysed()
    monkeypatch.setattr(cache_module, "_tools", [b"another version"])
    check_paths(["."], Settings(), cache=Cache(".hookproof_cache"))
    assert analysed() == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-7]),
        lambda file: file.write_bytes(b"\x93" + os.urandom(500)),
        lambda file: file.write_bytes(b"\x91" * 100_000),
        lambda file: file.write_text('{"version": 1}'),
        lambda file: (file.unlink(), file.mkdir()),
        lambda file: (shutil.rmtree(file.parent), file.parent.write_text("a file")),
    ],
    ids=["empty", "cut short", "random", "deep", "json", "a folder", "no folder"],
)
def test_a_damaged_cache_is_no_cache(project: Path, damage: Callable[[Path], object]) -> None:
    before = check()
    damage(project / FACTS)
    assert check() == before
    assert check() == before


def test_every_cut_of_a_cache_gives_the_same(project: Path) -> None:
    before = check()
    whole = (project / FACTS).read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        (project / FACTS).write_bytes(whole[:length])
        assert check_paths(["."], Settings(), cache=Cache(".hookproof_cache")) == before


def test_runs_side_by_side_agree(project: Path) -> None:
    command = [sys.executable, "-m", "hookproof", "check", CONCISE, "-q"]
    runs = [
        subprocess.Popen(
            command, cwd=project, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(6)
    ]
    outputs = {run.communicate() for run in runs}
    assert len(outputs) == 1
    assert sorted(os.listdir(project / ".hookproof_cache")) == [".gitignore", "CACHEDIR.TAG", "facts.msgpack"]


def test_the_commands_give_the_same_cold_warm_and_after_an_edit(project: Path) -> None:
    def runs() -> list[tuple[int, str]]:
        done = [hookproof("check", CONCISE, *extra, cwd=project) for extra in ((), (), ("--no-cache",))]
        return [(run.returncode, run.stdout) for run in done]

    first, again, uncached = runs()
    assert first == again == uncached
    (project / "pkg/hooks.py").write_text("\n" + FILES["pkg/hooks.py"])
    edited, edited_again, edited_uncached = runs()
    assert edited == edited_again == edited_uncached != first


def test_no_cache_writes_nothing_and_cache_dir_says_where(project: Path) -> None:
    hookproof("check", "--no-cache", cwd=project)
    assert not (project / ".hookproof_cache").exists()
    hookproof("hooks", "--cache-dir", "there", "--output-format=json", cwd=project)
    assert (
        (project / "there/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    )
    assert (project / "there/.gitignore").read_text() == "*\n"
    (project / "pyproject.toml").write_text('[tool.hookproof]\ncache-dir = "elsewhere"\n')
    hookproof("check", "pkg/net.py", cwd=project)
    assert (project / "elsewhere/facts.msgpack").exists()
    assert not (project / ".hookproof_cache").exists()


LINES = (
    "import torch",
    "from torch import nn",
    "from a import Net, hook",
    "from b import *",
    "def hook(m, i, o):\n    m.seen.append(1)",
    "def wrap(n, h=None):\n    n.register_forward_hook(h)",
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.seen = []",
    "net = Net()",
    "net.register_forward_hook(hook)",
    "wrap(net, hook)",
    "torch.jit.script(net)",
    "def (",
    "x = 1",
)
FILE = st.lists(st.sampled_from(LINES), max_size=5).map("\n".join)
NAMES = st.sampled_from(("a.py", "b.py", "c.py"))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, FILE), st.lists(st.tuples(NAMES, st.none() | FILE), max_size=4))
def test_random_edits_give_what_a_run_without_a_cache_gives(
    files: dict[str, str], edits: list[tuple[str, str | None]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text("")
        cache, asked = Cache(str(folder / "cache")), Settings(root=name)
        for file, text in [*files.items(), *edits]:
            if text is None:
                (folder / file).unlink(missing_ok=True)
            else:
                (folder / file).write_text(text)
            assert check_paths([name], asked, cache=cache) == check_paths([name], asked)
