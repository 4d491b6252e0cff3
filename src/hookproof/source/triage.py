"""Triage: which files, judged by their bytes alone, could hold a hook or leave eager mode."""

from __future__ import annotations

import re
from enum import Flag

# Every method and function of torch that installs a module hook is called `register_…hook`; the dicts they
# fill (`_forward_hooks`, `_global_backward_pre_hooks`, …) are filled by hand in some projects.
_REGISTRATION = r"register_\w*hook|\b_\w*_hooks\b|\b(?:weight|spectral)_norm\b|\bprune\b|parametriz"
# `jit` alone, for `from torch import jit` and `import torch.jit as tj` name no function on that line.
_ENTRY_POINT = r"\bjit\b|to_torchscript|ScriptModule|TracedModule|ScriptFunction"
_ENTRY_FUNCTIONS = r"\b(?:script|trace|trace_module|freeze|optimize_for_inference|script_if_tracing)\b"
_JIT_LOAD = r"\bload\b"

_IN_BYTES = re.compile(f"({_REGISTRATION})|{_ENTRY_POINT}".encode())
_ENTRY_IN_BYTES = re.compile(_ENTRY_POINT.encode())
_IN_BLOCK = re.compile(f"{_REGISTRATION}|{_ENTRY_POINT}")
_IN_BLOCK_OF_JIT_FILE = re.compile(f"{_REGISTRATION}|{_ENTRY_POINT}|{_ENTRY_FUNCTIONS}")
_JIT_FILE = re.compile(r"\bjit\b")
# Where `load` may be torch.jit's: the plain word is in too many blocks of ordinary scripts.
_BARE_LOAD = re.compile(r"\bjit\s+import\b[^#;]*?\bload\b|\bjit\s+as\b|\bjit\s+import\s*\*")
_RENAMED = re.compile(r"\b(?:script|trace|trace_module|freeze|optimize_for_inference|load)\s+as\s+(\w+)")


class Mentions(Flag):
    """What a file's bytes mention."""

    NOTHING = 0
    REGISTRATION = 1
    ENTRY_POINT = 2


def mentions(data: bytes) -> Mentions:
    """Return what `data` mentions anywhere, comments and strings included.

    Works on the bytes of every encoding that extends ASCII, which all of Python's source encodings do.
    """
    found = Mentions.NOTHING
    if _ENTRY_IN_BYTES.search(data):
        found |= Mentions.ENTRY_POINT
    position = 0
    while match := _IN_BYTES.search(data, position):
        if match[1]:
            return found | Mentions.REGISTRATION
        position = match.end()
    return found


def block_pattern(text: str) -> re.Pattern[str]:
    """Return the pattern that finds the blocks of `text` that mention a registration or an entry point.

    In a file that mentions `jit`, the entry points' own names count too, and the names they are imported as.
    """
    if not _JIT_FILE.search(text):
        return _IN_BLOCK
    extra = sorted(set(_RENAMED.findall(text)))
    if not extra and not _BARE_LOAD.search(text):
        return _IN_BLOCK_OF_JIT_FILE
    words = "|".join(re.escape(name) for name in extra)
    parts = [_IN_BLOCK_OF_JIT_FILE.pattern]
    if words:
        parts.append(rf"\b(?:{words})\b")
    if _BARE_LOAD.search(text):
        parts.append(_JIT_LOAD)
    return re.compile("|".join(parts))
