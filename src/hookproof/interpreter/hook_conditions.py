"""Which conditions in a hook hold, and which set its branches apart on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.evaluator.predicate import (
    AllOf,
    AnyOf,
    InMode,
    OfClass,
    Opposite,
    Predicate,
    Unread,
)
from hookproof.evaluator.predicates import Predicates
from hookproof.interpreter.domain import Frame, Values
from hookproof.interpreter.instances.modes import MODES
from hookproof.semantic.definitions import External
from hookproof.semantic.expression_locations import base_name, has_call
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

Decide: TypeAlias = Callable[[ir.Expr, Frame], bool | None]
Truth: TypeAlias = bool | Literal["apart"] | None

_TENSOR = "torch.Tensor"
_GIVEN = frozenset({_TENSOR, "torch.nn.Module"})
# Who asks whether it was handed a proxy does something else for those on purpose.
_PROXIES = frozenset({"torch.fx.Proxy", "torch.fx.proxy.Proxy"})

PROXIES = "handed proxies"
"""Among the worlds of a function, that it is handed proxies in place of tensors."""


def inside(world: str) -> str:
    """Return what stands among the worlds where the function is asked for as it runs in one."""
    return f"inside {world}"


class HookConditions(Struct):
    """Judges the conditions of one function: a hook, or a helper that gets `tensors` or modules from it.

    `decide` tells of other conditions, read in `frame`, whether they hold; of the mode of the module it tells
    where the module is among the `modules`, by its name here.
    `worlds` are the ways out of eager mode on which Python runs the function: one that asks for them does
    something else there on purpose. Of one that it is asked to be `inside` of, the answer is yes.
    """

    project: Project
    scope: Scope
    tensors: frozenset[str | None]
    decide: Decide | None
    frame: Frame | None
    worlds: frozenset[str]
    modules: dict[str, Values] = {}

    def truth(self, test: ir.Expr) -> Truth:
        """Tell whether a condition holds; one that asks for the mode sets its branches apart on purpose."""
        return self._said(Predicates(self.project, self.scope, is_flow_known=True).read(test))

    def _said(self, predicate: Predicate) -> Truth:
        match predicate:
            case Opposite(operand=operand):
                truth = self._said(operand)
                return truth if truth in {"apart", None} else not truth
            case AllOf(parts=parts) | AnyOf(parts=parts):
                truths, decides = [self._said(part) for part in parts], isinstance(predicate, AnyOf)
                if decides in truths:
                    return decides
                return "apart" if "apart" in truths else None if None in truths else not decides
            case InMode(worlds=worlds) if not self.worlds.isdisjoint(map(inside, worlds)):
                return True
            case InMode(worlds=worlds):
                return "apart" if worlds & self.worlds else False
            case OfClass(classes=(External(qualname=name),)) if name in _PROXIES and "fx" in self.worlds:
                return "apart"
            case OfClass(subject=subject, classes=(External(qualname=name),)) if name in _GIVEN:
                if base_name(subject) not in self.tensors:
                    return None
                return not (name == _TENSOR and PROXIES in self.worlds)
            case Unread(expr=ir.Constant(value=value)):
                return bool(value)
            case Unread(expr=ir.Attribute(attr=attr) as expr) if attr in MODES and self.decide and self.frame:
                frame = Frame(self.scope, dict(self.modules), self.frame.parent, self.frame.function)
                return self.decide(expr, frame)
            case Unread(expr=expr, inside=None) if self.decide and self.frame and not has_call(expr):
                return self.decide(expr, self.frame)
        return None
