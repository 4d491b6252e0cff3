"""The attributes of a module class of the project: its bodies, its bases and its `__init__` put together."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookproof.classes.class_body import ClassBody, read_class_body
from hookproof.classes.constructors import Construction
from hookproof.classes.late_methods import LateMethods
from hookproof.classes.store import Store
from hookproof.classes.stored_values import StoredValues, refused_among
from hookproof.classes.torch_facts import torch_facts
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.modules.attribute_kinds import AttributeKind
from hookproof.modules.given import Given
from hookproof.modules.module_class import MODULE, AttributeFact
from hookproof.semantic.bases import Base
from hookproof.semantic.bindings import nested_statements
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FunctionDefinition,
)
from hookproof.semantic.expressions import children, statement_expressions
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type, is_final
from hookproof.torch_types.infer import refused, same

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project

_INSTANCE: frozenset[AttributeKind] = frozenset(
    {"parameter", "buffer", "submodule", "constant", "value", "unknown"}
)
_CONTAINERS = ("List[", "Dict[")
_NEVER_SUBMODULES: frozenset[AttributeKind] = frozenset(
    {"parameter", "buffer", "constant", "value", "property", "method", "static method", "class method"}
)


class ClassFacts:
    """The attributes of the class that `mro` starts with; `mro` as `classes.linearized` gives it.

    `given` are literals that parameters of `__init__` stand for; `class_of` knows the other module classes,
    `late` what methods store that nobody calls yet.
    """

    def __init__(
        self,
        mro: tuple[Base, ...],
        project: Project,
        given: Given,
        class_of: Callable[[Definition | None], ModuleClass | None],
        late: LateMethods,
    ) -> None:
        self._mro = mro
        self._late = late
        self._given = given
        self._project = project
        self._class_of = class_of

    @cached_property
    def _bodies(self) -> tuple[ClassBody, ...]:
        return tuple(
            read_class_body(base, self._project) for base in self._mro if isinstance(base, ClassDefinition)
        )

    @cached_property
    def _construction(self) -> Construction:
        return Construction(self._mro, self._project, self._given, self._class_of, self._late)

    @cached_property
    def _values(self) -> StoredValues:
        return StoredValues(self._project, self._class_of, self._construction.stores)

    @cached_property
    def is_opaque(self) -> bool:
        """Whether attributes may exist that are not in `attributes`."""
        if self._construction.is_opaque or any(body.is_opaque for body in self._bodies):
            return True
        reached = set(self._construction.torch_bases)
        has_torch_base = any(
            isinstance(base, External) and self._project.facts.nn_class(base.qualname) is not None
            for base in self._mro
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
                atlas = self._project.facts.nn_class(base.qualname)
                if atlas is not None and atlas.qualname != MODULE:
                    found.update(torch_facts(atlas.qualname, self._project.facts))
        self._class_level = dict(found)
        for name, stores in self._by_name(self._construction.stores).items():
            self._apply(found, name, stores)
        for name, stores in self._by_name(self._construction.late).items():
            self._apply_late(found, name, stores)
        return {name: self._marked(fact) for name, fact in found.items()}

    def first_submodules(self) -> tuple[str, ...]:
        """Return the names of the submodules that `__init__` makes first, up to one that is uncertain."""
        if any(base != MODULE for base in self._construction.torch_bases):
            return ()
        by_name = self._by_name(self._construction.stores)
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
        is_definite = name in self._construction.definite or (fact is not None and not fact.is_conditional)
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
                found[name] = replace(
                    late, location=fact.defined_at, owner=fact.owner, is_conditional=fact.is_conditional
                )

    def _stored(self, before: AttributeFact | None, store: Store) -> AttributeFact:
        """Return the fact after a store, merged with the one before where the store may not happen."""
        kind, found, module_class = self._values.classified(store)
        may_be = self._values.refused_choice(store) if kind == "value" else None
        instance = self._values.instance(store) if kind in {"value", "unknown"} else None
        if before is not None and store.how == "set" and before.kind in {"parameter", "buffer"}:
            # nn.Module.__setattr__ keeps a registered name registered.
            if before.is_conditional and kind != before.kind:
                kind, found, module_class = "unknown", UNKNOWN, None  # perhaps it is not registered
            elif found.name in {"Tensor", "NoneType"} or kind == "parameter":
                kind = "parameter" if kind == "parameter" else before.kind
            elif kind != "submodule":
                kind = before.kind
                found = TorchType(None, None, True)
        if before is not None and store.is_conditional:
            may_be = may_be or before.may_be or refused_among([before.type, found])
            found = same([before.type, found])
            if kind != before.kind:
                kind = "unknown"
            if module_class is not before.module_class:
                module_class = None
            if instance != before.instance:
                instance = None
        return AttributeFact(
            store.name,
            kind,
            found,
            store.location,
            module_class,
            owner=store.owner,
            is_conditional=store.is_conditional and (before is None or before.is_conditional),
            may_be=may_be if found.scriptable is None else None,
            instance=instance,
        )

    def _changed(self, fact: AttributeFact, store: Store) -> AttributeFact:
        """Return the fact after its value was changed in place: a container may be filled now."""
        if store.how == "member":
            known_member = fact.module_class is not None and fact.module_class.attribute(store.member)
            return fact if known_member else replace(fact, module_class=None)
        cls = fact.module_class
        if cls is not None and (cls.elements is not None or cls.element is not None):
            return replace(fact, module_class=cls.holding(None, self._values.element_after(cls, store)))
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
    """Return whether a store certainly happens and gives the attribute a value that was made there."""
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
