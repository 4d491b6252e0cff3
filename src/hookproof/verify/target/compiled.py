"""Experiments on compiled hooks: the hook reduced to what is flagged, registered on the model, scripted."""

from __future__ import annotations

import ast
import functools
import types
from typing import Any

from .bench import Bench
from .hooks import header_for
from .installed import torch
from .outcome import InconclusiveError, describe
from .reduce import Reduction, load, write_function
from .sources import names_used, parameters
from .values import spell_value

BARE = "the bare access"


def script(bench: Bench, hook: Any, save: bool = False) -> Any:
    """Register `hook` on a fresh model and script that; then call the result where inputs can be had."""
    bench.signature  # noqa: B018  # decides whether forward has to be replaced
    model = bench.model()
    register = model.register_forward_pre_hook if bench.is_pre else model.register_forward_hook
    register(hook)
    scripted = torch.jit.script(model)
    if save:
        torch.jit.save(scripted, "saved.pt")
    return model, scripted


def ask_touch(bench: Bench) -> dict[str, Any]:
    """Ask about one access in the body of a hook."""
    variants: list[Any] = []
    real = real_function(bench)
    if real is not None and not bench.is_stand_in:
        variants.append(("the hook as it is", lambda: _script_and_run(bench, real)))
    for name, node, text in touch_texts(bench):
        variants.append((name, functools.partial(ask_reduced, bench, node, text, name == BARE)))
    return {"attempts": bench.try_variants(variants)}


def ask_reduced(bench: Bench, node: Any, text: str | None, alone: bool = False) -> Any:
    """Script the hook reduced to `node`, written as `text`; `alone` says that nothing of the rest is left."""
    _script_and_run(bench, reduced_hook(bench, node, text))
    return {"alone": alone}


def _script_and_run(bench: Bench, hook: Any) -> None:
    model, scripted = script(bench, hook)
    try:
        arguments = bench.inputs(model)
    except InconclusiveError:
        return
    try:
        scripted(*arguments)
    except Exception as error:
        # Only what was foretold counts here: a reduced hook may fail at the call for reasons of its own.
        if bench.matches(describe(error), is_reduced=True):
            raise


def touch_texts(bench: Bench) -> list[tuple[str, Any, str | None]]:
    """Return the reductions to try, the one closest to the source first, as (name, node, text)."""
    source, node = bench.source, bench.node
    statement = source.statement_around(node)
    texts: list[tuple[str, Any, str | None]] = []
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and statement is not node:
        texts.append(("the flagged expression", node, None))  # a lambda's body, or a default value
        return texts
    texts.append(("the flagged statement", statement, statement_text(bench, statement)))
    wide = widen(bench, node)
    if wide is not statement and isinstance(wide, ast.expr) and not bench.setup["is_assignment"]:
        texts.append(("the flagged expression", wide, None))
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and isinstance(node, ast.expr):
        is_target = not isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if is_target and bench.setup["is_assignment"]:
            return texts
        if is_target:
            texts.append(("the flagged assignment", node, "{} = 0".format(source.segment(node))))
            return texts
    if (
        isinstance(node, ast.expr)
        and node is not wide
        and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    ):
        texts.append((BARE, node, None))
    return texts


def statement_text(bench: Bench, statement: ast.stmt) -> str | None:
    """Return the statement's text; of a compound one, the header with an empty body."""
    segment = bench.source.segment
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        return "for {} in ({}): pass".format(segment(statement.target), segment(statement.iter))
    if isinstance(statement, ast.If):
        return "if ({}): pass".format(segment(statement.test))
    if isinstance(statement, ast.While):
        return "while ({}): pass".format(segment(statement.test))
    if isinstance(statement, ast.With):
        return "with {}: pass".format(", ".join(segment(item.context_expr) for item in statement.items))
    return None


_TAKES_MODULE = frozenset(
    [
        "callable",
        "delattr",
        "dict",
        "enumerate",
        "getattr",
        "hasattr",
        "id",
        "isinstance",
        "iter",
        "len",
        "list",
        "repr",
        "setattr",
        "sorted",
        "str",
        "tuple",
        "type",
        "vars",
        "zip",
    ]
)


def widen(bench: Bench, node: Any) -> Any:
    """Return the call or subscript that gives an access its meaning (`m.parameters` of `m.parameters()`)."""
    for outer in bench.source.ancestors(node):
        is_argument = isinstance(outer, ast.Call) and node in outer.args
        if is_argument and not isinstance(node, ast.Name):
            is_argument = isinstance(outer.func, ast.Name) and outer.func.id in _TAKES_MODULE  # type: ignore[attr-defined]
        if isinstance(outer, ast.Call) and (outer.func is node or is_argument):
            node = outer
            if isinstance(outer.func, ast.Attribute):
                break
        elif isinstance(outer, ast.Subscript) and outer.value is node:
            node = outer
        else:
            break
    return node


def reduced_hook(bench: Bench, node: Any, text: str | None) -> Any:
    """Return a hook with a correct signature whose body is `node` (as `text`) and what it needs."""
    reduction = Reduction(bench.source, bench.function).add(node, text)
    reduction.add_function_exits()
    lines = sorted(set(reduction.lines))
    header = header_for(bench.source, bench.function, bench.signature, bench.is_pre, index=bench.module_index)
    line = min(bench.function.lineno, max(lines[0][0] - 1, 1))
    path = write_function(header, line, lines, bench.folder, "hook")
    return note_hook(
        bench, load(path, getattr(bench.function, "name", "hook"), scope_for(bench, lines)), path
    )


def note_hook(bench: Bench, hook: Any, path: str, spelled: str | None = None) -> Any:
    """Note the text of a reduced hook, for a script that shows the failure by itself; return the hook."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    bench.recipe["hook"] = text.strip("\n")
    bench.recipe["name"] = spelled or getattr(hook, "__name__", "hook")
    return hook


def scope_for(bench: Bench, lines: list[tuple[int, int, str]]) -> dict[str, Any]:
    """Return the names the hook's body may use: the file's, and the captured ones where they can be had."""
    namespace = bench.namespace
    outer = next((o for o in bench.source.ancestors(bench.function) if isinstance(o, ast.FunctionDef)), None)
    if outer is None:
        return namespace
    used: set[str] = set()
    for _, _, text in lines:
        try:
            used |= names_used(ast.parse(text.strip()))
        except SyntaxError:
            continue
    own = {p.arg for p in parameters(bench.function)}
    bound = {n.id for n in ast.walk(outer) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {a.arg for a in parameters(outer)}
    bound |= {n.name for n in ast.walk(outer) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    if (used & bound) - own:
        try:
            captured = bench.captured(outer.name)
        except InconclusiveError as error:
            bench.tell([str(error) + "; stand-ins were used for what it captures"])
            stubs = (used & bound) - own - set(namespace)
            namespace.update({name: Captured() for name in stubs})
        else:
            namespace.update(captured)
            texts = {name: spell_value(captured[name]) for name in sorted(used & set(captured) - own)}
            bench.recipe["captured"] = {name: text for name, text in texts.items() if text is not None}
    return namespace


class Captured:
    """Stands for a Python value that a hook captures and that could not be had."""


def real_function(bench: Bench) -> Any:
    """Return the hook itself where it is a function of the module, else None."""
    value = getattr(bench.module, getattr(bench.function, "name", ""), None)
    value = getattr(value, "__wrapped__", value)
    if isinstance(value, types.FunctionType) and value.__code__.co_name == getattr(
        bench.function, "name", None
    ):
        return getattr(bench.module, bench.function.name)  # type: ignore[union-attr]
    return None


def done(_: Any) -> None:
    """Take a value for nothing but that it could be made."""


# --- syntax -----------------------------------------------------------------------------------------


def ask_syntax(bench: Bench) -> dict[str, Any]:
    """Ask about one piece of syntax in a hook's body."""
    statement = bench.source.statement_around(bench.node)
    inner = bench.node if isinstance(bench.node, ast.expr) else statement
    variants: list[Any] = []
    real = real_function(bench)
    if real is not None and not bench.is_stand_in:
        variants.append(("the hook as it is", lambda: done(script(bench, real))))
    raw = dedented(bench, statement)
    variants.append(("the flagged statement", functools.partial(ask_reduced, bench, statement, raw)))
    if inner is not statement:
        variants.append(("the flagged expression", functools.partial(ask_reduced, bench, inner, None)))
    return {"attempts": bench.try_variants(variants)}


def dedented(bench: Bench, statement: Any) -> str:
    """Return the statement's lines, comments included, shifted to the depth of a function's body."""
    lines = bench.source.lines[statement.lineno - 1 : statement.end_lineno]
    width = statement.col_offset
    shifted = [lines[0][width:]] + [
        "    " + (line[width:] if line[:width].isspace() and line.strip() else line) for line in lines[1:]
    ]
    return "".join(shifted).rstrip("\n")
