"""Gives one program in several layouts: a function, a script, a main guard, and constructors that register.

A program comes as the definitions that it needs and the statements that it carries out. Lines are moved
whole, so that the comments at their ends, which say what is expected there, move with them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from statement_texts import (
    bound,
    declared,
    edited,
    global_names,
    own_nodes,
    renamed,
    shifted,
    used,
    used_in_scopes,
)

REGISTERS = re.compile(
    r"register_\w*hook\b|\bregister_(\w*parametrization)\b|\b(weight|spectral)_norm\b|\bprune\b|\borthogonal\b"
    r"|\b\w+_unstructured\b|\b_\w+_hooks\b"
)
ENTERS = re.compile(
    r"\b(jit|torch)\.(script|trace|trace_module|freeze|load|optimize_for_inference|\w+_for_mobile)\b"
)
_ENTRY = re.compile(r"(torch\.)?jit\.(script|trace|freeze|load|optimize_for_inference)")


class CannotError(Exception):
    """The shape of the program does not allow the layout; the text says why."""


@dataclass(frozen=True)
class Parts:
    """A program: `head` are definitions, `body` are the statements of the function `name`."""

    name: str
    head: tuple[str, ...]
    body: tuple[str, ...]


def function(parts: Parts) -> str:
    """Return definitions, and the program as a function that is not called."""
    shared = sorted(_shared(parts))
    first = [f"global {', '.join(shared)}\n"] if shared else []
    return _file(parts.head, _block(f"def {parts.name}():\n", [*first, *parts.body]))


def script(parts: Parts) -> str:
    """Return definitions, and the program at the top level."""
    return _file(parts.head, *_top_level(parts))


def guarded(parts: Parts) -> str:
    """Return definitions, and the program under a main guard."""
    return _file(parts.head, _block('if __name__ == "__main__":\n', _top_level(parts)))


def owner(parts: Parts) -> str:
    """Return the program with its registrations in the constructor of a class of its own.

    So is what comes before; what was scripted before is handed to the constructor. Raises `CannotError`.
    """
    split = _split(parts)
    given = sorted(used(split.registering) & bound(split.before))
    kept = sorted(bound(split.registering) & used(split.after))
    inner = used_in_scopes(split.registering) | declared(split.registering, ast.Nonlocal)
    simple = [
        n for n in kept if n not in given and n not in inner and _is_plainly_bound(n, split.registering)
    ]
    attributes = {n: f"self.{n}" for n in simple}
    constructor = [renamed(s, attributes) for s in split.registering]
    constructor += [f"self.{n} = {n}\n" for n in kept if n not in simple]
    init = _block(f"def __init__({', '.join(['self', *given])}):\n", constructor)
    made = "owner = HookOwner(" + ", ".join(given) + ")\n"
    local = [n for n in kept if n in bound(split.after) or n in used_in_scopes(split.after)]
    after = [renamed(s, {n: f"owner.{n}" for n in kept if n not in local}) for s in split.after]
    after = [*(f"{n} = owner.{n}\n" for n in local), *after]
    classes = _block("class HookOwner:\n", [init])
    return function(replace(parts, head=(*parts.head, classes), body=(*split.before, made, *after)))


def constructor(parts: Parts) -> str:
    """Return the program with its registrations at the end of the constructor of the hooked module class.

    Raises `CannotError`.
    """
    split = _split(parts)
    if split.before:
        raise CannotError("something is scripted before")
    made = _made(split.registering, parts)
    if made is None:
        raise CannotError("the hooked module is not made of a class of the program")
    name, class_name = made
    moved = [s for s in split.registering if _registers_on(s, name)]
    others = [s for s in split.registering if s not in moved]
    if not moved or (used(moved) - {name}) & bound(parts.body) or bound(moved) & used(parts.body):
        raise CannotError("the registration needs more than the module")
    if name in used_in_scopes(moved):
        raise CannotError("the registration stands in another function")
    if any(REGISTERS.search(s) for s in others):
        raise CannotError("not everything is registered on that module")
    last = max(map(split.registering.index, moved))
    between = [s for s in split.registering[:last] if s not in moved and name not in bound([s])]
    if any(bound([s]) and name in used([s]) for s in between):
        raise CannotError("something is made of the module before the registration")
    head = tuple(
        _with_more(chunk, class_name, [renamed(s, {name: "self"}) for s in moved]) for chunk in parts.head
    )
    if head == parts.head:
        raise CannotError("the class has no constructor of its own")
    return function(replace(parts, head=head, body=(*others, *split.after)))


LAYOUTS = {
    "function": function,
    "script": script,
    "main guard": guarded,
    "owner's constructor": owner,
    "module's constructor": constructor,
}


def _file(head: Sequence[str], *rest: str) -> str:
    text = "\n".join(_imports_together(head)) + "\n\n" + "".join(rest)
    return f"import sys\n{text}" if re.search(r"^\s*(print\(.*\); )?sys\.exit\(\)", text, re.M) else text


def _imports_together(head: Sequence[str]) -> list[str]:
    """Return the chunks of a file; one that defines something gets an empty line more."""
    return [f"\n{chunk}" if re.match(r"(#.*\n)*(@|def |class |async )", chunk) else chunk for chunk in head]


def _block(header: str, chunks: Iterable[str]) -> str:
    return header + "".join(shifted(chunk, 4) for chunk in chunks)


def _shared(parts: Parts) -> set[str]:
    """Return what the program binds and the definitions read or write as names of the file."""
    return bound(parts.body) & global_names("".join(parts.head)) | declared(parts.body, ast.Global)


def _top_level(parts: Parts) -> list[str]:
    taken = bound(parts.head) | global_names("".join(parts.head))
    clashing = (bound(parts.body) & taken) - _shared(parts) if parts.name != "main" else set()
    shadowing = bound(parts.body) & bound(parts.head) if parts.name != "main" else set()
    body = [renamed(s, {n: f"{n}_here" for n in clashing | shadowing}) for s in parts.body]
    own = bound(body)
    body = [_without_scopes(s, own) for s in body]
    return [_without_return(s, is_last=s is body[-1]) for s in body]


def _without_scopes(chunk: str, own: set[str]) -> str:
    """Return a statement of a function as it stands at the top level, where its names are global."""

    def new(node: ast.AST) -> str | None:
        if isinstance(node, ast.Nonlocal) and set(node.names) <= own:
            return f"global {', '.join(node.names)}"
        return None

    text = edited(chunk, new)
    return "pass\n" if re.fullmatch(r"global .*\n", text) else text


def _without_return(chunk: str, is_last: bool) -> str:
    """Return a statement that prints what it returned, and leaves the script unless that is its end."""
    returns = [n for s in ast.parse(chunk).body for n in own_nodes(s) if isinstance(n, ast.Return)]
    last = ast.parse(chunk).body[-1]
    lines = {n.lineno for n in returns}

    def new(node: ast.AST) -> str | None:
        if not isinstance(node, ast.Return) or node.lineno not in lines:
            return None
        is_end = is_last and isinstance(last, ast.Return) and node.lineno == last.lineno
        leave = "" if is_end else "sys.exit()"
        if node.value is None:
            return leave or "pass"
        value = ast.get_source_segment(chunk, node.value) or ""
        shown = f"print({value})"
        return f"{shown}; {leave}" if leave else shown

    return edited(chunk, new) if returns else chunk


@dataclass(frozen=True)
class _Split:
    """The statements of a program: up to the first entry point, the registrations, and what comes then."""

    before: tuple[str, ...] = ()
    registering: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    registers: set[str] = field(default_factory=set)


def _split(parts: Parts) -> _Split:
    if "HookOwner" in "".join(parts.head) or "owner" in bound(parts.body) | bound(parts.head):
        raise CannotError("a name of the layout is taken")
    registers = _reaching(parts.head, REGISTERS)
    enters = _reaching(parts.head, ENTERS)
    body: list[str] = []
    for statement in (part for chunk in parts.body for part in _one_a_line(chunk)):
        if _does(statement, registers, REGISTERS) and _does(statement, enters, ENTERS):
            body += _apart(statement)
        else:
            body.append(statement)
    kinds = [(_does(s, registers, REGISTERS), _does(s, enters, ENTERS)) for s in body]
    first = next((n for n, (registering, _) in enumerate(kinds) if registering), None)
    if first is None:
        raise CannotError("nothing is registered by the statements of the program")
    if kinds[first][1]:
        raise CannotError("one statement registers and scripts")
    last = first
    for number in range(first, len(body)):
        if kinds[number][1] or _leaves(body[number]):
            break
        last = number if kinds[number][0] else last
    start = first if any(entering for _, entering in kinds[:first]) else 0
    if any(map(_leaves, body[start : last + 1])):
        raise CannotError("the program may be left before it registers")
    split = _Split(tuple(body[:start]), tuple(body[start : last + 1]), tuple(body[last + 1 :]))
    if declared(split.registering, ast.Global) or bound(split.registering) & _shared(parts):
        raise CannotError("the program shares names with its definitions")
    return split


def _one_a_line(chunk: str) -> list[str]:
    """Return the statements of a line; a comment stays with the last."""
    nodes = ast.parse(chunk).body
    if len(nodes) == 1:
        return [chunk]
    starts = [node.col_offset for node in nodes]
    line = chunk.splitlines()[-1]
    if chunk.count("\n") > 1:
        raise CannotError("statements share lines")
    return [line[a:b].rstrip("; ") + "\n" for a, b in zip(starts, [*starts[1:], len(line)], strict=True)]


def _leaves(chunk: str) -> bool:
    return any(
        isinstance(n, ast.Return | ast.Yield | ast.YieldFrom)
        for s in ast.parse(chunk).body
        for n in own_nodes(s)
    )


def _reaching(head: Sequence[str], pattern: re.Pattern[str]) -> set[str]:
    """Return the names of the definitions that do what the pattern finds, by themselves or through others."""
    found: set[str] = set()
    while True:
        more = {n for chunk in head if _does(chunk, found, pattern) for n in bound([chunk])} - found
        more -= {n for chunk in head if re.match(r"(import|from) ", chunk) for n in bound([chunk])}
        if not more:
            return found
        found |= more


def _does(chunk: str, names: set[str], pattern: re.Pattern[str]) -> bool:
    code = re.sub(r"#.*", "", chunk)
    return bool(pattern.search(code)) or bool(used([chunk]) & names)


def _apart(chunk: str) -> list[str]:
    """Return a statement whose entry point is called in a statement before it, if it is that simple."""
    statement = ast.parse(chunk).body[-1]
    calls = [
        node
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and _ENTRY.fullmatch(ast.unparse(node.func))
    ]
    if (
        not isinstance(statement, ast.Expr | ast.Assign)
        or len(calls) != 1
        or REGISTERS.search(ast.unparse(calls[0]))
    ):
        return [chunk]
    entry = ast.get_source_segment(chunk, calls[0])
    rest = edited(chunk, lambda node: "compiled" if ast.get_source_segment(chunk, node) == entry else None)
    return [f"compiled = {entry}\n", rest]


def _is_plainly_bound(name: str, chunks: Iterable[str]) -> bool:
    """Return whether a name is bound by assignments alone, so that it may as well be an attribute."""
    for chunk in chunks:
        for statement in ast.parse(chunk).body:
            if name in bound([ast.unparse(statement)]) and not (
                isinstance(statement, ast.Assign)
                and all(isinstance(target, ast.Name | ast.Tuple) for target in statement.targets)
            ):
                return False
    return True


def _made(chunks: Sequence[str], parts: Parts) -> tuple[str, str] | None:
    """Return the local that is the one instance of a class of the program, and the class."""
    for chunk in chunks:
        match ast.parse(chunk).body:
            case [ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=made)))]:
                definitions = [c for c in parts.head if made in bound([c]) and "class " in c]
                mentions = [c for c in (*parts.head, *parts.body) if made in used([c])]
                assigned = [c for c in parts.body if name in bound([c])]
                if definitions and mentions == [chunk] and assigned == [chunk]:
                    return name, made
    return None


def _registers_on(chunk: str, name: str) -> bool:
    return bool(REGISTERS.search(re.sub(r"#.*", "", chunk))) and name in used([chunk])


def _with_more(chunk: str, class_name: str, more: Sequence[str]) -> str:
    """Return a definition of the class with more statements at the end of its `__init__`."""
    for node in ast.parse(chunk).body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for method in node.body:
                if (
                    isinstance(method, ast.FunctionDef)
                    and method.name == "__init__"
                    and not _leaves_early(method)
                ):
                    lines = chunk.splitlines(keepends=True)
                    at = method.end_lineno or 0
                    column = method.body[0].col_offset
                    added = "".join(shifted(s, column) for s in more)
                    return "".join(lines[:at]) + added + "".join(lines[at:])
    return chunk


def _leaves_early(method: ast.FunctionDef) -> bool:
    return any(isinstance(n, ast.Return) for s in method.body for n in own_nodes(s)) or (
        bool(method.args.args) and method.args.args[0].arg != "self"
    )
