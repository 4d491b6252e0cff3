"""The signature of a hook as `torch.jit.script` reads it, next to the forward it must fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.finding import Edit, Fix, Prediction
from hookproof.interpreter.values import Hook
from hookproof.rules.type_spelling import spelled_type
from hookproof.semantic.definitions import External, FunctionDefinition
from hookproof.semantic.endings import returns_in
from hookproof.semantic.importing import Spelled
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import (
    ANY_LENGTH,
    QUOTED,
    annotation_text,
    annotation_type,
    has_unread_quotes,
    parse_annotation,
    split_items,
)
from hookproof.worlds.outcome import Outcome

TENSOR = TorchType("Tensor", None, True)
NONE = TorchType("NoneType", None, True)
VARIABLE = Prediction("NotSupportedError", r"can't take variable number of arguments")
UNSCRIPTABLE = Prediction(
    "RuntimeError",
    r"Unknown type (name|constructor)|cannot be used in a type expression|without a contained type",
)
_TYPE_COMMENT = re.compile(r"#\s*type:(?!\s*ignore\b)")
_BARE = frozenset({"tuple", "list", "dict"})
_WITHOUT_FUNCTION = frozenset({"lambda", "partial", "callable object"})
# Decorators under which torch still finds the source of the decorated function, measured on 2.13.0.
_TRANSPARENT = frozenset(
    {
        "builtins.staticmethod",
        "builtins.classmethod",
        "functools.wraps",
        "torch.no_grad",
        "torch.enable_grad",
        "torch.inference_mode",
        "torch.set_grad_enabled",
        "torch.autograd.no_grad",
        "torch.jit.export",
        "torch.jit.ignore",
    }
)
_DROPPING = frozenset({"torch.jit.unused"})


class Annotation(Struct, frozen=True):
    """An annotation of a hook: as written, and its TorchScript type; `expr` None where there is none."""

    expr: ir.Expr | None
    type: TorchType

    @property
    def text(self) -> str:
        """The annotation as written, up to spaces."""
        return "" if self.expr is None else annotation_text(self.expr)

    @property
    def bare(self) -> str | None:
        """`tuple`, `list` or `dict` written alone: types to TorchScript, but no hook has them."""
        return self.expr.id if isinstance(self.expr, ir.Name) and self.expr.id in _BARE else None


class HookSignature(Struct, frozen=True, dict=True):
    """A hook that is a plain Python function, read as torch reads it."""

    outcome: Outcome
    hook: Hook
    function: ir.Function
    scope: Scope
    project: Project

    @cached_property
    def parameters(self) -> tuple[ir.Parameter, ...]:
        """The parameters torch counts: those before `/` are forgotten, `*args` and `**kwargs` refused."""
        return tuple(p for p in self.function.parameters if p.kind in {"positional", "keyword-only"})

    @property
    def expected_count(self) -> int:
        """How many parameters torch wants: module, input and, after forward, output."""
        return 2 if self.outcome.registration.is_pre else 3

    @cached_property
    def stars(self) -> tuple[ir.Parameter, ...]:
        """The parameters that no compiled hook can have: `*args`, `**kwargs`, keyword-only with a default."""
        return tuple(
            p
            for p in self.function.parameters
            if p.kind in {"*", "**"} or (p.kind == "keyword-only" and p.default is not None)
        )

    @property
    def is_well_formed(self) -> bool:
        """Whether the parameters are as many and of the kind that torch wants, so that types matter."""
        return (
            not self.stars
            and len(self.function.parameters) == len(self.parameters) == self.expected_count
            and self.hook.bound == 0
        )

    @cached_property
    def input(self) -> Annotation:
        """The annotation of the second parameter; torch takes a missing one for Tensor."""
        return self._parameter(1)

    @cached_property
    def output(self) -> Annotation:
        """The annotation of the third parameter; torch takes a missing one for Tensor."""
        return self._parameter(2)

    @cached_property
    def returns(self) -> Annotation:
        """The return annotation, of unknown type where there is none."""
        if self._comment is not None:
            return self._annotation(self._comment[1], UNKNOWN)
        return self._annotation(self.function.returns, UNKNOWN)

    @cached_property
    def annotations(self) -> tuple[Annotation, ...]:
        """The annotations of all parameters but the first, whose annotation torch ignores."""
        return tuple(self._parameter(index) for index in range(1, len(self.parameters)))

    def _parameter(self, index: int) -> Annotation:
        if self._comment is not None:
            types = self._comment[0]
            # The module may be left out of the comment, but torch never takes it in.
            expr = types[index - 1] if len(types) == len(self.parameters) - 1 else None
            return self._annotation(expr, UNKNOWN)
        return self._annotation(self.parameters[index].annotation, TENSOR)

    def _annotation(self, expr: ir.Expr | None, missing: TorchType) -> Annotation:
        if expr is None:
            return Annotation(None, missing)
        if has_unread_quotes(expr):
            return Annotation(expr, TorchType(scriptable=False, reason=QUOTED))
        outer = Scope(self.scope.file, self.scope.functions[:-1])
        return Annotation(expr, annotation_type(expr, outer, self.project))

    @cached_property
    def _comment(self) -> tuple[tuple[ir.Expr | None, ...], ir.Expr | None] | None:
        """The types of `# type: (A, B) -> C`, which take the place of all annotations."""
        if self.function.type_comment is None:
            return None
        arguments, _, result = self.function.type_comment.partition("->")
        at = self.function.at
        parsed = parse_annotation(arguments, at)
        items: tuple[ir.Expr | None, ...] = (parsed,)
        if isinstance(parsed, ir.Sequence) and parsed.kind == "tuple":
            items = parsed.items
        return items, parse_annotation(result, at)

    @cached_property
    def forward_types(self) -> tuple[TorchType, ...] | None:
        """The types of forward's parameters, in order; None where forward is not known."""
        forward = self.outcome.module_class.forward if self.outcome.module_class else None
        if forward is None or forward.has_star:
            return None
        return tuple(parameter.type for parameter in forward.parameters)

    @cached_property
    def expected_input(self) -> str | None:
        """The type `input` must have, None where one of forward's parameter types is unknown."""
        if self.forward_types is None or any(found.name is None for found in self.forward_types):
            return None
        inner = ", ".join(found.name or "" for found in self.forward_types)
        return f"Tuple[{inner or '()'}]"

    @cached_property
    def previous(self) -> tuple[Hook, ...]:
        """The forward hook that runs before this one on the same module, whose result this one receives.

        More than one where a registration has several callables, of which one is put on the module.
        """
        if self.outcome.registration.is_pre:
            return ()
        for registered in self.outcome.siblings.before(self.hook):
            earlier = tuple(hook for hook in registered if _counts(hook) != 2)
            if earlier:
                return earlier
        return ()

    def expected_output(self, previous: Hook | None) -> TorchType:
        """Return the type `output` must have: what the previous hook returns, or forward."""
        if previous is not None:
            return self._returned(previous)
        forward = self.outcome.module_class.forward if self.outcome.module_class else None
        return UNKNOWN if forward is None else forward.returns

    def _returned(self, previous: Hook) -> TorchType:
        """Return what torch takes `previous` to return; it passes on None like any other value."""
        if previous.function is None or previous.scope is None or previous.function is self.function:
            return UNKNOWN
        if previous.function.type_comment is not None or _counts(previous) != 3:
            return UNKNOWN
        if previous.function.returns is not None:
            outer = Scope(previous.scope.file, previous.scope.functions[:-1])
            return annotation_type(previous.function.returns, outer, self.project)
        return NONE if returns_nothing(previous.function) else UNKNOWN

    @cached_property
    def has_type_comments(self) -> bool:
        """Whether types stand in comments, of the function or beside its parameters."""
        if self.function.type_comment is not None:
            return True
        lines = {self.scope.file.location(each.at)[0] for each in self.function.parameters}
        return any(_TYPE_COMMENT.search(self.scope.file.line_text(line)) for line in lines)

    def spelled(self, name: str) -> Spelled | None:
        """Return a TorchScript type as the hook's file can write it, None where its names are not clear."""
        return spelled_type(name, self.scope, self.project, self.scope.file.location(self.function.at)[0])

    def annotated(self, parameter: ir.Parameter, wanted: str | None) -> Fix | None:
        """Return the fix that gives `parameter` this type, in place of the one it has, if that is known."""
        written = self.spelled(wanted) if wanted is not None and not self.has_type_comments else None
        if written is None:
            return None
        file = self.scope.file
        if parameter.annotation is not None:
            place = file.location(parameter.annotation.at)
            edit = Edit(file.path, *place, written.text)
        else:
            _, _, line, column = file.location(parameter.at)
            edit = Edit(file.path, line, column, line, column, f": {written.text}")
        return Fix(True, (edit, *written.edits))


def python_function(outcome: Outcome) -> HookSignature | None:
    """Return the function torch would compile for a forward or forward-pre hook, bound methods included.

    None for what is no Python function with source (lambda, partial, callable object), for a
    hook that is not known, and under a decorator that may put another function in its place.
    """
    hook = outcome.hook
    if outcome.world != "compiled" or outcome.event is not None or not outcome.registration.is_forward:
        return None
    if hook is None or hook.function is None or hook.scope is None:
        return None
    if hook.form in _WITHOUT_FUNCTION or hook.function.name == "<lambda>":
        return None
    signature = HookSignature(outcome, hook, hook.function, hook.scope, outcome.project)
    marks = tuple(decorator_names(signature))
    return None if any(mark not in _TRANSPARENT | _DROPPING for mark in marks) else signature


def compiled_function(outcome: Outcome) -> HookSignature | None:
    """Return the function whose own body torch would compile: not one that is `@torch.jit.unused`."""
    signature = python_function(outcome)
    return None if signature is None or is_dropped(signature) else signature


def typed_function(outcome: Outcome) -> HookSignature | None:
    """Return the function whose types torch would judge: its parameters are in order."""
    signature = compiled_function(outcome)
    return None if signature is None or not signature.is_well_formed else signature


def decorator_names(signature: HookSignature) -> Iterator[str]:
    """Yield the full name of each decorator, `?` for one that cannot be followed."""
    outer = Scope(signature.scope.file, signature.scope.functions[:-1])
    for decorator in signature.function.decorators:
        expr = decorator.func if isinstance(decorator, ir.Call) else decorator
        definition = signature.project.resolve(outer, expr)
        if isinstance(definition, FunctionDefinition) and _wraps(definition, signature.project):
            yield "functools.wraps"
        else:
            yield definition.qualname if isinstance(definition, External) else "?"


def _wraps(decorator: FunctionDefinition, project: Project) -> bool:
    """Return whether a decorator returns a function under `functools.wraps` of what it decorates.

    Torch looks through that at the decorated function's own source.
    """
    function = decorator.function
    match function.body:
        case (*_, ir.Define(function=inner), ir.Return(value=ir.Name(id=returned))) if returned == inner.name:
            pass
        case _:
            return False
    match inner.decorators, function.parameters:
        case (ir.Call(func=func, args=(ir.Argument(value=ir.Name(id=wrapped)),)),), (parameter,):
            found = project.resolve(decorator.scope, func)
            is_wraps = isinstance(found, External) and found.qualname == "functools.wraps"
            return is_wraps and wrapped == parameter.name
    return False


def is_dropped(signature: HookSignature) -> bool:
    """Return whether torch replaces the body: `@torch.jit.unused`, `@torch.jit.ignore(drop=True)`."""
    for decorator, name in zip(signature.function.decorators, decorator_names(signature), strict=True):
        if name in _DROPPING:
            return True
        if name == "torch.jit.ignore" and isinstance(decorator, ir.Call):
            return any(argument.keyword == "drop" and _is_true(argument.value) for argument in decorator.args)
    return False


def returns_nothing(function: ir.Function) -> bool:
    """Return whether no `return` of a function gives a value."""
    return all(_is_none(found.value) for found in returns_in(function.body))


def children(node: object) -> Iterator[object]:
    """Yield the facts directly inside a fact, in source order."""
    for name in getattr(node, "__struct_fields__", ()):
        value = getattr(node, name)
        for item in value if isinstance(value, tuple) else (value,):
            if hasattr(item, "__struct_fields__"):
                yield item


def is_open_tuple(annotation: Annotation) -> bool:
    """Return whether an `input` is not annotated, or so that only the types within the tuple are missing."""
    found = annotation.type
    if annotation.expr is None:
        return found == TENSOR
    if found.name == "Any" or annotation.bare == "tuple":
        return True
    if found.python == "tuple" and found.reason == ANY_LENGTH:
        return True
    is_alone = isinstance(annotation.expr, (ir.Name, ir.Attribute))
    return is_alone and found.scriptable is False and found.python == "Tuple"


def inner_types(name: str) -> list[str]:
    """Return the types inside a printed `Tuple[…]`."""
    inner = name[len("Tuple[") : -1]
    return [] if inner in {"", "()"} else split_items(inner)


def def_location(signature: HookSignature) -> Location:
    """Return the `def` line, where findings about a signature stand."""
    return signature.hook.definition


def _counts(hook: Hook) -> int:
    """Return how many arguments a hook takes, 0 where that is unknown."""
    if hook.function is None:
        return 0
    kinds = {parameter.kind for parameter in hook.function.parameters}
    # A forward-pre hook that takes `kwargs` has as many parameters as a forward hook.
    takes_kwargs = any(parameter.name == "kwargs" for parameter in hook.function.parameters)
    return 0 if takes_kwargs or kinds & {"*", "**"} else len(hook.function.parameters) - hook.bound


def _is_true(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Constant) and expr.value is True


def _is_none(expr: ir.Expr | None) -> bool:
    return expr is None or (isinstance(expr, ir.Constant) and expr.kind == "None")
