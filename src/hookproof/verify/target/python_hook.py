"""Experiments on Python hooks that receive a traced module or a ScriptModule."""

from __future__ import annotations

import ast
import builtins
import functools
import os
from typing import Any

from .bench import Bench
from .compiled import BARE, note_hook, scope_for, touch_texts
from .installed import nn, torch
from .outcome import InconclusiveError, one_line
from .reduce import Reduction, load, write_function
from .sources import names_used, parameters


class Anything:
    """Stands for a captured value that could not be had: takes any call, attribute, item and assignment."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Take anything."""
        return Anything()

    def __getitem__(self, _: Any) -> Any:
        return Anything()

    def __setitem__(self, *_: Any) -> None:
        return None

    def __contains__(self, _: Any) -> bool:
        return False

    def __iter__(self) -> Any:
        return iter(())

    def __add__(self, _: Any) -> Any:
        return self

    __radd__ = __iadd__ = __sub__ = __mul__ = __rmul__ = __add__

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        return None


def ask_touch(bench: Bench) -> dict[str, Any]:
    """Ask about one access of a Python hook."""
    if bench.experiment["outcome"] == "silent":
        return _ask_silent(bench)
    variants = []
    for name, node, text in touch_texts(bench):
        variants.append((name, functools.partial(_ask_reduced, bench, node, text, name == BARE, False)))
    if bench.experiment["world"] == "traced" and _is_reloaded(bench):
        node, text = touch_texts(bench)[0][1:]
        variants.insert(
            1,
            (
                "the flagged access after saving and loading",
                functools.partial(_ask_reduced, bench, node, text, True, True),
            ),
        )
    attempts = []
    # Python stops at the first error of a statement, so here each reduction that passes is only one answer.
    for variant in variants:
        attempts += bench.try_variants([variant])
        if attempts[-1].get("matched"):
            return {"attempts": [attempts[-1]]}
    passed = [a for a in attempts if a["error"] is None and not a.get("alone")]
    return {"attempts": passed[:1] or [a for a in attempts if a["error"] is not None] or attempts}


def _is_reloaded(bench: Bench) -> bool:
    return bench.setup["reloads"] or "load" in str(bench.experiment.get("entry"))


def _ask_reduced(bench: Bench, node: Any, text: str | None, alone: bool, reload: bool) -> Any:
    call = reduced_hook(bench, node, text)
    model = _eager_model(bench)
    fails_eagerly = None
    try:
        call(model, bench)
    except Exception as error:
        fails_eagerly = error
    target = receiver(bench, _eager_model(bench), reload)
    try:
        fire(bench, target, call)
    except Exception as error:
        if fails_eagerly is not None and type(error) is type(fails_eagerly) and _same(error, fails_eagerly):
            raise InconclusiveError(
                "the reduced hook fails in eager mode as well ({})".format(one_line(error))
            ) from error
        raise
    if _is_helper(bench):
        bench.notes.append("the helper was called with the module and its children")
        for child in target.children():
            call(child, bench)
    return {"alone": alone}


def _same(first: Exception, second: Exception) -> bool:
    return str(first).replace("RecursiveScriptModule", "").replace("TopLevelTracedModule", "") == str(second)


def _eager_model(bench: Bench) -> Any:
    model = bench.model()
    name = str(bench.experiment.get("attribute") or "").rpartition(".")[2].split("(")[0]
    if bench.is_stand_in and name.isidentifier() and not hasattr(model, name):
        # The attribute is somebody's own; what matters is whether it gets through.
        value: Any = 1 if bench.experiment["world"] == "traced" else {1, 2}
        setattr(model, name, value)
        bench.recipe["given"] = "{} = {!r}".format(name, value)
        bench.notes.append("the stand-in was given the attribute {}".format(name))
    return model


def receiver(bench: Bench, model: Any, reload: bool = False) -> Any:
    """Return what the hook receives: `model` traced, scripted or frozen as the finding says."""
    entry = str(bench.experiment.get("entry") or "")
    model.eval()
    if bench.experiment["world"] == "traced":
        target = torch.jit.trace(model, bench.inputs(model), check_trace=False)
    else:
        bench.signature  # noqa: B018  # replaces forward where it does not script
        if bench.needs_forward:
            from .hooks import replace_forward

            replace_forward(model, bench.folder)
        target = torch.jit.script(_with_forward(model))
    if "freeze" in entry or "optimize" in entry:
        target = torch.jit.freeze(target)
    if reload or (bench.setup["reloads"] and bench.experiment["world"] == "traced"):
        torch.jit.save(target, "saved.pt")
        target = torch.jit.load("saved.pt")
    return target


def _with_forward(model: Any) -> Any:
    return model


def fire(bench: Bench, target: Any, call: Any) -> None:
    """Let the reduced hook be called by torch with `target`; directly, where `target` can't be called."""
    fired = []

    def hook(module: Any, *_: Any) -> None:
        if module is target:
            fired.append(module)
            call(module, bench)

    try:
        arguments = bench.inputs(bench.model())
    except InconclusiveError:
        call(target, bench)
        return
    handle = nn.Module.register_forward_pre_hook(target, hook)
    try:
        target(*arguments)
    except Exception:
        if fired:
            raise
    finally:
        handle.remove()
    if not fired:
        call(target, bench)


def reduced_hook(bench: Bench, node: Any, text: str | None) -> Any:
    """Return a function of (module, bench) that does what is flagged, and what it needs, in Python."""
    reduction = Reduction(bench.source, bench.function, in_python=True).add(node, text)
    reduction.add_function_exits()
    lines = sorted(set(reduction.lines))
    names = [p.arg for p in parameters(bench.function)]
    name = getattr(bench.function, "name", "hook")
    header = "def {}({}):".format(name, ", ".join(names) or "*_")
    line = min(bench.function.lineno, max(lines[0][0] - 1, 1))
    path = write_function(header, line, lines, bench.folder, "hook")
    scope = scope_for(bench, lines)
    for _, _, written in lines:
        for free in _free_names(written):
            if free not in scope and free not in names and not hasattr(builtins, free):
                scope[free] = Anything()
                if free != "__observe__":
                    bench.recipe.setdefault("unknown", []).append(free)
    function = note_hook(bench, load(path, name, scope), path)
    index = bench.module_index
    spelled = ["MagicMock()"] * len(names)
    spelled[index : index + 3] = ["module", "(torch.rand(2, 4),)", "torch.rand(2, 4)"][: len(names) - index]
    bench.recipe["call"] = "{}({})".format(name, ", ".join(spelled))

    def call(module: Any, bench: Bench) -> Any:
        values: list[Any] = [Anything() for _ in names]
        for offset, value in enumerate((module, (torch.rand(2, 4),), torch.rand(2, 4))):
            if index + offset < len(values):
                values[index + offset] = value
        return function(*values)

    return call


def _free_names(text: str) -> set[str]:
    try:
        return names_used(ast.parse(text.strip()))
    except SyntaxError:
        try:
            return names_used(ast.parse(text.strip() + " pass"))
        except SyntaxError:
            return set()


# --- silent differences -----------------------------------------------------------------------------


def _ask_silent(bench: Bench) -> dict[str, Any]:
    if bench.setup["observes"] == "saved attribute":
        return {"attempts": bench.try_variants([("the flagged assignment", lambda: _kept_on_save(bench))])}
    variants: list[Any] = []
    for name, node, _ in reversed(touch_texts(bench)):
        if isinstance(node, ast.expr):
            variants.append((name, functools.partial(_compare_values, bench, node)))
    if not variants:
        raise InconclusiveError("no expression stands at the finding")
    return {"attempts": bench.try_variants(variants[-1:] + variants[:-1])}


def _compare_values(bench: Bench, node: Any) -> dict[str, Any]:
    seen: list[Any] = []
    segment = bench.source.segment(node)
    call = reduced_hook(bench, node, "__observe__(({}))".format(segment))
    for cell in call.__closure__ or ():
        scope = getattr(cell.cell_contents, "__globals__", {})
        scope["__observe__"] = seen.append
    model = _eager_model(bench)
    call(model, bench)
    eager = _plain(seen[-1], bench) if seen else "not reached"
    target = receiver(bench, _eager_model(bench))
    seen.clear()
    fire(bench, target, call)
    scripted = _plain(seen[-1], bench) if seen else "not reached"
    if eager == scripted and _is_helper(bench):
        # A helper may be given any module that the hook reaches.
        for child, compiled in zip(list(model.children()), list(target.children())):
            call(child, bench)
            call(compiled, bench)
            if _plain(seen[-1], bench) != _plain(seen[-2], bench):
                eager, scripted = _plain(seen[-2], bench), _plain(seen[-1], bench)
                break
    return {"eager": eager, "torchscript": scripted, "what": segment}


def _is_helper(bench: Bench) -> bool:
    hook = bench.experiment.get("hook")
    return hook is not None and getattr(bench.function, "name", None) != hook["name"]


def _plain(value: Any, bench: Bench) -> str:
    if isinstance(value, nn.Module):
        return "a module"
    return repr(value)[:200]


def _kept_on_save(bench: Bench) -> dict[str, Any]:
    import copy

    _, node, text = touch_texts(bench)[0]
    attribute = str(bench.experiment.get("attribute") or "").rpartition(".")[2]
    model = bench.model()
    call = reduced_hook(bench, node, text)
    target = receiver(bench, bench.model())
    call(model, bench)
    fire(bench, target, call)
    if not hasattr(target, attribute):
        raise InconclusiveError("the hook does not set {}".format(attribute))
    torch.jit.save(target, os.path.join(bench.folder, "saved.pt"))
    loaded = torch.jit.load(os.path.join(bench.folder, "saved.pt"))
    return {
        "eager": str(hasattr(copy.deepcopy(model), attribute)),
        "torchscript": str(hasattr(loaded, attribute)),
        "what": "{} is there after a copy, or saving and loading".format(attribute),
    }
