"""What lies outside the project: a row for each builtin and library function that hands its arguments along.

A row is given the run and the arguments, records what the call does to the module, and returns what it gives.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hookproof.finding import Use
from hookproof.interpreter.hook_bodies import strings
from hookproof.interpreter.hook_bodies.containers import (
    DictValue,
    Kind,
    ListValue,
    entries_of,
    new_dict,
    new_list,
)
from hookproof.interpreter.hook_bodies.domain import (
    Access,
    Arguments,
    Entries,
    Evaluator,
    Given,
    Items,
    Key,
    Value,
    Written,
)
from hookproof.interpreter.hook_bodies.objects import ClassValue, FieldsValue, ObjectValue, Outside
from hookproof.interpreter.hook_bodies.spelling import spell
from hookproof.interpreter.hook_bodies.tracked import (
    ClassOf,
    MembersValue,
    MethodValue,
    ModuleValue,
    NamespaceValue,
    Submodules,
    SubmoduleTable,
    known,
    lacks,
)
from hookproof.interpreter.hook_bodies.types import assigned_type, made_by
from hookproof.interpreter.hook_bodies.values import (
    Const,
    Entered,
    Native,
    PartialValue,
    Supplier,
    TupleValue,
    in_python,
    in_python_items,
    pair,
    text_of,
)
from hookproof.modules.classes import module_class_of
from hookproof.syntax import ir

PYTHON: frozenset[str] = frozenset({"python"})
_TYPE_USES = frozenset({"vars", "str", "repr", "super"})
_MAX_RANGE = 8

Model = Callable[[Evaluator, Arguments], Value | None]


def _first(args: Arguments) -> Given | None:
    return args.positional[0] if args.positional else None


def _use(args: Arguments, given: Given, use: Use, operation: str) -> Access:
    """Return the access of a call that asks something of one of its arguments."""
    return Access(args.node, args.frame, use, operation, args.node)


# --- questions ---------------------------------------------------------------------------------------


def _whole(name: str) -> Model:
    """Return the row of a builtin that asks something of the module as a whole."""
    use: Use = "type" if name in _TYPE_USES else "read"
    operation = "identity" if name in {"id", "hash"} else name

    def model(run: Evaluator, args: Arguments) -> Value | None:
        first = args.value(0)
        if not isinstance(first, ModuleValue):
            run.passed_on(args)
            is_object = name == "vars" and isinstance(first, (ObjectValue, Outside))
            return FieldsValue(first) if is_object and first is not None else None
        run.record(first, Access(args.node, args.frame, use, operation, args.node))
        return NamespaceValue(first) if name == "vars" else None

    return model


def _str(run: Evaluator, args: Arguments) -> Value | None:
    found = _whole("str")(run, args)
    text = text_of(args.value(0))
    return Const(text) if text is not None and len(args.each()) == 1 else found


def _type(run: Evaluator, args: Arguments) -> Value | None:
    first = args.value(0)
    if not isinstance(first, ModuleValue) or len(args.positional) != 1:
        run.passed_on(args)
        return None
    run.record(first, Access(args.node, args.frame, "type", "type", args.node))
    return ClassOf(first)


def _isinstance(run: Evaluator, args: Arguments) -> Value | None:
    first = args.value(0)
    if not isinstance(first, ModuleValue) or len(args.node.args) != 2:
        run.passed_on(args)
        return None
    names = run.class_names(args.node.args[1].value, args.frame)
    access = Access(args.node, args.frame, "type", "isinstance", args.node)
    run.record(first, access, target=names[0] if len(names) == 1 else None)
    return None


def _super(run: Evaluator, args: Arguments) -> Value | None:
    owner = args.value(1)
    if isinstance(owner, ModuleValue) and len(args.positional) == 2:
        access = Access(args.node, args.frame, "type", "super", args.node)
        run.record(owner, access, target=_super_class(run, args.value(0)))
    elif isinstance(owner, ObjectValue) and isinstance(cls := args.value(0), ClassValue):
        return replace(owner, after=cls.definition)
    return None


def _super_class(run: Evaluator, cls: Value | None) -> str | None:
    """Return the class of `super(Net, m)` where a ScriptModule is certainly no instance of it."""
    definition = run.class_of(cls)
    found = None if definition is None else module_class_of(definition, run.project)
    is_other = found is not None and known(found) and found.is_a("torch.jit.ScriptModule") is False
    return found.qualname if found is not None and is_other else None


def inspected(run: Evaluator, args: Arguments) -> Value | None:
    """Record a method of the module that a function of `inspect` is given."""
    first = args.value(0)
    if isinstance(first, MethodValue) and len(args.each()) == 1:
        access = Access(args.node, args.frame, "read", "inspect", args.node)
        run.record(first.module, access, first.name)
    else:
        run.passed_on(args)
    return None


def _passing(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return None


# --- attributes by name ------------------------------------------------------------------------------


_ATTRIBUTE_USES: dict[str, Use] = {
    "getattr": "read",
    "hasattr": "read",
    "setattr": "write",
    "delattr": "delete",
}


def _attribute(function: str) -> Model:
    """Return the row of `getattr` and its like."""
    use = _ATTRIBUTE_USES[function]

    def model(run: Evaluator, args: Arguments) -> Value | None:
        first = args.value(0)
        if isinstance(first, (ModuleValue, MethodValue)) and len(args.positional) > 1:
            return _of_module(run, args, function, use, first)
        run.passed_on(args)
        name = text_of(args.value(1))
        access = Access(args.node, args.frame, use)
        if first is None:
            return None
        if name is None:
            if function in {"setattr", "delattr"}:
                run.forget([first], is_external=True)
            return None
        if function == "setattr":
            first.set(run, name, args.value(2), Written(args.node, args.node, args.frame))
        elif function == "delattr":
            first.delete(run, name, access)
        elif function == "getattr":
            found = first.get(run, name, access)
            is_sure = not isinstance(found, Outside) or len(args.positional) == 2
            return in_python(found) if is_sure else None
        return None

    return model


def _of_module(
    run: Evaluator, args: Arguments, function: str, use: Use, base: ModuleValue | MethodValue
) -> Value | None:
    given = args.node.args[1].value if len(args.node.args) > 1 else args.node
    literal = given.value if isinstance(given, ir.Constant) and isinstance(given.value, str) else None
    text = text_of(args.value(1)) if literal is None else None
    access = Access(args.node, args.frame, use, "method attribute", args.node)
    if isinstance(base, MethodValue):
        run.record(base.module.inner(base.name), access, literal)
        return None
    expr = args.positional[2].expr if function == "setattr" and len(args.positional) == 3 else None
    if text is not None:
        _spelled_out(run, args, function, use, base, text, expr)
    operation = function if literal is not None else f"computed {function}"
    scope = args.frame.scope
    run.record(
        base,
        replace(access, operation=operation),
        literal,
        value=expr,
        type=None if expr is None else assigned_type(expr, run.project, scope),
        target=None if expr is None else made_by(expr, run.project, scope),
    )
    name = literal if text is None else text
    if function != "getattr" or name is None:
        return None
    if len(args.positional) == 3 and lacks(base, name):
        return in_python(args.value(2))
    return base.member(name)


def _spelled_out(
    run: Evaluator,
    args: Arguments,
    function: str,
    use: Use,
    base: ModuleValue,
    name: str,
    value: ir.Expr | None,
) -> None:
    """Record what a computed name comes to, which compiled code does not see."""
    node, scope = args.node, args.frame.scope
    literal = ir.Argument(ir.Constant(node.at, "str", name))
    call = ir.Call(node.at, node.func, (node.args[0], literal, *node.args[2:]))
    with run.under(PYTHON):
        run.record(
            base,
            Access(call, args.frame, use, function, call),
            name,
            value=value,
            type=None if value is None else assigned_type(value, run.project, scope),
            target=None if value is None else made_by(value, run.project, scope),
        )


# --- iteration ---------------------------------------------------------------------------------------


def _contents(run: Evaluator, args: Arguments, skip: int = 0) -> list[Items | None]:
    """Iterate over the arguments behind the first `skip`."""
    return [
        None if given.value is None else given.value.iterate(run, Access(given.expr, given.frame))
        for given in args.positional[skip:]
    ]


def _collecting(kind: str) -> Model:
    """Return the row of `list`, `tuple`, `sorted` and their like."""

    def model(run: Evaluator, args: Arguments) -> Value | None:
        first = args.value(0)
        if not args.positional and not args.is_open:
            return TupleValue(Items()) if kind == "tuple" else new_list(run, Items(), _kind(kind))
        if isinstance(first, (MembersValue,)):
            first.iterate(run, Access(args.positional[0].expr, args.frame))
            return None
        if kind in {"list", "tuple"} and isinstance(first, (Submodules, ModuleValue)):
            return _submodules(run, first, Access(args.positional[0].expr, args.frame))
        content = _contents(run, args)[0] if args.positional else None
        if kind in {"sum", "any", "all"} or content is None:
            return None
        if kind in {"sorted", "set", "frozenset"}:
            _keyed(run, args)
            one = content if len(content.items) == 1 and not content.is_open else None
            content = one or Items((), True, in_python(content.any()))
        return TupleValue(content) if kind == "tuple" else new_list(run, content, _kind(kind))

    return model


def _kind(name: str) -> Kind:
    return "set" if name in {"set", "frozenset"} else "list"


def _submodules(run: Evaluator, value: Submodules | ModuleValue, access: Access) -> Value | None:
    """Return a list of the modules that something hands out."""
    if isinstance(value, ModuleValue):
        if value.iterate(run, access) is None:
            return None
        return Submodules(value.under("original"), "modules", run.allocate(0))
    taken = run.state.heap.get(value.ref)
    return replace(value, ref=run.allocate(taken), is_iterator=False) if isinstance(taken, int) else None


def _iter(run: Evaluator, args: Arguments) -> Value | None:
    first = args.value(0)
    if isinstance(first, (Submodules, ModuleValue)) and len(args.positional) == 1:
        found = _submodules(run, first, Access(args.positional[0].expr, args.frame))
        if isinstance(first, Submodules) and first.is_iterator:
            return first
        return replace(found, is_iterator=True) if isinstance(found, Submodules) else None
    if isinstance(first, ListValue) and first.kind == "iterator":
        return first
    content = _contents(run, args)
    return new_list(run, content[0], "iterator") if len(content) == 1 else None


def _next(run: Evaluator, args: Arguments) -> Value | None:
    first = args.value(0)
    run.passed_on(args)
    if isinstance(first, (Submodules, ListValue)):
        return first.advance(run)
    return None


def _dict(run: Evaluator, args: Arguments) -> Value | None:
    first = args.value(0)
    if isinstance(first, Submodules) and first.shape == "pairs" and len(args.each()) == 1:
        is_whole = run.state.heap.get(first.ref) == 0
        return SubmoduleTable(first.module, run.allocate(Entries()), first.is_deep) if is_whole else None
    if isinstance(first, (ModuleValue, MembersValue)):
        first.iterate(run, Access(args.positional[0].expr, args.frame))
        return None
    pairs: list[tuple[Value | None, Value | None]] = [
        (Const(name), given.value) for name, given in args.named.items()
    ]
    if args.is_open:
        return None
    if not args.positional:
        return new_dict(run, pairs)
    entries = entries_of(run, first, Access(args.positional[0].expr, args.frame))
    if entries is None:
        return None
    return new_dict(run, [*((Const(key), value) for key, value in entries.known.items()), *pairs])


def _enumerate(run: Evaluator, args: Arguments) -> Value | None:
    content = (_contents(run, args.only(*args.positional[:1])) or [None])[0]
    if content is None:
        return None
    items = tuple(pair(None, item) for item in content.items)
    return new_list(run, Items(items, content.is_open, pair(None, content.each)), "iterator")


def _zip(run: Evaluator, args: Arguments) -> Value | None:
    columns = _contents(run, args)
    if args.is_open:
        return None
    sure = [column for column in columns if column is not None and not column.is_open]
    length = min((len(column.items) for column in sure), default=0)
    rows = tuple(
        TupleValue(Items(tuple(None if column is None else column.at(row) for column in columns)))
        for row in range(length)
    )
    if len(sure) == len(columns):
        return new_list(run, Items(rows), "iterator")
    each = TupleValue(Items(tuple(None if column is None else column.any() for column in columns)))
    return new_list(run, Items(rows, True, each) if rows else Items((), True, each), "iterator")


def _reversed(run: Evaluator, args: Arguments) -> Value | None:
    content = (_contents(run, args) or [None])[0]
    if content is None:
        return None
    found = Items((), True, content.any()) if content.is_open else Items(content.items[::-1])
    return new_list(run, found, "iterator")


def _range(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    bounds = [value.value for value in args.values() if isinstance(value, Const)]
    if args.is_open or not bounds or len(bounds) < len(args.positional) or len(bounds) > 3:
        return None
    numbers = [bound for bound in bounds if isinstance(bound, int)]
    if len(numbers) < len(bounds) or (len(numbers) == 3 and numbers[2] == 0):
        return None
    length = len(range(*numbers))
    return TupleValue(Items((None,) * length)) if 0 < length <= _MAX_RANGE else None


def _called_with(run: Evaluator, args: Arguments, function: Given, row: list[Given]) -> Value | None:
    """Call a function that a builtin is given; compiled code knows no such builtin."""
    node = ir.Call(args.node.at, function.expr, tuple(ir.Argument(given.expr) for given in row))
    given = tuple(replace(each, value=in_python(each.value)) for each in row)
    with run.under(PYTHON):
        return in_python(run.call(function.value, Arguments(node, args.frame, given)))


def _spelled(args: Arguments, given: Given, position: int) -> ir.Expr:
    """Return an expression, at the call, for one of what an iterable gives: itself where it is written."""
    if isinstance(given.expr, ir.Sequence) and position < len(given.expr.items):
        return ir.Name(args.node.at, spell(given.expr.items[position]))
    return ir.Name(args.node.at, f"{spell(given.expr)}[...]")


def _mapped(run: Evaluator, args: Arguments, function: Given, skip: int) -> Items | None:
    """Call a function with each of what the arguments behind the first `skip` give."""
    given = args.positional[skip:]
    contents = [None if content is None else content for content in _contents(run, args, skip)]
    if not contents or args.is_open:
        return None
    if all(content is not None and not content.is_open for content in contents):
        rows = list(zip(*(content.items for content in contents if content is not None), strict=False))
        is_exact = len(rows) <= _MAX_RANGE
    else:
        rows, is_exact = [], False
    if not is_exact:
        rows = [tuple(None if content is None else content.any() for content in contents)]
    found = []
    for position, row in enumerate(rows):
        exprs = [_spelled(args, argument, position) for argument in given]
        items = [Given(value, expr, args.frame) for value, expr in zip(row, exprs, strict=True)]
        found.append(_called_with(run, args, function, items))
    return Items(tuple(found)) if is_exact else Items((), True, found[0])


def _map(run: Evaluator, args: Arguments) -> Value | None:
    if len(args.positional) < 2:
        return _passing(run, args)
    return new_list(run, _mapped(run, args, args.positional[0], 1), "iterator")


def _starmap(run: Evaluator, args: Arguments) -> Value | None:
    contents, found = _contents(run, args, 1), list[Value | None]()
    content = contents[0] if contents else None
    for row in content.items if content is not None and not content.is_open else ():
        items = row.content.items if isinstance(row, TupleValue) and not row.content.is_open else ()
        given = [args.as_given(value, args.positional[1].expr) for value in items]
        found.append(_called_with(run, args, args.positional[0], given))
    is_known = content is not None and not content.is_open
    return new_list(run, Items(tuple(found)), "iterator") if is_known else None


def _filter(run: Evaluator, args: Arguments) -> Value | None:
    if len(args.positional) != 2:
        return _passing(run, args)
    function = args.positional[0]
    if not (isinstance(function.value, Const) and function.value.value is None):
        _mapped(run, args, function, 1)
    content = (_contents(run, args, 1) or [None])[0]
    if content is None:
        return None
    return new_list(run, Items((), True, in_python(content.any())), "iterator")


def _keyed(run: Evaluator, args: Arguments) -> None:
    """Call the `key` of `sorted`, `min` and `max` with each."""
    if "key" in args.named and args.positional:
        _mapped(run, args.only(*args.positional[:1]), args.named["key"], 0)


def _chosen(run: Evaluator, args: Arguments) -> Value | None:
    """`min(modules, key=f)`: one of them."""
    _keyed(run, args)
    if len(args.positional) != 1:
        run.passed_on(args)
        return None
    content = _contents(run, args)[0]
    return None if content is None else in_python(content.any())


def _chain(run: Evaluator, args: Arguments) -> Value | None:
    contents = [content for content in _contents(run, args) if content is not None]
    if args.is_open or len(contents) < len(args.positional):
        return None
    items: list[Value | None] = []
    for content in contents:
        items += content.items
        if content.is_open:
            return new_list(run, in_python_items(Items(tuple(items), True)), "iterator")
    return new_list(run, in_python_items(Items(tuple(items))), "iterator")


def _chained(run: Evaluator, args: Arguments) -> Value | None:
    """`chain.from_iterable(groups)`."""
    content = (_contents(run, args) or [None])[0]
    if content is None or content.is_open:
        return None
    return _chain(run, args.only(*(args.as_given(group) for group in content.items)))


def _sliced(run: Evaluator, args: Arguments) -> Value | None:
    """`islice(items, stop)`."""
    content, stop = _contents(run, args.only(*args.positional[:1])), args.value(1)
    if not content or content[0] is None or len(args.positional) != 2:
        return None
    if not isinstance(stop, Const) or not isinstance(stop.value, int) or stop.value > len(content[0].items):
        return new_list(run, Items((), True, in_python(content[0].any())), "iterator")
    return new_list(run, in_python_items(Items(content[0].items[: stop.value])), "iterator")


def _repeated(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return new_list(run, Items((), True, in_python(args.value(0))), "iterator")


def _reduce(run: Evaluator, args: Arguments) -> Value | None:
    """`functools.reduce(function, items, initial)`."""
    run.passed_on(args)
    content = (_contents(run, args.only(*args.positional[1:2])) or [None])[0]
    items = list(content.items) if content is not None and not content.is_open else []
    if len(args.positional) > 2:
        items.insert(0, args.value(2))
    if content is None or content.is_open or not items or len(items) > _MAX_RANGE:
        return None
    found = in_python(items[0])
    for item in items[1:]:
        name = ir.Name(args.node.at, f"{spell(args.positional[1].expr)}[...]")
        given = [args.as_given(found, name), args.as_given(item, name)]
        found = _called_with(run, args, args.positional[0], given)
    return found


# --- callables that are made ---------------------------------------------------------------------------


def _partial(run: Evaluator, args: Arguments) -> Value | None:
    """`partial(…)`, which may never be called: what is fixed by then is followed where it is made."""
    if not args.positional or "func" in args.named:
        return _passing(run, args)
    made = PartialValue(args.value(0), args.dropping(1))
    run.passed_on(made.given)
    bare = Arguments(ir.Call(args.node.at, args.node.func, ()), args.frame)
    made.call(run, bare)
    return made


class _Getter(Value, frozen=True):
    """What `attrgetter`, `itemgetter` and `methodcaller` make, and what they were given."""

    kind: str
    given: Arguments

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Read it from the argument; compiled code knows no such function."""
        run.passed_on(args)
        if len(args.positional) != 1 or args.is_open:
            return None
        with run.under(PYTHON):
            found = [self._one(run, args, key) for key in self._keys()]
        return found[0] if len(found) == 1 else TupleValue(Items(tuple(found))) if found else None

    def _keys(self) -> list[Value | None]:
        return self.given.values()[:1] if self.kind == "methodcaller" else self.given.values()

    def _one(self, run: Evaluator, args: Arguments, key: Value | None) -> Value | None:
        value, expr, at = args.value(0), args.positional[0].expr, args.node.at
        if value is None:
            return None
        if self.kind == "itemgetter":
            index = self.given.positional[0].expr
            return in_python(value.item(run, key, Access(ir.Subscript(at, expr, index), args.frame)))
        *before, last = (text_of(key) or "").split(".")
        for name in before:
            expr = ir.Attribute(at, expr, name)
            value = None if value is None else value.get(run, name, Access(expr, args.frame))
        if value is None or not last:
            return None
        expr = ir.Attribute(at, expr, last)
        if self.kind == "attrgetter":
            return in_python(value.get(run, last, Access(expr, args.frame)))
        call = ir.Call(at, expr, tuple(ir.Argument(given.expr) for given in self.given.positional[1:]))
        callee = value.get(run, last, Access(expr, args.frame, "call", "attribute", call))
        return in_python(run.call(callee, replace(self.given.dropping(1), node=call), value))


def _getter(kind: str) -> Model:
    def model(run: Evaluator, args: Arguments) -> Value | None:
        run.passed_on(args)
        return _Getter(kind, args) if args.positional and not args.is_open else None

    return model


def _getitem(run: Evaluator, args: Arguments) -> Value | None:
    value = args.value(0)
    if len(args.positional) != 2 or value is None:
        return _passing(run, args)
    node = ir.Subscript(args.node.at, args.positional[0].expr, args.positional[1].expr)
    with run.under(PYTHON):
        return in_python(value.item(run, args.value(1), Access(node, args.frame)))


# --- what holds a value, or is one ---------------------------------------------------------------------


def _giving(position: int, name: str = "") -> Model:
    """Return the row of a function that gives one of its arguments."""

    def model(run: Evaluator, args: Arguments) -> Value | None:
        run.passed_on(args)
        return in_python(args.value(position, name))

    return model


def _reference(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    first = in_python(args.value(0))
    return None if first is None else Supplier(first)


def _copy(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    first = args.value(0)
    if isinstance(first, ModuleValue):
        return first.in_python().under("copy")
    if isinstance(first, ListValue):
        return in_python(new_list(run, first.content(run), first.kind))
    content = first.content(run) if isinstance(first, DictValue) else None
    return None if content is None else DictValue(run.allocate(content), is_python=True)


def _entering(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return Entered(in_python(args.value(0, "enter_result")))


def _namespace(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    if args.is_open or args.positional:
        return None
    fields: dict[Key, Value | None] = {
        f".{name}": in_python(given.value) for name, given in args.named.items()
    }
    return ObjectValue(run.allocate(Entries(fields)))


def _replaced(run: Evaluator, args: Arguments) -> Value | None:
    """`dataclasses.replace(o, name=…)`."""
    run.passed_on(args)
    first = args.value(0)
    content = run.state.heap.get(first.ref) if isinstance(first, ObjectValue) else None
    if not isinstance(first, ObjectValue) or not isinstance(content, Entries) or args.is_open:
        return None
    for name, given in args.named.items():
        content = content.having(f".{name}", in_python(given.value))
    return replace(first, ref=run.allocate(content))


def _stack(run: Evaluator, args: Arguments) -> Value | None:
    return _Stack()


class _Stack(Value, frozen=True):
    """`contextlib.ExitStack()`."""

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the method that enters context managers."""
        return Native(_enter_context, self) if name == "enter_context" else None

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Give itself."""
        return self


def _enter_context(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    manager = args.value(0)
    return None if manager is None else manager.entered(run, Access(args.node, args.frame))


def _queue(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return None if args.each() else new_list(run, Items(), "deque")


def _deque(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    if "maxlen" in args.named or len(args.positional) > 1:
        return None
    content = _contents(run, args)[0] if args.positional else Items()
    return new_list(run, None if content is None else in_python_items(content), "deque")


def _default_dict(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return DictValue(run.allocate(Entries({}, is_open=True))) if len(args.each()) <= 1 else None


def _pool(run: Evaluator, args: Arguments) -> Value | None:
    run.passed_on(args)
    return _Pool()


class _Pool(Value, frozen=True):
    """A pool of threads, which calls functions in this process."""

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the methods that call functions."""
        return Native(_POOL_METHODS[name], self) if name in _POOL_METHODS else None

    def entered(self, run: Evaluator, access: Access) -> Value | None:
        """Give itself."""
        return self


class _Future(Value, frozen=True):
    """What a call in a pool comes to."""

    value: Value | None

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the method that waits for it."""
        return Supplier(self.value) if name in {"result", "get"} else None


def _submit(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    later = args.dropping(1)
    with run.under(PYTHON):
        return _Future(in_python(run.call(args.value(0), later)))


def _pool_map(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    return _map(run, args)


_POOL_METHODS: dict[str, Callable[[Evaluator, Value, Arguments], Value | None]] = {
    "submit": _submit,
    "map": _pool_map,
}


# --- tables --------------------------------------------------------------------------------------------

_WHOLE = ("vars", "repr", "len", "callable", "dir", "bool", "hash", "id", "print", "format")


def _lazily(row: Model) -> Model:
    """Return the row of a function whose iterator goes through its arguments when it is asked to."""

    def model(run: Evaluator, args: Arguments) -> Value | None:
        return run.derive(row(run, args), args.values())

    return model


MODELS: dict[str, Model] = {
    **{f"builtins.{name}": _whole(name) for name in _WHOLE},
    **{f"builtins.{name}": _attribute(name) for name in _ATTRIBUTE_USES},
    **{
        f"builtins.{name}": _collecting(name)
        for name in ("list", "tuple", "set", "sorted", "sum", "any", "all", "frozenset")
    },
    "builtins.str": _str,
    "builtins.type": _type,
    "builtins.isinstance": _isinstance,
    "builtins.super": _super,
    "builtins.iter": _lazily(_iter),
    "builtins.next": _next,
    "builtins.dict": _dict,
    "builtins.enumerate": _lazily(_enumerate),
    "builtins.zip": _lazily(_zip),
    "builtins.reversed": _lazily(_reversed),
    "builtins.range": _range,
    "builtins.map": _lazily(_map),
    "builtins.filter": _lazily(_filter),
    "builtins.min": _chosen,
    "builtins.max": _chosen,
    "collections.OrderedDict": _dict,
    "collections.defaultdict": _default_dict,
    "collections.deque": _deque,
    "concurrent.futures.ThreadPoolExecutor": _pool,
    "concurrent.futures.thread.ThreadPoolExecutor": _pool,
    "contextlib.ExitStack": _stack,
    "contextlib.closing": _entering,
    "contextlib.nullcontext": _entering,
    "copy.copy": _copy,
    "copy.deepcopy": _copy,
    "dataclasses.replace": _replaced,
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "itertools.chain": _lazily(_chain),
    "itertools.chain.from_iterable": _chained,
    "itertools.islice": _lazily(_sliced),
    "itertools.repeat": _repeated,
    "itertools.starmap": _starmap,
    "multiprocessing.pool.ThreadPool": _pool,
    "operator.attrgetter": _getter("attrgetter"),
    "operator.getitem": _getitem,
    "operator.itemgetter": _getter("itemgetter"),
    "operator.methodcaller": _getter("methodcaller"),
    "queue.Queue": _queue,
    "queue.SimpleQueue": _queue,
    "types.SimpleNamespace": _namespace,
    "typing.cast": _giving(1, "val"),
    "weakref.proxy": _giving(0),
    "weakref.ref": _reference,
}

TEXT_METHODS: dict[str, Callable[[Evaluator, Value, Arguments], Value | None]] = {
    "format": strings.formatted,
    "join": strings.joined,
    **dict.fromkeys(strings.CHANGING, strings.changed),
}
