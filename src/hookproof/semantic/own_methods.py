"""The methods that a class itself defines, by name and by the attributes of `self` that they assign."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import takewhile
from typing import TYPE_CHECKING

from hookproof.semantic.bindings import bindings_of
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.effects import written_attributes
from hookproof.semantic.nested_classes import way_to
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of

if TYPE_CHECKING:
    from hookproof.syntax.outline import Block

# It starts with a literal, for that is searched at the speed of memory.
_SELF_ASSIGNMENT = re.compile(r"self\.(?<!\wself\.)(\w+)\b[^=\n]*=(?!=)")


class OwnMethods:
    """What each class of a project defines itself; what it inherits is not here."""

    def __init__(self) -> None:
        self._methods: dict[tuple[str, int], Mapping[str, tuple[FunctionDefinition, ...]]] = {}
        self._assigning: dict[tuple[str, int], dict[str, list[str]]] = {}

    def methods(self, cls: ClassDefinition) -> Mapping[str, tuple[FunctionDefinition, ...]]:
        """Return a class's own methods by name, in source order (a property and its setter share one)."""
        key = (cls.scope.file.path, cls.node.at)
        if key not in self._methods:
            found: dict[str, list[FunctionDefinition]] = {}
            for define in _defines(cls):
                name, qualname = define.function.name, f"{cls.qualname}.{define.function.name}"
                method = FunctionDefinition(name, cls.scope, qualname, cls, body=define.function)
                found.setdefault(name, []).append(method)
            for block in _method_blocks(cls):
                qualname = f"{cls.qualname}.{block.name}"
                method = FunctionDefinition(block.name, cls.scope, qualname, cls, block=block.index)
                found.setdefault(block.name, []).append(method)
            self._methods[key] = {name: tuple(methods) for name, methods in found.items()}
        return self._methods[key]

    def method(self, cls: ClassDefinition, name: str) -> tuple[FunctionDefinition, ...]:
        """Return a class's own methods of one name, in source order."""
        return self.methods(cls).get(name, ())

    def assigning(self, cls: ClassDefinition, attribute: str) -> tuple[FunctionDefinition, ...]:
        """Return a class's own methods whose source text assigns `self.attribute`."""
        key = (cls.scope.file.path, cls.node.at)
        if key not in self._assigning:
            assigning: dict[str, list[str]] = {}
            for define in _defines(cls):
                for name in _self_attributes(define.function):
                    assigning.setdefault(name, []).append(define.function.name)
            for block in _method_blocks(cls):
                for name in set(_SELF_ASSIGNMENT.findall(cls.scope.file.block_text(block.index))):
                    assigning.setdefault(name, []).append(block.name)
            self._assigning[key] = assigning
        names = dict.fromkeys(self._assigning[key].get(attribute, ()))
        return tuple(method for name in names for method in self.method(cls, name))

    def forget(self, resting: Collection[str]) -> None:
        """Forget the classes of these files."""
        self._methods = {key: known for key, known in self._methods.items() if key[0] not in resting}
        self._assigning = {key: known for key, known in self._assigning.items() if key[0] not in resting}


def _defines(cls: ClassDefinition) -> Iterator[ir.Define]:
    """Yield the methods in a class's own facts, through compound statements, in source order."""
    for found in bindings_of(cls.node.body).values():
        yield from (statement for statement in found if isinstance(statement, ir.Define))


def _method_blocks(cls: ClassDefinition) -> Iterator[Block]:
    file, index = cls.scope.file, block_of(cls.node.at)
    blocks = file.outline.blocks
    if cls.scope.functions or blocks[index].kind != "class":
        return
    behind = (blocks[number] for number in range(index + 1, len(blocks)))
    methods = list(takewhile(lambda block: block.owner == index, behind))
    within = way_to(cls.node, file.block(index)) if methods else None
    yield from (method for method in methods if method.within == within)


def _self_attributes(function: ir.Function) -> set[str]:
    return written_attributes(function.body, function.parameters[0].name) if function.parameters else set()
