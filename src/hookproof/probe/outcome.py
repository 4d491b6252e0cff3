"""Running one probe: what it gave, or what torch said."""

from __future__ import annotations

import contextlib
import io
import itertools
import linecache
import re
from collections.abc import Callable
from typing import Any

_numbers = itertools.count()


def message_of(error: BaseException) -> str:
    """Return the first line of a message that says something, without addresses."""
    lines = [line.strip() for line in str(error).splitlines()]
    line = next((line for line in lines if line and not set(line) <= set("~-^<> .")), "")
    line = re.sub(r"0x[0-9a-fA-F]+", "0x…", line)
    line = re.sub(r"<hookproof-probe-\d+>", "<probe>", line)
    line = re.sub(r"___torch_mangle_\d+\.", "", line)
    line = re.sub(r"(/[^\s\"']+)+\.py", "….py", line)
    return line[:200]


def spelled(kind: Any) -> str:
    """Return a type as TorchScript spells it in annotations; torch 1.8 has `str` for that."""
    return str(getattr(kind, "annotation_str", kind))


def attempt(action: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """Run `action` quietly; return its value and None, or None and the exception."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return action(), None
        except Exception as error:
            return None, error


def function_from(source: str, name: str, **names: Any) -> Any:
    """Return a function of generated source that `inspect.getsource` can read, as TorchScript does."""
    filename = f"<hookproof-probe-{next(_numbers)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace: dict[str, Any] = {"__name__": "probe", **names}
    exec(compile(source, filename, "exec"), namespace)  # the source is made here
    return namespace[name]
