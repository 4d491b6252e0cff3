"""What a cell says to IPython and not to Python: magics, shell lines and help, put out of Python's sight."""

from __future__ import annotations

import re

_RUNNING_CELLS = frozenset(
    {"capture", "debug", "heat", "memit", "prun", "pyinstrument", "scalene", "snakeviz", "time", "timeit"}
    | {"wandb"}
)
"""Cell magics whose cell is Python that runs as if they were not there."""

_RUNNING_LINES = re.compile(
    r"%(?:time|timeit|prun|memit)[ \t]+(?:-[sTD][ \t]+\S+[ \t]+|-\w+(?:[ \t]*\d+)?[ \t]+)*(?=\S)"
)
# What these time and forget, a script would keep.
_BOUND_IN_VAIN = re.compile(r"%(?:timeit|memit)\b[^=\n]*[^=!<>\n]=(?!=)")

# What may bind names, or forget them, and what switches TorchScript off before torch is imported.
_CHANGING = re.compile(
    r"^[ \t]*(?:%(?:run|reset(?:_selective)?|xdel|load|store[ \t]+-\w*r|(?:set_)?env[ \t]+PYTORCH_JIT)\b"
    r"|run[ \t]+[\w./-]+\.(?:py|ipynb)\b)|\brun_(?:line|cell)_magic\(",
    re.MULTILINE,
)

_ESCAPE = re.compile(r"[ \t]*[%!?,;/]")
_HELP = re.compile(r"[ \t]*(?:[\w.*%=, \t()-]|\[[^\]\n]*\])+\?{1,2}[ \t]*(?=\n|\Z)")
_GIVEN = re.compile(r"([ \t]*[^=#!%\n\"'(]*[^=#!%<>+\-*/&|^@:\n\"'( \t][ \t]*=)[ \t]*[!%]")
# Magics that people write without their sign, where what follows could not be Python.
_BARE = re.compile(
    r"(?:pip3?|conda|mamba|micromamba|uv|apt|cd|ls|ll|mkdir|rmdir|cp|mv|rm|cat|pushd|popd|run|time|timeit"
    r"|matplotlib|load_ext|reload_ext|autoreload|pylab)[ \t]+(?!(?:if|in|is|and|or|not|else|for)\b)"
    r"(?:[\w~$.\"'/]|-[a-zA-Z])"
)
_WHOLE_LINE = re.compile(r"(?:[^\n\\]|\\(?!\n)|\\\n)*")
_CELL_MAGIC = re.compile(r"[ \t]*%%(\w+)?")
_INDENT = re.compile(r"[ \t]*")
_NEXT = re.compile(
    r"""\#[^\n]*
    |\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)
    |'{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
    |"(?:\\.|[^"\\\n])*(?:"|(?=\n)|\Z)
    |'(?:\\.|[^'\\\n])*(?:'|(?=\n)|\Z)
    |[\[({]|[\])}]|\\\n|\n""",
    re.VERBOSE | re.DOTALL,
)


def python_of(cell: str) -> str:
    """Return the Python of a cell, all else of it blank: lines and columns of what is left stay the same.

    A line that stands for something within a block becomes a `pass`, a value of the shell's a call that
    nothing is known of.
    """
    text, at = cell, 0
    while True:
        start = len(text) - len(text[at:].lstrip("\n")) if text[at:].strip() else len(text)
        found = _CELL_MAGIC.match(text, start)
        if found is None:
            break
        if found[1] not in _RUNNING_CELLS:
            return "\n" * text.count("\n")
        end = _line_end(text, start)
        text = text[:start] + _blank(text[start:end]) + text[end:]
        at = start + text[start:end].count("\n")
    return _without_lines(text)


def changes_names(cell: str) -> bool:
    """Tell whether a cell has a magic that may change what names mean, or whether TorchScript works."""
    return _CHANGING.search(cell) is not None


def _without_lines(text: str) -> str:
    pieces: list[str] = []
    at = 0
    while at < len(text):
        end = _line_end(text, at)
        told = _instead(text[at:end])
        if told is None:
            end = _statement_end(text, at)
            pieces.append(text[at:end])
        else:
            pieces.append(told + "\n" * text.count("\n", at, end))
        if text[end : end + 1] == "\n":
            pieces.append("\n")
            end += 1
        at = end
    return "".join(pieces)


def _instead(line: str) -> str | None:
    """Return what takes the place of a line that is IPython's, None for one of Python's."""
    indent = _INDENT.match(line)[0]  # type: ignore[index]  # it matches anything
    rest = line[len(indent) :]
    running = _RUNNING_LINES.match(rest)
    if running and not _BOUND_IN_VAIN.match(rest):
        return f"{indent}0;{' ' * (running.end() - 2)}{rest[running.end() :]}"
    if _ESCAPE.match(rest) or _BARE.match(rest) or _HELP.fullmatch(line):
        return f"{indent}pass" if indent else ""
    given = _GIVEN.match(line)
    return f"{given[1]} get_ipython().getoutput()" if given else None


def _line_end(text: str, at: int) -> int:
    """Return where a line ends, with those that backslashes join to it."""
    found = _WHOLE_LINE.match(text, at)
    return found.end() if found else len(text)


def _statement_end(text: str, at: int) -> int:
    """Return where the line ends on which no bracket and no string is open any more."""
    depth = 0
    for token in _NEXT.finditer(text, at):
        first = token[0][0]
        if first == "\n" and depth <= 0:
            return token.start()
        depth += (first in "[({") - (first in "])}")
    return len(text)


def _blank(text: str) -> str:
    return "\n" * text.count("\n")
