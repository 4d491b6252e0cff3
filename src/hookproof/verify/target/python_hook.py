"""Experiments on Python hooks that receive a traced module or a ScriptModule."""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import re
from typing import Any

from .bench import Bench
from .compiled import BARE, Captured, going_on, note_hook, real_function, scope_for, use_texts
from .hook_files import load, write_function
from .installed import nn, torch
from .lacking import give_outside
from .outcome import InconclusiveError, one_line
from .reduce import Reduction
from .sources import names_bound, names_used, parameters
from .values import argument_choices


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


_REACHED = "__reached__() or "


def ask_use(bench: Bench) -> dict[str, Any]:
    """Ask about one access of a Python hook."""
    texts = use_texts(bench, _REACHED)
    variants = [
        (name, functools.partial(_ask_reduced, bench, node, text, name == BARE, False))
        for name, node, text in texts
    ]
    if bench.experiment["world"] == "traced" and _is_reloaded(bench):
        name, again = "the flagged access after saving and loading", (*texts[0][1:], True, True)
        variants.insert(1, (name, functools.partial(_ask_reduced, bench, *again)))
    attempts = _ask_as_it_is(bench)
    for variant in variants:
        if not (attempts and attempts[-1].get("matched")):
            attempts += bench.try_variants([variant])
        if attempts[-1]["error"] is None and not attempts[-1].get("alone"):
            break
    return {"attempts": attempts}


def _is_reloaded(bench: Bench) -> bool:
    return bench.setup["reloads"] or "load" in str(bench.experiment.get("entry"))


def _ask_as_it_is(bench: Bench) -> list[dict[str, Any]]:
    """Let torch call the hook itself, where it can be had; what does not fail says nothing of one line."""
    real = None if bench.is_stand_in or is_helper(bench) else real_function(bench)
    if real is None or len(parameters(bench.function)) != (2 if bench.is_pre else 3):
        return []

    def call(module: Any, _: Bench, *values: Any) -> None:
        real(module, *values)

    attempts = bench.try_variants(
        [
            (
                "the hook as it is",
                lambda: _fire_unlike_eager(bench, call, lambda: receiver(bench, bench.model())),
            )
        ]
    )
    return [attempt for attempt in attempts if attempt["error"] is not None and attempt["error"]["type"]]


def _ask_reduced(bench: Bench, node: Any, text: str | None, alone: bool, reload: bool) -> Any:
    reached: list[bool] = []

    def run(without: frozenset[int]) -> None:
        reached.clear()
        seen = {"__reached__": lambda: reached.append(True)}
        call = reduced_hook(bench, node, text, seen, without)
        target = _fire_unlike_eager(
            bench, call, lambda: receiver(bench, eager_model(bench), reload), reached.clear
        )
        if is_helper(bench):
            bench.notes.append("the helper was called with the module and its children")
            for child in target.children():
                call(child, bench)

    going_on(bench, run)
    return {"alone": alone, "kept_off": not reached and keeps_off(bench)}


def _fire_unlike_eager(bench: Bench, call: Any, make: Any, between: Any = lambda: None) -> Any:
    """Let the hook be called with an eager model, then with what `make` makes, which is returned.

    Raises what only the latter comes to.
    """
    fails_eagerly = None
    try:
        fire(bench, eager_model(bench), call)
    except Exception as error:
        fails_eagerly = error
    target = make()
    between()
    try:
        fire(bench, target, call)
    except Exception as error:
        if fails_eagerly is not None and type(error) is type(fails_eagerly) and _same(error, fails_eagerly):
            raise InconclusiveError(
                "the reduced hook fails in eager mode as well ({})".format(one_line(error))
            ) from error
        raise
    return target


def comes_to_it_eagerly(bench: Bench) -> bool:
    """Tell whether the hook comes to what is flagged with an eager module. Raises `InconclusiveError`."""
    reached: list[bool] = []
    _, node, text = use_texts(bench, _REACHED)[0]
    call = reduced_hook(bench, node, text, {"__reached__": lambda: reached.append(True)})
    with contextlib.suppress(Exception):
        fire(bench, eager_model(bench), call)
    return bool(reached)


def keeps_off(bench: Bench) -> bool:
    """Tell that guards keep the hook off the flagged line, as far as they speak of the module alone.

    Raises `InconclusiveError` where they speak of values that were made up.
    """
    if bench.has_inputs:
        return True
    names = bench.reduction.needed(bench.reduction.valued)
    given = [p.arg for p in parameters(bench.function)]
    given.remove(given[bench.module_index])
    made_up = sorted(names & set(given))
    if made_up:
        reason = "what decides whether the hook comes to it depends on {}, which was made up"
        raise InconclusiveError(reason.format(" and ".join(made_up)))
    return True


def _same(first: Exception, second: Exception) -> bool:
    return str(first).replace("RecursiveScriptModule", "").replace("TopLevelTracedModule", "") == str(second)


def eager_model(bench: Bench) -> Any:
    """Return a model in eager mode; a stand-in has what the finding speaks of."""
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
    give_outside(target, bench.given)
    return target


def _with_forward(model: Any) -> Any:
    return model


def fire(bench: Bench, target: Any, call: Any) -> None:
    """Let the reduced hook be called by torch with `target`; directly, where `target` can't be called."""
    fired = []

    def hook(module: Any, *values: Any) -> None:
        if module is target:
            fired.append(module)
            call(module, bench, *values)

    try:
        arguments = bench.inputs(bench.model())
    except InconclusiveError:
        call(target, bench)
        return
    register = nn.Module.register_forward_pre_hook if bench.is_pre else nn.Module.register_forward_hook
    handle = register(target, hook)
    try:
        target(*arguments)
    except Exception:
        if fired:
            raise
    finally:
        handle.remove()
    if not fired:
        call(target, bench)


def reduced_hook(
    bench: Bench,
    node: Any,
    text: str | None,
    seen: dict[str, Any],
    without: frozenset[int] = frozenset(),
) -> Any:
    """Return a function of (module, bench, values) that does what is flagged, and what it needs, in Python.

    `seen` are names of our own that the text may use. Raises `InconclusiveError` where a guard depends on a
    value that can't be had.
    """
    reduction = bench.reduction = Reduction(bench.source, bench.function, in_python=True, without=without)
    is_marked = text is not None and re.search("__(reached|observe)__", text) is not None
    reduction.add(node, text, None if is_marked or "__reached__" not in seen else "__reached__()")
    lines = reduction.rows
    names = [p.arg for p in parameters(bench.function)]
    index = bench.module_index
    given: dict[str, Any] = {name: Anything() for name in names[:index] + names[index + 3 :]}
    if index and bench.is_method(bench.function):
        given[names[0]] = _owner(bench)
    name = getattr(bench.function, "name", "hook")
    header = "def {}({}):".format(name, ", ".join(names) or "*_")
    line = min(bench.function.lineno, max(lines[0][0] - 1, 1))
    path = write_function(header, line, lines, bench.folder, "hook")
    scope = scope_for(bench, lines)
    scope.update(seen)
    unknown = {name for name, value in given.items() if isinstance(value, Anything)}
    for free in _free_names("\n".join("    " * depth + text for _, depth, text in lines)):
        if free not in scope and free not in names and not hasattr(builtins, free):
            scope[free] = Anything()
            unknown.add(free)
            bench.recipe.setdefault("unknown", []).append(free)
    unknown |= {name for name, value in scope.items() if isinstance(value, Captured)}
    missing = sorted(reduction.needed(reduction.deciding) & unknown)
    if missing:
        reason = "what decides whether the hook comes to it depends on {}, which could not be had"
        raise InconclusiveError(reason.format(" and ".join(missing)))
    function = note_hook(bench, load(path, name, scope), path)
    spelled = ["MagicMock()"] * len(names)
    spelled[index : index + 3] = ["module", "(torch.rand(2, 4),)", "torch.rand(2, 4)"][: len(names) - index]
    bench.recipe["call"] = "{}({})".format(name, ", ".join(spelled))

    def call(module: Any, _: Bench, *values: Any) -> Any:
        made = (module, *(values or ((torch.rand(2, 4),), torch.rand(2, 4))))
        arguments = dict(given, **dict(zip(names[index:], made)))
        return function(*(arguments.get(name, Anything()) for name in names))

    return call


def _owner(bench: Bench) -> Any:
    """Return an object of the class that the hook is a method of, or something that takes anything."""
    cls = bench.source.parents[bench.function]
    made_of = getattr(bench.module, getattr(cls, "name", ""), None)
    for _, arguments in argument_choices(made_of) if isinstance(made_of, type) else ():
        try:
            return made_of(**arguments) if isinstance(arguments, dict) else made_of(*arguments)  # type: ignore[misc]
        except Exception:
            continue
    return Anything()


def _free_names(text: str) -> set[str]:
    """Return the names that the lines of a reduced hook read and do not bind."""
    try:
        tree = ast.parse("def hook():\n" + "\n".join("    " + line for line in text.split("\n")))
    except SyntaxError:
        return set()
    return names_used(tree) - names_bound(tree)


def is_helper(bench: Bench) -> bool:
    """Tell whether the finding stands in a function that the hook calls."""
    hook = bench.experiment.get("hook")
    return hook is not None and getattr(bench.function, "name", None) != hook["name"]
