"""Partials and callable objects that are registered, as functions that have what they were given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import libcst as cst
from libcst import matchers as m

from hookproof.finding import Edit
from hookproof.fixes.function_copies import beside, can_be_copied, copied, literal, own_names
from hookproof.fixes.hook_functions import Flagged, function_at
from hookproof.fixes.imports import spelled
from hookproof.fixes.repair import Repair
from hookproof.fixes.repairs.named_functions import free_name

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _edits(flagged: Flagged) -> tuple[Edit, ...]:
    """Write the function a second time, with the values in its body, and register that."""
    hook = flagged.finding.hook
    if hook is None or hook.path != flagged.file.path:
        return ()
    function = function_at(flagged, hook.path, hook.line)
    if function is None or not can_be_copied(function):
        return ()
    owner = function.nodes[-3] if len(function.nodes) > 2 else None
    if isinstance(owner, cst.ClassDef):
        return _of_object(flagged, function, owner)
    return _of_partial(flagged, function)


def _of_partial(flagged: Flagged, function: Flagged) -> tuple[Edit, ...]:
    assert isinstance(function.node, cst.FunctionDef)
    bound = _bound_by_partial(flagged, function.node)
    if not bound:
        return ()
    parameters = function.node.params
    left = [each for each in parameters.params if each.name.value not in bound]
    indent = function.indent_of(function.node)
    if indent.strip():
        return ()
    name = free_name(flagged.file.text, "_".join((function.node.name.value, "with", *bound)))
    text = copied(function, name, left, bound, indent)
    if text is None:
        return ()
    return (beside(function, function.node, text), flagged.replace(flagged.node, name))


def _bound_by_partial(flagged: Flagged, function: cst.FunctionDef) -> dict[str, str]:
    """Return what a partial of a function fixes, where that is all that a hook is not given."""
    call, partial = flagged.node, spelled("functools.partial", flagged)
    names = {"partial", "functools.partial", *([partial.text] if partial is not None else [])}
    if not isinstance(call, cst.Call) or not call.args or flagged.code(call.func) not in names:
        return {}
    if not m.matches(call.args[0], m.Arg(m.Name(function.name.value), keyword=None, star="")):
        return {}
    own = function.params
    if own.posonly_params or isinstance(own.star_arg, cst.Param) or own.star_kwarg is not None:
        return {}
    order = [each.name.value for each in own.params]
    given = _given(call.args[1:], order, flagged)
    only = {each.name.value for each in own.kwonly_params}
    if given is None or not given.keys() <= {*order, *only} or not only <= given.keys():
        return {}
    # A hook is called by position: what is bound by keyword must come after all that it is given.
    positional = sum(argument.keyword is None for argument in call.args[1:])
    left = [name for name in order[positional:] if name not in given]
    return given if left and order[positional : positional + len(left)] == left else {}


def _given(arguments: Sequence[cst.Arg], names: list[str], place: Flagged) -> dict[str, str] | None:
    """Return the texts of plain arguments by the names of parameters, None where one is not plain."""
    given: dict[str, str] = {}
    for number, argument in enumerate(arguments):
        text = literal(argument.value, place)
        if text is None or argument.star or (argument.keyword is None and number >= len(names)):
            return None
        given[argument.keyword.value if argument.keyword is not None else names[number]] = text
    return given if len(given) == len(arguments) else None


def _of_object(flagged: Flagged, function: Flagged, owner: cst.ClassDef) -> tuple[Edit, ...]:
    assert isinstance(function.node, cst.FunctionDef)
    parameters = function.node.params.params
    if function.node.name.value != "__call__" or not parameters or owner.bases or owner.keywords:
        return ()
    values = _values(flagged, function, owner)
    own = parameters[0].name.value
    uses = m.findall(function.node.body, m.Attribute(value=m.Name(own)))
    instead: dict[cst.CSTNode, str] = {
        each: each.attr.value for each in uses if isinstance(each, cst.Attribute)
    }
    names = list(own_names(function.node.body))
    used = dict.fromkeys(instead.values())
    if values is None or not used.keys() <= values.keys() or names.count(own) != len(instead):
        return ()
    taken = {*names, *(each.name.value for each in parameters)}
    is_private = any(name.startswith("__") and not name.endswith("__") for name in (*taken, *used))
    indent = function.indent_of(owner)
    if used.keys() & taken or is_private or indent.strip():
        return ()
    given = {name: values[name] for name in used}
    name = free_name(flagged.file.text, f"{_WORDS.sub('_', owner.name.value).strip('_').lower()}_hook")
    text = copied(function, name, parameters[1:], given, indent, instead)
    return () if text is None else (beside(function, owner, text), flagged.replace(flagged.node, name))


def _values(flagged: Flagged, function: Flagged, owner: cst.ClassDef) -> Mapping[str, str] | None:
    """Return the attributes that the registered object has from its constructor, if that does no more."""
    methods = {each.name.value: each for each in owner.body.body if isinstance(each, cst.FunctionDef)}
    made = methods.get("__init__")
    if not isinstance(flagged.node, cst.Call):
        return {} if isinstance(flagged.node, cst.Name) else None
    if not m.matches(flagged.node.func, m.Name(owner.name.value)) or "__new__" in methods:
        return None
    if made is None:
        return {} if not flagged.node.args else None
    others = [each for name, each in methods.items() if name != "__init__"]
    if any(m.findall(each, m.AssignTarget(m.Attribute()) | m.AugAssign() | m.Del()) for each in others):
        return None
    own, *parameters = made.params.params
    given = _given(flagged.node.args, [each.name.value for each in parameters], flagged)
    if given is None or made.params.kwonly_params or made.params.star_kwarg is not None:
        return None
    defaults = {
        each.name.value: text
        for each in parameters
        if each.default is not None and (text := literal(each.default, function)) is not None
    }
    return _set_in(made, own.name.value, {**defaults, **given}, function)


def _set_in(
    made: cst.FunctionDef, own: str, given: Mapping[str, str], place: Flagged
) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for statement in made.body.body:
        match statement:
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(
                        targets=[
                            cst.AssignTarget(
                                target=cst.Attribute(value=cst.Name(holder), attr=cst.Name(attribute))
                            )
                        ],
                        value=value,
                    )
                ]
            ) if holder == own:
                text = given.get(value.value) if isinstance(value, cst.Name) else None
                text = literal(value, place) if text is None else text
                if text is None:
                    return None
                values[attribute] = text
            case _:
                return None
    return values


def _static(flagged: Flagged) -> tuple[Edit, ...]:
    """Make a method static that does not use its object."""
    function = flagged.node
    if not isinstance(function, cst.FunctionDef) or len(flagged.nodes) < 3:
        return ()
    if not isinstance(flagged.nodes[-3], cst.ClassDef):
        return ()
    parameters = function.params.params
    if len(parameters) < 2 or function.params.posonly_params:
        return ()
    own = parameters[0]
    others = m.findall(function.body, m.Name(own.name.value) | m.Name("super") | m.Name("__class__"))
    line, column, _, _ = flagged.ranges[parameters[1]]
    start = flagged.ranges[own]
    indent = flagged.indent_of(function)
    if others or own.default is not None or start[0] != line or indent.strip():
        return ()
    without = Edit(flagged.file.path, start[0], start[1], line, column, "")
    match function.decorators:
        case []:
            return (flagged.insert_before(function, f"@staticmethod\n{indent}"), without)
        case [cst.Decorator(decorator=cst.Name("classmethod") as decorator)]:
            return (flagged.replace(decorator, "staticmethod"), without)
    return ()


REPAIRS = (
    Repair(
        codes=frozenset({"HKP202"}),
        edits=_edits,
        changes="the hook is a function with a name, which tracebacks and `repr` show",
    ),
    Repair(
        codes=frozenset({"HKP203"}),
        edits=_static,
        changes="the method no longer takes the object, as in `Class.method(object, …)`",
    ),
)
