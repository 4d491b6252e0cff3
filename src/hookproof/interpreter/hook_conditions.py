"""Which conditions in a hook hold, and which set its branches apart on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct

from hookproof.interpreter.domain import Frame
from hookproof.semantic.definitions import External
from hookproof.semantic.expression_locations import base_name, has_call
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.worlds import registry

Decide: TypeAlias = Callable[[ir.Expr, Frame], bool | None]

# Of ways out of eager mode that are no worlds here: false wherever a hook of TorchScript runs.
_OTHER_TESTS = frozenset({"torch.compiler.is_compiling", "torch.compiler.is_dynamo_compiling"})


class HookConditions(Struct):
    """Judges the conditions of one function: a hook, or a helper that gets `tensors` or modules from it.

    `decide` tells of other conditions, read in `frame`, whether they hold.
    """

    project: Project
    scope: Scope
    tensors: frozenset[str | None]
    decide: Decide | None
    frame: Frame | None

    def truth(self, test: ir.Expr) -> bool | Literal["apart"] | None:
        """Tell whether a condition holds; one that asks for the mode sets its branches apart on purpose."""
        worlds = self._worlds_of(test)
        if worlds is not None:
            return "apart" if worlds - {"script"} else False
        match test:
            case ir.Operation(op="not", operands=(inner,)):
                truth = self.truth(inner)
                return truth if truth in {"apart", None} else not truth
            case ir.Operation(op="and" | "or" as op, operands=operands):
                truths = [self.truth(operand) for operand in operands]
                decides = op == "or"
                if decides in truths:
                    return decides
                if "apart" in truths:
                    return "apart"
                return None if None in truths else not decides
            case ir.Constant(value=value):
                return bool(value)
            case ir.Call(func=func, args=(one, kind)) if self._is_tensor_test(func, one.value, kind.value):
                return True
        if self.decide is not None and self.frame is not None and not has_call(test):
            return self.decide(test, self.frame)
        return None

    def _worlds_of(self, test: ir.Expr) -> frozenset[str] | None:
        """Return the worlds in which a test for them is true, None where it is no such test."""
        if isinstance(test, ir.Operation) and test.op == "is not" and len(test.operands) == 2:
            test = test.operands[0]
        if not isinstance(test, ir.Call):
            return None
        definition = self.project.resolve(self.scope, test.func)
        if not isinstance(definition, External):
            return None
        other = frozenset[str]() if definition.qualname in _OTHER_TESTS else None
        return registry.tests().get(definition.qualname, other)

    def _is_tensor_test(self, func: ir.Expr, value: ir.Expr, kind: ir.Expr) -> bool:
        is_test = isinstance(func, ir.Name) and func.id == "isinstance"
        definition = self.project.resolve(self.scope, kind) if is_test else None
        is_tensor = isinstance(definition, External) and definition.qualname in {
            "torch.Tensor",
            "torch.nn.Module",
        }
        return is_tensor and base_name(value) in self.tensors
