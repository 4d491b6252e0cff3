"""Plain classes whose instances a module holds: torch compiles each of them whole, or gives it no type.

Measured on torch 2.13.0: it compiles the methods that stand in the class itself, properties and class methods
with them, whether anything calls them or not; never those of its bases, nor static ones. An instance of
a class that does not compile is an attribute without a TorchScript type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from hookproof.evaluator.types import assigned_type
from hookproof.facts.tensor_names import TENSOR_NAMES
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.rules.assignable import is_assignable
from hookproof.rules.compiled_body import Visited, is_decided, visit_body
from hookproof.rules.refused_functions import Refusals, refused_call
from hookproof.semantic.bindings import bindings_of
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.effects import statements_of
from hookproof.semantic.expressions import is_super
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile
from hookproof.torch_types.annotations import annotation_type
from hookproof.torch_types.operations import operation_type

_PLAIN_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic"})
_UNCOMPILED = frozenset({"setattr", "vars", "delattr"})
_COMPILED_DECORATORS = frozenset(
    {
        "builtins.property",
        "builtins.classmethod",
        "torch.jit.ignore",
        "torch.jit.export",
        "abc.abstractmethod",
    }
)
_TENSOR = TorchType("Tensor", None, True)


class RefusedClass(Struct, frozen=True):
    """Why a class does not compile, in words, where, and what to do (empty, or from `;` on).

    It `is_unsure` where somebody may compile the class in another way: `torch.jit.script(Config)` of
    a dataclass.
    """

    what: str
    location: Location
    remedy: str = ""
    is_unsure: bool = False


class PlainClass:
    """A class of the project that is no module, as torch compiles it where an attribute is of it.

    `files` are those of the program, besides the class's own, in which it may be compiled by itself.
    """

    def __init__(
        self,
        definition: ClassDefinition,
        project: Project,
        files: tuple[SourceFile, ...] = (),
        asking: frozenset[str] = frozenset(),
    ) -> None:
        self.definition = definition
        self._project, self._files = project, files
        self._asking = asking | {definition.qualname}

    @cached_property
    def is_plain(self) -> bool:
        """Whether nothing but the class statements of the project makes the class and its bases."""
        for base in self._project.mro(self.definition):
            if isinstance(base, ClassDefinition):
                others = [each for each in base.node.decorators if not self._is_dataclass(each, base)]
                if base.node.keywords or others or (base.node.decorators and self._is_given_away(base)):
                    return False
            elif base is None or base.qualname not in _PLAIN_BASES:
                return False
        return True

    def _is_given_away(self, cls: ClassDefinition) -> bool:
        """Return whether a dataclass may be handed to a function: `torch.jit.script(Config)` compiles it."""
        handed = re.compile(rf"\(\s*(\w+\.)*{cls.node.name}\s*[,)]")
        return any(handed.search(file.text) for file in (cls.scope.file, *self._files))

    def _is_dataclass(self, decorator: ir.Expr, cls: ClassDefinition) -> bool:
        made = decorator.func if isinstance(decorator, ir.Call) else decorator
        return self._project.resolve(cls.scope, made) == External("dataclasses.dataclass")

    @cached_property
    def _methods(self) -> dict[str, tuple[FunctionDefinition, ...]]:
        """Its own methods, those that torch leaves in Python too."""
        return dict(self._project.methods(self.definition))

    @cached_property
    def _class_names(self) -> frozenset[str]:
        return frozenset(bindings_of(self.definition.node.body))

    @cached_property
    def compiled(self) -> dict[str, list[FunctionDefinition]]:
        """Its own methods that torch certainly compiles, by name."""
        found: dict[str, list[FunctionDefinition]] = {}
        for name, methods in self._methods.items():
            # Of two methods of one name the later counts, of a property all its parts.
            is_property = any("property" in each.decorator_names for each in methods)
            for method in methods if is_property else methods[-1:]:
                if all(self._is_compiled(decorator, method) for decorator in method.decorators):
                    found.setdefault(name, []).append(method)
        return found

    def _is_compiled(self, decorator: ir.Expr, method: FunctionDefinition) -> bool:
        if isinstance(decorator, ir.Attribute) and decorator.attr == "setter":
            return True
        found = self._project.resolve(method.scope, decorator)
        return isinstance(found, External) and found.qualname in _COMPILED_DECORATORS

    @cached_property
    def _init(self) -> FunctionDefinition | None:
        found = self._methods.get("__init__")
        return found[-1] if found else None

    @cached_property
    def attributes(self) -> dict[str, TorchType]:
        """What its own `__init__` sets on self, each with its TorchScript type where that is known."""
        init, found = self._init, dict[str, TorchType]()
        if init is None or not init.function.parameters:
            return found
        scope = _inside(init)
        for name, value, annotation in _sets(init.function):
            if name in found:
                continue
            is_none = isinstance(value, ir.Constant) and value.kind == "None"
            if annotation is not None and not is_none:  # of None torch does not read it
                declared = annotation_type(annotation, scope, self._project)
                found[name] = UNKNOWN if (declared.name or "").startswith(("Optional", "Union")) else declared
            else:
                found[name] = self._type(value, init, found) if value is not None else UNKNOWN
        return found

    def lacks(self, name: str) -> bool:
        """Return whether an instance of the compiled class certainly has nothing of that name."""
        return name not in self.attributes and name not in self.compiled and not self._is_unclear(name)

    def _is_unclear(self, name: str) -> bool:
        """Return whether something else in the class has the name that torch may know."""
        methods = self._methods.get(name, ())
        binders = bindings_of(self.definition.node.body).get(name, ())
        is_alias = any(isinstance(each, ir.Assign) and isinstance(each.value, ir.Name) for each in binders)
        return is_alias or any("staticmethod" not in method.decorator_names for method in methods)

    # --- why it does not compile ---------------------------------------------------------------------------

    def refused(self) -> RefusedClass | None:
        """Return the first reason why the class does not compile, None where nothing is known against it."""
        if not self.is_plain:
            return None
        generated = self._generated()
        if generated is not None:
            return RefusedClass(generated, self.definition.location, is_unsure=True)
        refusals = Refusals(self._project)
        for methods in self.compiled.values():
            for method in methods:
                found = refusals.within(method, is_called=False)
                if found is not None:
                    what = _in(
                        found.refusal.what.replace("whose default is no Tensor,", "with a default,"),
                        found.function,
                    )
                    return RefusedClass(what, found.function.location, found.refusal.remedy)
        for methods in self.compiled.values():
            for method in methods:
                refused = next(self._refused_in(method), None)
                if refused is not None:
                    return RefusedClass(_in(refused, method), method.location)
        return None

    def _generated(self) -> str | None:
        """Return which method of a dataclass has no source."""
        for decorator in self.definition.node.decorators:
            options = decorator.args if isinstance(decorator, ir.Call) else ()
            is_off = {
                each.keyword
                for each in options
                if not (isinstance(each.value, ir.Constant) and each.value.value is True)
            }
            for option, method in (("init", "__init__"), ("eq", "__eq__")):
                if option not in is_off and method not in self._methods:
                    return f"a dataclass, whose `{method}` has no source"
        return None

    def _refused_in(self, method: FunctionDefinition) -> Iterator[str]:
        function = method.function
        if not function.parameters:
            return
        own, targets = function.parameters[0].name, set[int]()
        is_init = function.name == "__init__"
        if is_init:
            yield from _set_late(function.body, own, set())
        yield from self._refused_once_none(method, own)
        for visit in visit_body(function):
            match visit.node:
                case ir.Assign(targets=written):
                    targets |= {id(target) for each in written for target in _flat(each)}
                case ir.AugAssign(target=target):
                    targets.add(id(target))
            if visit.certain:
                yield from self._refused_node(visit, method, own, targets)

    def _refused_node(
        self, visit: Visited, method: FunctionDefinition, own: str, targets: set[int]
    ) -> Iterator[str]:
        is_class = "classmethod" in method.decorator_names
        match visit.node:
            case ir.Call() as call if is_super(call):
                yield "`super()`"
            case ir.Call(func=ir.Name(id=name)) if name in _UNCOMPILED:
                yield f"a call of `{name}`"
            case ir.Call(func=ir.Name(id="getattr"), args=(_, second, *_)) if _is_computed(second.value):
                yield "`getattr` of a computed name"
            case ir.Call(func=ir.Name(id="type"), args=(ir.Argument(value=ir.Name(id=name)),)) if name == own:
                yield "`type` of an object"
            case ir.Call() as call:
                yield from self._refused_call(call, method, own)
            case ir.Subscript(value=ir.Name(id=name), index=ir.Constant(kind="str")):
                if name in _untyped(method.function):
                    yield f"a text as index of `{name}`, which has no annotation and is a Tensor"
            case ir.Attribute(value=ir.Name(id=name), attr=attr) if name in _untyped(method.function):
                if attr in self.attributes and not self._is_of_tensors(attr):
                    yield f"`{name}.{attr}`, of `{name}` without annotation, which is a Tensor"
            case ir.Attribute(value=ir.Name(id=name), attr=attr) as node if name == own and not is_class:
                if id(node) not in targets and self.lacks(attr):
                    yield f"`self.{attr}`, not set by `__init__`,"
            case (ir.Assign() | ir.AugAssign()) as statement if not is_class:
                yield from self._refused_store(statement, method, own)

    def _refused_once_none(self, method: FunctionDefinition, own: str) -> Iterator[str]:
        """Yield what is set under `if self.name is None` where `name` is always None to torch."""
        for statement in method.function.body:
            match statement:
                case ir.If(test=ir.Operation(op="is", operands=(ir.Attribute() as tested, other)), body=body):
                    is_own = isinstance(tested.value, ir.Name) and tested.value.id == own
                    is_none = isinstance(other, ir.Constant) and other.kind == "None"
                    if is_own and is_none and self.attributes.get(tested.attr, UNKNOWN).name == "NoneType":
                        for inner in body:
                            if isinstance(inner, (ir.Assign, ir.AugAssign)):
                                yield from self._refused_store(inner, method, own)

    def _is_of_tensors(self, name: str) -> bool:
        is_known = self._project.facts.function_returns(f"torch.Tensor.{name}") is not None
        return is_known or name in TENSOR_NAMES or name.startswith("_")

    def _refused_store(
        self, statement: ir.Assign | ir.AugAssign, method: FunctionDefinition, own: str
    ) -> Iterator[str]:
        target = statement.target if isinstance(statement, ir.AugAssign) else statement.targets[0]
        match target:
            case ir.Attribute(value=ir.Name(id=name), attr=attr) if name == own:
                if attr not in self.attributes:
                    if attr not in self._class_names and attr not in self._methods:
                        yield f"`self.{attr}`, not set by `__init__`,"
                    return
                expected = self.attributes[attr].name
                value = statement.value
                is_declared = isinstance(statement, ir.Assign) and statement.annotation is not None
                if expected is None or value is None or is_declared:
                    return
                found = self._type(value, method, self.attributes)
                if isinstance(statement, ir.AugAssign):
                    found = operation_type(statement.op, [self.attributes[attr], found])
                if found.name is not None and not is_assignable(found.name, expected):
                    yield f"`self.{attr}`, first `{expected}`, becomes `{found.name}`"

    def _refused_call(self, call: ir.Call, method: FunctionDefinition, own: str) -> Iterator[str]:
        match call.func:
            case ir.Attribute(value=ir.Attribute(value=ir.Name(id=name), attr=attr), attr="append"):
                filled = self.attributes.get(attr, UNKNOWN).name if name == own and call.args else None
                given = self._type(call.args[0].value, method, self.attributes).name if filled else None
                if filled and given and filled == "List[Tensor]" and not is_assignable(given, "Tensor"):
                    yield f"`self.{attr}`, a list of Tensors without annotation, gets `{given}`"
                return
            case ir.Attribute(value=ir.Name(id=name) as receiver, attr=attr) if name == own:
                for called in self.compiled.get(attr, ()):
                    refused = refused_call(called, call, receiver) if not called.decorators else None
                    if refused is not None:
                        yield f"`{attr}`, which {refused.refusal.what}"
                return
        made = self._project.resolve(_inside(method), call.func)
        if isinstance(made, ClassDefinition) and made.qualname not in self._asking:
            inner = PlainClass(made, self._project, self._files, self._asking).refused()
            if inner is not None:
                yield f"`{made.node.name}` ({inner.what})"

    def _type(self, expr: ir.Expr, method: FunctionDefinition, known: Mapping[str, TorchType]) -> TorchType:
        """Return the type of an expression in a method: parameters without annotation are Tensors."""
        function = method.function
        variables = dict.fromkeys(_untyped(function), _TENSOR)
        own = function.parameters[0].name
        if isinstance(expr, ir.Mapping) and not expr.keys:
            return UNKNOWN
        return assigned_type(
            expr, self._project, _inside(method), own, lambda name: known.get(name, UNKNOWN), variables
        )


def _inside(method: FunctionDefinition) -> Scope:
    return Scope(method.scope.file, (*method.scope.functions, method.function))


def _in(what: str, method: FunctionDefinition) -> str:
    return f"{what} in `{method.name}`"


def _untyped(function: ir.Function) -> frozenset[str]:
    """Return the parameters that are Tensors to torch: without annotation and default, never rebound."""
    if function.type_comment is not None:
        return frozenset()
    rebound = set(bindings_of(function.body))
    return frozenset(
        each.name
        for each in function.parameters[1:]
        if each.annotation is None
        and each.default is None
        and each.name not in rebound
        and "*" not in each.kind
    )


def _sets(function: ir.Function) -> Iterator[tuple[str, ir.Expr | None, ir.Expr | None]]:
    """Yield each attribute that is set on self, with the value and the annotation if it is alone there."""
    own = function.parameters[0].name
    for statement in statements_of(function.body):
        if isinstance(statement, ir.Assign):
            for target in statement.targets:
                for each in _flat(target):
                    match each:
                        case ir.Attribute(value=ir.Name(id=name), attr=attr) if name == own:
                            value = statement.value if each is target else None
                            yield attr, value, statement.annotation


def _set_late(statements: tuple[ir.Stmt, ...], own: str, known: set[str]) -> Iterator[str]:
    """Yield what `__init__` sets first under a condition or in a loop, which torch does not allow."""
    for statement in statements:
        match statement:
            case ir.If(body=body, orelse=orelse) | ir.For(body=body, orelse=orelse):
                inner = [name for each in statements_of((*body, *orelse)) for name in _targets(each, own)]
                is_read = isinstance(statement, ir.If) and is_decided(statement.test)
                for name in inner:
                    if name not in known and not is_read:
                        yield f"the first assignment of `self.{name}` under a condition or in a loop"
                known |= set(inner)
            case ir.With(body=body):
                yield from _set_late(body, own, known)
            case _:
                known |= set(_targets(statement, own))


def _targets(statement: ir.Stmt, own: str) -> Iterator[str]:
    if isinstance(statement, ir.Assign):
        for target in statement.targets:
            for each in _flat(target):
                match each:
                    case ir.Attribute(value=ir.Name(id=name), attr=attr) if name == own:
                        yield attr


def _flat(target: ir.Expr) -> Iterator[ir.Expr]:
    if isinstance(target, ir.Sequence):
        for item in target.items:
            yield from _flat(item)
    else:
        yield target


def _is_computed(name: ir.Expr) -> bool:
    return not isinstance(name, ir.Constant)
