"""Functions that compiled code calls and that torch refuses: what stands in them, or in what they call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from hookproof.evaluator.arguments import written
from hookproof.facts.types import TorchType
from hookproof.finding import Edit, Fix, Prediction
from hookproof.modules.module_class import ModuleClass
from hookproof.rules.compiled_body import visit_body
from hookproof.rules.frontend_syntax import Refusal, refused_by_compiler, refused_by_frontend
from hookproof.rules.signature import UNSCRIPTABLE
from hookproof.semantic.definitions import FunctionDefinition
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type
from hookproof.torch_types.operations import NUMBER

_STARRED = Refusal("`*` or `**` parameters", Prediction("NotSupportedError", "variable number of arguments"))
_KEYWORD = Refusal("a keyword-only parameter with a default", _STARRED.prediction)
_MUTABLE = Prediction("RuntimeError", "Mutable default parameters are not supported")
_NO_TENSOR = Prediction(
    "RuntimeError", r"Expected a default value of type Tensor|Unsupported value kind: Tensor"
)
_NUMBERS_AND_TEXT = frozenset({"int", "float", "bool", "str", NUMBER})


class Refused(Struct, frozen=True):
    """What torch refuses, and the function in whose body or signature it stands, or that is so called.

    `lacks_annotation` tells that an annotation of a parameter is missing.
    """

    function: FunctionDefinition
    refusal: Refusal
    is_of_call: bool = False
    lacks_annotation: bool = False

    def words(self, called: FunctionDefinition) -> str:
        """Return what is refused and where, seen from the function that is called."""
        where = "its body" if self.function == called else f"`{self.function.name}`, which it calls"
        return f"{self.refusal.what} in {where}"

    def says(self, called: FunctionDefinition) -> str:
        """Return what is wrong with the call of a function, in words that follow its name."""
        return self.refusal.what if self.is_of_call else f"cannot be compiled: {self.words(called)}"


class Refusals:
    """Looks for what torch refuses in functions, each of which is looked at once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen: set[object] = set()

    def within(
        self, definition: FunctionDefinition, owner: ModuleClass | None = None, *, is_called: bool = True
    ) -> Refused | None:
        """Return the first thing that torch refuses in a function, or in one that it certainly calls.

        `owner` is the class of the module where the function is a method. One that is not called may have
        None as the default of what is no Tensor.
        """
        key = (definition.location, owner.qualname if owner is not None else "")
        if key in self._seen:
            return None
        self._seen.add(key)
        function = definition.function
        scope = Scope(definition.scope.file, (*definition.scope.functions, function))
        refusal = next(_refused(function, is_called=is_called), None)
        if refusal is None:
            refusal = next(_refused_annotations(function, scope, self._project), None)
        if refusal is not None:
            lacks_annotation = refusal.prediction is _NO_TENSOR
            return Refused(definition, refusal, lacks_annotation=lacks_annotation)
        if function.decorators:
            return None
        for visit in visit_body(function):
            if not visit.certain:
                continue
            refusal = refused_by_compiler(visit, scope, self._project)
            if refusal is not None:
                return Refused(definition, refusal)
            found = self._in_called(visit.node, function, scope, owner)
            if found is not None:
                return found
        return None

    def called(self, call: ir.Call, scope: Scope) -> FunctionDefinition | None:
        """Return the function of the project that a call in compiled code certainly has compiled."""
        definition = self._project.resolve(scope, call.func)
        if not isinstance(definition, FunctionDefinition) or definition.owner is not None:
            return None
        return None if definition.function.decorators or definition.wrapped else definition

    def _in_called(
        self, node: object, function: ir.Function, scope: Scope, owner: ModuleClass | None
    ) -> Refused | None:
        if not isinstance(node, ir.Call):
            return None
        if owner is not None and (method := _called_on_self(node, function, owner)) is not None:
            return self.within(method, owner)
        called = self.called(node, scope)
        return self.within(called) if called is not None else None


def refused_call(
    called: FunctionDefinition,
    call: ir.Call,
    *before: ir.Expr,
    type_of: Callable[[ir.Expr], TorchType] | None = None,
) -> Refused | None:
    """Return why torch refuses a call: it gives a number or text to a parameter without annotation.

    `before` is what the function is given ahead of the arguments, as a method is the module; `type_of` tells
    the types of what is written in the call.
    """
    function = called.function
    untyped = {each.name for each in function.parameters if each.annotation is None}
    for name, given in written(function, call, *before).items() if function.type_comment is None else ():
        if name not in untyped:
            continue
        if _is_no_tensor(given) or (type_of is not None and type_of(given).name in _NUMBERS_AND_TEXT):
            what = f"takes a Tensor as `{name}`, which has no annotation"
            predicted = rf"Expected a value of type 'Tensor \(inferred\)' for argument '{name}'"
            refusal = Refusal(what, Prediction("RuntimeError", predicted), "; annotate it")
            return Refused(called, refusal, is_of_call=True, lacks_annotation=True)
    return None


def annotated(refused: Refused, call: ir.Call) -> Fix | None:
    """Return the fix that annotates parameters by their defaults and what the call gives, if those agree."""
    function, file = refused.function.function, refused.function.location.file
    if not refused.lacks_annotation or not isinstance(call.func, ir.Name):
        return None
    given, edits = written(function, call), []
    for parameter in function.parameters:
        values = [each for each in (parameter.default, given.get(parameter.name)) if each is not None]
        if parameter.annotation is not None or (
            parameter.default is None and not any(map(_is_no_tensor, values))
        ):
            continue  # what the call gives may be a Tensor
        types = {_builtin_type(each) for each in values}
        if len(types) != 1 or None in types:
            return None
        _, _, line, column = file.location(parameter.at)
        end, text = column, f": {types.pop()}"
        if parameter.default is not None:
            _, end, _, _ = file.location(parameter.default.at)
            text = f"{text} = "
            if file.line_text(line)[column - 1 : end - 1].strip() != "=":
                return None
        edits.append(Edit(file.path, line, column, line, end, text))
    return Fix(True, tuple(edits)) if edits else None


def _refused(function: ir.Function, *, is_called: bool) -> Iterator[Refusal]:
    """Yield what torch refuses of a function before it compiles it: parameters, and what it cannot parse."""
    if any(parameter.kind in {"*", "**"} for parameter in function.parameters):
        yield _STARRED
    for parameter in function.parameters:
        if parameter.kind == "keyword-only" and parameter.default is not None:
            yield _KEYWORD
        if isinstance(parameter.default, ir.Mapping) or _is_mutable(parameter.default):
            yield Refusal(f"a list, dict or set as the default of `{parameter.name}`", _MUTABLE)
    for parameter in function.parameters if function.type_comment is None else ():
        is_none = isinstance(parameter.default, ir.Constant) and parameter.default.kind == "None"
        is_tuple = isinstance(parameter.default, ir.Sequence) and parameter.default.kind == "tuple"
        is_wrong = is_tuple or (_is_no_tensor(parameter.default) and (is_called or not is_none))
        if parameter.annotation is None and is_wrong:
            what = f"`{parameter.name}` without annotation, whose default is no Tensor,"
            yield Refusal(what, _NO_TENSOR, "; annotate it")
    yield from filter(None, map(refused_by_frontend, visit_body(function)))


def _refused_annotations(function: ir.Function, scope: Scope, project: Project) -> Iterator[Refusal]:
    for parameter in function.parameters if function.type_comment is None else ():
        if parameter.annotation is None:
            continue
        found = annotation_type(parameter.annotation, scope, project)
        if found.scriptable is False:
            yield Refusal(
                f"the annotation of `{parameter.name}`, which is no TorchScript type,", UNSCRIPTABLE
            )


def _is_mutable(default: ir.Expr | None) -> bool:
    return isinstance(default, ir.Sequence) and default.kind != "tuple"


def _is_no_tensor(default: ir.Expr | None) -> bool:
    match default:
        case ir.Constant() | ir.Operation(op="-", operands=(ir.Constant(),)):
            return True
    return False


def _builtin_type(value: ir.Expr) -> str | None:
    """Return the type of a literal that needs no import."""
    literal = value.operands[0] if isinstance(value, ir.Operation) else value
    is_plain = isinstance(literal, ir.Constant) and literal.kind in {"int", "float", "bool", "str"}
    return literal.kind if isinstance(literal, ir.Constant) and is_plain else None


def _called_on_self(call: ir.Call, function: ir.Function, owner: ModuleClass) -> FunctionDefinition | None:
    """Return the method that `self.name(…)` calls, unless torch leaves it in Python."""
    match call.func:
        case ir.Attribute(value=ir.Name(id=name), attr=attr):
            fact = owner.attribute(attr)
            is_self = bool(function.parameters) and function.parameters[0].name == name
            if is_self and fact is not None and fact.kind == "method" and fact.jit in {"", "export"}:
                return fact.function
    return None
