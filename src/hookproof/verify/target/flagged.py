"""Puts an observer where a finding stands, in the program as it is written: lines and names stay."""

from __future__ import annotations

import ast
import contextlib
from typing import TYPE_CHECKING, Any, Callable

from . import command_line, masks
from .namespaces import replace_everywhere
from .outcome import InconclusiveError
from .program import Program
from .programs import module_at
from .running import run_script
from .sources import Source

if TYPE_CHECKING:
    from .bench import Bench

_NAME = "__hookproof_observe__"


def observing(bench: Bench, program: Program, observer: Callable[[Any], Any]) -> Callable[[], Any]:
    """Return what runs `program` with the flagged value going through `observer`.

    Of a flagged call of `forward` it is the module that does, and `observer` returns what is called.
    """
    node: Any = bench.node
    if bench.setup["observes"] == "forward":
        calls = [n for n in [node, *bench.source.ancestors(node)] if isinstance(n, ast.Call)]
        function: Any = calls[0].func if calls else None
        if not isinstance(function, ast.Attribute) or function.attr != "forward":
            raise InconclusiveError("no call of forward stands there")
        _put(bench.source, function, function.value)
    else:
        _put(bench.source, node, node)
    if program.path == bench.experiment["path"] and not program.function:
        return lambda: _run_script(bench, program, observer)
    return lambda: _run_function(bench, program, observer)


def _run_script(bench: Bench, program: Program, observer: Callable[[Any], Any]) -> Any:
    arguments = contextlib.nullcontext() if program.choice is None else command_line.made_up(program.choice)
    with arguments:
        return run_script(program.path, bench.experiment["roots"], bench.source.tree, {_NAME: observer})


def _run_function(bench: Bench, program: Program, observer: Callable[[Any], Any]) -> Any:
    """Define the statement around the finding anew in its module, then run the program."""
    module = module_at(bench, bench.experiment["path"])
    outermost: Any = [bench.node, *bench.source.ancestors(bench.node)][-2]
    namespace = vars(module)
    namespace[_NAME] = observer
    old = namespace.get(getattr(outermost, "name", ""))
    if old is not None:
        exec(masks.compiled(bench.source.path, ast.Module([outermost], [])), namespace)
        replace_everywhere(old, namespace[outermost.name])
    return program.run()


def _put(source: Source, old: Any, argument: Any) -> None:
    parent = source.parents[old]
    name = ast.copy_location(ast.Name(_NAME, ast.Load()), old)
    new = ast.copy_location(ast.Call(name, [argument], []), old)
    for field, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, field, new)
        elif isinstance(value, list):
            setattr(parent, field, [new if item is old else item for item in value])
    source.parents[new] = parent
