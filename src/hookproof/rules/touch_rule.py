"""What the rules about module attributes share: which touches count, what the module class says of them."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import Literal

from hookproof.evaluator.guard_words import COMPILED_GUARDS
from hookproof.evaluator.touch import Touch
from hookproof.facts.atlas import AtlasAttribute
from hookproof.facts.types import AtlasEntry
from hookproof.finding import Evidence, Finding, Prediction
from hookproof.interpreter.values import Hook
from hookproof.modules.module_class import MODULE, AttributeFact
from hookproof.outcomes.touches import touches_of
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES, Rule
from hookproof.rules.signature import children
from hookproof.syntax import ir
from hookproof.worlds.case import Case
from hookproof.worlds.registry import standing

METHOD_KINDS = frozenset({"method", "static method", "class method"})
STATE_KINDS = frozenset({"parameter", "buffer", "submodule"})


class CompiledTouchRule(Rule):
    """A rule about what a compiled hook does to its hook parameter.

    Touches that TorchScript compiles away do not count, nor do those inside helpers: a module cannot be
    passed to one in the first place.
    """

    worlds = frozenset({"compiled"})
    asks = "use"
    experiment = ReducedHook(is_at_line=True)
    stage = STAGES["body"]

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge each touch that is compiled."""
        if case.world != "compiled" or case.event is not None or _stays_in_python(case.hook):
            return
        for touch in compiled_touches(case):
            yield from self.judge(case, touch)

    @abstractmethod
    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch breaks for this rule's reason."""


def compiled_touches(case: Case) -> Iterator[Touch]:
    """Yield what a hook does to its module in compiled code."""
    for touch in touches_of(case):
        if not touch.helpers and COMPILED_GUARDS.isdisjoint(touch.guards):
            yield touch


class ScriptModuleTouchRule(Rule):
    """A rule about what a Python hook does to the ScriptModule that it receives."""

    worlds = frozenset({"traced", "script-module"})
    asks = "use"
    experiment = ReducedHook(is_at_line=True)

    def check(self, case: Case) -> Iterator[Finding]:
        """Judge each touch that nothing keeps away from ScriptModules."""
        if case.world not in self.worlds or case.event is not None:
            return
        for touch in touches_of(case):
            is_entered = not (case.is_frozen and "each parameter" in touch.guards)
            if is_entered and not touch.is_guarded:
                yield from self.judge(case, touch)

    @abstractmethod
    def judge(self, case: Case, touch: Touch) -> Iterator[Finding]:
        """Yield a finding if this touch goes wrong for this rule's reason."""


def _stays_in_python(hook: Hook | None) -> bool:
    """Tell whether torch replaces the body of a hook; a plain `@torch.jit.ignore` does nothing to one."""
    if hook is None or hook.function is None:
        return hook is None
    for decorator in hook.function.decorators:
        called = decorator.func if isinstance(decorator, ir.Call) else decorator
        name = getattr(called, "attr", getattr(called, "id", ""))
        if name == "unused" or (name == "ignore" and called is not decorator):
            return True
    return False


# --- what is known of the attribute --------------------------------------------------------------------


def fact_of(touch: Touch) -> AttributeFact | None:
    """Return what the class of the touched object says of the attribute."""
    return None if touch.name is None or touch.owner is None else touch.owner.attribute(touch.name)


def torch_attribute(touch: Touch) -> AtlasAttribute | None:
    """Return what the atlas says of the attribute where the object's class is one of torch's."""
    if touch.owner is None or touch.name is None:
        return None
    found = touch.owner.atlas
    return None if found is None else found.attributes.get(touch.name)


def module_entry(case: Case, touch: Touch, world: str, use: Literal["read", "call"]) -> AtlasEntry | None:
    """Return what `nn.Module`'s own attribute does in a world; None where a class replaces it."""
    fact = fact_of(touch)
    if touch.name is None or (fact is not None and fact.owner != MODULE):
        return None
    return case.project.facts.module_api(touch.name, world, use)


def is_dunder(name: str) -> bool:
    """Tell whether TorchScript never takes an attribute of that name."""
    return name.startswith("__")


def is_missing(case: Case, touch: Touch) -> bool:
    """Tell whether compiled code certainly has no attribute of that name, whatever its value."""
    fact = fact_of(touch)
    if touch.name is None:
        return False
    if fact is None or fact.owner == MODULE:
        entry = case.project.facts.module_api(touch.name, "compiled", "read")
        if entry is not None:
            return entry.status == "raises" and f"has no attribute '{touch.name}'" in (entry.message or "")
        if fact is not None:
            return False
        return is_dunder(touch.name) or (touch.owner is not None and touch.owner.is_complete)
    if is_left_out(fact):
        return True
    known = torch_attribute(touch)
    if known is not None:
        return known.compiled is False and known.scriptable is not False
    return fact.kind == "class value" or (fact.kind == "value" and is_dunder(touch.name))


def is_left_out(fact: AttributeFact) -> bool:
    """Tell whether the class asks torch to leave an attribute out: an unused property, an ignored value."""
    if fact.kind == "property":
        return fact.jit == "unused"
    return fact.jit == "ignore" and fact.kind not in METHOD_KINDS


def is_unscriptable(case: Case, touch: Touch) -> bool:
    """Tell whether the attribute's value certainly has no TorchScript type."""
    fact = fact_of(touch)
    if fact is None or fact.owner == MODULE or fact.jit or is_missing(case, touch):
        return False
    return fact.kind in {"value", "constant"} and fact.type.scriptable is False


def may_be_unscriptable(touch: Touch) -> bool:
    """Tell whether the attribute's value has no TorchScript type where a condition in `__init__` says so."""
    fact = fact_of(touch)
    return fact is not None and fact.kind == "value" and fact.may_be is not None and not fact.jit


def is_read(touch: Touch) -> bool:
    """Tell whether the attribute's value is needed: a missing one raises."""
    if touch.operation == "getattr":
        return touch.call is not None and len(touch.call.args) == 2
    return touch.operation == "attribute" and (touch.use in {"read", "call"} or touch.is_augmented)


def is_written(case: Case, touch: Touch) -> bool:
    """Tell whether the hook itself sets the attribute, in this call or in an earlier one."""
    return any(
        _writes(other, touch)
        for other in touches_of(case)
        if other.value is None or not _contains(other.value, touch.node)
    )


def _writes(other: Touch, touch: Touch) -> bool:
    """Tell whether a touch sets the attribute of another one, or may: what it puts there is not known."""
    if other.path != touch.path or other.use != "write" or other.is_augmented:
        return False
    return other.name == touch.name or (other.operation == "namespace item" and other.name is None)


def _contains(expr: object, node: object) -> bool:
    """Tell whether an expression is needed for another one: `m.count` in `m.count = m.count + 1`."""
    return node is not None and (expr is node or any(_contains(child, node) for child in children(expr)))


# --- which ScriptModule --------------------------------------------------------------------------------


def is_traced(case: Case) -> bool:
    """Tell whether the hook receives what tracing made, saved and loaded or not."""
    return case.world == "traced" or (case.entry is not None and ".trace" in case.entry.api)


def world_of(case: Case, touch: Touch) -> str:
    """Return the world the touched object is in, as the atlas names it."""
    if case.is_frozen:
        return "frozen"
    uses = standing(case.world).uses or "script-module"
    if uses != "traced":
        return uses
    return "script-module" if case.is_reloaded else "traced-child" if touch.path else uses


# --- words ---------------------------------------------------------------------------------------------


def class_name(touch: Touch) -> str:
    """Return the class of the touched object for messages."""
    return "the module" if touch.owner is None else f"`{touch.owner.qualname.rpartition('.')[2]}`"


def defined(touch: Touch, note: str = "set here") -> tuple[Evidence, ...]:
    """Return the place where the attribute is defined, as evidence."""
    fact = fact_of(touch)
    if fact is None or fact.defined_at is None:
        return ()
    reason = f" to {fact.type.reason}" if note == "set here" and fact.type.reason else ""
    return (fact.defined_at.evidence(note + reason),)


LOST = Prediction("AttributeError", r"(Script|Traced)Module' object has no attribute '\w+'")


def no_attribute(name: str | None) -> Prediction:
    """Return torch's complaint about an attribute that compiled code does not have."""
    return Prediction("RuntimeError", rf"Module '\w+' has no attribute '{re.escape(name or '')}'")


def no_attribute_of(touch: Touch) -> Prediction:
    """Return torch's complaint about what a touch reads: what came out of a container is a value to it.

    Of such a value it names the type and no reason: that a Python module has the attribute does not count.
    """
    missing = no_attribute(touch.name)
    if touch.kept != "value":
        return missing
    owner = re.escape(touch.owner.qualname.rpartition(".")[2]) if touch.owner else r"\w+"
    value = rf"'__torch__\.[^' ]*\b{owner}( \(of [^']*)?' object has no attribute or method"
    return Prediction(missing.exception, rf"{missing.message}|{value} '{re.escape(touch.name or '')}'")


def lost(name: str | None) -> Prediction:
    """Return Python's complaint about an attribute that a ScriptModule does not have."""
    return Prediction("AttributeError", LOST.message.replace(r"\w+'", f"{re.escape(name or '')}'"))
