"""Gives every program of the fixtures and forms in parts, ready to be laid out, and writes the files."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fixture_programs import Fixture, Program, all_fixtures, reached_lines
from form_programs import FORMS, Form, forms
from layouts import LAYOUTS, CannotError, Parts
from statement_texts import body_of, bound, declared, statements, used

_DEFINITION = re.compile(r"(#.*\n)*(@|def |class |async def |import |from )")


@dataclass(frozen=True)
class Source:
    """A program of a fixture or a form: `origin` names it, `others` are more files that it imports.

    `own` is the layout in which it was written, `codes` what is expected of it there.
    """

    origin: str
    kind: str
    parts: Parts
    own: str
    codes: tuple[str, ...]
    others: tuple[tuple[str, str], ...] = ()
    assume_scripted: bool = False

    @property
    def family(self) -> str:
        """The fixture that the program is from, or `form`."""
        return self.origin.partition(".")[0].partition(" ")[0]


@dataclass(frozen=True)
class Laid:
    """A program in one layout; `entry` is the function of its file to call, None for a script."""

    source: Source
    layout: str
    text: str
    entry: str | None

    def write(self, folder: Path) -> Path:
        """Write the file, and those that it imports, into a folder of their own; return its path."""
        folder.mkdir(parents=True)
        for name, text in self.source.others:
            (folder / name).write_text(text, "utf-8")
        path = folder / "programs.py"
        path.write_text(self.text, "utf-8")
        return path


@cache
def sources() -> tuple[Source, ...]:
    """Return the programs of all fixtures, then the forms."""
    fixtures = (source for fixture in all_fixtures() for source in _of_fixture(fixture))
    return (*fixtures, *map(_of_form, forms()))


def laid(source: Source, layout: str) -> Laid:
    """Return a program in a layout. Raises `CannotError` where its shape does not allow it."""
    text = LAYOUTS[layout](source.parts)
    if source.assume_scripted:
        text = "# hookproof: assume-scripted\n" + text
    compile(text, source.origin, "exec")
    return Laid(source, layout, text, None if layout in ("script", "main guard") else source.parts.name)


def in_layouts(
    programs: Iterable[tuple[Source, str]],
) -> tuple[list[Laid], Counter[tuple[str, str]]]:
    """Return programs in layouts, and how many cannot be laid out so, by (layout, reason)."""
    done: list[Laid] = []
    cannot: Counter[tuple[str, str]] = Counter()
    for source, layout in programs:
        try:
            done.append(laid(source, layout))
        except CannotError as error:  # noqa: PERF203 - one program that cannot is none of the others' matter
            cannot[layout, str(error)] += 1
    return done, cannot


def _of_fixture(fixture: Fixture) -> Iterator[Source]:
    text = fixture.main.read_text("utf-8")
    lines = text.splitlines(keepends=True)
    functions = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    others = tuple((p.name, p.read_text("utf-8")) for p in fixture.files if p != fixture.main)
    for program in fixture.programs:
        node = functions[program.name]
        reached = reached_lines(fixture, program.name) - set(range(node.lineno, (node.end_lineno or 0) + 1))
        head = [s for s, first, last in _placed(lines, text) if _is_kept(s, reached, first, last)]
        yield Source(
            f"{fixture.path.stem}.{program.name}",
            program.kind,
            Parts(program.name, tuple(head), (*_parameters(node), *body_of(text, node))),
            "function",
            _codes(program),
            others,
            fixture.assume_scripted,
        )


def _placed(lines: list[str], text: str) -> Iterator[tuple[str, int, int]]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        last = node.end_lineno or node.lineno
        yield "".join(lines[first - 1 : last]), first, last


def _is_kept(chunk: str, reached: set[int], first: int, last: int) -> bool:
    """Return whether a statement of a fixture belongs to a program: it reaches it, or nothing can tell."""
    is_import = re.match(r"import |from ", chunk)
    return bool(is_import or reached & set(range(first, last + 1)) or not bound([chunk]))


def _parameters(node: ast.FunctionDef) -> list[str]:
    arguments = node.args.args
    defaults = node.args.defaults
    assert len(arguments) == len(defaults), f"{node.name} needs arguments"
    return [
        f"{argument.arg} = {ast.unparse(default)}\n"
        for argument, default in zip(arguments, defaults, strict=True)
    ]


def _codes(program: Program) -> tuple[str, ...]:
    return tuple(sorted({e.code for e in program.expectations if not e.is_missed}))


def _of_form(form: Form) -> Source:
    prelude = FORMS.read_text("utf-8").split("### ")[0]
    head, body = _definitions(statements(form.text.removeprefix(prelude)))
    kind = "breaks" if form.kind == "missed" else form.kind
    parts = Parts("main", (*_needed(statements(prelude), [*head, *body]), *head), tuple(body))
    return Source(f"form {form.name}", kind, parts, "script", tuple(sorted(form.codes)))


def _needed(shared: list[str], own: list[str]) -> list[str]:
    """Return the definitions shared by all forms that one of them uses."""
    while True:
        kept = [c for c in shared if not _is_function(c) or bound([c]) & used([*own, *shared])]
        if kept == shared:
            return kept
        shared = kept


def _is_function(chunk: str) -> bool:
    return re.match(r"(@|def |class )", chunk) is not None


def _definitions(chunks: list[str]) -> tuple[list[str], list[str]]:
    """Return the definitions that mean the same above everything else, and all other statements."""
    wide = declared(chunks, ast.Global)
    times = {n: sum(n in bound([c]) for c in chunks) for n in bound(chunks)}
    head = [c for c in chunks if _DEFINITION.match(c) and all(times[n] == 1 for n in bound([c]))]
    while True:
        body = [c for c in chunks if c not in head]
        local = bound(body) - wide
        stay = [c for c in head if used([c]) & local]
        if not stay:
            return head, body
        head = [c for c in head if c not in stay]
