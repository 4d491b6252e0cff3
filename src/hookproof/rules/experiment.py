"""What a rule says of how its findings are checked against torch: plain values that travel to the worker."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.rules.life_cycles import LifeCycle

Asks: TypeAlias = Literal["fate", "callable", "use", "body"]
SignaturePart: TypeAlias = Literal["input", "output", "return", "extra", "star"]


class Setup(Struct, frozen=True, kw_only=True, tag_field="runs"):
    """What both kinds of experiment know.

    `is_at_line`: the error is raised on the flagged line, or quotes it, so one that names another line of a
    hook is not the predicted one.
    """

    is_at_line: bool = False


class Program(Setup, frozen=True, kw_only=True, tag="program"):
    """The project's own program is run; where none reaches the finding, its life cycle is rebuilt.

    `life_cycle` is that of a rebuilt program, and of a script that shows the failure.
    `goes_through_entry`: a program must lead to the entry point too, for the flagged call may stand in a
    `forward`, which is compiled and not run.
    `refuses_hooks`: a ScriptModule refuses the registration, so hooks on eager modules may be left out.
    `installs`: the flagged call is enough for it, so what others install may be taken off the model.
    `fails_when_called`: what left eager mode fails, so a program that never calls it says nothing against it.
    `observes` says what of a silent finding is compared: calls of the hooks registered on the flagged line;
    calls of any hook once an entry point was reached; calls of any hook where the flagged `forward` is
    called, and where the module itself is; the flagged value; all that the program comes to; or calls of the
    hooks and of what holds their modules, in a program where nothing leaves eager mode.
    `keeps_hooks`: the program's hooks stay beside those that only count.
    """

    life_cycle: LifeCycle | None = None
    goes_through_entry: bool = False
    refuses_hooks: bool = False
    installs: bool = False
    fails_when_called: bool = False
    observes: Literal["its calls", "any call", "forward", "value", "program", "never called"] = "its calls"
    keeps_hooks: bool = False


class ReducedHook(Setup, frozen=True, kw_only=True, tag="reduced hook"):
    """The hook is reduced to what is flagged, registered on an instance, and run.

    `ends_in_callee`: torch may stop in what the hook calls, with no word about the hook.
    `is_assignment`: what is assigned is the point, so no other value may stand in for it.
    `is_comment`: the finding stands on a comment, so the statement of its line is meant.
    `keeps` are the parts of the signature that stay as written where all else is corrected; `keeps_body`
    that the body stays too, under a correct signature.
    `is_on_any_module`: it holds of the callable whatever the module, so a stand-in may take its place.
    `is_of_module`: it holds of the module whatever the hook, so one that nothing is wrong with is used.
    `is_value`: what is given to the registration is meant, and no definition stands behind it.
    `names` says what the finding's expression names: a value that the hook captures, or the hook whose
    result it receives.
    `involves_other_hooks`: it may take several hooks on one module to show it.
    `saves`: the scripted model is saved as well; `reloads`: a traced one is saved and loaded first.
    `observes` says what of a silent finding is compared: the flagged value; whether the branch runs; the
    flagged test once the class has another TorchScript type; whether the attribute outlives saving.
    """

    ends_in_callee: bool = False
    is_assignment: bool = False
    is_comment: bool = False
    keeps: frozenset[SignaturePart] = frozenset()
    keeps_body: bool = False
    is_on_any_module: bool = False
    is_of_module: bool = False
    is_value: bool = False
    names: Literal["captured value", "earlier hook"] | None = None
    involves_other_hooks: bool = False
    saves: bool = False
    reloads: bool = False
    observes: Literal["value", "branch", "later type", "saved attribute"] = "value"
