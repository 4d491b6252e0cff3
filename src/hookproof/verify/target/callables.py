"""Experiments on what makes a callable one that can be compiled as a hook: its form, signature, captures."""

from __future__ import annotations

import ast
import functools
from typing import Any, Callable

from .bench import Bench
from .compiled import ask_reduced, dedented, done, note_hook, real_function, scope_for, script
from .hook_files import load, write_function
from .hooks import header_for
from .installed import torch
from .outcome import InconclusiveError

_JIT_DECORATORS = ("ignore", "unused", "export", "script_if_tracing")


def ask_callable(bench: Bench) -> dict[str, Any]:
    """Ask whether the callable can be compiled as a hook, with its body reduced to nothing."""
    setup = bench.setup
    if setup["is_of_module"]:
        return {"attempts": bench.try_variants([("a plain hook", functools.partial(_ask_plain, bench))])}
    node = bench.node
    definition = _definition(bench)
    variants: list[Any] = []
    save, kept = setup["saves"], frozenset(setup["keeps"])
    if setup["is_on_any_module"]:
        _prefer_stand_in(bench)
    if definition is None:
        value = _value_at_registration(bench, node)
        return {"attempts": bench.try_variants([("the callable as it is", lambda: script(bench, value()))])}
    bench.function = definition
    real = real_function(bench)
    if real is not None and not bench.is_stand_in:
        variants.append(("the hook as it is", lambda: done(script(bench, real, save))))
    if isinstance(definition, ast.Lambda):
        variants.append(("the lambda", lambda: done(script(bench, _lambda(bench, definition)))))
        return {"attempts": bench.try_variants(variants)}
    if setup["keeps_body"]:
        variants.append(
            ("the hook with a correct signature", lambda: done(script(bench, _with_body(bench, kept))))
        )
        use = _use_of_captured(bench)
        if use is not None:
            variants.append(
                ("the captured value alone", functools.partial(ask_reduced, bench, use, None, True))
            )
        if use is not None and _is_passed(bench, use):
            # What it is passed to may fail to compile first.
            text = "print({})".format(bench.experiment["expression"])
            variants.append(
                (
                    "the captured value passed to print",
                    functools.partial(ask_reduced, bench, use, text, True),
                )
            )
        return {"attempts": bench.try_variants(variants)}
    everything = frozenset({"input", "output", "return", "extra", "star"})
    before = _hook_before(bench)
    if before is not None:
        name = "the signature as written, behind that of `{}`".format(before.name)
        variants = [(name, lambda: _script_behind(bench, before, everything))]
        return {"attempts": bench.try_variants(variants)}
    variants += [
        ("the signature as written", lambda: done(script(bench, _empty(bench, everything), save))),
        ("the signature with all else corrected", lambda: done(script(bench, _empty(bench, kept), save))),
    ]
    return {"attempts": bench.try_variants(variants)}


def _ask_plain(bench: Bench) -> None:
    """Script a module with a hook that nothing is wrong with, so that the module alone is asked about."""
    inputs = "input: Tuple[Tensor]"
    header = "def hook(module, {}) -> None:".format(inputs if bench.is_pre else inputs + ", output: Tensor")
    path = write_function(header, 1, [(2, 0, "pass")], bench.folder, "hook")
    hook = note_hook(bench, load(path, "hook", bench.namespace), path)
    model = bench.model()
    (model.register_forward_pre_hook if bench.is_pre else model.register_forward_hook)(hook)
    torch.jit.script(model)


def _prefer_stand_in(bench: Bench) -> None:
    """Use a stand-in where the module class can't be made or scripted: they are not what matters."""
    try:
        bench.signature  # noqa: B018
    except InconclusiveError as error:
        bench.use_stand_in(str(error))


def _definition(bench: Bench) -> Any:
    """Return the function whose compilability is in question; None where the callable is no function."""
    node = bench.node
    line = bench.experiment["line"]
    if bench.setup["is_value"] and isinstance(node, ast.expr):
        return None
    if isinstance(node, ast.Lambda):
        return node
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node
    if isinstance(node, ast.Return):
        return bench.source.function_around(node)
    found = bench.source.function_at(line)
    if found is not None and not isinstance(found, ast.Lambda):
        return found
    outer = [node, *bench.source.ancestors(node)]
    inner = next((o for o in outer if isinstance(o, ast.Lambda)), None)
    if inner is not None:
        return inner
    hook = bench.experiment.get("hook")
    if isinstance(node, ast.Name) and hook and hook["path"] == bench.experiment["path"]:
        return bench.source.function_at(hook["line"], hook["name"])
    return None


def _value_at_registration(bench: Bench, node: Any) -> Callable[[], Any]:
    """Return what makes the callable given to the registration (a partial, an object, a bound method)."""
    text = bench.source.segment(node)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith("register_")
    ):
        node = node.args[0]
        text = bench.source.segment(node)

    def make() -> Any:
        namespace = bench.namespace
        outer = bench.source.function_around(node)
        if outer is not None:
            try:
                namespace.update(bench.captured(getattr(outer, "name", "")))
            except InconclusiveError as error:
                bench.tell([str(error)])
        made = _like_it(bench, namespace)
        try:
            return eval(text, namespace)
        except BaseException as error:
            if made is None:
                message = "{} could not be evaluated by itself ({})".format(text, error)
                raise InconclusiveError(message) from error
            bench.notes.append("made with stand-ins for its arguments")
            return made

    return make


def _like_it(bench: Bench, namespace: dict[str, Any]) -> Any:
    """Return a partial, or an object of the callable's class, whose arguments are made up.

    A script that shows the failure has it in place of the callable.
    """
    if bench.experiment.get("form") == "partial":
        bench.recipe.update(name="hook", hook="import functools\n\nhook = functools.partial(print)")
        return functools.partial(print)
    hook = bench.experiment.get("hook") or {}
    if hook.get("path") == bench.experiment["path"]:
        method = bench.source.function_at(hook["line"])
        owner = next(bench.source.ancestors(method), None) if method is not None else None
        cls = namespace.get(owner.name) if isinstance(owner, ast.ClassDef) else None
        if isinstance(cls, type):
            bench.recipe.update(name="hook", hook="hook = object.__new__({})".format(cls.__name__))
            return object.__new__(cls)
    return None


def _lambda(bench: Bench, node: ast.Lambda) -> Any:
    # Kept inside the statement it is written in, for torch reads the source of the whole statement.
    text = "hook = {}".format(bench.source.segment(node))
    path = write_function("hook = None", max(node.lineno - 1, 1), [], bench.folder, "hook")
    with open(path, "a", encoding="utf-8") as file:
        file.write(text + "\n")
    return note_hook(bench, load(path, "hook", bench.namespace), path, "hook")


def _hook_before(bench: Bench) -> Any:
    """Return the hook of the same file whose result the flagged one is said to receive, if there is one."""
    name = bench.experiment.get("expression") if bench.setup["names"] == "earlier hook" else None
    nodes = [n for n in bench.source.tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    return nodes[0] if len(nodes) == 1 and nodes[0] is not bench.function else None


def _script_behind(bench: Bench, before: ast.FunctionDef, keep: frozenset[str]) -> None:
    """Script a model with two hooks, their signatures as written and nothing in their bodies."""
    flagged = bench.function
    bench.function = before
    first = _empty(bench, keep)
    earlier, bench.function = dict(bench.recipe), flagged
    second = _empty(bench, keep)
    bench.recipe.update(before=earlier["name"], hook=earlier["hook"] + "\n\n\n" + bench.recipe["hook"])
    bench.signature  # noqa: B018  # decides whether forward has to be replaced
    model = bench.model()
    for hook in (first, second):
        model.register_forward_hook(hook)
    torch.jit.script(model)


def _use_of_captured(bench: Bench) -> Any:
    """Return the expression that uses the captured value which a finding names first, if it names one."""
    name = bench.experiment.get("expression") if bench.setup["names"] == "captured value" else None
    for node in ast.walk(bench.function):
        parent = bench.source.parents.get(node)
        if isinstance(node, ast.Name) and node.id == name and isinstance(parent, ast.expr):
            return parent
    return None


def _is_passed(bench: Bench, use: ast.expr) -> bool:
    """Tell whether the captured value which a finding names first is an argument of the call `use`."""
    name = bench.experiment.get("expression")
    return isinstance(use, ast.Call) and any(isinstance(a, ast.Name) and a.id == name for a in use.args)


def _empty(bench: Bench, keep: frozenset[str]) -> Any:
    """Return a hook with the signature of the flagged one and nothing in its body."""
    function = bench.function
    is_bound = bench.is_method(function)
    index = 1 if is_bound else bench.module_index if bench.experiment.get("form") == "partial" else 0
    header = header_for(
        bench.source, function, bench.signature, bench.is_pre, keep, index, keep_bound=is_bound
    )
    returns = header.rpartition("->")[2].strip(" :") if "->" in header else ""
    body = "pass" if returns in ("", "None") else "raise RuntimeError('reduced')"
    decorators = [
        "@" + bench.source.segment(d)
        for d in getattr(function, "decorator_list", [])
        if bench.source.segment(d).rpartition(".")[2] in _JIT_DECORATORS
    ]
    comment = _type_comment(bench) if "return" in keep else ""
    lines = "\n".join([*decorators, header]) + comment
    name = getattr(function, "name", "hook")
    if not is_bound:
        row = (function.lineno + 1 + comment.count("\n"), 0, body)
        path = write_function(lines, max(function.lineno - len(decorators), 1), [row], bench.folder, "hook")
        return note_hook(bench, load(path, name, scope_for(bench, [(0, 0, header[4:-1])])), path)
    start = max(function.lineno - 1, 1)
    text = "class Holder:\n    " + lines.replace("\n", "\n    ")
    path = write_function(text, start, [(function.lineno + 2, 1, body)], bench.folder, "hook")
    return note_hook(
        bench, getattr(load(path, "Holder", scope_for(bench, []))(), name), path, "Holder()." + name
    )


def _type_comment(bench: Bench) -> str:
    function = bench.function
    first = function.body[0].lineno if isinstance(function.body, list) else 0
    for line in bench.source.lines[function.lineno - 1 : first]:
        if "# type:" in line:
            return "\n    " + line[line.index("# type:") :].rstrip()
    return ""


def _with_body(bench: Bench, keep: frozenset[str]) -> Any:
    """Return the hook with its own body under a correct signature; without a return type unless kept."""
    function = bench.function
    index = bench.module_index
    header = header_for(bench.source, function, bench.signature, bench.is_pre, keep, index)
    if not keep and not bench.is_pre:
        header = header.replace(" -> None", "")
    assert isinstance(function.body, list)
    rows = [(s.lineno, 0, dedented(bench, s)) for s in function.body]
    path = write_function(header, function.lineno, rows, bench.folder, "hook")
    return note_hook(bench, load(path, getattr(function, "name", "hook"), scope_for(bench, rows)), path)
