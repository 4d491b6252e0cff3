"""A tree that other processes keep changing while it is checked, and what is asked of it meanwhile."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from hookproof.report import Report
from hookproof.session.pipeline import check_paths, check_source
from hookproof.settings import Settings
from hookproof.source.cache import Cache
from hostile_texts import with_line

_FILES, _FOLDERS = 12, ("", "a", "b/c")
_TEXTS = (
    with_line("module.other"),
    with_line("pass"),
    with_line("z = ("),
    "from part1 import Net, remember\nimport torch\n",
    "x = 1\n",
    "",
    "import torch\n\n\ndef f(m):\n    m.register_forward_hook(",
)


class ChangingTree:
    """A folder with files that `changers` processes change while the `with` statement lasts."""

    def __init__(self, folder: Path, changers: int = 2, seed: int = 0) -> None:
        self.folder, self._changers, self._seed = folder, changers, seed
        self._processes: list[int] = []
        (folder / "pyproject.toml").touch()
        for number in range(_FILES):
            _path(folder, number).write_text(_TEXTS[number % len(_TEXTS)], "utf-8")

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let the processes run."""
        for number in range(self._changers):
            child = os.fork()
            if not child:
                _change(self.folder, Random(self._seed + number))
            self._processes.append(child)
        try:
            yield
        finally:
            for process in self._processes:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            self._processes.clear()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let nothing change meanwhile."""
        for process in self._processes:
            os.kill(process, signal.SIGSTOP)
            os.waitpid(process, os.WUNTRACED)
        try:
            yield
        finally:
            for process in self._processes:
                os.kill(process, signal.SIGCONT)


def soak(tree: ChangingTree, runs: int, check_every: int) -> tuple[int, float]:
    """Check the tree so often, with a cache and as an editor does; return the runs, and MiB of growth.

    Raises `AssertionError` for an answer that is not what a run without a cache says.
    """
    os.chdir(tree.folder)
    cache = Cache(str(tree.folder / ".hookproof_cache"))
    before = 0
    with tree.changing():
        for number in range(runs):
            _assert_whole(check_paths(["."], Settings(), cache=cache))
            edited = _TEXTS[number % len(_TEXTS)].encode()
            _assert_whole(check_source(edited, f"part{number % _FILES}.py", Settings()))
            if number % check_every == check_every - 1:
                with tree.still():
                    time.sleep(0.05)  # what is just written may look unchanged once more, and is read again
                    kept = check_paths(["."], Settings(), cache=cache)
                    assert kept == check_paths(["."], Settings()), "a stale answer"
            if number == runs // 4:
                before = _kilobytes()
    return runs, (_kilobytes() - before) / 1024


def _assert_whole(report: Report) -> None:
    for failure in report.files.failed:
        assert "internal error" not in failure.reason, failure.reason
        assert "\n" not in failure.reason


def _kilobytes() -> int:
    """Return the most memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _path(folder: Path, number: int) -> Path:
    where = folder / _FOLDERS[number % len(_FOLDERS)]
    where.mkdir(parents=True, exist_ok=True)
    return where / f"part{number}.py"


def _change(folder: Path, random: Random) -> None:
    """Write, cut, move, link and delete files, for ever."""
    while True:
        number, text = random.randrange(_FILES), random.choice(_TEXTS)
        with suppress(OSError):
            path = _path(folder, number)
            match random.randrange(7):
                case 0:
                    path.unlink()
                case 1:
                    path.rename(_path(folder, random.randrange(_FILES)))
                case 2:
                    path.unlink(missing_ok=True)
                    path.symlink_to(_path(folder, random.randrange(_FILES)))
                case 3:
                    shutil.rmtree(folder / "b")
                case 4:
                    path.write_text(text[: random.randrange(len(text) + 1)], "utf-8")
                case _:
                    new = path.with_suffix(f".{os.getpid()}")
                    new.write_text(text, "utf-8")
                    new.replace(path)
        time.sleep(random.random() / 100)
