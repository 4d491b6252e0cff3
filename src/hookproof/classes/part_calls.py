"""What a model's compiled methods do with one of its parts: call it, and need something of its result.

Measured on 2.13.0: a part's result has the type of what its last hook returns, in everything that is compiled
around it, and no other type is taken for a Tensor.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from hookproof.classes.module_classes import module_class_of
from hookproof.evaluator.domain import Access, Arguments, Evaluator, Frame, Given, Tracked, Value
from hookproof.evaluator.guard_words import is_never
from hookproof.evaluator.run import Run
from hookproof.semantic.definitions import External, FunctionDefinition
from hookproof.semantic.location import Location
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass

# No tuple can be an operand of the first; some can of the others (measured on 2.13.0).
_OF_TENSORS = frozenset({"-", "/", "@"})
_ARITHMETIC = _OF_TENSORS | {"+", "*"}
_TYPE_TESTS = frozenset({"isinstance", "is_tensor", "type", "hasattr"})

Need: TypeAlias = Literal["argument", "attribute", "item", "operand", "returned", "term"]


class ResultUse(Struct, frozen=True):
    """A place that needs a part's result to be a Tensor; `location` is None in torch's own code."""

    need: Need
    location: Location | None = None


class PartCalls:
    """What the compiled methods of one class certainly do with one part, in source order."""

    def __init__(self) -> None:
        self.calls: list[tuple[ir.Call, Location]] = []
        self.uses: list[ResultUse] = []


def part_calls(owner: ModuleClass, part: str, project: Project) -> PartCalls:
    """Return what the methods of `owner` that scripting compiles do with `self.part`; worked out once."""
    known = project.once(_Known).calls
    if (owner, part) not in known:
        found = known[owner, part] = PartCalls()
        for name, fact in owner.attributes().items():
            if fact.function is not None and fact.kind == "method" and owner.reaches(name):
                _Method(found, owner, part).read(fact.function, project)
    return known[owner, part]


class _Known:
    """What was worked out of the classes of one project."""

    def __init__(self, project: Project) -> None:
        self.calls: dict[tuple[ModuleClass, str], PartCalls] = {}

    def forget(self, resting: Collection[str]) -> None:
        """Forget the classes of these files."""
        for key in list(self.calls):
            definition = key[0].definition
            if definition is not None and definition.scope.file.path in resting:
                del self.calls[key]


class _Method:
    """One method that is read; nothing is said of a result any more once its type was asked about."""

    def __init__(self, found: PartCalls, owner: ModuleClass, part: str) -> None:
        self.owner, self.part = owner, part
        self.is_asked = False
        self._found = found

    def read(self, method: FunctionDefinition, project: Project) -> None:
        """Run the body with the module tracked."""
        function = method.function
        if not function.parameters:
            return
        run = Run(project, partial(module_class_of, project=project), is_thrifty=True)
        frame = Frame(Scope(method.scope.file, (*method.scope.functions, function)), None, function)
        names = run.state.names
        names.update(((frame, parameter.name), None) for parameter in function.parameters)
        names[frame, function.parameters[0].name] = _Model(self)
        run.finishes(function, frame)
        returns = function.returns
        if returns is None or annotation_type(returns, method.scope, project).name != "Tensor":
            return
        for way in frame.returned:
            if isinstance(way.value, _Result) and way.is_certain and not self.is_asked:
                self._found.uses.append(ResultUse("returned", Location(method.scope.file, way.node.at)))

    def is_certain(self, run: Evaluator, frame: Frame) -> bool:
        """Return whether what happens in a frame now is certainly compiled."""
        is_left = run.quiet > 0 or is_never(run.guards)
        return not is_left and frame.is_certain(despite_loops=True)

    def called(self, run: Evaluator, args: Arguments) -> None:
        """Note a call of the part."""
        location = Location(args.frame.scope.file, args.node.at)
        if self.is_certain(run, args.frame) and (args.node, location) not in self._found.calls:
            self._found.calls.append((args.node, location))

    def needs(self, run: Evaluator, need: Need, node: ir.Expr, frame: Frame) -> None:
        """Note that a Tensor is needed of the part's result."""
        use = ResultUse(need, Location(frame.scope.file, getattr(node, "at", 0)))
        if not self.is_asked and self.is_certain(run, frame) and use not in self._found.uses:
            self._found.uses.append(use)


class _Model(Tracked, frozen=True):
    """The module whose method is read."""

    method: _Method

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Return a part."""
        fact = self.method.owner.attribute(name)
        is_part = fact is not None and fact.kind == "submodule"
        cls = fact.module_class if fact is not None and is_part else None
        is_wanted = name == self.method.part
        return _Part(self.method, cls, is_wanted) if is_wanted or is_part else None


class _Part(Tracked, frozen=True):
    """A part of the module: the one that is asked about if it `is_wanted`."""

    method: _Method
    cls: ModuleClass | None
    is_wanted: bool

    def call(self, run: Evaluator, args: Arguments) -> Value | None:
        """Note the call, and what it needs of a result that it is given."""
        for position, given in enumerate(args.positional):
            if isinstance(given, _Result) and self.cls is not None and takes_tensor(self.cls, position):
                self.method.needs(run, "argument", args.node, args.frame)
        if not self.is_wanted:
            return None
        self.method.called(run, args)
        return _Result(self.method)


class _Result(Tracked, frozen=True):
    """What the part returns."""

    method: _Method

    def get(self, run: Evaluator, name: str, access: Access) -> Value | None:
        """Need a Tensor, which has the attribute."""
        self.method.needs(run, "attribute", access.node, access.frame)
        return None

    def item(self, run: Evaluator, key: Value | None, access: Access) -> Value | None:
        """Need a Tensor, of which an index gives one."""
        self.method.needs(run, "item", access.node, access.frame)
        return None

    def operand(self, run: Evaluator, operand: ir.Expr, of: ir.Operation, frame: Frame) -> None:
        """Need a Tensor for arithmetic; a comparison may ask for its type."""
        if of.op in _ARITHMETIC:
            is_shifted = of.op == "+" and any(isinstance(each, ir.Constant) for each in of.operands)
            is_tensor = of.op in _OF_TENSORS or is_shifted
            self.method.needs(run, "operand" if is_tensor else "term", of, frame)
        else:
            self.method.is_asked = True

    def used(self, run: Evaluator, access: Access) -> None:
        """Note a condition, which may ask for its type."""
        self.method.is_asked = self.method.is_asked or access.operation == "truth"

    def passed_on(self, run: Evaluator, given: Given, args: Arguments) -> None:
        """Need a Tensor for the first argument of a function of torch."""
        called = run.project.resolve(given.source.frame.scope, args.node.func)
        name = called.qualname if isinstance(called, External) else ""
        if name.rpartition(".")[2] in _TYPE_TESTS:
            self.method.is_asked = True
        elif name.startswith("torch.nn.functional.") and given.position == 0:
            self.method.needs(run, "argument", args.node, args.frame)


def takes_tensor(cls: ModuleClass, position: int = 0) -> bool:
    """Return whether the `forward` of a class takes a Tensor at a position, and nothing else."""
    forward = cls.forward
    if forward is None or forward.has_star or position >= len(forward.parameters):
        return False
    return forward.parameters[position].type.name == "Tensor"
