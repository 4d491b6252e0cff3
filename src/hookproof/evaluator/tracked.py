"""The hook parameter, what is reached from it, and what these hand out: every use of them is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from hookproof.evaluator.contents import Items
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Frame, Tracked, Value, Written
from hookproof.evaluator.spelling import operand_use, spell
from hookproof.evaluator.types import assigned_type, is_captured, made_by
from hookproof.evaluator.use import Kept
from hookproof.evaluator.values import Const, Native, TupleValue, text_of
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.modules.module_class import AttributeFact, ModuleClass

ELEMENT = "*"
"""The path element that stands for some child, of a loop over children or a computed index."""

MEMBER_DICTS = frozenset({"_modules", "_parameters", "_buffers"})
_METHOD_KINDS = frozenset({"method", "static method", "class method"})
# Guards that hold for a module wherever it goes from there: tests of its class.
OF_MODULES = frozenset(
    {"class", "this class", "script-module"}
    | {"operand class", "operand this class", "operand script-module"}
)
_GIVING_ITSELF = frozenset({"train", "eval", "to", "requires_grad_", "apply"})


class ModuleValue(Tracked, frozen=True):
    """The hook parameter, or a module reached from it through `path`; `owner` is its class if known.

    `guards` are those of `guards` that what is done to it stands under, for the way it was reached.
    `kept` says what a module is to compiled code once it was in a list, tuple or dict: a `value` that cannot
    be called, or one of a `union` of classes, of which nothing can be asked.
    """

    path: tuple[str, ...] = ()
    owner: ModuleClass | None = None
    guards: frozenset[str] = frozenset()
    kept: Kept = ""

    def under(self, guard: str) -> ModuleValue:
        """Return the module as reached in a way that a guard stands for."""
        return replace(self, guards=self.guards | {guard})

    def in_python(self) -> ModuleValue:
        """Return the module as compiled code cannot reach it."""
        return self.under("python")

    def inner(self, step: str, owner: ModuleClass | None = None) -> ModuleValue:
        """Return a module one step further on."""
        return ModuleValue((*self.path, step), owner, self.guards, self.kept)

    def child(self, key: str) -> ModuleValue:
        """Return the child named `key`, or some child for `ELEMENT`."""
        fact = attribute_of(self, key) if key != ELEMENT else None
        owner = None
        if fact is not None and fact.kind == "submodule":
            owner = known(fact.module_class)
        elif self.owner is not None and self.owner.is_container:
            owner = known(self.owner.element_at(key))
        return self.inner(key, owner)

    def below(self, path: str) -> ModuleValue:
        """Return the submodule at a dotted path."""
        module = self
        for name in path.split(".") if path else ():
            module = module.child(name)
        return module

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Record the attribute and return what it is."""
        run.record(self, access, name)
        return MethodValue(self, name) if access.use == "call" else self.member(name)

    def member(self, name: str) -> Value | None:
        """Return what reading `self.name` gives."""
        if name == "__class__":
            return ClassOf(self)
        if name == "__dict__":
            return NamespaceValue(self)
        if name in MEMBER_DICTS:
            return MembersValue(self, name)
        fact = attribute_of(self, name)
        if fact is not None:
            if fact.kind == "submodule":
                return self.inner(name, known(fact.module_class))
            return MethodValue(self, name) if fact.kind in _METHOD_KINDS else None
        if name == "forward":
            return MethodValue(self, name)
        if name.startswith("_") or (self.owner is not None and self.owner.is_complete):
            return None
        return MaybeModule((*self.path, name))

    def set(self, run: Evaluator, name: str, value: Value | None, written: Written) -> None:
        """Record the attribute that is set."""
        source, is_value = written.source, written.has_source
        run.record(
            self,
            Access(written.target, written.frame, "write"),
            name,
            value=source if is_value else None,
            type=_assigned_type(run, self, written) if is_value else None,
            operator=written.operator,
            target=made_by(source, run.project, written.frame.scope) if is_value else None,
        )

    def delete(self, run: Evaluator, name: str, access: Access) -> None:
        """Record the attribute that is deleted."""
        run.record(self, replace(access, use="delete"), name)

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Record the index and return the child that it stands for."""
        index = access.node.index if isinstance(access.node, ir.Subscript) else None
        is_slice = isinstance(index, ir.Opaque) and index.syntax == "slice"
        is_literal = is_slice or (index is not None and literal_key(index) is not None)
        run.record(self, replace(access, operation="index" if is_literal else "variable index"))
        if is_slice or self._holds_parameters():
            return None
        name = key_text(key)
        is_named = name is not None and not name.startswith("-")
        return self.under("original").child(name if name is not None and is_named else ELEMENT)

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Record the index that is set."""
        run.record(self, Access(written.target, written.frame, "write", "index"), value=written.source)

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Record the loop; a container of modules gives the modules, a `ModuleDict` names, others tensors."""
        run.record(self, replace(access, operation="iterate"))
        if self._holds_parameters() or (self.owner is not None and self.owner.is_a("torch.nn.ModuleDict")):
            return None
        return run.submodules(self.under("original"), "values").iterate(run, access)

    def _holds_parameters(self) -> bool:
        """Return whether the module is a container of parameters: what it gives is a tensor, no module."""
        names = ("torch.nn.ParameterList", "torch.nn.ParameterDict")
        return self.owner is not None and any(self.owner.is_a(name) for name in names)

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Record the call of the module itself."""
        run.passed_on(args)
        run.record(self, Access(args.node.func, args.frame, "call", "call", args.node))
        run.forget(args.each(), is_external=False)
        return None

    def used(self, run: Evaluator, access: Access) -> None:
        """Record a use of the module as a whole."""
        run.record(self, access)

    def operand(self, run: Evaluator, operand: ir.Expr, of: ir.Operation, frame: Frame) -> None:
        """Record what the operator asks, which compiled code never comes to where it refuses an operand."""
        if any(is_captured(run.project, frame.scope, part) for part in of.operands):
            run.guards |= {"python"}
        run.record(self, Access(operand, frame, operation=operand_use(of, operand)))


class MethodValue(Tracked, frozen=True):
    """A method of a module, or whatever attribute of it is called."""

    module: ModuleValue
    name: str

    def in_python(self) -> MethodValue:
        """Return the method of a module that compiled code cannot reach."""
        return MethodValue(self.module.in_python(), self.name)

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Record an attribute of the method."""
        run.record(self.module.inner(self.name), replace(access, operation="method attribute"), name)
        return None

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Return the modules that the method hands out, if it does."""
        run.passed_on(args)
        run.forget(args.each(), is_external=False)
        module, first = self.module, args.value(0)
        path = text_of(first)
        if self.name == "get_submodule" and path:
            return module.below(path)
        is_unlikely = self.name in {"values", "items"} and module.owner is None and not module.path
        if self.name in METHODS and not is_unlikely:
            return run.submodules(module, self.name, is_prefixed=bool(args.each()))
        if self.name == "apply" and len(args.each()) == 1:
            # The function is called with the module, after its children.
            owner = args.node.func.value if isinstance(args.node.func, ir.Attribute) else args.node.func
            with run.under(frozenset({"python"})):
                run.call(first, args.only(module, exprs=(ir.Name(args.node.at, spell(owner)),)))
        return module if self.name in _GIVING_ITSELF else None

    def parts(self, run: Evaluator) -> Iterable[Value | None]:
        """Return the module."""
        return (self.module,)


class MaybeModule(Value, frozen=True):
    """An attribute of a module of unknown class: perhaps a module, perhaps not."""

    path: tuple[str, ...]

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Record what every module has."""
        if name not in {"forward", "__class__"}:
            return None
        return ModuleValue(self.path).get(run, name, access)

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Record what it is given."""
        run.passed_on(args)
        run.forget(args.each(), is_external=False)
        return None


class ClassOf(Value, frozen=True):
    """`type(m)` or `m.__class__`."""

    module: ModuleValue


class NamespaceValue(Value, frozen=True):
    """`vars(m)` or `m.__dict__`."""

    module: ModuleValue

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Record the name that is read."""
        name = key_text(key)
        if name is not None:
            run.record(self.module, replace(access, operation="namespace item"), name)
        return None

    def set_item(self, run: Evaluator, key: Value | None, value: Value | None, written: Written) -> None:
        """Record the name that is set."""
        access = Access(written.target, written.frame, "write", "namespace item")
        run.record(self.module, access, key_text(key), value=written.source)

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the methods that set names."""
        if name not in {"update", "setdefault"} or access.call is None:
            return None
        return Native(_names_set, self)


def _names_set(run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    """`vars(m).update`, `m.__dict__.setdefault`: record which names are set, None where that is not known."""
    assert isinstance(owner, NamespaceValue)
    run.passed_on(args)
    names: list[str | None] = list(args.named)
    first = args.value(0)
    if (text := text_of(first)) is not None:
        names.append(text)
    elif (keys := _keys_of(run, first)) is not None:
        names += keys
    elif args.positional or args.is_open:
        names.append(None)
    for name in names:
        access = Access(args.node, args.frame, "write", "namespace item", args.node)
        run.record(owner.module, access, name)
    return None


class MembersValue(Value, frozen=True):
    """`m._modules`, `m._parameters` or `m._buffers`."""

    module: ModuleValue
    name: str

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Return the child of that name."""
        return self.module.child(key_text(key) or ELEMENT) if self.name == "_modules" else None

    def iterate(self, run: Evaluator, access: Access) -> Items[Value | None] | None:
        """Record the loop over names."""
        run.record(self.module, replace(access, operation="iterate"), self.name)
        return None

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return the methods that hand out modules."""
        return Native(partial(_handed_out, name), self) if access.use == "call" else None


def _handed_out(name: str, run: Evaluator, owner: Value, args: Arguments) -> Value | None:
    """`m._modules.values` and its like: return the modules that it hands out."""
    assert isinstance(owner, MembersValue)
    run.passed_on(args)
    if owner.name != "_modules":
        return None
    if name in METHODS:
        return run.submodules(owner.module, name, is_prefixed=bool(args.each()))
    path = text_of(args.value(0))
    return owner.module.child(path) if name == "get" and path else None


# How the methods of nn.Module and its containers hand out child modules.
METHODS: dict[str, Literal["modules", "pairs"]] = {
    "children": "modules",
    "modules": "modules",
    "values": "modules",
    "named_children": "pairs",
    "named_modules": "pairs",
    "items": "pairs",
}


# --- questions -----------------------------------------------------------------------------------------


def known(owner: ModuleClass | None) -> ModuleClass | None:
    """Return a module's class, None for `nn.Module` itself: an annotation of that name says nothing."""
    return None if owner is None or owner.qualname == "torch.nn.Module" else owner


def attribute_of(module: ModuleValue, name: str) -> AttributeFact | None:
    """Return what the module's class says of `name`, None where it says nothing or is unknown."""
    return None if module.owner is None else module.owner.attribute(name)


def lacks(module: ModuleValue, name: str) -> bool:
    """Return whether no instance of the module's class has an attribute of that name."""
    owner = module.owner
    return owner is not None and owner.is_complete and owner.attribute(name) is None


def guarded(value: Value | None, guards: frozenset[str]) -> Value | None:
    """Return a value that is only reached under guards, which hold for what is done to it later as well."""
    if isinstance(value, ModuleValue):
        return replace(value, guards=value.guards | (guards & OF_MODULES))
    if isinstance(value, TupleValue) and guards:
        items = tuple(guarded(item, guards) for item in value.content.items)
        others = tuple(guarded(item, guards) for item in value.content.others)
        return TupleValue(Items(items, value.content.is_open, others))
    return value


def as_value(value: Value | None) -> Value | None:
    """Return a module as the plain value that it is once a container or a conditional expression gives it."""
    return replace(value, kept=value.kept or "value") if isinstance(value, ModuleValue) else value


def key_text(key: Value | None) -> str | None:
    """Return a key or position that is known, as text."""
    value = key.value if isinstance(key, Const) else None
    return str(value) if isinstance(value, (str, int)) else None


def literal_key(index: ir.Expr) -> str | None:
    """Return a literal index as text, None where it is computed."""
    match index:
        case ir.Constant(kind="int" | "str", value=value) if value is not None:
            return str(value)
        case ir.Operation(op="-", operands=(ir.Constant(kind="int", value=value),)):
            return f"-{value}"
    return None


def _keys_of(run: Evaluator, value: Value | None) -> list[str] | None:
    content = run.state.heap.get(value.key) if value is not None and value.key is not None else None
    known_keys = getattr(content, "known", None)
    return None if known_keys is None else [str(key) for key in known_keys]


def _assigned_type(run: Evaluator, owner: ModuleValue, written: Written) -> TorchType:
    source = written.source
    module = run.peek(source.value, written.frame) if isinstance(source, ir.Attribute) else None
    if isinstance(source, ir.Attribute) and isinstance(module, ModuleValue):
        return _attribute_type(module, source.attr)
    receiver = written.target.value if isinstance(written.target, ir.Attribute) else None
    name = receiver.id if isinstance(receiver, ir.Name) else None
    return assigned_type(
        source, run.project, written.frame.scope, name, lambda attribute: _attribute_type(owner, attribute)
    )


def _attribute_type(module: ModuleValue, name: str) -> TorchType:
    """Return the type that an attribute of a module has in compiled code."""
    fact = attribute_of(module, name)
    return fact.compiled_type if fact is not None else UNKNOWN
