"""Feed a reader of strangers' bytes with what atheris makes up: nothing may come out but its own error.

    python tools/fuzz_readers.py outline -max_total_time=600

The readers are `outline`, `suppressions`, `cache` and `settings`. Needs atheris, which has to be installed.
"""

from __future__ import annotations

import ast
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

with atheris.instrument_imports(include=["hookproof"]):
    from hookproof.exit_status import SettingsError
    from hookproof.finding import Finding
    from hookproof.settings import Settings, resolve
    from hookproof.source import cache
    from hookproof.source.suppressions import add_noqa, silence
    from hookproof.source.text import SourceError, decode
    from hookproof.syntax.outline import outline

_FINDINGS = [
    Finding("m.py", line, 1, "HKP302", "m", "r", "error", "certain", "compiled", "raises", line, 2)
    for line in (1, 2, 3)
]


def _outline(data: bytes) -> None:
    with suppress(SourceError):
        text = decode(data, "m.py")
        blocks = outline(text, "m.py").blocks
        assert all(0 <= block.start <= block.end <= len(text) for block in blocks)


def _suppressions(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    lines = tuple(text.split("\n"))
    silence([each for each in _FINDINGS if each.line <= len(lines)], lambda path: lines, ["m.py"])
    with suppress(SyntaxError):  # what does not parse has no findings
        ast.parse(text)
        add_noqa(text, [each for each in _FINDINGS if each.line < len(lines)])


def _cache(data: bytes) -> None:
    # With a checksum that holds: one that does not ends the look at once.
    Path("facts.msgpack").write_bytes(cache._checksum(data) + data)
    cache.Cache(".").tree(b"")


def _settings(data: bytes) -> None:
    Path("pyproject.toml").write_bytes(b"[tool.hookproof]\n" + data)
    with suppress(SettingsError):
        resolve(["m.py"])


def _seeds() -> Iterator[bytes]:
    """Yield what the readers take, to begin with."""
    store = cache.Cache("seed")
    store.store(cache.Tree(b"", (cache.FileFacts(1, 2, 3, b"four", 5),), ()))
    yield store._checked()
    for path in sorted((ROOT / "fixtures").glob("hkp[135]0?_*.py")):
        yield path.read_bytes().replace(b"\n    ", b"  # noqa: HKP302, F401\n    ", 9)
    for key in Settings.__struct_fields__:
        for value in ("1", '"a"', '["HKP3", "*.py", "1.2"]', "{a = 1}", "true", "2020-01-01"):
            yield f"{key.replace('_', '-')} = {value}\n".encode()


_READERS: dict[str, Callable[[bytes], None]] = {
    "outline": _outline,
    "suppressions": _suppressions,
    "cache": _cache,
    "settings": _settings,
}

if __name__ == "__main__":
    read = _READERS[sys.argv.pop(1)]
    os.chdir(tempfile.mkdtemp())
    Path("corpus").mkdir()
    for number, seed in enumerate(_seeds()):
        Path("corpus", str(number)).write_bytes(seed)
    atheris.Setup([*sys.argv, "corpus"], read)
    atheris.Fuzz()
