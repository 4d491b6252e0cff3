"""Abstract evaluation of calls of what lies outside the project: torch, builtins, the standard library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookproof.classes.module_classes import module_class_of
from hookproof.facts.entries import FORWARDING_CALLS
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.members import Members
from hookproof.interpreter.models.copies import LOADS, SAVES
from hookproof.interpreter.models.iterators import exact_items, iterated
from hookproof.interpreter.models.literal_values import called
from hookproof.interpreter.models.torch_calls import entered, is_removal, registered, utility_called
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.values import (
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    FileValue,
    Frame,
    FunctionValue,
    GetterValue,
    HandleValue,
    ItemGetterValue,
    MethodValue,
    PartialValue,
    ScriptValue,
    SuperValue,
    Value,
    Values,
    union,
)
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.syntax import ir
from hookproof.worlds import registry

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass

Keywords = dict[str, Values]

# External functions that change nothing that they are given.
_HARMLESS = ("builtins.", "logging.", "math.", "numpy.", "operator.", "os.", "torch.", "warnings.")
_CASTS = frozenset({"typing.cast", "typing_extensions.cast"})
# What `operator` makes of a name: a function that calls the method, or one that gives the attribute.
_GETTERS = {"operator.methodcaller": True, "operator.attrgetter": False}
_IMPORTS = frozenset({"importlib.import_module", "builtins.__import__"})


class ExternalCalls(Members):
    """Evaluates calls of external functions; registrations and entry points are carried out on the state."""

    def __init__(self, listener: Listener, budget: int) -> None:
        super().__init__(listener, budget)
        self.made_by: dict[ObjectValue, str] = {}
        # What calls that were not followed were given, and may have changed.
        self.handed_on: set[Value] = set()

    def _call_external(
        self, qualname: str, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        place = frame.place(node)
        entry = registry.function(qualname)
        owner, _, name = qualname.rpartition(".")
        if entry is not None:
            given_back = entered(self.listener, entry, node, args, keywords, frame)
            if given_back is not None:
                return given_back
        if qualname in self.project.facts.global_hook_apis:
            return registered(self.listener, None, name, node, args, keywords, frame)
        if name in self.project.facts.hook_apis and owner.startswith("torch."):
            receivers = args[0] if args else ()
            return union(
                *(
                    registered(
                        self.listener, receiver, name, node, args[1:], keywords, frame, is_unbound=True
                    )
                    for receiver in receivers
                    if isinstance(receiver, (ObjectValue, ScriptValue))
                )
            )
        if qualname in self.project.facts.legacy_utilities or is_removal(qualname):
            return utility_called(self.listener, qualname, node, args, keywords, frame)
        if qualname == "builtins.globals":
            return (FileValue(frame.file),)
        if qualname in _IMPORTS:
            return self._import(qualname, args, keywords, frame)
        if qualname in {"functools.partial", "functools.partialmethod"} and args:
            return (PartialValue(args[0], tuple(args[1:]), keywords),)
        if qualname in FORWARDING_CALLS:
            return args[0] if args else ()
        if qualname in _CASTS and len(args) == 2:
            return args[1]
        if qualname in _GETTERS:
            given = (tuple(args[1:]), keywords) if _GETTERS[qualname] else None
            return _getter(args, given)
        if qualname == "operator.itemgetter" and args and len(args) == len(node.args):
            return (ItemGetterValue(tuple(argument.value for argument in node.args), frame),)
        if qualname == "operator.getitem" and len(args) == 2 == len(node.args):
            return self.subscript(args[0], node.args[1].value, frame)
        if qualname == "builtins.map" and len(args) > 1:
            return (self.mapped(args[0], args[1:], node, frame),)
        if qualname == "itertools.starmap" and len(args) == 2:
            rows = [exact_items(self.parts, row) for row in exact_items(self.parts, args[1]) or [()]]
            known = [row for row in rows if row is not None]
            if len(known) == len(rows):
                columns: list[Values] = [
                    (ContainerValue("list", list(column), is_exact=True),)
                    for column in zip(*known, strict=False)
                ]
                return (self.mapped(args[0], columns, node, frame),)
        if qualname == "builtins.filter" and len(args) == 2:
            items = exact_items(self.parts, args[1])
            chosen = [self.filtered(args[0], item) for item in items or [self.parts.elements(args[1])]]
            return (ContainerValue("iterator", chosen),)
        if literal := called(qualname, args):
            return literal
        made = iterated(qualname, self.parts, args, keywords)
        if made is not None:
            return made
        if qualname == "copy.deepcopy" and args:
            return tuple(self.deepcopy(value) for value in args[0])
        if qualname == "functools.reduce" and len(args) > 1:
            return self._reduce(args, node, frame)
        if qualname in SAVES or qualname in LOADS:
            return self.keep(qualname, args, keywords)
        if qualname == "builtins.getattr" and len(args) >= 2:
            return self._getattr(args, frame, node)
        if qualname in {"builtins.setattr", "builtins.object.__setattr__"} and len(args) == 3:
            self.set_named(*args)
            return ()
        if qualname == "builtins.delattr" and len(args) == 2:
            self.set_named(args[0], args[1], ())
            return ()
        if qualname.endswith("patch.object") and len(args) > 1:
            self.set_named(args[0], args[1], args[2] if len(args) > 2 else ())
        if qualname == "builtins.super":
            return self._super(frame)
        if qualname == "builtins.vars" and len(args) == 1:
            return self.attribute(args[0], "__dict__", place)
        if qualname == "dataclasses.replace" and args:
            return tuple(self._replaced(value, keywords) for value in args[0])
        if qualname == "builtins.type" and len(args) == 1:
            return self.classes_of(args[0])
        if qualname in {"types.SimpleNamespace", "argparse.Namespace"}:
            return (self._namespace(keywords),)
        cls = module_class_of(External(qualname), self.project) if qualname.startswith("torch.nn.") else None
        if cls is not None:
            return (self._external_module(cls, args, keywords),)
        deferred = self.defer(qualname, node, args, keywords, frame)
        if deferred:
            return deferred
        self._hand_out([*args, *keywords.values()], frame, node)
        if not qualname.startswith(_HARMLESS):
            self.give_away([*args, *keywords.values()])
        if qualname != "atexit.register":
            for values in (*args, *keywords.values()):
                self.lose_removals(values)
        unknown = self.parts.element(ExternalValue(qualname), f"{place.path}:{node.at}", "call")
        self.made_by[unknown] = qualname
        return (unknown,)

    def defer(
        self, qualname: str, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        """Carry out a call of a function that calls another one, now or later; nothing if it is none."""
        raise NotImplementedError

    def lose_removals(self, given: Values) -> None:
        """Let unknown code have the `remove` of a handle: it calls it some time."""
        for value in given:
            if isinstance(value, MethodValue) and value.name == "remove":
                if isinstance(value.owner, HandleValue):
                    self.progress.lose(value.owner)
            elif isinstance(value, PartialValue):
                self.lose_removals(value.function)

    def _import(self, qualname: str, args: list[Values], keywords: Keywords, frame: Frame) -> Values:
        """Carry out an import by a call; `__import__` gives the outermost package unless given names."""
        name, package = (_text(values) for values in (*args, (), ())[:2])
        if name is None:
            return ()
        if qualname != "builtins.__import__":
            package = package or _text(keywords.get("package", ()))
            if name.startswith("."):
                name = f"{package}{name}" if package and name[1:2] != "." else ""
        elif "fromlist" not in keywords and len(args) < 4:
            name = name.partition(".")[0]
        return self.values_of(self.project.module(frame.file, name), frame) if name else ()

    def _external_module(self, cls: ModuleClass, args: list[Values], keywords: Keywords) -> ObjectValue:
        groups = list(args)
        is_numbered = cls.numbers_children and all(_are_modules(values) for values in args)
        instance = ObjectValue("call", cls, is_created=True, is_numbered=is_numbered)
        given = [value for value in args[0] if isinstance(value, ContainerValue)] if len(args) == 1 else []
        if given:
            given = [self.containers.now(value) for value in given]
            groups = [item for value in given for item in value.items]
        for container in given:
            for name, values in container.keyed.items():
                self.progress.state.set_attribute(instance, str(name), values)
        if args and cls.qualname.endswith("DataParallel"):
            self.progress.state.set_attribute(instance, "module", args[0])
        for index, values in enumerate([*groups, *keywords.values()]):
            kept = tuple(value for value in values if isinstance(value, (ObjectValue, ScriptValue)))
            if kept:
                self.progress.state.set_attribute(instance, str(index), kept)
        return instance

    def mapped(self, functions: Values, columns: list[Values], node: ir.Call, frame: Frame) -> ContainerValue:
        """Carry out `map(function, *columns)`: a call for each element, in turn where these are known."""
        known = [exact_items(self.parts, values) for values in columns]
        exact = [items for items in known if items is not None]
        is_exact = len(exact) == len(columns) > 0
        if is_exact:
            rows: list[list[Values]] = [list(row) for row in zip(*exact, strict=False)]
        else:
            elements = [self.parts.elements(values) for values in columns]
            for group in elements:
                self.progress.start_loop(group)
            rows = [[(value,)] for value in elements[0]] if len(elements) == 1 else [elements]
        before = self.progress.state.fork()
        self.progress.repeats += not is_exact
        results = [
            union(*(self.call_value(function, node, row, {}, frame) for function in functions))
            for row in rows or [[()]]
        ]
        self.progress.repeats -= not is_exact
        if not is_exact:
            self.progress.state.loosen(before)
        sources = tuple(
            (value, self.containers.now(value))
            for values in columns
            for value in values
            if isinstance(value, ContainerValue)
        )
        return ContainerValue("iterator", results, is_exact=is_exact, sources=sources)

    def _replaced(self, value: Value, keywords: Keywords) -> Value:
        """Carry out `dataclasses.replace(value, …)`."""
        if not isinstance(value, ObjectValue) or not value.is_created:
            return value
        copy = replace(value)
        for name, values in {**self.progress.state.of(value).attributes, **keywords}.items():
            self.progress.state.set_attribute(copy, name, values)
        return copy

    def _namespace(self, keywords: Keywords) -> ObjectValue:
        instance = ObjectValue("call", is_created=True)
        for name, values in keywords.items():
            self.progress.state.set_attribute(instance, name, values)
        return instance

    def _reduce(self, args: list[Values], node: ir.Call, frame: Frame) -> Values:
        """Carry out `functools.reduce(function, items, first)` where the items are known."""
        items = exact_items(self.parts, args[1]) or []
        values = args[2] if len(args) > 2 else items.pop(0) if items else ()
        for item in items:
            calls = (self.call_value(function, node, [values, item], {}, frame) for function in args[0])
            values = union(*calls)
        return values

    @staticmethod
    def _pair(*groups: Values) -> ContainerValue:
        return ContainerValue("tuple", list(groups), is_exact=True)

    def _getattr(self, args: list[Values], frame: Frame, node: ir.Call) -> Values:
        names = [value.value for value in args[1] if isinstance(value, ConstantValue)]
        if len(names) == 1 and isinstance(names[0], str):
            if names[0] in self.project.facts.hook_apis:
                return tuple(MethodValue(owner, names[0], frame.place(node)) for owner in args[0])
            return self.attribute(args[0], names[0], frame.place(node))
        return union(
            *(
                (self.parts.element(owner, "getattr", "attribute"),)
                for owner in args[0]
                if isinstance(owner, ObjectValue)
            )
        )

    def classes_of(self, values: Values) -> Values:
        """Return the classes of objects: that of a module is at least `nn.Module`."""
        return union(
            *(
                (ClassValue(value.definition) if value.definition else ExternalValue("torch.nn.Module"),)
                for value in values
                if isinstance(value, ObjectValue) and (value.definition or value.module_class)
            )
        )

    def _super(self, frame: Frame) -> Values:
        scope: Frame | None = frame
        while scope is not None and scope.owner is None:
            scope = scope.parent
        if scope is None or scope.owner is None or scope.function is None or not scope.function.parameters:
            return ()
        instance = scope.locals.get(scope.function.parameters[0].name, ())
        base = next((b for b in self.project.bases(scope.owner) if isinstance(b, ClassDefinition)), None)
        return tuple(SuperValue(value, base) for value in instance if isinstance(value, ObjectValue))

    def give_away(self, args: list[Values]) -> None:
        """Let unknown code have these values: it may change the containers among them."""
        for values in args:
            for value in values:
                if isinstance(value, ContainerValue):
                    self.handed_on.add(value)
                    self.containers.loosen(value)

    def _hand_out(self, args: list[Values], frame: Frame, node: ir.Call) -> None:
        """Unknown code receives these values, modules among them."""
        for values in args:
            for value in values:
                if isinstance(value, (ObjectValue, ScriptValue)):
                    self.listener.escaped(value, frame.place(node))

    def call_value(
        self, callee: Value, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        """Carry out a call of one value."""
        raise NotImplementedError

    def filtered(self, functions: Values, elements: Values) -> Values:
        """Return the elements that a function chooses, with the class that it tests them for."""
        raise NotImplementedError

    def enter(
        self, function: FunctionValue, args: list[Values], keywords: Keywords, node: ir.Call | None
    ) -> Values:
        """Run the body of a project function with these arguments; return what it may return."""
        raise NotImplementedError


def _getter(args: list[Values], given: tuple[tuple[Values, ...], Keywords] | None) -> Values:
    names = [_text(values) for values in (args if given is None else args[:1])]
    known = tuple(name for name in names if name is not None)
    return (GetterValue(known, given),) if known and len(known) == len(names) else ()


def _text(values: Values) -> str | None:
    """Return the text that a value certainly is."""
    match values:
        case (ConstantValue(value=str(text)),):
            return text
    return None


def _are_modules(values: Values) -> bool:
    """Tell whether these are certainly modules, or a list of modules."""
    return bool(values) and all(
        (isinstance(value, ContainerValue) and value.kind != "dict" and all(map(_are_modules, value.items)))
        or isinstance(value, ScriptValue)
        or (isinstance(value, ObjectValue) and value.module_class is not None)
        for value in values
    )
