"""Cases: one hook meeting TorchScript once. Linking makes them, rules judge them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct, field

from hookproof.finding import Confidence, Evidence, Form, HookReference, Subject, Use, World
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.worlds.torchscript.siblings import NO_SIBLINGS, Siblings

if TYPE_CHECKING:
    from hookproof.facts.types import TorchType
    from hookproof.interpreter.hook_bodies.touch_values import Kept
    from hookproof.interpreter.values import Frame, ObjectValue
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.definitions import ClassDefinition
    from hookproof.semantic.project import Project
    from hookproof.worlds.torchscript.result_uses import ResultUse

ReceiverForm: TypeAlias = Literal[
    "parameter",
    "loop",
    "apply",
    "self",
    "attribute",
    "local",
    "global",
    "subscript",
    "call",
    "none",
]


Order: TypeAlias = tuple[int, ...]
"""When something was found by a process that works alone: pass, file, root, number."""


class Hook(Struct, frozen=True, dict=True):
    """A callable that is registered as a hook, as far as it could be followed.

    `module_index` is the position of the hook parameter in `function.parameters`, None where the
    function does not take it by name (swallowed by `*args`, or there is no function). `bound` counts the
    leading parameters that are already filled (`self`, the arguments of a partial). `captured` names the
    Python types of plain values that parameters of the functions around it have (`int`, `NoneType`, `list`);
    `frame` is what it closes over; it is a method of `bound_self`, of the class `owner_class`.
    """

    form: Form
    place: Place
    function: ir.Function | None = None
    scope: Scope | None = None
    qualname: str | None = None
    module_index: int | None = None
    bound: int = 0
    owner: ir.Class | None = None
    captured: tuple[tuple[str, str], ...] = ()
    frame: Frame | None = None
    bound_self: ObjectValue | None = None
    owner_class: ClassDefinition | None = None

    @property
    def module_name(self) -> str | None:
        """The name of the hook parameter."""
        if self.function is None or self.module_index is None:
            return None
        return self.function.parameters[self.module_index].name

    @property
    def star_name(self) -> str | None:
        """The name of the `*args` that swallows the hook parameter, None where it has a name of its own."""
        if self.function is None or self.module_index is not None:
            return None
        own = self.function.parameters[self.bound :]
        return own[0].name if own and own[0].kind == "*" else None

    @property
    def definition(self) -> Place:
        """The `def` (or lambda) of the hook, or the callable at the registration where there is none."""
        if self.function is None or self.scope is None:
            return self.place
        return Place(self.scope.file, self.function.at)

    @cached_property
    def reference(self) -> HookReference:
        """The hook as findings name it."""
        place = self.definition
        name = self.function.name if self.function else "<unknown>"
        return HookReference(name, place.path, place.line)


class Registration(Struct, frozen=True):
    """One registration site met once on one receiver.

    `options` holds the keyword arguments by name (`with_kwargs`, `prepend`, `always_call`), as written;
    `function` is the function it stands in, None at the level of the file.
    """

    api: str
    place: Place
    call: ir.Call | None = None
    receiver: ReceiverForm = "local"
    options: dict[str, ir.Expr] = field(default_factory=dict)
    guarded: bool = False
    function: ir.Function | None = None

    @property
    def is_pre(self) -> bool:
        """Whether the hook runs before forward."""
        return self.api.endswith("forward_pre_hook")

    @property
    def is_forward(self) -> bool:
        """Whether the hook is a forward or forward-pre hook: the only kinds `torch.jit.script` compiles."""
        return self.api.endswith(("forward_hook", "forward_pre_hook")) and "module_" not in self.api


class Touch(Struct, frozen=True):
    """One thing a hook does to its hook parameter, or to a module reached from it.

    `path` are the attribute names between the hook parameter and the object that is touched, `name` the
    attribute itself (None where the object as a whole is used). `owner` is that object's class where it
    is known. `operation` says how: `attribute`, `getattr`, `hasattr`, `setattr`, `delattr`, the same with
    `computed ` in front for a computed name, `type`, `isinstance`, `__class__`, `vars`, `str`, `repr`,
    `super`, `len`, `iterate`, `index`, `variable index`, `call` (the object itself is called),
    `identity` (`is`, stored, `id()`), `key` (of a dict that the hook makes), `operator` (an operand of
    anything but `is`), `truth` (a condition by itself), `contains` (`x in m`), `argument` (passed to a
    function),
    `namespace item` (`vars(m)["x"]`, `m.__dict__["x"]`),
    `method attribute` (`m.forward.__name__`: `path` ends in the method), `inspect` (a method given to the
    `inspect` module). A call of an attribute is one touch with use `call` and `operation` `attribute`.

    `value` is what is assigned and `value_type` what is known of its type. `is_eager_only` stands under
    `if not torch.jit.is_scripting()`. `is_guarded` stands under a test that keeps ScriptModules out, a
    `hasattr` of that very name, or a `try` that catches the error. `helpers` is the chain of calls that
    carried the module into a helper function, outermost first; the touch stands inside the helper then.
    `guards` says in more detail what the touch stands under (see `interpreter.hook_bodies.touch_guards`).
    `target` is the full name of the class of an `isinstance` test or of `super`, of the project function
    that the module is passed to, or of the class or function whose result is assigned. `receiver` is the
    spelling of the object that is touched, `operator` that of an augmented assignment without its equals
    sign. `kept` says what the object is to compiled code (see `interpreter.hook_bodies.touch_values`).
    """

    use: Use
    operation: str
    place: Place
    scope: Scope
    text: str
    path: tuple[str, ...] = ()
    name: str | None = None
    owner: ModuleClass | None = None
    node: ir.Expr | None = None
    call: ir.Call | None = None
    value: ir.Expr | None = None
    value_type: TorchType | None = None
    is_augmented: bool = False
    is_eager_only: bool = False
    is_guarded: bool = False
    helpers: tuple[Place, ...] = ()
    guards: frozenset[str] = frozenset()
    target: str | None = None
    receiver: str = ""
    operator: str = ""
    kept: Kept = ""


class Entry(Struct, frozen=True):
    """An entry point: where eager mode is left (`torch.jit.script`, …), perhaps under a condition."""

    api: str
    place: Place
    call: ir.Call | None = None
    is_conditional: bool = False


class Case(Struct, frozen=True, dict=True):
    """(hook, receiver, world, evidence, confidence): what a rule judges.

    `event` names a life-cycle fact for the HKP1xx rules (see `Event`); the other families look at cases
    without one. `is_top_level` tells whether the receiver itself is what was scripted or traced, rather
    than one of its children. `first_type` is where another TorchScript type than the receiver's got the name
    of its class (see `worlds.torchscript.first_types`). `uses` are the places around the receiver that need
    a Tensor of it (see `worlds.torchscript.result_uses`), `inner` the forward hooks on its parts that may
    change the type of what its own forward returns. `steps` is the evidence before its lines are known;
    `project` resolves names for the rules; `order` tells which case was found first.
    """

    world: World
    confidence: Confidence
    registration: Registration
    hook: Hook | None = None
    module_class: ModuleClass | None = None
    is_top_level: bool = True
    is_frozen: bool = False
    is_reloaded: bool = False
    entry: Entry | None = None
    event: Event | None = None
    place: Place | None = None
    steps: tuple[tuple[Place, str], ...] = ()
    siblings: Siblings = NO_SIBLINGS
    first_type: Place | None = None
    uses: tuple[ResultUse, ...] = ()
    inner: tuple[Hook, ...] = ()
    project: Project | None = None
    order: Order = ()

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """The chain of places that makes the case true; lines are looked up when a finding asks."""
        return tuple(place.evidence(note) for place, note in self.steps)

    @cached_property
    def touches(self) -> tuple[Touch, ...]:
        """What the hook does to its hook parameter, in source order."""
        from hookproof.interpreter.hook_bodies.touches import find_touches

        if self.hook is None or self.project is None:
            return ()
        # A compiled hook cannot have `*args`, so that nothing can be asked of torch about what it does.
        if self.world == "compiled" and self.hook.star_name is not None:
            return ()
        return find_touches(self.hook, self.module_class, self.project)

    def subject(self, expression: str | None) -> Subject:
        """Return what an experiment needs to know of a finding made from this case."""
        registration, entry = self.registration.place, self.entry
        return Subject(
            api=self.registration.api,
            form=self.hook.form if self.hook else "unknown",
            hook=self.hook.qualname if self.hook else None,
            module_class=self.module_class.qualname if self.module_class else None,
            entry=entry.api if entry else None,
            expression=expression,
            registration_path=registration.path,
            registration_line=registration.line,
            entry_path=entry.place.path if entry else None,
            entry_line=entry.place.line if entry else 0,
        )


Event: TypeAlias = Literal[
    "registered on a ScriptModule",
    "loop reaches a ScriptModule",
    "registered on a trace with exports",
    "registered on a traced child",
    "unbound registration on a scripted child",
    "global hook skips scripted children",
    "registered after scripting",
    "removed after scripting",
    "runs while tracing",
    "baked into the trace",
    "backward hook dropped",
    "state-dict hook dropped by script",
    "backward hook before trace",
    "backward hook fails the trace's check",
    "hook before trace with exports",
    "dropped by freeze",
    "forward called directly",
    "called with fewer arguments",
    "legacy utility before script",
    "parametrization before script",
    "global backward hook",
    "option lost",
    "unguarded registration",
    "eager attribute read after scripting",
]
