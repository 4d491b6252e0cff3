"""Module classes: what a class says of its instances' attributes, methods and forward, bases included."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from msgspec import Struct

from hookproof.facts.atlas import AtlasClass, Facts
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.modules.attribute_kinds import AttributeKind, JitMark
from hookproof.modules.given import Given, literal_key
from hookproof.modules.instance import Instance
from hookproof.modules.known_bases import canonical, external_names, first_atlas, is_known_base
from hookproof.modules.signature import Signature, atlas_signature
from hookproof.semantic.bases import Base
from hookproof.semantic.bindings import names_in
from hookproof.semantic.definitions import ClassDefinition, External, FunctionDefinition
from hookproof.semantic.effects import statements_of
from hookproof.semantic.location import Location
from hookproof.syntax import ir

MODULE = "torch.nn.Module"
_NUMBERED = frozenset({"torch.nn.Sequential", "torch.nn.ModuleList"})


class AttributeFact(Struct, frozen=True):
    """One attribute of a module class.

    `location` is where it is set, None for torch's own and for methods; `defined_at` knows those too. `type`
    is its TorchScript type, the class-level annotation's where there is one (kept apart in
    `annotation_type`). `module_class` is a submodule's class where it is known exactly. `jit` is a decorator
    of `torch.jit`, or `ignore` and `unused` for names in `__jit_ignored_attributes__` and
    `__jit_unused_properties__`. `may_be` is the type without a TorchScript type that one of several branches
    gives it. `instance` is what its value is an instance of, where that is known and no module class.
    """

    name: str
    kind: AttributeKind
    type: TorchType = UNKNOWN
    location: Location | None = None
    module_class: ModuleClass | None = None
    annotation_type: TorchType | None = None
    function: FunctionDefinition | None = None
    jit: JitMark = ""
    is_conditional: bool = False
    owner: str = ""
    may_be: TorchType | None = None
    instance: Instance | None = None

    @property
    def defined_at(self) -> Location | None:
        """Where it is set or defined, None for torch's own."""
        return self.location or (self.function.location if self.function is not None else None)

    @property
    def compiled_type(self) -> TorchType:
        """The type of a value that the scripted module certainly has, UNKNOWN of anything else."""
        return self.type if self.kind == "value" and self.is_compiled is True else UNKNOWN

    @property
    def is_compiled(self) -> bool | None:
        """Whether the scripted module has the attribute; None where that cannot be said.

        Measured: TorchScript takes parameters, buffers, submodules, constants, and the values set on the
        instance that have a type; never class values, nor names that start with two underscores.
        """
        if self.kind == "class value":
            return False
        if self.kind in {"method", "static method", "class method", "property", "late value", "unknown"}:
            return None
        if self.jit == "ignore" or self.name.startswith("__"):
            return False
        if self.is_conditional:
            return False if self.type.scriptable is False else None
        if self.kind in {"parameter", "buffer", "submodule"}:
            return True
        return self.type.scriptable


class ClassFacts(Protocol):
    """What the code of a class of the project says, its bases and its `__init__` included."""

    @property
    def attributes(self) -> dict[str, AttributeFact]:
        """The attributes beyond `nn.Module`'s own, by name."""

    @property
    def is_opaque(self) -> bool:
        """Whether attributes may exist that are not in `attributes`."""

    def first_submodules(self) -> tuple[str, ...]:
        """Return the names of the submodules that `__init__` makes first, up to one that is uncertain."""

    def called_on_self(self, function: FunctionDefinition) -> list[str]:
        """Return the names of the methods a method calls on self."""


class Reader(Protocol):
    """What reads the code of classes, and knows what the atlas says of torch's own."""

    @property
    def torch(self) -> Facts:
        """What is known of torch."""

    def facts(self, mro: tuple[Base, ...], given: Given) -> ClassFacts:
        """Return what a class of the project says whose `__init__` is given these literals."""

    def torch_facts(self, qualname: str) -> dict[str, AttributeFact]:
        """Return the attributes of a class of torch beyond those of `nn.Module`, or `nn.Module`'s own."""

    def forward(self, function: FunctionDefinition, owner: ModuleClass) -> Signature:
        """Return the signature of a method that is compiled as `forward`."""


class ModuleClass:
    """A class whose instances are `nn.Module`s, of the project or of torch.

    `is_complete` says that every base is known and that nothing adds attributes behind the reader's back
    (metaclass, class decorator, `__getattr__`, a computed `setattr`, `exec`): a name that
    `attribute` does not know is then certainly missing. `elements` are the classes of the modules in a
    container that was written out, None where they are not known; `element` is the
    class of each of them. `changed` are the attributes of one module that its class sets to something else.
    """

    def __init__(
        self,
        qualname: str,
        reader: Reader,
        definition: ClassDefinition | None = None,
        atlas: AtlasClass | None = None,
        mro: tuple[Base, ...] = (),
        elements: tuple[ModuleClass | None, ...] | None = None,
        element: ModuleClass | None = None,
        given: Given | None = None,
    ) -> None:
        self.qualname = qualname
        self.definition = definition
        self._reader = reader
        self._atlas = atlas
        self.elements = elements
        self.element = element or _shared(elements or ())
        self._mro = mro
        self._given = given or {}
        self._made: dict[tuple[tuple[str, object], ...], ModuleClass] = {}
        self._is_reading_forward = False
        self._is_reading_learns = False
        self.changed: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<ModuleClass {self.qualname}>"

    @property
    def atlas(self) -> AtlasClass | None:
        """What the atlas has of it, None for a class of the project."""
        return self._atlas if self.definition is None else None

    @cached_property
    def _facts(self) -> ClassFacts:
        return self._reader.facts(self._mro, self._given)

    @cached_property
    def _attributes(self) -> dict[str, AttributeFact]:
        found = dict(self._reader.torch_facts(MODULE))
        if self._atlas is not None and self.definition is None:
            return {**found, **self._reader.torch_facts(self._atlas.qualname)}
        return {**found, **self._facts.attributes}

    @cached_property
    def is_complete(self) -> bool:
        """Whether the absence of a name is certain; of a container only where its children have numbers."""
        if self.is_container:
            return self.elements is not None and self.numbers_children
        if self.definition is None:
            return self._atlas is not None and self._atlas.is_probed
        if any(not is_known_base(base, self._reader.torch) for base in self._mro):
            return False
        return not self._facts.is_opaque

    def attribute(self, name: str) -> AttributeFact | None:
        """Return what is known of an attribute: own, inherited, or `nn.Module`'s."""
        return self._attributes.get(name)

    def attributes(self) -> dict[str, AttributeFact]:
        """Return every attribute by name."""
        return dict(self._attributes)

    def submodules(self) -> dict[str, ModuleClass | None]:
        """Return the submodules by name, with their class where it is known exactly."""
        if self.elements is not None:
            return {str(index): element for index, element in enumerate(self.elements)}
        if self.element is not None:
            return {"0": self.element}
        return {
            name: fact.module_class for name, fact in self._attributes.items() if fact.kind == "submodule"
        }

    def first_submodules(self) -> tuple[str, ...]:
        """Return the names of the submodules that an instance certainly lists first, in order."""
        if self.elements is not None and self.numbers_children:
            return ("0",) if self.elements else ()
        is_known = self.definition is not None and not self.is_container and self.is_complete
        return self._facts.first_submodules() if is_known else ()

    @cached_property
    def forward(self) -> Signature | None:
        """The signature of `forward`, None where there is none or it is not known."""
        function = self._method("forward")
        if function is not None:
            if self._is_reading_forward:
                return None  # a module class that holds itself
            self._is_reading_forward = True
            return self._reader.forward(function, self)
        atlas = self._atlas if self.definition is None else first_atlas(self._mro, self._reader.torch)
        return None if atlas is None else atlas_signature(atlas)

    @cached_property
    def forward_is_alone(self) -> bool:
        """Whether `forward` certainly calls no submodule, for it never speaks of the module."""
        method = self._method("forward") if self.definition is not None else None
        if method is None or not method.function.parameters:
            return False
        return method.function.parameters[0].name not in names_in(method.function.body)

    @cached_property
    def has_forward(self) -> bool:
        """Whether the class or one of its known bases has a `forward` of its own."""
        if self._method("forward") is not None:
            return True
        atlas = self._atlas if self.definition is None else first_atlas(self._mro, self._reader.torch)
        return atlas is not None and atlas.forward is not None

    @property
    def is_overloaded(self) -> bool:
        """Whether it is a class of torch with several forwards, of which no hook can be compiled."""
        forward = self._atlas.forward if self._atlas is not None and self.definition is None else None
        return forward is not None and forward.is_overloaded

    @cached_property
    def lacks_forward(self) -> bool:
        """Whether it certainly has no `forward`: a container of torch, or none is defined."""
        is_container = self.definition is None and self.is_container
        return not self.has_forward and (is_container or self.is_complete)

    @cached_property
    def is_container(self) -> bool:
        """Whether it is a `ModuleList`, `ModuleDict`, `Sequential` or the like."""
        atlas = self._atlas if self.definition is None else first_atlas(self._mro, self._reader.torch)
        return atlas is not None and atlas.is_container

    @property
    def numbers_children(self) -> bool:
        """Whether it is one of torch's containers that name by number what they are given by position."""
        return self.definition is None and self.qualname in _NUMBERED

    def holding(
        self, elements: tuple[ModuleClass | None, ...] | None, element: ModuleClass | None = None
    ) -> ModuleClass:
        """Return the class of a container like this with these elements; None for any, of class `element`."""
        return ModuleClass(
            self.qualname,
            self._reader,
            self.definition,
            self._atlas,
            self._mro,
            elements,
            element,
            self._given,
        )

    def made_with(self, given: Given) -> ModuleClass:
        """Return the class as its instances are whose `__init__` is given these literals."""
        key = tuple((name, literal_key(literal)) for name, literal in given.items())
        if not given or self.definition is None or self.is_container:
            return self
        if key not in self._made:
            self._made[key] = ModuleClass(
                self.qualname, self._reader, self.definition, self._atlas, self._mro, given=given
            )
        return self._made[key]

    def changed_by(self, facts: Mapping[str, AttributeFact], *, is_open: bool = False) -> ModuleClass:
        """Return the class of a module with these attributes instead; others may be too if it `is_open`."""
        elements = self.elements
        if elements is not None:
            numbered = enumerate(elements)
            elements = tuple(
                facts[str(index)].module_class if str(index) in facts else element
                for index, element in numbered
            )
        changed = self.holding(None if is_open else elements, None if is_open else self.element)
        own = self._attributes
        if is_open:
            own = {
                name: fact if fact.owner == MODULE or fact.function else AttributeFact(name, "unknown")
                for name, fact in own.items()
            }
            changed.is_complete = False
        changed._attributes = {**own, **facts}
        if self.definition is not None:
            changed._facts = self._facts
        changed.changed = frozenset(facts)
        return changed

    def element_at(self, key: str) -> ModuleClass | None:
        """Return the class of an element of this container: of that one, or of every one."""
        is_numbered = self.elements is not None and key.isdecimal() and not self.is_a("torch.nn.ModuleDict")
        return self.submodules().get(key) if is_numbered else self.element

    @cached_property
    def exports(self) -> bool:
        """Whether a method is marked `@torch.jit.export`."""
        return any(fact.jit == "export" for fact in self._attributes.values())

    @cached_property
    def _reached(self) -> frozenset[str]:
        reached: set[str] = set()
        pending = ["forward", *(name for name, fact in self._attributes.items() if fact.jit == "export")]
        while pending:
            name = pending.pop()
            function = self._method(name)
            if name in reached or function is None:
                continue
            reached.add(name)
            pending += self._facts.called_on_self(function)
        return frozenset(reached)

    @cached_property
    def learns(self) -> bool:
        """Whether `forward` certainly uses parameters: of a submodule it calls, or a torch class's own."""
        if self.definition is None:
            return any(fact.kind == "parameter" for fact in self._attributes.values())
        if self._is_reading_learns:
            return False
        self._is_reading_learns = True
        function = self._method("forward")
        parts = self.submodules()
        called = [parts.get(name) for name in self._facts.called_on_self(function)] if function else []
        return any(part is not None and part.learns for part in called)

    @cached_property
    def raises(self) -> bool:
        """Whether a method that a call comes to has a `raise` or an `assert`."""
        functions = [method.function for name in self._reached if (method := self._method(name))]
        return any(
            isinstance(statement, (ir.Raise, ir.Assert))
            for function in functions
            for statement in statements_of(function.body)
        )

    def reaches(self, method_name: str) -> bool:
        """Return whether scripting compiles a method: `forward`, exported, or called from these on self."""
        return method_name in self._reached

    def is_a(self, qualname: str) -> bool | None:
        """Return whether this is the class of that name or a subclass of it, None where that is unknown."""
        wanted = canonical(qualname, self._reader.torch)
        if self.qualname == wanted:
            return True
        names: set[str] = set()
        for base in self._mro:
            if isinstance(base, ClassDefinition):
                names.add(base.qualname)
            elif isinstance(base, External):
                names |= external_names(base, self._reader.torch)
        if self._atlas is not None:
            names |= {self._atlas.qualname, *self._atlas.bases}
        if wanted in names:
            return True
        known = self.definition is None or all(is_known_base(base, self._reader.torch) for base in self._mro)
        return False if known else None

    def _method(self, name: str) -> FunctionDefinition | None:
        fact = self._attributes.get(name)
        return None if fact is None else fact.function


def _shared(elements: tuple[ModuleClass | None, ...]) -> ModuleClass | None:
    """Return the class that all elements have."""
    names = {element.qualname if element is not None else "" for element in elements}
    return elements[0] if len(names) == 1 else None
