"""Abstract evaluation of methods of followed values: containers, handles, modules, script modules."""

from __future__ import annotations

from hookproof.facts.entries import SELF_RETURNING_METHODS
from hookproof.interpreter.members import SETTING_METHODS, TABLE_METHODS, table_owner
from hookproof.interpreter.models.deferred_calls import STACKING_METHODS, DeferredCalls
from hookproof.interpreter.models.external_calls import Keywords
from hookproof.interpreter.models.literal_values import formatted
from hookproof.interpreter.models.torch_calls import entered, put_into, registered
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, ObjectValue
from hookproof.interpreter.values import (
    ConstantValue,
    ContainerValue,
    Frame,
    FunctionValue,
    HandleValue,
    HooksValue,
    NameValue,
    PartialValue,
    ScriptValue,
    Value,
    Values,
    union,
)
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.place import Place
from hookproof.syntax import ir
from hookproof.worlds import registry

_TEXT_METHODS = frozenset({"capitalize", "lower", "lstrip", "rstrip", "strip", "title", "upper"})
_FILLING_METHODS = frozenset({"append", "insert", "extend"})


class MethodCalls(DeferredCalls):
    """Evaluates method calls whose receiver is known to be followed."""

    def _call_method(
        self, owner: Value, name: str, node: ir.Call, args: list[Values], keywords: Keywords, frame: Frame
    ) -> Values:
        if name in self.project.facts.hook_apis and isinstance(owner, (ObjectValue, ScriptValue)):
            return registered(self.listener, owner, name, node, args, keywords, frame)
        if name in TABLE_METHODS and isinstance(node.func, ir.Attribute):
            table = table_owner(node.func.value)
            for holder in self.evaluate(table, frame) if table is not None else ():
                if isinstance(holder, ObjectValue):
                    self.change_table(holder, name, args, keywords)
        match owner:
            case HandleValue():
                if name == "remove":
                    self.progress.remove(owner, frame.place(node))
                return ()
            case FunctionValue():
                return self.implementations.register(owner, args, keywords, frame.place(node))
            case ContainerValue():
                return self.containers.call(owner, name, args, keywords)
            case ConstantValue(value=str(text)) if name in _TEXT_METHODS and not args:
                return (ConstantValue(getattr(text, name)()),)
            case ConstantValue(value=str(text)) if name == "format":
                return formatted(text, args, keywords)
            case ConstantValue(value=str(text)) if name == "split":
                parts = _split(text, args)
                items: list[Values] = [(ConstantValue(part),) for part in parts]
                return (ContainerValue("list", items, is_exact=True),) if parts else ()
            case HooksValue():
                if name == "update" and args:
                    put_into(self.listener, owner, self.parts.elements(args[0]), node, frame)
                return self._table_method(owner, name, frame.place(node))
            case ScriptValue():
                return self._script_method(owner, name, node, args, keywords, frame)
            case ObjectValue():
                return self._object_method(owner, name, node, args, keywords, frame)
        return ()

    def _table_method(self, owner: HooksValue, name: str, place: Place) -> Values:
        """Carry out a method of `m._forward_hooks`."""
        if name in {"clear", "pop", "popitem"}:
            self.progress.clear(owner, place)
        elif name in {"values", "copy"}:
            return (owner,)
        elif name in {"get", "items"}:
            hooks = self.parts.elements((owner,))
            return hooks if name == "get" else (ContainerValue("iterator", [(self._pair((), hooks),)]),)
        return ()

    def _script_method(
        self,
        owner: ScriptValue,
        name: str,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
    ) -> Values:
        place = frame.place(node)
        self.listener.used(owner, name, place, args[0] if args else keywords.get("f", ()))
        if name in SELF_RETURNING_METHODS:
            return (owner,)
        if name in {"modules", "children", "named_modules", "named_children"}:
            return self._members(name, self.progress.child(owner, ALL_MODULES))
        if name == "apply" and args:
            self._apply(args[0], (self.progress.child(owner, ALL_MODULES),), node, frame)
            return (owner,)
        return (self.progress.child(owner, "[]"),) if name == "get_submodule" else ()

    def _members(self, name: str, element: Value, prefix: str | None = "") -> Values:
        if not name.startswith("named"):
            return (ContainerValue("iterator", [(element,)]),)
        names: Values = (NameValue(element, prefix),) if isinstance(element, ObjectValue) else ()
        return (ContainerValue("iterator", [(self._pair(names, (element,)),)]),)

    def _apply(self, functions: Values, elements: Values, node: ir.Call, frame: Frame) -> None:
        for function in functions:
            self.call_value(function, node, [elements], {}, frame)

    def _object_method(
        self,
        owner: ObjectValue,
        name: str,
        node: ir.Call,
        args: list[Values],
        keywords: Keywords,
        frame: Frame,
    ) -> Values:
        if name in SELF_RETURNING_METHODS:
            return (owner,)
        pooled = self._pooled(owner, name, node, args, keywords, frame)
        if pooled is not None:
            return pooled
        if name in {"modules", "children", "named_modules", "named_children"}:
            reached = CHILDREN if name.endswith("children") else ALL_MODULES
            return self._members(name, self.parts.element(owner, reached, "loop"), _prefix(args, keywords))
        if name == "apply" and args and any(self._is_own_callable(value) for value in args[0]):
            element = self.parts.element(owner, ALL_MODULES, "apply")
            self.progress.start_loop((element,))
            self._apply(args[0], (element,), node, frame)
            return (owner,)
        if name in {"items", "values"} and not args:
            group: Values = (self.parts.element(owner, CHILDREN, "loop"),)
            return (ContainerValue("iterator", [(self._pair((), group),) if name == "items" else group]),)
        if name in _FILLING_METHODS and owner.is_created and args:
            self._fill(owner, name, args)
            return (owner,)
        if name in SETTING_METHODS and (args or keywords):
            given = args[1] if len(args) > 1 else keywords.get(SETTING_METHODS[name], ())
            self.set_named((owner,), args[0] if args else keywords.get("name", ()), given)
            return ()
        if name == "set_submodule" and (args or keywords):
            self._set_submodule(owner, args, keywords, frame.place(node))
            return ()
        if name == "setattr" and len(args) == 3:  # of pytest's `monkeypatch`
            self.set_named(*args)
        if (
            name in {"pop", "__delitem__"}
            and owner.module_class is not None
            and owner.module_class.is_container
        ):
            self.take_out(owner, args)
        entry = registry.method(name)
        if entry is not None:
            given_back = entered(self.listener, entry, node, [(owner,), *args], keywords, frame)
            if given_back is not None:
                return given_back
        if name == "get_submodule" and args:
            names = [value.value for value in args[0] if isinstance(value, ConstantValue)]
            if len(names) == 1 and isinstance(names[0], str):
                return self.descendant(owner, names[0], frame.place(node))
        if name in STACKING_METHODS and args:
            return self._stack_up(owner, name, node, args, keywords, frame)
        if name in {"close", "aclose"}:
            self.unwind((owner,), frame)
        if name == "pop_all" and owner in self.stacks:
            made = self.parts.element(owner, f"{name}(){node.at}", "call")
            self.stacks[made], self.stacks[owner] = self.stacks[owner], []
            return (made,)
        self._hand_out([*args, *keywords.values()], frame, node)
        self.give_away([*args, *keywords.values()])
        for values in (*args, *keywords.values()):
            self.lose_removals(values)
        return (self.parts.element(owner, f"{name}(){node.at}", "call"),)

    def _is_own_callable(self, value: Value) -> bool:
        """Tell whether a value is a function, or an object of the project that is called like one."""
        if isinstance(value, ObjectValue):
            is_object = value.definition is not None and value.module_class is None
            member = (
                self.project.member(value.definition, "__call__") if value.definition is not None else None
            )
            return is_object and isinstance(member, FunctionDefinition)
        return isinstance(value, (FunctionValue, PartialValue))

    def _set_submodule(
        self, owner: ObjectValue, args: list[Values], keywords: Keywords, place: Place
    ) -> None:
        """Carry out `owner.set_submodule(path, module)`."""
        target = args[0] if args else keywords.get("target", ())
        given = args[1] if len(args) > 1 else keywords.get("module", ())
        paths = [value.value for value in target if isinstance(value, ConstantValue)]
        if len(paths) != 1 or not isinstance(paths[0], str):
            self.set_named((owner,), target, given)
            return
        parent, _, name = paths[0].rpartition(".")
        self.set_named(self.descendant(owner, parent, place), (ConstantValue(name),), given)

    def _fill(self, owner: ObjectValue, name: str, args: list[Values]) -> None:
        """Add to a container of modules that was made here."""
        if owner.module_class is None or not owner.module_class.is_container:
            return
        added = [args[-1]]
        if name == "extend":
            given = args[0][0] if len(args[0]) == 1 else None
            given = self.parts.iterated(given) if isinstance(given, ContainerValue) else None
            added = given.items if given is not None and given.is_exact else [()]
        for values in added:
            kept = tuple(value for value in values if isinstance(value, (ObjectValue, ScriptValue)))
            self._add_part(owner, kept, is_last=name != "insert")

    def _add_part(self, owner: ObjectValue, part: Values, *, is_last: bool) -> None:
        parts = {
            key: held for key, held in self.progress.state.of(owner).attributes.items() if key.isdecimal()
        }
        # Something unknown is a part as well, lest the container be taken to hold only what is known.
        self.progress.state.set_attribute(
            owner, str(len(parts)), part or (ObjectValue("call", parent=owner),)
        )
        if not is_last:
            anything = union(*parts.values(), part)
            for key in (*parts, str(len(parts))):
                self.progress.state.set_attribute(owner, key, anything)


def _split(text: str, args: list[Values]) -> list[str]:
    """Return the parts of a text that is split at another one, nothing where that is not known."""
    match args:
        case [((ConstantValue(value=str(mark)),))] if mark:
            return text.split(mark)
    return []


def _prefix(args: list[Values], keywords: Keywords) -> str | None:
    """Return the prefix that `named_modules` is given, None where it cannot be followed."""
    match args[1] if len(args) > 1 else keywords.get("prefix", (ConstantValue(""),)):
        case (ConstantValue(value=str(text)),):
            return text
    return None
