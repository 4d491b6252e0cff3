"""What is compiled together, and its calls: which of them run the same graph.

A graph is made at the first call under the same circumstances, with the hooks that are there by then. One
that comes later is not seen: where a module has no hooks of a kind, torch does not look again.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field

from hookproof.evaluator.contents import Key
from hookproof.evaluator.errors import Catch
from hookproof.interpreter.instances.live_hooks import is_loop_element
from hookproof.interpreter.instances.modes import mode_of
from hookproof.interpreter.instances.parts_in_order import all_in_order
from hookproof.interpreter.kept import Moment
from hookproof.interpreter.objects import CHILDREN, FunctionValue, ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.values import LiveHook
from hookproof.interpreter.wrapped import WrappedModule
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.effects import written_attributes
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.syntax import ir
from hookproof.worlds.world import kind_of

How: TypeAlias = Literal["wrapper", "in place", "forward", "function"]

# Classes of torch whose `forward` asks whether they train, by a part of their names.
_ASK_FOR_MODE = ("Dropout", "Norm", "RReLU", "RNN", "LSTM", "GRU", "Attention", "Transformer", "Fractional")
_DO_NOT_ASK = frozenset(
    {"torch.nn.modules.normalization.LayerNorm", "torch.nn.LayerNorm", "torch.nn.RMSNorm"}
)


class Call(Struct, frozen=True, eq=False):
    """One call of what is compiled: where, when, with which hooks there and under which circumstances.

    `given` says of each argument what makes it the same to a compiler, None where that is not known.
    """

    order: int
    node: ir.Call
    location: Location
    hooks: tuple[LiveHook, ...]
    grad: str | None
    training: bool | None
    requires_grad: tuple[object, ...]
    given: tuple[object, ...] | None
    wrapper_hooks: tuple[LiveHook, ...] = ()
    caught: tuple[Catch, ...] = ()

    def is_given_alike(self, other: Call) -> bool:
        """Whether both calls are certainly given tensors of the same kind."""
        return self.node is other.node or (self.given is not None and self.given == other.given)

    def is_same_variant(self, other: Call, region: Region, progress: Progress) -> bool:
        """Whether both calls certainly run the same graph, if no hook makes a difference."""
        if self.grad is None or self.grad != other.grad or self.requires_grad != other.requires_grad:
            return False
        if not self.is_given_alike(other):
            return False
        return self.training == other.training or not region.may_ask_for_mode(progress)


class Region(Struct, eq=False):
    """One module or function that is compiled, with its calls.

    `roots` are the modules that a function was seen to call. `changes` are the moments at which something was
    done to it after which it is compiled again.
    """

    entry: Entry
    how: How
    root: ObjectValue | None = None
    wrapper: WrappedModule | None = None
    function: FunctionValue | None = None
    options: dict[str, Key] = field(default_factory=dict)
    roots: list[ObjectValue] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    token: ObjectValue = field(default_factory=lambda: ObjectValue("none"))

    @property
    def modules(self) -> list[ObjectValue]:
        """The modules that are compiled as a whole, without the parts in them."""
        return [self.root] if self.root is not None else self.roots

    def note(self, call: Call, progress: Progress) -> None:
        """Remember a call, on the way through the program that it is on."""
        self.calls.append(call)
        progress.state.set_attribute(self.token, str(call.order), (self.token,))

    def calls_so_far(self, progress: Progress) -> list[Call]:
        """Return the calls on this way through the program."""
        known = progress.state.of(self.token).attributes
        return [call for call in self.calls if str(call.order) in known]

    def loses_late(self, receiver: ObjectValue, progress: Progress) -> bool:
        """Whether a hook that is registered on a module after the first call is not seen any more."""
        for module in self.modules:
            if receiver is module:
                return self.how == "function" or (self.how == "wrapper" and is_of_torch(module))
            if self.how == "in place" and is_of_torch(module):
                continue  # Python calls its parts, each of which is compiled by itself
            is_part = progress.state.contains(module, receiver) and not isinstance(receiver, WrappedModule)
            if is_part or self.is_inside(receiver):
                return not _is_left_out(receiver, module, progress)
        return False

    def is_inside(self, receiver: object) -> bool:
        """Whether what the wrapper was searched for, by its class, is a part of the module inside."""
        own, root = self.wrapper, self.root
        cls = root.module_class if root is not None else None
        if own is None or cls is None or not isinstance(receiver, ObjectValue):
            return False
        return (
            receiver.is_within(own)
            and bool(receiver.narrowed)
            and not any(cls.is_a(name) for name in receiver.narrowed)
        )

    def may_ask_for_mode(self, progress: Progress) -> bool:
        """Whether a `forward` of it may ask if it trains."""
        return any(_may_ask_anywhere(module, progress) for module in self.modules)

    def may_change_itself(self, progress: Progress) -> bool:
        """Whether a `forward` sets attributes, so that each call may be compiled anew."""
        classes = [
            member.definition
            for module in self.modules
            for member in progress.state.members(module)
            if member.definition is not None
        ]
        return any(map(_sets_attributes, _forwards(classes, progress.project)))


class Outside(Struct, eq=False):
    """A hook on the wrapper, with the calls of the module inside that go past it."""

    live: LiveHook
    region: Region
    passed: list[Moment]


class Late(Struct, eq=False):
    """A hook that is registered once a region was called, on this way through the program."""

    live: LiveHook
    region: Region
    earlier: list[Call]


def is_seen_by_compiler(live: LiveHook, region: Region, progress: Progress) -> bool:
    """Whether the body of a hook that a call of the region met is compiled: nothing keeps its module out."""
    receiver = live.receiver
    if not isinstance(receiver, ObjectValue) or isinstance(receiver, WrappedModule):
        return False
    if region.how == "forward" and receiver is region.root:
        return False
    return any(not _is_left_out(receiver, module, progress) for module in region.modules)


def is_of_torch(module: ObjectValue) -> bool:
    """Whether the class of a module is one of torch's own."""
    cls = module.module_class
    return cls is not None and cls.definition is None and cls.qualname.startswith("torch.nn.")


def has_alike(hooks: tuple[LiveHook, ...], live: LiveHook) -> bool:
    """Whether a module may have had hooks of a kind already: torch asks how many of these there are."""
    kind = kind_of(live.registration.api)
    return any(
        kind == kind_of(other.registration.api)
        and (
            other.receiver is live.receiver
            or is_loop_element(other.receiver)
            or is_loop_element(live.receiver)
            or _may_be_one(other.receiver, live.receiver)
        )
        for other in hooks
    )


def _is_left_out(receiver: ObjectValue, root: ObjectValue, progress: Progress) -> bool:
    """Whether Python calls a module, or one around it: its `forward` is not to be compiled."""
    state = progress.state
    around = {each for each in state.members(root) if state.contains(each, receiver)}
    each: ObjectValue | None = receiver
    while each is not None:
        around.add(each)
        each = each.parent
    forwards = _forwards(
        [each.definition for each in around if each.definition is not None], progress.project
    )
    return any("disable" in forward.decorator_names for forward in forwards)


def _may_be_one(one: object, other: object) -> bool:
    """Whether two receivers may be the same module by two names."""
    if not isinstance(one, ObjectValue) or not isinstance(other, ObjectValue):
        return False
    return (one.is_within(other) and bool(one.narrowed)) or (other.is_within(one) and bool(other.narrowed))


def given_of(progress: Progress) -> tuple[object, ...] | None:
    """Return what the arguments of the running call are to a compiler, None where that is not known."""
    found: list[object] = []
    for values in progress.given:
        if len(values) != 1:
            return None
        value = values[0]
        found.append(progress.sizes.get(value, value.identity))
    return tuple(found)


def call_of(
    progress: Progress,
    region: Region,
    node: ir.Call,
    location: Location,
    given: tuple[object, ...] | None,
    hooks: tuple[LiveHook, ...],
    wrapper_hooks: tuple[LiveHook, ...] = (),
) -> Call:
    """Return a call of what is compiled, as it is now."""
    state = progress.state
    modules = region.modules
    training = mode_of(state, modules[0], "training") if modules else None
    trainable = tuple(
        sorted(
            (order, str(mode)) for (_, name), (order, mode) in state.modes.items() if name == "requires_grad"
        )
    )
    return Call(
        progress.tick(),
        node,
        location,
        hooks,
        progress.grad,
        training is not False,
        trainable,
        given,
        wrapper_hooks,
        progress.caught,
    )


def _may_ask_anywhere(module: ObjectValue, progress: Progress, depth: int = 6) -> bool:
    cls, parts = module.module_class, all_in_order(progress.state, module, CHILDREN)
    if cls is None or parts is None or depth < 0:
        return _may_ask(cls, progress.project, depth)
    return _asks(cls, progress.project) or any(
        not isinstance(part, ObjectValue) or _may_ask_anywhere(part, progress, depth - 1) for _, part in parts
    )


def _asks(cls: ModuleClass, project: Project) -> bool:
    """Whether the `forward` of a class itself asks for its mode."""
    if cls.definition is None:
        return cls.qualname not in _DO_NOT_ASK and any(word in cls.qualname for word in _ASK_FOR_MODE)
    texts = (each.scope.file.block_text(each.block_index) for each in _forwards([cls.definition], project))
    return any("training" in text or "dropout" in text for text in texts)


def _may_ask(cls: ModuleClass | None, project: Project, depth: int) -> bool:
    if cls is None or depth < 0:
        return True
    if _asks(cls, project):
        return True
    if cls.definition is None:
        return cls.is_container and cls.elements is None
    if not cls.is_complete:
        return True
    return any(_may_ask(inner, project, depth - 1) for inner in cls.submodules().values())


def _forwards(classes: list[ClassDefinition], project: Project) -> list[FunctionDefinition]:
    found = (project.member(cls, "forward") for cls in dict.fromkeys(classes))
    return [each for each in found if isinstance(each, FunctionDefinition)]


def _sets_attributes(forward: FunctionDefinition) -> bool:
    parameters = forward.function.parameters
    return bool(parameters) and bool(written_attributes(forward.function.body, parameters[0].name))
