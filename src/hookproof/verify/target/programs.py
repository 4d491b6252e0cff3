"""Finds what of a project can be run to reach a finding: the script itself, functions, methods, tests."""

from __future__ import annotations

import ast
import collections
import functools
import inspect
import os
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator

from . import command_line, imports, project_tests
from .callgraph import RUN, file_of, takes_no_arguments
from .command_line import MAXIMAL_CHOICES
from .installed import nn, torch
from .outcome import REDUCED, STAND_IN, InconclusiveError, one_line
from .program import Program
from .project_files import importers
from .running import made_arguments, run_script
from .targets import order_of, targets
from .values import make_value

if TYPE_CHECKING:
    from .bench import Bench


def find(bench: Bench) -> Iterator[Program]:
    """Yield what can be run to reach the finding, what reaches most of it first."""
    found = ways(bench.experiment)
    whole = [way for way in found if way[2] == 0]
    yield from _as_programs(bench, whole)
    yield from project_tests.named(bench)
    yield from project_tests.reaching(bench)
    yield from _as_programs(bench, found[len(whole) :])
    yield from _with_made_arguments(bench)


def _as_programs(bench: Bench, found: list[tuple[str, str, int]]) -> Iterator[Program]:
    for path, name, missing in found:
        program = _script(bench, path) if name == RUN else _function(bench, path, name)
        yield program._replace(missing=missing)
        for number in range(MAXIMAL_CHOICES if name == RUN else 0):
            yield _with_command_line(program, number)._replace(missing=missing)


def reaching(bench: Bench) -> list[list[str]]:
    """Return the file and name of each function without arguments that reaches the finding."""
    return [[path, name] for path, name, _ in ways(bench.experiment) if name != RUN]


_ways: dict[Any, list[tuple[str, str, int]]] = {}


def ways(e: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return what runs without arguments and reaches an experiment's places, by file and name, best first.

    With each comes how many of the places it does not lead to.
    Each question is answered once in a process: ask before a fork what its children will.
    """
    places = targets(e)
    key = (*places, *e["roots"])
    if key not in _ways:
        own = list(dict.fromkeys(path for path, _ in reversed(places)))
        found = list(_ways_of(e, own, places))
        if not any(order[0] == 0 for order, _, _ in found):
            found += _ways_of(e, importers(tuple(e["roots"]), tuple(own)), places)
        _ways[key] = [(path, name, order[0]) for order, path, name in sorted(found, key=lambda way: way[0])]
    return _ways[key]


def _ways_of(
    e: dict[str, Any], paths: Iterable[str], places: list[tuple[str, int]]
) -> Iterator[tuple[Any, str, str]]:
    for path in paths:
        try:
            file = file_of(path, e["roots"])
        except InconclusiveError:
            continue
        names = [n for n, node in file.definitions.items() if isinstance(node, ast.FunctionDef)]
        for name in [RUN, *(n for n in names if takes_no_arguments(file.definitions[n]))]:
            order = order_of(e, path, name, places)
            if order is not None:
                yield order, path, name


def _script(bench: Bench, path: str) -> Program:
    return Program(
        os.path.basename(path) + " as a script",
        lambda: run_script(path, bench.experiment["roots"]),
        path=path,
    )


def _with_command_line(script: Program, number: int) -> Program:
    def run() -> Any:
        with command_line.made_up(number):
            return script.run()

    choice = "" if number == 0 else " (choice {})".format(number + 1)
    name = "{} with made-up arguments{}".format(script.name, choice)
    return script._replace(name=name, run=run, without=script.name, choice=number)


def _function(bench: Bench, path: str, name: str) -> Program:
    def call() -> Any:
        # Looked up late: an experiment may have put a rewritten function in its place.
        return getattr(module_at(bench, path), name)()

    return Program(name + "()", call, path=path, function=name)


def module_at(bench: Bench, path: str) -> Any:
    """Import the file at `path`, which is one of the project's."""
    if path == bench.experiment["path"]:
        return bench.module
    roots = bench.experiment["roots"]
    root = next((r for r in roots if path.startswith(r.rstrip(os.sep) + os.sep)), os.path.dirname(path))
    name = path[len(root) :].strip(os.sep)[:-3].replace(os.sep, ".")
    return imports.import_module(name.replace(".__init__", ""), [*roots, root], bench.stage)


# --- what needs arguments ---------------------------------------------------------------------------


def _with_made_arguments(bench: Bench) -> Iterator[Program]:
    """Yield calls with made-up arguments: of functions that reach all, then of what is around the finding."""
    e, places = bench.experiment, targets(bench.experiment)
    file = file_of(e["path"], e["roots"])
    wanted: dict[str, Any] = {}
    for path in dict.fromkeys(path for path, _ in reversed(places)):
        definitions = file_of(path, e["roots"]).definitions
        for name, node in definitions.items():
            if isinstance(node, ast.FunctionDef) and not takes_no_arguments(node):
                order = order_of(e, path, name, places)
                if order is not None and order[0] == 0:
                    wanted.setdefault(name, (order, path))
    for name, (_, path) in sorted(wanted.items(), key=lambda item: item[1][0]):
        yield from _calls(bench, path, name, name)
    function = bench.source.function_around(bench.node)
    owner = None if function is None else next(bench.source.ancestors(function), None)
    if not isinstance(function, ast.FunctionDef) or not isinstance(owner, ast.ClassDef):
        return
    if owner.name in file.definitions:
        yield from _calls(bench, e["path"], owner.name, function.name)


def _calls(bench: Bench, path: str, owner: str, name: str) -> Iterator[Program]:
    shown = name if owner == name else "{}.{}".format(owner, name)
    models: list[Any] = [(*model, None) for model in _models(bench)]
    if _has_flags(bench, path, owner, name):
        what, make, shown_by, _ = models[-1]
        models.append((what + " and its flags turned", make, shown_by, functools.partial(_turned, bench)))
    for what, make, shown_by, turned in models:
        if owner == name:
            run, function = functools.partial(_call_made, bench, path, name, make, turned), name
        else:
            run, function = functools.partial(_call_method, bench, path, owner, name, make, turned), ""
        yield Program("{}, with {}".format(shown, what), run, shown_by, path, function, is_made_up=True)


def _has_flags(bench: Bench, path: str, owner: str, name: str) -> bool:
    """Tell whether a function, or a method of `owner`, has a flag or a text by default."""
    definition = file_of(path, bench.experiment["roots"]).definitions[owner]
    nodes = [definition] if owner == name else list(getattr(definition, "body", ()))
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef) and n.name == name]
    defaults = [d for f in functions for d in (*f.args.defaults, *f.args.kw_defaults)]
    return any(isinstance(d, ast.Constant) and isinstance(d.value, (bool, str)) for d in defaults)


def _turned(bench: Bench, default: Any) -> Any:
    """Return another value for a default: of a flag its opposite, of a text what leads to the finding."""
    if isinstance(default, bool):
        return not default
    if not isinstance(default, str):
        return default
    around = [node.test for node in bench.source.ancestors(bench.node) if isinstance(node, ast.If)]
    compared = [part for test in around for part in ast.walk(test) if isinstance(part, ast.Compare)]
    texts = [part.value for each in compared for part in each.comparators if isinstance(part, ast.Constant)]
    return next((text for text in texts if isinstance(text, str)), default)


def _models(bench: Bench) -> list[tuple[str, Callable[[], Any], str]]:
    found: list[tuple[str, Callable[[], Any], str]] = []
    if bench.experiment.get("module_class"):
        found.append(("made-up arguments", lambda: bench.model(with_hooks=True), REDUCED))
    return [
        *found,
        ("a model with a scripted part", _mixed, STAND_IN),
        ("a scripted model", _scripted, STAND_IN),
    ]


def _mixed() -> Any:
    scripted = torch.jit.script(nn.Sequential(nn.Linear(4, 4)))
    return nn.Sequential(collections.OrderedDict([("first", nn.Linear(4, 4)), (make_value(str), scripted)]))


def _scripted() -> Any:
    # Its part goes by the name that is made up where one is asked for.
    return torch.jit.script(nn.Sequential(collections.OrderedDict([(make_value(str), nn.Linear(4, 4))])))


def _call_made(
    bench: Bench, path: str, name: str, make: Callable[[], Any], turned: Callable[[Any], Any] | None
) -> Any:
    function = getattr(module_at(bench, path), name)
    return _call(function, function, make, turned)


def _call_method(
    bench: Bench,
    path: str,
    owner: str,
    name: str,
    make: Callable[[], Any],
    turned: Callable[[Any], Any] | None,
) -> Any:
    cls = getattr(module_at(bench, path), owner)
    own = cls.__init__ if inspect.isfunction(cls.__init__) else None
    of_making = turned if name == "__init__" else None
    instance = _call(cls, functools.partial(own, None), make, of_making) if own else cls()
    if name == "__init__":
        return instance
    method = getattr(instance, name)
    return _call(method, method, make, turned)


_PARTS = ("named_modules", "named_children")  # what modules are asked for goes by the methods' names


def _call(
    function: Any, signed: Any, make: Callable[[], Any], turned: Callable[[Any], Any] | None = None
) -> Any:
    """Call a function with what its signature, that of `signed`, asks for; its flags may be turned."""
    try:
        arguments, options = made_arguments(signed)
        arguments = [make() if isinstance(v, nn.Module) else v for v in arguments]
        options = {name: make() if isinstance(v, nn.Module) else v for name, v in options.items()}
        parameters = list(inspect.signature(signed).parameters.values())
        for number, parameter in enumerate(parameters[: len(arguments)]):
            if parameter.name in _PARTS:
                arguments[number] = list(getattr(make(), parameter.name)())
        if turned is not None:
            options.update((p.name, turned(p.default)) for p in parameters if p.default is not p.empty)
    except Exception as error:
        raise InconclusiveError("its arguments could not be made ({})".format(one_line(error))) from error
    return function(*arguments, **options)
