"""Gives wrong findings on programs that survive: what is true of programs like them that break."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from hookproof.finding import Finding, HookReference, Subject
from layout_programs import Laid
from layouts import ENTERS, REGISTERS

# What the lines look like on which findings about the life of a hook stand, where that is no registration.
_LINES = {
    "HKP108": r"\.remove\(",
    "HKP114": r"\.forward\(",
    "HKP115": r"\bscripted\(",
    "HKP121": r"\bmodel\.(count|seen|total)\b",
    "HKP116": r"\b(weight_norm|spectral_norm|l1_unstructured|identity|remove)\(",
    "HKP117": r"\b(register_parametrization|orthogonal|is_parametrized)\(",
}
_REGISTRATION = r"(?<!def )\bregister_(\w+_)?(forward|backward|state_dict)\w*hook\("
# What these say depends on more than the hook: on a branch, an order, a file written, other hooks, the model.
_NEEDS_MORE = ("HKP212", "HKP214", "HKP215", "HKP220", "HKP312", "HKP406")
# These lose nothing as they are run, and lose it elsewhere: there what is planted is no wrong finding.
_LOSES_ELSEWHERE = ("form a hooked submodule may be replaced",)  # where HP is set, the hooked one is kept


def planted(
    survivors: Iterable[tuple[Laid, Path]], models: Mapping[tuple[str, str], Sequence[Finding]]
) -> Iterator[tuple[Laid, Finding]]:
    """Yield surviving programs with a wrong finding on each line that looks like one with a right finding.

    `models` are right findings by the family of their programs, in whatever layout.
    """
    for laid, path in survivors:
        if laid.source.origin in _LOSES_ELSEWHERE:
            continue
        family = laid.source.family
        code = family[:6].upper()
        for model in models.get(family, ()):
            if family == "form" or (model.code == code and code not in _NEEDS_MORE):
                yield from ((laid, moved) for moved in _moved(model, laid, path))


def _moved(model: Finding, laid: Laid, path: Path) -> list[Finding]:
    lines = [re.sub(r"#.*", "", line) for line in laid.text.splitlines()]
    if model.subject and model.subject.entry_path and not any(map(ENTERS.search, lines)):
        return []  # a finding names the entry point that it is about, and this program has none
    if re.fullmatch(r"HKP1\d\d", model.code):
        pattern = _LINES.get(model.code, _REGISTRATION)
        locations = [(n, m.start()) for n, line in enumerate(lines, 1) if (m := re.search(pattern, line))]
        return [_put(model, path, lines, n, _start(lines[n - 1], at), None) for n, at in locations[:1]]
    text = model.attribute or (model.subject.expression if model.subject else None)
    hooks = {hook[0]: hook for hook in _hooks(lines)}  # of one name, the last
    for hook in hooks.values():
        for number in range(hook[1] + 1, len(lines) + 1):
            line = lines[number - 1]
            if line.strip() and not line.startswith(hook[2] + " "):
                break
            if text and text in line and _widths(laid.text, number, line.index(text)):
                return [_put(model, path, lines, number, line.index(text), hook)]
    return []


def _hooks(lines: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Yield the functions that are handed to registrations by name, as (name, line, indentation)."""
    registered = {n for line in lines if REGISTERS.search(line) for n in re.findall(r"\b\w+\b", line)}
    for number, line in enumerate(lines, 1):
        if (match := re.match(r"(\s*)def (\w+)\(", line)) and match[2] in registered:
            yield match[2], number, match[1]


def _widths(text: str, line: int, column: int) -> list[int]:
    """Return how wide the expressions are that start there and end on the same line, the widest last."""
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.expr | ast.stmt))
    return sorted(
        (node.end_col_offset or 0) - node.col_offset
        for node in nodes
        if (node.lineno, node.end_lineno, node.col_offset) == (line, line, column)
    )


def _start(line: str, at: int) -> int:
    return len(re.sub(r"[\w.\[\]()]*$", "", line[:at]))


def _put(
    model: Finding,
    path: Path,
    lines: Sequence[str],
    number: int,
    start: int,
    hook: tuple[str, int, str] | None,
) -> Finding:
    """Return a finding moved to a line, with the registration and the entry point of the file it is in."""
    old = model.subject or Subject()
    widths = _widths("\n".join(lines), number, start) or [len(lines[number - 1].rstrip()) - start]
    of_model = model.end_column - model.column
    width = of_model if of_model in widths and hook else widths[-1]
    entry = next((n for n, line in enumerate(lines, 1) if ENTERS.search(line)), 0)
    name = hook[0] if hook else None
    registered = [
        n
        for n, line in enumerate(lines, 1)
        if re.search(_REGISTRATION + (rf".*\b{name}\b" if name else ""), line)
    ]
    registration = registered[0] if registered else 0
    subject = msgspec.structs.replace(
        old,
        registration_path=str(path) if registration else None,
        registration_line=number if re.fullmatch(r"HKP1\d\d", model.code) else registration,
        entry_path=str(path) if entry else None,
        entry_line=entry,
        hook=f"{path.stem}:{name}" if name else old.hook,
    )
    return msgspec.structs.replace(
        model,
        path=str(path),
        line=number,
        end_line=number,
        column=start + 1,
        end_column=start + 1 + width,
        hook=HookReference(name, str(path), hook[1])
        if hook and name
        else model.hook and msgspec.structs.replace(model.hook, path=str(path)),
        subject=subject,
        evidence=(),
        fix=None,
        verdict=None,
    )
