"""Watches a function of torch from inside its own frame: it is compiled again with a `with` around its body.

A wrapper would be another object than the one programs have imported, compare and pickle, and a frame more in
tracebacks, in what `stacklevel` counts, and in the frames that `torch.jit.script` looks up names in. Here the
function stays the same object with the same signature, defaults, closure, lines and frames; only what its
`__code__` tells is more. Watching ends by putting the first code object back.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from types import CodeType, FunctionType
from typing import Any, Optional

_MARK = "<hookproof: the probe>"
_FUTURE = 0x1FF0000  # the flags that `from __future__ import …` sets on code objects
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class NotWatchableError(Exception):
    """A function that cannot be compiled again as it was."""


_known: dict[int, tuple[CodeType, CodeType]] = {}


def watched_code(function: FunctionType, probe: Any) -> CodeType:
    """Return the function's code with `probe` told of each call.

    `probe.called(arguments)` is given a dict by parameter name and returns a context manager around the body,
    which is run unless `probe.is_answered()`: then the function returns `probe.answer()`.
    `probe.returning(value)` returns the value that a `return` hands out. A code is compiled once in a process
    and those forked from it. Raises `NotWatchableError`.
    """
    code = function.__code__
    if id(code) not in _known:
        _known[id(code)] = code, _marked(code)
    marked = _known[id(code)][1]
    constants = tuple(probe if type(c) is str and c == _MARK else c for c in marked.co_consts)
    return marked.replace(co_consts=constants)


def _marked(code: CodeType) -> CodeType:
    """Return the code with `_MARK` where the probe has to be."""
    node = _definition(code)
    docstring, body = _split(node.body)
    body = [_Returns().visit(statement) for statement in body]
    node.body = [*docstring, _around(node, body)]
    # Its decorators stay, though they are never applied: all lines are counted from the first of them.
    _forget_what_is_evaluated_outside(node)
    outermost: Any = node
    if code.co_freevars:
        names = [ast.arg(arg=name, annotation=None) for name in code.co_freevars]
        outermost = ast.FunctionDef(name="closure", args=_parameters(names), body=[node], decorator_list=[])
        if hasattr(node, "type_params"):
            outermost.type_params = []
    tree = ast.Module(body=[ast.fix_missing_locations(ast.copy_location(outermost, node))], type_ignores=[])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = compile(tree, code.co_filename, "exec", code.co_flags & _FUTURE, dont_inherit=True)
    new = _find(compiled, code.co_name)
    if new is None or not _is_same_function(code, new):
        raise NotWatchableError("its source is not what it was compiled from")
    fields: dict[str, Any] = {"co_firstlineno": code.co_firstlineno}
    if hasattr(code, "co_qualname"):
        fields["co_qualname"] = code.co_qualname
    return new.replace(**fields)


def _definition(code: CodeType) -> Any:
    try:
        lines, first = inspect.getsourcelines(code)
        is_indented = lines[0][:1].isspace()
        # An indented function stays as it is, columns and strings that go over lines included.
        tree = ast.parse("".join((["if 1:\n"] if is_indented else []) + lines), code.co_filename)
    except (OSError, SyntaxError, ValueError) as error:
        raise NotWatchableError("no source: {}".format(error)) from None
    ast.increment_lineno(tree, first - (2 if is_indented else 1))
    statements = tree.body[0].body if is_indented else tree.body  # type: ignore[attr-defined]
    if len(statements) != 1 or not isinstance(statements[0], ast.FunctionDef):
        raise NotWatchableError("it is no plain function")
    if statements[0].name != code.co_name:
        raise NotWatchableError("its source is that of another function")
    return statements[0]


def _split(body: list[Any]) -> tuple[list[Any], list[Any]]:
    is_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, (ast.Constant, ast.JoinedStr))
    return (body[:1], body[1:] or [ast.copy_location(ast.Pass(), body[0])]) if is_docstring else ([], body)


def _around(node: Any, body: list[Any]) -> Any:
    arguments = node.args
    names = [a.arg for a in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
    names += [a.arg for a in (arguments.vararg, arguments.kwarg) if a]
    answer = ast.Return(value=_call("answer"))
    is_answered = ast.If(test=_call("is_answered"), body=[answer], orelse=[])
    given = ast.Dict(
        keys=[ast.Constant(value=name, kind=None) for name in names],
        values=[ast.Name(id=name, ctx=ast.Load()) for name in names],
    )
    block = ast.With(
        items=[ast.withitem(context_expr=_call("called", given), optional_vars=None)],
        body=[is_answered, *body],
        type_comment=None,
    )
    return ast.fix_missing_locations(ast.copy_location(block, body[0]))


class _Returns(ast.NodeTransformer):
    """Hands what the function returns to the probe; functions and classes in it are left as they are."""

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, _NESTED):
            return node
        return super().visit(node)

    def visit_Return(self, node: ast.Return) -> ast.Return:
        if node.value is not None:
            node.value = ast.fix_missing_locations(
                ast.copy_location(_call("returning", node.value), node.value)
            )
        return node


def _call(method: str, *arguments: Any) -> Any:
    probe = ast.Attribute(value=ast.Constant(value=_MARK, kind=None), attr=method, ctx=ast.Load())
    return ast.Call(func=probe, args=list(arguments), keywords=[])


def _forget_what_is_evaluated_outside(node: Any) -> None:
    """Take off annotations and defaults: they belong to the function object, which stays."""
    arguments = node.args
    node.returns = None
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    for each in every:
        if each:
            each.annotation = None
    arguments.defaults = []
    arguments.kw_defaults = [None] * len(arguments.kwonlyargs)


def _parameters(names: list[Any]) -> Any:
    return ast.arguments(
        posonlyargs=[], args=names, vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[]
    )


def _find(code: CodeType, name: str) -> Optional[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found = constant if constant.co_name == name else _find(constant, name)
            if found:
                return found
    return None


def _is_same_function(old: CodeType, new: CodeType) -> bool:
    count = old.co_argcount + old.co_kwonlyargcount
    count += bool(old.co_flags & inspect.CO_VARARGS) + bool(old.co_flags & inspect.CO_VARKEYWORDS)
    return (
        (old.co_argcount, old.co_posonlyargcount, old.co_kwonlyargcount)
        == (new.co_argcount, new.co_posonlyargcount, new.co_kwonlyargcount)
        and old.co_varnames[:count] == new.co_varnames[:count]
        and old.co_freevars == new.co_freevars
        and set(old.co_names) <= set(new.co_names)
    )
