"""The attributes of a module class of the project: its bodies, its bases and its `__init__` put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookproof.facts.atlas import nn_class
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.modules.class_body import ClassBody, read_class_body
from hookproof.modules.given import Given
from hookproof.modules.initialization import Initialization, Store
from hookproof.modules.module_class import MODULE, AttributeFact, AttributeKind
from hookproof.modules.torch_facts import torch_facts
from hookproof.semantic.bases import Base
from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.expressions import children, statement_expressions
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type, is_final
from hookproof.torch_types.infer import Inference, known, refused, same

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project

_INSTANCE: frozenset[AttributeKind] = frozenset(
    {"parameter", "buffer", "submodule", "constant", "value", "unknown"}
)
_PARAMETERS = frozenset(
    {
        "torch.nn.Parameter",
        "torch.nn.parameter.Parameter",
        "torch.nn.UninitializedParameter",
        "torch.nn.parameter.UninitializedParameter",
    }
)
_BUFFERS = frozenset({"torch.nn.Buffer", "torch.nn.parameter.Buffer"})
_CONTAINERS = ("List[", "Dict[")
_SEQUENTIAL = "torch.nn.Sequential"
_NEVER_SUBMODULES: frozenset[AttributeKind] = frozenset(
    {"parameter", "buffer", "constant", "value", "property", "method", "static method", "class method"}
)
_MAX_DEPTH = 8


class ClassFacts:
    """The attributes of the class that `mro` starts with; `mro` as `classes.linearized` gives it.

    `given` are literals that parameters of `__init__` stand for; `class_of` knows the other module classes.
    """

    def __init__(
        self,
        mro: tuple[Base, ...],
        project: Project,
        given: Given,
        class_of: Callable[[Definition | None], ModuleClass | None],
    ) -> None:
        self._mro = mro
        self._given = given
        self._project = project
        self._class_of = class_of
        self._types: dict[str, TorchType] = {}

    @cached_property
    def _bodies(self) -> tuple[ClassBody, ...]:
        return tuple(
            read_class_body(base, self._project) for base in self._mro if isinstance(base, ClassDefinition)
        )

    @cached_property
    def _initialization(self) -> Initialization:
        return Initialization(self._mro, self._project, self._given)

    @cached_property
    def is_opaque(self) -> bool:
        """Whether attributes may exist that are not in `attributes`."""
        if self._initialization.is_opaque or any(body.is_opaque for body in self._bodies):
            return True
        reached = set(self._initialization.torch_bases)
        has_torch_base = any(
            isinstance(base, External) and nn_class(base.qualname) is not None for base in self._mro
        )
        return has_torch_base and not reached

    @cached_property
    def attributes(self) -> dict[str, AttributeFact]:
        """The attributes beyond `nn.Module`'s own, by name."""
        found: dict[str, AttributeFact] = {}
        bodies = {body.definition: body for body in self._bodies}
        for base in reversed(self._mro):
            if isinstance(base, ClassDefinition):
                found.update(bodies[base].facts)
            elif isinstance(base, External):
                atlas = nn_class(base.qualname)
                if atlas is not None and atlas.qualname != MODULE:
                    found.update(torch_facts(atlas.qualname))
        self._class_level = dict(found)
        for name, stores in self._by_name(self._initialization.stores).items():
            self._apply(found, name, stores)
        for name, stores in self._by_name(self._initialization.late).items():
            self._apply_late(found, name, stores)
        return {name: self._marked(fact) for name, fact in found.items()}

    def first_submodules(self) -> tuple[str, ...]:
        """Return the names of the submodules that `__init__` makes first, up to one that is uncertain."""
        if any(base != MODULE for base in self._initialization.torch_bases):
            return ()
        by_name = self._by_name(self._initialization.stores)
        found: list[str] = []
        for name, stores in by_name.items():
            fact = self.attributes.get(name)
            kind = fact.kind if fact is not None and not fact.is_conditional else "unknown"
            if kind == "submodule" and all(map(_is_plainly_made, stores)):
                found.append(name)
            elif kind not in _NEVER_SUBMODULES or any(store.how == "module" for store in stores):
                break
        return tuple(found)

    def called_on_self(self, function: FunctionDefinition) -> list[str]:
        """Return the names of the methods a method calls on self."""
        node = function.function
        if not node.parameters:
            return []
        name = node.parameters[0].name
        return [
            expr.func.attr
            for expr in _all_expressions(node.body)
            if isinstance(expr, ir.Call)
            and isinstance(expr.func, ir.Attribute)
            and isinstance(expr.func.value, ir.Name)
            and expr.func.value.id == name
        ]

    # --- stores ------------------------------------------------------------------------------------

    def _by_name(self, stores: list[Store]) -> dict[str, list[Store]]:
        found: dict[str, list[Store]] = {}
        for store in stores:
            found.setdefault(store.name, []).append(store)
        return found

    def _apply(self, found: dict[str, AttributeFact], name: str, stores: list[Store]) -> None:
        before = found.get(name)
        if before is not None and before.kind == "property":
            return
        fact = before if before is not None and before.kind in _INSTANCE else None
        is_definite = name in self._initialization.definite or (fact is not None and not fact.is_conditional)
        for store in stores:
            if store.how == "delete":
                is_definite = False
                fact = fact if store.is_conditional else None
            elif store.how in {"change", "member"}:
                fact = fact and self._changed(fact, store)
            else:
                fact = self._stored(fact, store)
        if fact is not None:
            found[name] = replace(fact, is_conditional=not is_definite)
        elif before is not None and before.kind in _INSTANCE:
            del found[name]

    def _apply_late(self, found: dict[str, AttributeFact], name: str, stores: list[Store]) -> None:
        for store in stores:
            fact = found.get(name)
            if fact is not None and fact.kind == "property":
                return
            if store.how in {"change", "member"}:
                if fact is not None:
                    found[name] = self._changed(fact, store)
            elif store.how == "delete":
                if fact is not None and fact.kind in _INSTANCE:
                    found[name] = replace(fact, is_conditional=True)
            elif fact is None or fact.kind not in _INSTANCE:
                late = self._stored(None, store)
                found[name] = replace(late, kind="late value", is_conditional=True)
            else:
                late = replace(self._stored(fact, store), may_be=None)
                found[name] = replace(late, place=fact.defined_at, owner=fact.owner)

    def _stored(self, before: AttributeFact | None, store: Store) -> AttributeFact:
        """Return the fact after a store, merged with the one before where the store may not happen."""
        kind, found, module_class = self._classified(store)
        may_be = self._refused_choice(store) if kind == "value" else None
        if before is not None and store.how == "set" and before.kind in {"parameter", "buffer"}:
            # nn.Module.__setattr__ keeps a registered name registered.
            if found.name in {"Tensor", "NoneType"} or kind == "parameter":
                kind = "parameter" if kind == "parameter" else before.kind
            elif kind != "submodule":
                kind = before.kind
                found = TorchType(None, None, True)
        if before is not None and store.is_conditional:
            may_be = may_be or before.may_be or _refused([before.type, found])
            found = same([before.type, found])
            if kind != before.kind:
                kind = "unknown"
            if module_class is not before.module_class:
                module_class = None
        return AttributeFact(
            store.name,
            kind,
            found,
            store.place,
            module_class,
            owner=store.owner,
            is_conditional=False,
            may_be=may_be if found.scriptable is None else None,
        )

    def _refused_choice(self, store: Store) -> TorchType | None:
        """Return the type without TorchScript type that `a if test else b` may give."""
        if not isinstance(store.value, ir.Conditional):
            return None
        choices = (store.value.body, store.value.orelse)
        return _refused([self._inference(store).infer(choice, store.scope) for choice in choices])

    def _changed(self, fact: AttributeFact, store: Store) -> AttributeFact:
        """Return the fact after its value was changed in place: a container may be filled now."""
        if store.how == "member":
            known_member = fact.module_class is not None and fact.module_class.attribute(store.member)
            return fact if known_member else replace(fact, module_class=None)
        cls = fact.module_class
        if cls is not None and (cls.elements is not None or cls.element is not None):
            return replace(fact, module_class=cls.holding(None, self._element_after(cls, store)))
        fact = replace(fact, may_be=None)
        name, python = fact.type.name or "", fact.type.python
        if fact.kind not in {"value", "late value", "constant", "class value"}:
            return fact
        if name.startswith(_CONTAINERS) or python in {
            "list",
            "dict",
            "OrderedDict",
            "defaultdict",
            "Counter",
        }:
            return replace(fact, type=UNKNOWN)
        if name and name not in {"Tensor", "str", "bool"}:
            return replace(fact, type=TorchType(None, None, fact.type.scriptable))
        return fact

    # --- values ------------------------------------------------------------------------------------

    def _classified(self, store: Store) -> tuple[AttributeKind, TorchType, ModuleClass | None]:
        if store.value is None:
            kind: AttributeKind = {"buffer": "buffer", "parameter": "parameter", "module": "submodule"}.get(
                store.how, "unknown"
            )  # type: ignore[assignment]
            return kind, UNKNOWN, None
        kind, found, module_class = self._value(store.value, store)
        if store.how == "set":
            return kind, found, module_class
        if store.how == "module":
            is_none = found.name == "NoneType"
            return ("value" if is_none else "submodule"), found, module_class
        is_none = found.name == "NoneType"
        is_tensor = found.name == "Tensor" or kind == "parameter"
        found = found if is_none else known("Tensor") if is_tensor else TorchType(None, None, True)
        return ("buffer" if store.how == "buffer" else "parameter"), found, None

    def _value(
        self, expr: ir.Expr, store: Store, depth: int = 0
    ) -> tuple[AttributeKind, TorchType, ModuleClass | None]:
        """Return kind, type and, for a module, class of the value of an expression."""
        if isinstance(expr, ir.Conditional):
            left, right = self._value(expr.body, store, depth + 1), self._value(expr.orelse, store, depth + 1)
            if left[0] != right[0]:
                return "unknown", same([left[1], right[1]]), None
            return left[0], same([left[1], right[1]]), left[2] if left[2] is right[2] else None
        if isinstance(expr, ir.Call):
            definition = self._project.resolve(store.scope, expr.func)
            if isinstance(definition, (External, ClassDefinition)):
                if isinstance(definition, External) and definition.qualname in _PARAMETERS:
                    return "parameter", known("Tensor"), None
                if isinstance(definition, External) and definition.qualname in _BUFFERS:
                    return "buffer", known("Tensor"), None
                module_class = self._class_of(definition)
                if module_class is not None:
                    return "submodule", UNKNOWN, self._filled(module_class, expr, store, depth)
        if isinstance(expr, ir.Name) and depth < 8:
            definition = self._project.lookup(store.scope, expr.id)
            is_local = isinstance(definition, ValueDefinition) and definition.scope == store.scope
            value = definition.value if isinstance(definition, ValueDefinition) and is_local else None
            if value is not None and value is not expr:
                return self._value(value, store, depth + 1)
        if self._is_module_parameter(expr, store):
            return "submodule", UNKNOWN, None
        found = self._inference(store).infer(expr, store.scope)
        if found is UNKNOWN or found == UNKNOWN:
            return "unknown", found, None
        if found.name == "Tensor" and not self._is_fresh(expr):
            return "unknown", found, None
        return "value", found, None

    def _filled(self, cls: ModuleClass, call: ir.Call, store: Store, depth: int) -> ModuleClass:
        """Return the class of a container with the modules that are written in the call that makes it."""
        if not cls.is_container or cls.definition is not None or depth > _MAX_DEPTH:
            return cls
        written = tuple(argument.value for argument in call.args)
        if len(written) == 1 and isinstance(written[0], ir.Comprehension):
            return cls.holding(None, self._value(written[0].elements[-1], store, depth + 1)[2])
        if any(argument.star or argument.keyword for argument in call.args):
            return cls
        match written:
            case (ir.Mapping(values=values),):
                written = values
            case (ir.Sequence(items=items),):
                written = items
            case (ir.Call(),) if cls.qualname != _SEQUENTIAL:
                return cls
            case (ir.Call(args=(ir.Argument(value=ir.Sequence()),)),):
                return cls  # OrderedDict([("name", module), …])
            case _ if cls.qualname != _SEQUENTIAL and written:
                return cls
        found = [self._value(item, store, depth + 1) for item in written]
        if any(kind != "submodule" for kind, _, _ in found):
            return cls
        return cls.holding(tuple(element for _, _, element in found))

    def _element_after(self, cls: ModuleClass, store: Store) -> ModuleClass | None:
        """Return the class of every element of a container that another one is appended to."""
        added = self._value(store.value, store)[2] if store.value is not None else None
        if added is None or cls.elements == ():
            return added
        is_same = cls.element is not None and cls.element.qualname == added.qualname
        return added if is_same else None

    def _is_fresh(self, expr: ir.Expr) -> bool:
        """Tell whether a tensor is certainly not an `nn.Parameter` that was handed in."""
        if isinstance(expr, ir.Operation):
            return True
        if not isinstance(expr, ir.Call):
            return False
        name = expr.func.attr if isinstance(expr.func, ir.Attribute) else getattr(expr.func, "id", "_")
        return not name.endswith("_") and name not in {"to", "cpu", "cuda", "float", "double", "contiguous"}

    def _is_module_parameter(self, expr: ir.Expr, store: Store) -> bool:
        """Tell whether a name is a parameter annotated as a module class."""
        if not isinstance(expr, ir.Name) or not store.scope.functions:
            return False
        for parameter in store.scope.functions[-1].parameters:
            if parameter.name == expr.id and parameter.annotation is not None and parameter.default is None:
                definition = self._project.resolve(store.scope, parameter.annotation)
                return self._class_of(definition) is not None
        return False

    def _inference(self, store: Store) -> Inference:
        return Inference(self._project, store.self_name, self._type_so_far)

    def _type_so_far(self, name: str) -> TorchType:
        """Return the type of an attribute by its stores alone; of one that is being asked for, UNKNOWN."""
        if name not in self._types:
            self._types[name] = UNKNOWN
            stores = [store for store in self._initialization.stores if store.name == name]
            if stores and all(store.how == "set" for store in stores):
                found = [self._classified(store) for store in stores]
                if all(kind == "value" for kind, _, _ in found):
                    self._types[name] = same([inferred for _, inferred, _ in found])
        return self._types[name]

    # --- annotations and markers -------------------------------------------------------------------

    @cached_property
    def _annotations(self) -> ClassBody | None:
        """The nearest class with annotations: torch looks at no other."""
        return next((body for body in self._bodies if body.annotations), None)

    def _marker(self, name: str) -> tuple[str, ...]:
        for body in self._bodies:
            if name in body.markers:
                return body.markers[name] or ()
        return ()

    def _marked(self, fact: AttributeFact) -> AttributeFact:
        """Return the fact with what class-level annotations and TorchScript's markers make of it."""
        if fact.name in self._marker("__jit_ignored_attributes__"):
            fact = replace(fact, jit="ignore")
        if fact.name in self._marker("__jit_unused_properties__") and fact.kind == "property":
            fact = replace(fact, jit="unused")
        annotation = self._annotations.annotations.get(fact.name) if self._annotations else None
        is_constant = fact.name in self._marker("__constants__")
        if annotation is not None and self._annotations is not None:
            scope = self._annotations.definition.scope
            is_constant |= is_final(annotation, scope, self._project)
            found = annotation_type(annotation, scope, self._project)
            fact = replace(fact, annotation_type=found, may_be=None)
            if fact.kind in {"value", "unknown"} and not is_constant:
                fact = replace(fact, type=found if found.scriptable else UNKNOWN)
        if is_constant and fact.kind in {"value", "class value", "unknown"}:
            fact = replace(fact, kind="constant", type=_constant_type(fact.type), may_be=None)
        return fact


def _is_plainly_made(store: Store) -> bool:
    """Tell whether a store certainly happens and gives the attribute a value that was made there."""
    is_made = store.how in {"set", "module"} and isinstance(store.value, ir.Call)
    return store.how == "change" or (is_made and not store.is_conditional)


def _constant_type(found: TorchType) -> TorchType:
    """Return the type of a constant: lists become tuples, so a list's is left open.

    What has a TorchScript type as an attribute need not be a valid constant.
    """
    name = found.name or ""
    if found.python in {"list", "tuple"} or name.startswith(("List[", "Tuple[", "Optional[")):
        return UNKNOWN
    invalid = {"Tensor": "torch.Tensor", "complex": "complex"}.get(name)
    if name.startswith("Dict["):
        invalid = "dict"
    return found if invalid is None else refused(invalid, f"a {invalid}")


def _refused(types: list[TorchType]) -> TorchType | None:
    """Return the type of those that has no TorchScript type, where the others have one."""
    if not all(found.scriptable is not None for found in types) or all(found.scriptable for found in types):
        return None
    return next(found for found in types if not found.scriptable)


def _all_expressions(statements: tuple[ir.Stmt, ...]) -> list[ir.Expr]:
    found: list[ir.Expr] = []
    pending = list(statements)
    while pending:
        statement = pending.pop()
        expressions = list(statement_expressions(statement))
        while expressions:
            expr = expressions.pop()
            found.append(expr)
            expressions.extend(children(expr))
        for body in nested_statements(statement):
            pending.extend(body)
    return found
