"""What a world is: one way to leave eager mode, described by data that is cheap to read.

Whoever lists worlds, names of entry points or families of rules asks `hookproof.worlds.registry`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct, field

Fate: TypeAlias = Literal[
    "kept", "compiled", "refused", "dropped", "runs once", "not called", "duplicated", "unknown"
]
HookKind: TypeAlias = Literal[
    "forward",
    "forward-pre",
    "backward",
    "backward-pre",
    "state-dict",
    "parameter",
    "global forward",
    "global backward",
    "global registration",
    "utility",
]
Returned: TypeAlias = Literal["another module", "a copy", "the module", "nothing"]


PLAIN = "hookproof.worlds.listening:Listening"
"""The listener of a world that is all said by its data."""


class EntryPoint(Struct, frozen=True, kw_only=True):
    """A call that takes a module out of eager mode, or works on one that has left it.

    `qualname` is the full name of a function, or of a method without its class where `is_method`: any
    module may have it. The module stands at `argument`, None where the call takes none, or under one of the
    `keywords`. `returned` is what comes back; a copy, and what nothing comes back from, are carried out as
    the interpreter carries out the call anyway. A method of an ordinary name `takes` these keywords, or
    nothing at all. One that `decorates` functions may stand above them without being called. One that has
    something `beside` it counts only in files with that text.
    """

    qualname: str
    is_method: bool = False
    argument: int | None = 0
    keywords: tuple[str, ...] = ()
    returned: Returned = "another module"
    takes: tuple[str, ...] = ()
    decorates: bool = False
    beside: str = ""

    @property
    def module(self) -> str:
        """The module that a function stands in: `torch.jit`."""
        return self.qualname.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The last part of the name: `script`."""
        return self.qualname.rpartition(".")[2]


class Standing(Struct, frozen=True, kw_only=True):
    """What a hook is in a world, as findings name it in `world`.

    `heading` says it under flagged code, `meaning` in a sentence. `is_there` is false for a hook that does
    not get so far, `fate` is that of one to which nothing else happens. `uses` is the name
    under which the facts about `nn.Module` hold what a use of the module comes to there.
    """

    name: str
    heading: str
    meaning: str
    is_there: bool = True
    fate: Fate | None = None
    uses: str | None = None


class Fates(Struct, frozen=True):
    """What becomes of a hook by when it is registered.

    `before` the module goes to the world, `after` that on the eager module, or `on_result`: on what came
    back.
    """

    before: Fate = "unknown"
    after: Fate = "unknown"
    on_result: Fate = "unknown"


class Family(Struct, frozen=True):
    """Rules whose codes start alike, with the question that they answer.

    `is_about_use` says that they ask what a use of the module comes to, wherever the hook is met.
    """

    prefix: str
    question: str
    is_about_use: bool = False


# What is compared where a loss is silent, unless a world says it otherwise.
TORCHSCRIPT_SIDES = ("in eager mode", "in TorchScript")


class World(Struct, frozen=True, kw_only=True):
    """One way to leave eager mode.

    `title` says what happens to a module there, `act` what somebody does to it ("scripts"; empty where
    nobody does it to an eager module). `words` are those of which every file has one that goes there.
    `tests` are the functions that are true there and false in eager mode. `standings` are what a hook may be
    there, the most usual first; `fates` are by kind of hook. `families` are the rules about it.
    `suite` is the option that assumes the world together with others. `listener` is the class that hears
    what a program does and says what becomes of its hooks: one for all worlds that name it.
    `events` are what its listener says of hooks, each with the fate that it comes to.
    `sides` are what is compared where a loss is silent: what eager mode gives, and what is found there.
    `is_common` says that so many files go there that, in a large project, only those are read which have
    something else to do with hooks as well; its entry points tell nothing of classes.
    What goes there came from the world that it is `after`, where it names one. `probed` is its name among the
    fates that were probed of torch, where that is another one.
    `is_guessed` says that a finding is made, as `possible`, where nothing shows that a module goes there.
    """

    name: str
    title: str
    act: str
    entry_points: tuple[EntryPoint, ...]
    words: tuple[str, ...]
    standings: tuple[Standing, ...]
    fates: dict[HookKind, Fates]
    families: tuple[Family, ...]
    tests: frozenset[str] = frozenset()
    suite: str | None = None
    sides: tuple[str, str] = TORCHSCRIPT_SIDES
    listener: str = PLAIN
    after: str = ""
    probed: str = ""
    is_guessed: bool = False
    is_common: bool = False
    later: tuple[EntryPoint, ...] = ()
    events: dict[str, Fate] = field(default_factory=dict)

    @property
    def calls(self) -> tuple[EntryPoint, ...]:
        """Its entry points, and what is done `later` to what they gave."""
        return (*self.entry_points, *self.later)


# Methods of tensors, which autograd calls; on a parameter of a module they are hooks of a model.
PARAMETER_HOOKS = frozenset({"register_hook", "register_post_accumulate_grad_hook"})

_GLOBAL: dict[str, HookKind] = {
    "forward": "global forward",
    "backward": "global backward",
    "registration": "global registration",
}


def kind_of(api: str) -> HookKind:
    """Return what kind of hook an API registers, by its name: `register_full_backward_hook`."""
    name = api.rpartition(".")[2].lstrip("_")
    if not name.startswith("register_") or "hook" not in name:
        return "utility"  # `register_parametrization` too
    if name in PARAMETER_HOOKS:
        return "parameter"
    if name.startswith("register_module_"):
        of = next((word for word in ("backward", "forward") if word in name), "registration")
        return _GLOBAL[of]
    if "state_dict" in name:
        return "state-dict"
    side: Literal["forward", "backward"] = "backward" if "backward" in name else "forward"
    if not name.endswith("_pre_hook"):
        return side
    return "forward-pre" if side == "forward" else "backward-pre"
