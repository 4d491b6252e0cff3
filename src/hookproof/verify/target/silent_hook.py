"""Shows what a hook does in eager mode alone where no program of the project does: on a model made for it.

What differs is observed as in a program. The whole hook comes first, for what it does with the flagged value
decides whether anything is lost; cut down to that, it prints the value.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import sys
from typing import Any, Callable

from .bench import Bench
from .compiled import guarded, note_hook, real_function, scope_for, use_texts, widen
from .hook_files import load, write_function
from .hooks import header_for
from .installed import nn, torch
from .observe import TEXT, observe
from .outcome import REDUCED, InconclusiveError, in_fork
from .program import Program
from .python_hook import eager_model, fire, is_helper, keeps_off, receiver, reduced_hook
from .reduce import Reduction
from .silent import compare_made
from .sources import parameters
from .use_inputs import loaded_again

_WHOLE = "the hook as it is"
_OBSERVE = "__observe__({})"
_RECORDER = """import torch

@torch.jit.ignore
def record_value(value: bool) -> bool:
    if value:
        print("it is so")
    return value
"""


def ask(bench: Bench) -> dict[str, Any]:
    """Compare what the hook does in eager mode with what it does in the finding's world."""
    if bench.setup["observes"] == "saved attribute":
        return {"attempts": bench.try_variants([("the flagged assignment", lambda: _kept_on_save(bench))])}
    whole = _whole_hook(bench)
    found = []
    if whole is not None:
        action = functools.partial(_compare_whole, bench, whole)
        found = bench.try_variants([(_WHOLE, action)], is_apart=True)
        if found[0]["error"] is None and found[0]["eager"] != found[0]["torchscript"]:
            return {"attempts": found}
    attempts = bench.try_variants(_reduced(bench), is_apart=True)
    if not found or found[0]["error"] is not None:
        return {"attempts": attempts, "before": found}
    last = attempts[-1]
    if last["error"] is None and last["eager"] != last["torchscript"] and not last["kept_off"]:
        reason = "{} differs ({} in eager mode, {} in TorchScript), but the hook did nothing else for it here"
        raise InconclusiveError(reason.format(last["what"], last["eager"], last["torchscript"]))
    return {"attempts": found}


# --- the whole hook ---------------------------------------------------------------------------------


def _whole_hook(bench: Bench) -> Any:
    """Return the hook, if it is a function of the module that comes to the flagged line in eager mode."""
    if bench.is_stand_in or (bench.reads_python and is_helper(bench)):
        return None
    hook = real_function(bench)
    if hook is None or len(parameters(bench.function)) != (2 if bench.is_pre else 3):
        return None
    if bench.setup["observes"] == "branch":  # it is the whole hook that is flagged
        return hook
    try:
        return hook if in_fork(lambda: {"is_reached": _comes_to_line(bench, hook)})["is_reached"] else None
    except InconclusiveError:
        return None


def _comes_to_line(bench: Bench, hook: Any) -> bool:
    e = bench.experiment
    reached: list[bool] = []

    def trace(frame: Any, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != e["path"]:
            return None
        if event == "line" and e["line"] <= frame.f_lineno <= e["end_line"]:
            reached.append(True)
        return trace

    model = eager_model(bench)
    sys.settrace(trace)
    try:
        with contextlib.suppress(Exception):
            fire(bench, model, lambda module, _, *values: hook(module, *values))
    finally:
        sys.settrace(None)
    return bool(reached)


def _compare_whole(bench: Bench, hook: Any) -> dict[str, Any]:
    fields = _compare(bench, hook)
    with contextlib.suppress(Exception):  # what a script of its own is made of
        _reduced(bench)[0][1]()
    return fields


# --- the reduced hook -------------------------------------------------------------------------------


def _reduced(bench: Bench) -> list[tuple[str, Callable[[], dict[str, Any]]]]:
    """Return the reductions to try, what is closest to the flagged value first."""
    observes = bench.setup["observes"]
    if observes == "branch":
        branch = functools.partial(_eager_branch, bench)
        return [("the flagged branch", lambda: _compare_recorded(bench, branch(), "True", "the branch runs"))]
    if observes == "later type":
        node = widen(bench, bench.node)
        text = bench.source.segment(node)
        return [("the flagged test", lambda: _compare_recorded(bench, node, text, text))]
    found = [
        (name, functools.partial(_compare_printed, bench, node))
        for name, node, _ in use_texts(bench)
        if isinstance(node, ast.expr)
    ]
    if not found:
        raise InconclusiveError("no expression stands at the finding")
    return [found[0], *reversed(found[1:])]


def _compare_printed(bench: Bench, node: Any) -> dict[str, Any]:
    """Compare what a Python hook that does no more than print the flagged value prints."""
    segment = bench.source.segment(node)
    text = guarded(bench, node, _OBSERVE) or _OBSERVE.format("({})".format(segment))
    call = reduced_hook(bench, node, text, {"__observe__": lambda value: print(_spelled(value))})

    def hook(module: Any, *values: Any) -> None:
        # A helper may be given any module that the hook reaches.
        for part in [module, *module.children()] if is_helper(bench) else [module]:
            call(part, bench, *values)

    fields = _compare(bench, hook)
    if fields["what"] != TEXT:
        return dict(fields, kept_off=False)
    # What a guard itself reads may be what differs.
    is_missed = fields["torchscript"] == "nothing"
    kept_off = is_missed and text.count(segment) == 1 and keeps_off(bench)
    return dict(fields, what=segment, kept_off=kept_off)


def _spelled(value: Any) -> str:
    return "a module" if isinstance(value, nn.Module) else repr(value)[:200]


def _compare_recorded(bench: Bench, node: Any, test: str, what: str) -> dict[str, Any]:
    """Compare whether a compiled hook comes to a place, and finds the `test` true there."""
    reduction = Reduction(bench.source, bench.function).add(node, "record_value({})".format(test))
    lines = reduction.rows
    header = header_for(bench.source, bench.function, bench.signature, bench.is_pre, index=bench.module_index)
    line = min(bench.function.lineno, max(lines[0][0] - 1, 1))
    path = write_function(header, line, lines, bench.folder, "hook")
    scope = scope_for(bench, lines)
    scope["record_value"] = _recorder(bench)
    bench.recipe["is_recorded"] = True
    fields = _compare(
        bench, note_hook(bench, load(path, getattr(bench.function, "name", "hook"), scope), path)
    )
    return dict(fields, what=what if fields["what"] == TEXT else fields["what"], kept_off=False)


def _recorder(bench: Bench) -> Any:
    path = "{}/recorder.py".format(bench.folder)
    with open(path, "w") as file:
        file.write(_RECORDER)
    scope: dict[str, Any] = {"__name__": "recorder"}
    exec(compile(_RECORDER, path, "exec", dont_inherit=True), scope)
    return scope["record_value"]


def _eager_branch(bench: Bench) -> Any:
    """Return the first statement of a branch for eager mode only, around the place or in the function."""
    node = bench.node
    around = [node, *bench.source.ancestors(node)]
    candidates = [n for n in around if isinstance(n, ast.If)] or [
        n for n in ast.walk(bench.function) if isinstance(n, ast.If)
    ]
    for candidate in candidates:
        test = bench.source.segment(candidate.test)
        if "is_scripting" in test:
            is_negated = isinstance(candidate.test, ast.UnaryOp) and isinstance(candidate.test.op, ast.Not)
            branch = candidate.body if is_negated else candidate.orelse
            if branch:
                return branch[0]
            after = _statements_after(bench, candidate)
            if after:
                return after[0]
    raise InconclusiveError("no branch for eager mode stands at the finding")


def _statements_after(bench: Bench, statement: ast.If) -> list[ast.stmt]:
    body = getattr(bench.source.parents[statement], "body", [])
    return body[body.index(statement) + 1 :] if statement in body else []


# --- observing --------------------------------------------------------------------------------------


def _compare(bench: Bench, hook: Any) -> dict[str, Any]:
    """Run a life cycle of `hook` on a model that is made for it, and return what differs."""
    model = eager_model(bench)
    try:
        arguments = bench.inputs(model)
    except InconclusiveError:
        if not bench.reads_python:
            raise
        return _compare_directly(bench, hook, model)
    run = functools.partial(_live, bench, hook, model, arguments)
    found = compare_made(bench, Program("the life cycle of the hook", run, REDUCED, function="hook"), hook)
    shown = {"eager": found.eager, "torchscript": found.world}
    if found.what == TEXT:
        shown = {world: _printed(ast.literal_eval(text)) for world, text in shown.items()}
    return dict(shown, what=found.what)


def _live(bench: Bench, hook: Any, model: Any, arguments: tuple[Any, ...]) -> None:
    register = nn.Module.register_forward_pre_hook if bench.is_pre else nn.Module.register_forward_hook
    if bench.reads_python:
        target = receiver(bench, model)
        register(target, hook)
    else:
        register(model, hook)
        if bench.setup["observes"] == "later type":
            other = bench.model()
            other.hookproof_other_type = 1  # another attribute makes another TorchScript type
            torch.jit.script(other)
        target = torch.jit.script(model)
    target(*arguments)


def _compare_directly(bench: Bench, hook: Any, model: Any) -> dict[str, Any]:
    """Compare calls of the hook by itself, for want of inputs with which the model runs."""
    target = receiver(bench, eager_model(bench))
    seen = [observe(lambda part=part: ((lambda: hook(part)), list)) for part in (model, target)]  # type: ignore[misc]
    texts = [_printed(each.get(TEXT, "")) for each in seen]
    return {"what": TEXT, "eager": texts[0], "torchscript": texts[1]}


def _printed(text: str) -> str:
    return ", ".join(text.splitlines()) or "nothing"


def _kept_on_save(bench: Bench) -> dict[str, Any]:
    """Compare whether what the hook sets is there after a copy, and after saving and loading."""
    _, node, text = use_texts(bench)[0]
    attribute = str(bench.experiment.get("attribute") or "").rpartition(".")[2]
    model = bench.model()
    call = reduced_hook(bench, node, text, {})
    target = receiver(bench, bench.model())
    fire(bench, model, call)
    fire(bench, target, call)
    if not hasattr(target, attribute):
        raise InconclusiveError("the hook does not set {}".format(attribute))
    return {
        "eager": str(hasattr(copy.deepcopy(model), attribute)),
        "torchscript": str(hasattr(loaded_again(target), attribute)),
        "what": "{} is there after a copy, or saving and loading".format(attribute),
    }
