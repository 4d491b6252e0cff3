"""Built-in functions, and others that go through what they are given: a row for each."""

from __future__ import annotations

from functools import partial

from hookproof.evaluator.contents import Items
from hookproof.evaluator.iterables import known
from hookproof.interpreter.choices import filtered
from hookproof.interpreter.conditions import counts_as_true, either_way, truth
from hookproof.interpreter.domain import Arguments, MethodValue, Value, Values, only
from hookproof.interpreter.members import set_named
from hookproof.interpreter.models.containers import sources_of
from hookproof.interpreter.models.rows import Model
from hookproof.interpreter.names import values_of
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import (
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    FileValue,
    IdentityValue,
    SuperValue,
    exact_items,
    iterator,
    some_of,
    text_of,
)
from hookproof.interpreter.running import Running
from hookproof.interpreter.settled import class_value, has
from hookproof.semantic.endings import EXITS

# --- names and attributes ------------------------------------------------------------------------------
from hookproof.syntax import ir


def _globals(run: Running, args: Arguments) -> Values:
    return (FileValue(args.frame.file),)


def _imported(run: Running, args: Arguments) -> Values:
    """`importlib.import_module(name, package)`."""
    name, package = text_of(args.value(0)), text_of(args.value(1, "package"))
    if name is not None and name.startswith("."):
        bare = name.lstrip(".")
        if package is None:  # `__name__`, as a rule
            node = ir.Import(0, bare, len(name) - len(bare), ())
            return values_of(run, run.project.imported_module(args.frame.file, node), args.frame)
        name = f"{package}{name}" if package and name[1:2] != "." else ""
    return values_of(run, run.project.module(args.frame.file, name), args.frame) if name else ()


def _imported_package(run: Running, args: Arguments) -> Values:
    """`__import__(name)`, which gives the outermost package unless it is given names."""
    name = text_of(args.value(0))
    if name is not None and "fromlist" not in args.named and len(args.positional) < 4:
        name = name.partition(".")[0]
    return values_of(run, run.project.module(args.frame.file, name), args.frame) if name else ()


def _getattr(run: Running, args: Arguments) -> Values | None:
    if len(args.positional) < 2:
        return None
    owners = args.positional[0]
    names = [value.value for value in args.positional[1] if isinstance(value, ConstantValue)]
    name = names[0] if len(names) == 1 else None
    if not isinstance(name, str):
        return tuple(
            run.element(owner, "getattr", "attribute") for owner in owners if isinstance(owner, ObjectValue)
        )
    if len(args.positional) == 3 and has(run, owners, args.positional[1]) is False:
        return args.positional[2]
    if name in run.project.facts.hook_apis:
        return tuple(MethodValue(owner, name, args.location) for owner in owners)
    return run.attribute(owners, name, args.access)


def _id(run: Running, args: Arguments) -> Values:
    value = only(args.value(0))
    return () if value is None else (IdentityValue(value),)


def _setattr(run: Running, args: Arguments) -> Values | None:
    if len(args.positional) != 3:
        return None
    set_named(run, *args.positional)
    return ()


def _delattr(run: Running, args: Arguments) -> Values | None:
    if len(args.positional) != 2:
        return None
    set_named(run, *args.positional, ())
    return ()


def _super(run: Running, args: Arguments) -> Values:
    scope = args.frame
    while scope.owner is None and scope.parent is not None:
        scope = scope.parent
    if scope.owner is None or scope.function is None or not scope.function.parameters:
        return ()
    instance = scope.locals.get(scope.function.parameters[0].name, ())
    return tuple(SuperValue(value, scope.owner) for value in instance if isinstance(value, ObjectValue))


def _type(run: Running, args: Arguments) -> Values | None:
    """`type(value)`; the class of a module is at least `nn.Module`."""
    if len(args.positional) != 1:
        return None
    known = ((value, class_value(value)) for value in args.positional[0])
    return tuple(cls or _at_least(value) for value, cls in known if cls or _is_module(value))


def _is_module(value: Value) -> bool:
    return isinstance(value, ObjectValue) and bool(value.definition or value.module_class)


def _at_least(value: Value) -> Value:
    definition = value.definition if isinstance(value, ObjectValue) else None
    return ClassValue(definition) if definition is not None else ExternalValue("torch.nn.Module")


def _told(run: Running, args: Arguments) -> Values | None:
    """`isinstance(value, cls)`, `hasattr(value, name)` and their like, where the answer is known."""
    is_so = truth(run, args.node, args.frame)
    return None if is_so is None else (ConstantValue(is_so),)


def _str(run: Running, args: Arguments) -> Values | None:
    parts = known(run.containers, args.positional)
    return (ConstantValue(str(parts[0])),) if parts is not None and len(parts) == 1 else None


def _len(run: Running, args: Arguments) -> Values | None:
    items = exact_items(run, args.value(0))
    return None if items is None else (ConstantValue(len(items)),)


def _each(is_any: bool, run: Running, args: Arguments) -> Values | None:
    """`any(items)`, `all(items)`, where all that they go through is known."""
    items = exact_items(run, args.value(0)) if len(args.each()) == 1 else None
    told = [counts_as_true(run, only(item)) for item in items or ()]
    is_so = either_way(told, is_any) if items is not None else None
    return None if is_so is None else (ConstantValue(is_so),)


def _sum(run: Running, args: Arguments) -> Values | None:
    return (ConstantValue(0),) if len(args.each()) == 1 and exact_items(run, args.value(0)) == () else None


# --- what goes through its arguments -------------------------------------------------------------------


def _vars(run: Running, args: Arguments) -> Values | None:
    if len(args.positional) != 1:
        return None
    return run.attribute(args.positional[0], "__dict__", args.access)


def _map(run: Running, args: Arguments) -> Values | None:
    if len(args.positional) < 2:
        return None
    functions, *columns = args.positional
    return mapped(run, functions, columns, args)


def mapped(run: Running, functions: Values, columns: list[Values], args: Arguments) -> Values:
    """Call functions for each element, in turn where these are known; return the iterator over results."""
    known = [exact_items(run, values) for values in columns]
    exact = [items for items in known if items is not None]
    is_exact = len(exact) == len(columns) > 0
    if is_exact:
        rows = list(zip(*exact, strict=False))
    else:
        elements = tuple(map(run.elements, columns))
        for group in elements:
            run.progress.start_loop(group)
        rows = [((value,),) for value in elements[0]] if len(elements) == 1 else [elements]
    before = run.progress.state.fork()
    run.progress.repeats += not is_exact
    results = [run.call(functions, args.only(*row)) for row in rows or [((),)]]
    run.progress.repeats -= not is_exact
    if not is_exact:
        run.progress.state.loosen(before)
    content = Items(tuple(results)) if is_exact else Items((), True, tuple(results))
    return (ContainerValue("iterator", content, sources=sources_of(run, *columns)),)


def _starmap(run: Running, args: Arguments) -> Values | None:
    rows = exact_items(run, args.positional[1]) if len(args.positional) == 2 else None
    known = [items for row in rows or [()] if (items := exact_items(run, row)) is not None]
    if len(args.positional) != 2 or len(known) != len(rows or [()]):
        return None
    columns: list[Values] = [iterator(*column) for column in zip(*known, strict=False)]
    return mapped(run, args.positional[0], columns, args)


def _filter(run: Running, args: Arguments) -> Values | None:
    if len(args.positional) != 2:
        return None
    functions, group = args.positional
    known = exact_items(run, group)
    single: tuple[Values, ...] = tuple((value,) for value in run.elements(group))
    items = single or ((),) if known is None else known
    chosen = [filtered(run, functions, item) for item in items]
    kept = [values for values, holds in chosen if holds is not False]
    is_exact = known is not None and all(holds is not None for _, holds in chosen)
    return iterator(*kept) if is_exact else some_of(*kept)


def _reduce(run: Running, args: Arguments) -> Values | None:
    """`functools.reduce(function, items, first)` where the items are known."""
    if len(args.positional) < 2:
        return None
    functions, group, *first = args.positional
    items = list(exact_items(run, group) or ())
    values = first[0] if first else items.pop(0) if items else ()
    for item in items:
        values = run.call(functions, args.only(values, item))
    return values


def _exit(run: Running, args: Arguments) -> Values:
    run.progress.is_over = True
    return ()


BUILTINS: dict[str, Model] = {
    **dict.fromkeys(EXITS, _exit),
    **dict.fromkeys(("builtins.hasattr", "builtins.isinstance"), _told),
    "builtins.__import__": _imported_package,
    "builtins.all": partial(_each, False),
    "builtins.any": partial(_each, True),
    "builtins.delattr": _delattr,
    "builtins.filter": _filter,
    "builtins.getattr": _getattr,
    "builtins.globals": _globals,
    "builtins.id": _id,
    "builtins.len": _len,
    "builtins.map": _map,
    "builtins.object.__setattr__": _setattr,
    "builtins.setattr": _setattr,
    "builtins.str": _str,
    "builtins.sum": _sum,
    "builtins.super": _super,
    "builtins.type": _type,
    "builtins.vars": _vars,
    "functools.reduce": _reduce,
    "importlib.import_module": _imported,
    "itertools.starmap": _starmap,
}
