"""What a store makes of an attribute: its kind, its TorchScript type and, of a submodule, its class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hookproof.classes.store import Store
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.modules.attribute_kinds import AttributeKind
from hookproof.modules.instance import Instance
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.syntax import ir
from hookproof.torch_types.infer import Inference, known, same

if TYPE_CHECKING:
    from hookproof.modules.module_class import ModuleClass
    from hookproof.semantic.project import Project

_PARAMETERS = frozenset(
    {
        "torch.nn.Parameter",
        "torch.nn.parameter.Parameter",
        "torch.nn.UninitializedParameter",
        "torch.nn.parameter.UninitializedParameter",
    }
)
_BUFFERS = frozenset({"torch.nn.Buffer", "torch.nn.parameter.Buffer"})
_SEQUENTIAL = "torch.nn.Sequential"
_MAX_DEPTH = 8


class StoredValues:
    """Reads the values that are stored on instances of one class; `stores` are all that `__init__` makes."""

    def __init__(
        self,
        project: Project,
        class_of: Callable[[Definition | None], ModuleClass | None],
        stores: Sequence[Store],
    ) -> None:
        self._project = project
        self._class_of = class_of
        self._stores = stores
        self._types: dict[str, TorchType] = {}

    def classified(self, store: Store) -> tuple[AttributeKind, TorchType, ModuleClass | None]:
        """Return the kind of attribute that a store makes, its type and, of a submodule, its class."""
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

    def instance(self, store: Store) -> Instance | None:
        """Return what the value of a store is an instance of, where that is a class and none of modules."""
        expr, is_declared = store.value, False
        for _ in range(_MAX_DEPTH):
            if not isinstance(expr, ir.Name):
                break
            bound = function_bindings(store.scope.functions[-1]).get(expr.id) if store.scope.functions else ()
            match bound:
                case (ir.Assign(targets=(ir.Name(),), value=value),):
                    expr = value
                case (ir.Parameter(annotation=annotation, kind=kind),) if annotation and "*" not in kind:
                    expr, is_declared = annotation, True
                    break
                case _:
                    return None
        if expr is None or not (is_declared or isinstance(expr, (ir.Call, ir.Attribute))):
            return None
        definition = self._made_class(expr, store, is_declared=is_declared)
        return None if definition is None else Instance(definition, is_declared)

    def _made_class(
        self, expr: ir.Expr, store: Store, *, is_declared: bool
    ) -> ClassDefinition | External | None:
        """Return the class that an annotation names, that is called, or of which a member is named."""
        made = expr.func if isinstance(expr, ir.Call) and not is_declared else expr
        found = self._project.resolve(store.scope, made)
        if isinstance(found, ClassDefinition) and made is expr and not is_declared:
            return None  # the class itself
        owner = made.value if isinstance(made, ir.Attribute) and not is_declared else None
        if not isinstance(found, (ClassDefinition, External)) and owner is not None:
            cls = self._project.resolve(store.scope, owner)
            is_of = isinstance(found, FunctionDefinition) and _gives_instance(found)
            is_member = isinstance(found, ValueDefinition) and isinstance(found.value, ir.Constant)
            if isinstance(cls, ClassDefinition) and (is_of if isinstance(expr, ir.Call) else is_member):
                found = cls if is_of or self._is_enum(cls) else None
        if isinstance(found, ValueDefinition) and isinstance(found.value, ir.Call):
            maker = self._project.resolve(found.scope, found.value.func)  # namedtuple("Point", "x y")
            found = maker if maker == External("collections.namedtuple") else None
        if not isinstance(found, (ClassDefinition, External)) or self._class_of(found) is not None:
            return None
        return (
            None
            if isinstance(found, External) and isinstance(expr, ir.Attribute) and not is_declared
            else found
        )

    def _is_enum(self, cls: ClassDefinition) -> bool:
        """Return whether what is named in the body of a class are its instances."""
        last = [base for base in self._project.mro(cls) if isinstance(base, External)]
        return any(base.qualname.startswith("enum.") for base in last)

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

    def element_after(self, cls: ModuleClass, store: Store) -> ModuleClass | None:
        """Return the class of every element of a container that another one is appended to."""
        added = self._value(store.value, store)[2] if store.value is not None else None
        if added is None or cls.elements == ():
            return added
        is_same = cls.element is not None and cls.element.qualname == added.qualname
        return added if is_same else None

    def _is_fresh(self, expr: ir.Expr) -> bool:
        """Return whether a tensor is certainly not an `nn.Parameter` that was handed in."""
        if isinstance(expr, ir.Operation):
            return True
        if not isinstance(expr, ir.Call):
            return False
        name = expr.func.attr if isinstance(expr.func, ir.Attribute) else getattr(expr.func, "id", "_")
        return not name.endswith("_") and name not in {"to", "cpu", "cuda", "float", "double", "contiguous"}

    def _is_module_parameter(self, expr: ir.Expr, store: Store) -> bool:
        """Return whether a name is a parameter annotated as a module class."""
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
            stores = [store for store in self._stores if store.name == name]
            if stores and all(store.how == "set" for store in stores):
                found = [self.classified(store) for store in stores]
                if all(kind == "value" for kind, _, _ in found):
                    self._types[name] = same([inferred for _, inferred, _ in found])
        return self._types[name]

    def refused_choice(self, store: Store) -> TorchType | None:
        """Return the type without TorchScript type that `a if test else b` may give."""
        if not isinstance(store.value, ir.Conditional):
            return None
        choices = (store.value.body, store.value.orelse)
        return refused_among([self._inference(store).infer(choice, store.scope) for choice in choices])


def refused_among(types: list[TorchType]) -> TorchType | None:
    """Return the type of those that has no TorchScript type, where the others have one."""
    if not all(found.scriptable is not None for found in types) or all(found.scriptable for found in types):
        return None
    return next(found for found in types if not found.scriptable)


def _gives_instance(method: FunctionDefinition) -> bool:
    """Return whether a class method does nothing but make an instance of the class."""
    function = method.function
    if "classmethod" not in method.decorator_names or not function.parameters:
        return False
    match [each for each in function.body if not isinstance(each, ir.Expression)]:
        case [ir.Return(value=ir.Call(func=ir.Name(id=name)))]:
            return name == function.parameters[0].name
    return False
