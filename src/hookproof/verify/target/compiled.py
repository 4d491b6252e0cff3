"""Experiments on compiled hooks: the hook reduced to what is flagged, registered on the model, scripted."""

from __future__ import annotations

import ast
import functools
import types
from typing import Any, Callable, cast

from .bench import Bench
from .compare import is_reduction
from .hook_files import load, write_function
from .hooks import header_for
from .installed import torch
from .lacking import Lacked, lacked
from .outcome import InconclusiveError, describe
from .reduce import Reduction
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


def ask_use(bench: Bench) -> dict[str, Any]:
    """Ask about one access in the body of a hook."""
    variants: list[Any] = []
    real = real_function(bench)
    if real is not None and not bench.is_stand_in:
        variants.append(("the hook as it is", lambda: _script_and_run(bench, real)))
    for name, node, text in use_texts(bench):
        variants.append((name, functools.partial(ask_reduced, bench, node, text, name == BARE)))
    return {"attempts": bench.try_variants(variants)}


def ask_reduced(bench: Bench, node: Any, text: str | None, alone: bool = False) -> Any:
    """Script the hook reduced to `node`, written as `text`; `alone` says that nothing of the rest is left."""
    going_on(bench, lambda without: _script_and_run(bench, reduced_hook(bench, node, text, without)))
    return {"alone": alone}


def going_on(bench: Bench, run: Callable[[frozenset[int]], Any]) -> Any:
    """Run a reduced hook, without what fails before it by itself; a note tells what this was.

    `run` takes the lines of what is to be left out: guards are taken as in eager mode, and modules get
    attributes that they lack. Raises `InconclusiveError` where the guards keep the hook off in eager mode, so
    that nothing says what is to be thought in their place.
    """
    without: set[int] = set()
    while True:
        try:
            value = run(frozenset(without))
        except InconclusiveError:
            raise
        except Exception as error:
            fields = describe(error)
            if bench.matches(fields, is_reduced=True) or not _goes_on(bench, fields, without):
                raise
            continue
        if any(given.name == _attribute(bench) for given in bench.given):
            raise InconclusiveError("masked by: it lacks {}".format(bench.given[0]))
        return value


def _goes_on(bench: Bench, error: dict[str, Any], without: set[int]) -> bool:
    """Leave out the guard that failed, or give what was lacking; tell whether there was something to do."""
    said = "{}: {}".format(error["type"], error["message"].strip().split("\n")[0])[:300]
    guard = _failing_guard(bench, error)
    if guard is not None and guard not in without and bench.comes_to_it_eagerly(bench):
        without.add(guard)
        note = "what decides on line {} was taken as in eager mode, for it fails itself ({})"
        bench.tell([note.format(guard, said)])
        return True
    wanted = lacked(error["message"])
    if wanted is not None and wanted not in bench.given and not _is_meant(bench, wanted):
        bench.given.append(wanted)
        bench.tell(["{} was given, for want of which it fails first ({})".format(wanted, said)])
        return True
    if guard is not None and guard not in without:
        reason = "masked by: what decides on line {}, which fails itself ({})"
        raise InconclusiveError(reason.format(guard, said))
    return False


def _is_meant(bench: Bench, wanted: Lacked) -> bool:
    """Tell whether an attribute is the finding's own, so that to give it would take away what is asked."""
    prediction = bench.experiment.get("prediction") or {}
    is_named = wanted.name == _attribute(bench)
    return is_named and (not wanted.owner or wanted.owner in str(prediction.get("message")))


def _attribute(bench: Bench) -> str:
    return str(bench.experiment.get("attribute") or "").rpartition(".")[2].partition("(")[0]


def _failing_guard(bench: Bench, error: dict[str, Any]) -> int | None:
    """Return the line of the guard that an error names last, in torch's excerpts or in the traceback."""
    for places in (error["places"], error["frames"]):
        for line in reversed([line for path, line in places if is_reduction(path)]):
            guard: int | None = bench.reduction.guard_at(line)
            return guard
    return None


def _script_and_run(bench: Bench, hook: Any) -> None:
    model, scripted = script(bench, hook)
    try:
        arguments = bench.inputs(model)
    except InconclusiveError:
        return
    try:
        scripted(*arguments)
    except Exception as error:
        # Only what was predicted counts here: a reduced hook may fail at the call for reasons of its own.
        if bench.matches(describe(error), is_reduced=True):
            raise


def use_texts(bench: Bench, mark: str = "") -> list[tuple[str, Any, str | None]]:
    """Return the reductions to try, the one closest to the source first, as (name, node, text).

    `mark` is put before the flagged expression where its statement may not come to it.
    """
    source, node = bench.source, bench.node
    statement = source.statement_around(node)
    texts: list[tuple[str, Any, str | None]] = []
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and statement is not node:
        texts.append(("the flagged expression", node, None))  # a lambda's body, or a default value
        return texts
    texts.append(("the flagged statement", statement, statement_text(bench, statement, mark)))
    wide = widen(bench, node)
    if wide is not statement and isinstance(wide, ast.expr) and not bench.setup["is_assignment"]:
        # Without its operator an access has lost what gave it its meaning.
        is_bare = wide is node and isinstance(source.parents[node], _OPERATIONS)
        name = BARE if is_bare else "the flagged expression"
        texts.append((name, wide, guarded(bench, wide, mark + "({})" if mark else "{}")))
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and isinstance(node, ast.expr):
        is_target = not isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if is_target and bench.setup["is_assignment"]:
            return texts
        if is_target:
            texts.append(("the flagged assignment", node, "{} = 0".format(source.segment(node))))
            return texts
    alone = _passed_alone(bench) if bench.setup["ends_in_callee"] and not mark else None
    if alone is not None:
        texts.append(alone)
    if (
        isinstance(node, ast.expr)
        and node is not wide
        and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    ):
        texts.append((BARE, node, guarded(bench, node, mark + "({})" if mark else "{}")))
    return texts


def _passed_alone(bench: Bench) -> tuple[str, Any, str | None] | None:
    """Return the call that the flagged node is an argument of, with tensors for its other arguments.

    None where it is no such argument. What else the call is given may be what torch stops at first.
    """
    call = bench.source.parents[bench.node]
    if not isinstance(call, ast.Call) or not any(bench.node is value for value in call.args):
        return None
    if any(isinstance(value, ast.Starred) for value in call.args) or any(
        k.arg is None for k in call.keywords
    ):
        return None
    segment = bench.source.segment
    given = [segment(value) if value is bench.node else _ANY_TENSOR for value in call.args]
    given += ["{}={}".format(keyword.arg, _ANY_TENSOR) for keyword in call.keywords]
    text = "{}({})".format(segment(call.func), ", ".join(given))
    return "the flagged call, with tensors for its other arguments", call, text


_ANY_TENSOR = "torch.zeros(1)"


def guarded(bench: Bench, node: ast.expr, form: str = "{}") -> str | None:
    """Return the text of an expression (in `form`) under what in its statement decides whether it runs.

    None where nothing does.
    """
    segment = bench.source.segment
    text, inner = form.format("({})".format(segment(node))), cast(ast.AST, node)
    is_guarded = False
    for outer in bench.source.ancestors(node):
        if isinstance(outer, (ast.stmt, ast.Lambda)):
            break
        tests = _tests(outer, inner, segment)
        if isinstance(outer, _COMPREHENSIONS) and inner is not outer.generators[0] and bench.reads_python:
            heads = [segment_of_generator(generator, segment) for generator in outer.generators]
            text, is_guarded = "[({}) {}]".format(text, " ".join(heads)), True
        elif tests:
            text, is_guarded = "(({}) if ({}) else None)".format(text, tests), True
        inner = outer
    return text if is_guarded else None


_OPERATIONS = (ast.Compare, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Starred)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


def segment_of_generator(generator: ast.comprehension, segment: Any) -> str:
    """Return the text of one `for … in … if …` of a comprehension."""
    tests = "".join(" if ({})".format(segment(test)) for test in generator.ifs)
    return "for {} in ({}){}".format(segment(generator.target), segment(generator.iter), tests)


def _tests(outer: ast.AST, inner: ast.AST, segment: Any) -> str:
    """Return what must hold for `outer` to evaluate `inner`, empty where it does so in any case."""
    if isinstance(outer, ast.IfExp):
        if inner is outer.test:
            return ""
        return ("{}" if inner is outer.body else "not ({})").format(segment(outer.test))
    if isinstance(outer, ast.BoolOp):
        before = ["({})".format(segment(value)) for value in outer.values[: outer.values.index(inner)]]  # type: ignore[arg-type]
        is_and = isinstance(outer.op, ast.And)
        joined = (" and " if is_and else " or ").join(before)
        return joined if is_and or not joined else "not ({})".format(joined)
    return ""


def statement_text(bench: Bench, statement: Any, mark: str = "") -> str | None:
    """Return the statement's text, `mark` before the flagged expression; of a compound one, an empty body."""
    segment = bench.source.segment
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        return "for {} in ({}({})): pass".format(segment(statement.target), mark, segment(statement.iter))
    if isinstance(statement, ast.If):
        return "if ({}({})): pass".format(mark, segment(statement.test))
    if isinstance(statement, ast.While):
        return "while ({}({})): break".format(mark, segment(statement.test))
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        items = ["({})".format(segment(item.context_expr)) for item in statement.items]
        return "with {}{}: pass".format(mark, ", ".join(items))
    if mark and isinstance(bench.node, ast.expr) and guarded(bench, bench.node) and bench.reads_python:
        return bench.source.with_mark(statement, bench.node, mark)
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


def reduced_hook(bench: Bench, node: Any, text: str | None, without: frozenset[int] = frozenset()) -> Any:
    """Return a hook with a correct signature whose body is `node` (as `text`) and what it needs."""
    bench.reduction = Reduction(bench.source, bench.function, without=without).add(node, text)
    lines = bench.reduction.rows
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
