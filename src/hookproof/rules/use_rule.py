"""What the rules about module attributes share: which uses count, what the module class says of them."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import Literal

from hookproof.evaluator.guard_words import COMPILED_GUARDS
from hookproof.evaluator.use import Use
from hookproof.facts.atlas import AtlasAttribute
from hookproof.facts.types import AtlasEntry
from hookproof.finding import Evidence, Finding, Prediction
from hookproof.interpreter.values import Hook
from hookproof.modules.module_class import MODULE, AttributeFact
from hookproof.outcomes.uses import uses_of
from hookproof.rules.experiment import ReducedHook
from hookproof.rules.rule import STAGES, Rule
from hookproof.rules.signature import children
from hookproof.semantic.always import always_evaluates, may_end
from hookproof.syntax import ir
from hookproof.worlds.outcome import Outcome
from hookproof.worlds.registry import standing

METHOD_KINDS = frozenset({"method", "static method", "class method"})
STATE_KINDS = frozenset({"parameter", "buffer", "submodule"})


class CompiledUseRule(Rule):
    """A rule about what a compiled hook does to its hook parameter.

    Uses that TorchScript compiles away do not count, nor do those inside helpers: a module cannot be
    passed to one in the first place.
    """

    worlds = frozenset({"compiled"})
    asks = "use"
    experiment = ReducedHook(is_at_line=True)
    stage = STAGES["body"]

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Judge each use that is compiled."""
        if outcome.world != "compiled" or outcome.event is not None or _stays_in_python(outcome.hook):
            return
        for use in compiled_uses(outcome):
            yield from self.judge(outcome, use)

    @abstractmethod
    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use breaks for this rule's reason."""


def compiled_uses(outcome: Outcome) -> Iterator[Use]:
    """Yield what a hook does to its module in compiled code."""
    for use in uses_of(outcome):
        if not use.helpers and COMPILED_GUARDS.isdisjoint(use.guards):
            yield use


class ScriptModuleUseRule(Rule):
    """A rule about what a Python hook does to the ScriptModule that it receives."""

    worlds = frozenset({"traced", "script-module"})
    asks = "use"
    experiment = ReducedHook(is_at_line=True)

    def check(self, outcome: Outcome) -> Iterator[Finding]:
        """Judge each use that nothing keeps away from ScriptModules."""
        if outcome.world not in self.worlds or outcome.event is not None:
            return
        for use in uses_of(outcome):
            is_entered = not (outcome.is_frozen and "each parameter" in use.guards) and (
                "hasattr kept" not in use.guards or not (outcome.is_frozen or is_traced(outcome))
            )
            is_given = self.outcome == "raises" or "default" not in use.guards
            if is_entered and is_given and not use.is_guarded:
                yield from self.judge(outcome, use)

    @abstractmethod
    def judge(self, outcome: Outcome, use: Use) -> Iterator[Finding]:
        """Yield a finding if this use goes wrong for this rule's reason."""


def _stays_in_python(hook: Hook | None) -> bool:
    """Return whether torch replaces the body of a hook; a plain `@torch.jit.ignore` does nothing to one."""
    if hook is None or hook.function is None:
        return hook is None
    for decorator in hook.function.decorators:
        called = decorator.func if isinstance(decorator, ir.Call) else decorator
        name = getattr(called, "attr", getattr(called, "id", ""))
        if name == "unused" or (name == "ignore" and called is not decorator):
            return True
    return False


# --- what is known of the attribute --------------------------------------------------------------------


def fact_of(use: Use) -> AttributeFact | None:
    """Return what the class of the used object says of the attribute."""
    return None if use.name is None or use.owner is None else use.owner.attribute(use.name)


def torch_attribute(use: Use) -> AtlasAttribute | None:
    """Return what the atlas says of the attribute where the object's class is one of torch's."""
    if use.owner is None or use.name is None:
        return None
    found = use.owner.atlas
    return None if found is None else found.attributes.get(use.name)


def module_entry(outcome: Outcome, use: Use, world: str, kind: Literal["read", "call"]) -> AtlasEntry | None:
    """Return what `nn.Module`'s own attribute does in a world; None where a class replaces it."""
    fact = fact_of(use)
    if use.name is None or (fact is not None and fact.owner != MODULE):
        return None
    return outcome.project.facts.module_api(use.name, world, kind)


def is_dunder(name: str) -> bool:
    """Return whether TorchScript never takes an attribute of that name."""
    return name.startswith("__")


def is_missing(outcome: Outcome, use: Use) -> bool:
    """Return whether compiled code certainly has no attribute of that name, whatever its value."""
    fact = fact_of(use)
    if use.name is None:
        return False
    if fact is None or fact.owner == MODULE:
        entry = outcome.project.facts.module_api(use.name, "compiled", "read")
        if entry is not None:
            return entry.status == "raises" and f"has no attribute '{use.name}'" in (entry.message or "")
        if fact is not None:
            return False
        return is_dunder(use.name) or (use.owner is not None and use.owner.is_complete)
    if is_left_out(fact):
        return True
    known = torch_attribute(use)
    if known is not None:
        return known.compiled is False and known.scriptable is not False
    return fact.kind == "class value" or (fact.kind == "value" and is_dunder(use.name))


def is_left_out(fact: AttributeFact) -> bool:
    """Tell whether the class asks torch to leave an attribute out: an unused property, an ignored value."""
    if fact.kind == "property":
        return fact.jit == "unused"
    return fact.jit == "ignore" and fact.kind not in METHOD_KINDS


def is_unscriptable(outcome: Outcome, use: Use) -> bool:
    """Return whether the attribute's value certainly has no TorchScript type."""
    fact = fact_of(use)
    if fact is None or fact.owner == MODULE or fact.jit or is_missing(outcome, use):
        return False
    return fact.kind in {"value", "constant"} and fact.type.scriptable is False


def may_be_unscriptable(use: Use) -> bool:
    """Tell whether the attribute's value has no TorchScript type where a condition in `__init__` says so."""
    fact = fact_of(use)
    return fact is not None and fact.kind == "value" and fact.may_be is not None and not fact.jit


def is_read(use: Use) -> bool:
    """Return whether the attribute's value is needed: a missing one raises."""
    if use.operation == "getattr":
        return use.call is not None and len(use.call.args) == 2
    return use.operation == "attribute" and (use.kind in {"read", "call"} or use.is_augmented)


def is_written(outcome: Outcome, use: Use) -> bool:
    """Return whether the hook itself sets the attribute, in this call or in an earlier one."""
    writes = [
        other
        for other in uses_of(outcome)
        if _writes(other, use) and (other.value is None or not _contains(other.value, use.node))
    ]
    return bool(writes) and not _comes_first(outcome, use, writes)


def _comes_first(outcome: Outcome, use: Use, writes: list[Use]) -> bool:
    """Return whether the first call of the hook comes to a use before it comes to any of these writes."""
    function = outcome.hook.function if outcome.hook is not None else None
    if function is None or use.helpers or use.node is None or any(write.helpers for write in writes):
        return False
    if any(write.location == use.location for write in writes):
        return False
    for statement in function.body:
        if always_evaluates(statement, use.node):
            return True
        if may_end(statement) or any(spans(statement, write.location.at) for write in writes):
            return False
    return False


def spans(node: object, at: int) -> bool:
    """Return whether a statement has something at a position: a call whose arguments are known is a copy."""
    return getattr(node, "at", None) == at or any(spans(child, at) for child in children(node))


def _writes(other: Use, use: Use) -> bool:
    """Return whether a use sets the attribute of another one, or may: what it puts there is not known."""
    if other.path != use.path or other.kind != "write" or other.is_augmented:
        return False
    return other.name == use.name or (other.operation == "namespace item" and other.name is None)


def _contains(expr: object, node: object) -> bool:
    """Return whether an expression is needed for another one: `m.count` in `m.count = m.count + 1`."""
    return node is not None and (expr is node or any(_contains(child, node) for child in children(expr)))


# --- which ScriptModule --------------------------------------------------------------------------------


def is_traced(outcome: Outcome) -> bool:
    """Return whether the hook receives what tracing made, saved and loaded or not."""
    return outcome.world == "traced" or (outcome.entry is not None and ".trace" in outcome.entry.api)


def world_of(outcome: Outcome, use: Use) -> str:
    """Return the world the used object is in, as the atlas names it."""
    if outcome.is_frozen:
        return "frozen"
    uses = standing(outcome.world).uses or "script-module"
    if uses != "traced":
        return uses
    return "script-module" if outcome.is_reloaded else "traced-child" if use.path else uses


# --- words ---------------------------------------------------------------------------------------------


def class_name(use: Use) -> str:
    """Return the class of the used object for messages."""
    return "the module" if use.owner is None else f"`{use.owner.qualname.rpartition('.')[2]}`"


def defined(use: Use, note: str = "set here") -> tuple[Evidence, ...]:
    """Return the place where the attribute is defined, as evidence."""
    fact = fact_of(use)
    if fact is None or fact.defined_at is None:
        return ()
    reason = f" to {fact.type.reason}" if note == "set here" and fact.type.reason else ""
    return (fact.defined_at.evidence(note + reason),)


LOST = Prediction("AttributeError", r"(Script|Traced)Module' object has no attribute '\w+'")


def no_attribute(name: str | None) -> Prediction:
    """Return torch's complaint about an attribute that compiled code does not have."""
    return Prediction("RuntimeError", rf"Module '\w+' has no attribute '{re.escape(name or '')}'")


def no_attribute_of(use: Use) -> Prediction:
    """Return torch's complaint about what a use reads: what came out of a container is a value to it.

    Of such a value it names the type and no reason: that a Python module has the attribute does not count.
    """
    missing = no_attribute(use.name)
    if use.kept != "value":
        return missing
    owner = re.escape(use.owner.qualname.rpartition(".")[2]) if use.owner else r"\w+"
    value = rf"'__torch__\.[^' ]*\b{owner}( \(of [^']*)?' object has no attribute or method"
    return Prediction(missing.exception, rf"{missing.message}|{value} '{re.escape(use.name or '')}'")


def lost(name: str | None) -> Prediction:
    """Return Python's complaint about an attribute that a ScriptModule does not have."""
    return Prediction("AttributeError", LOST.message.replace(r"\w+'", f"{re.escape(name or '')}'"))
