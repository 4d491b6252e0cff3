"""Which Python syntax torch's frontend and compiler refuse, measured on torch 2.13.0."""

from __future__ import annotations

from msgspec import Struct

from hookproof.evaluator.types import assigned_type
from hookproof.facts.uncompiled_calls import PYTHON_TENSOR_METHODS, UNCOMPILED_CALLS
from hookproof.finding import Prediction
from hookproof.rules.compiled_body import Visited, parents_in
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir


class Refusal(Struct, frozen=True):
    """What is refused, in a reader's words, the error it gives, and what to do (empty, or from `;` on).

    `refused` is the name among the facts of what some versions of torch accept.
    """

    what: str
    prediction: Prediction
    remedy: str = ""
    refused: str | None = None


def _node(name: str) -> Prediction:
    return Prediction("UnsupportedNodeError", rf"{name} aren't supported")


def _feature(message: str) -> Prediction:
    return Prediction("NotSupportedError", message)


_STATEMENTS: dict[type, Refusal] = {
    ir.Try: Refusal("`try`", _node("try blocks")),
    ir.Match: Refusal("`match`", _node("Match"), "; use `if`"),
    ir.Import: Refusal(
        "an import inside a function", _node("import statements"), "; import at the top of the file"
    ),
    ir.Define: Refusal("an inner function", _node("function definitions"), "; define it outside"),
    ir.Class: Refusal("an inner class", _node("class definitions"), "; define it outside"),
    ir.Lambda: Refusal("a lambda", _node("Lambda"), "; use a `def` outside the hook"),
    ir.Walrus: Refusal("`:=`", _node("NamedExpr"), "; assign on a line of its own"),
}
_OPAQUE = {
    "yield": Refusal("`yield`", _node("Yield")),
    "yield from": Refusal("`yield from`", _node("YieldFrom")),
    "await": Refusal("`await`", _node("Await")),
    "t-string": Refusal("a template string", _node("TemplateStr")),
    "f-string conversion": Refusal(
        "a conversion in an f-string", _feature("Don't support conversion"), "; use `str(…)`"
    ),
    "f-string format": Refusal(
        "a format in an f-string",
        _feature("Don't support (formatting|conversion)"),
        "; use `'{:…}'.format(…)`",
    ),
}
_JUMPS = {
    "global": Refusal("`global`", _node("global variables")),
    "nonlocal": Refusal("`nonlocal`", _node("nonlocal variables")),
}
_SET = Refusal("a set", _node("Set(Comp)?"), "; use a list or dict")
_NO_LOCATION = Prediction("AttributeError", r"'NoneType' object has no attribute 'lineno'")


def refused_by_frontend(visit: Visited) -> Refusal | None:
    """Return why torch cannot even parse a node, in whatever branch it stands; None where it can."""
    node = visit.node
    match node:
        case ir.Opaque(syntax=syntax):
            return _OPAQUE.get(syntax)
        case ir.Jump(kind=kind):
            return _JUMPS.get(kind)
        case ir.Sequence(kind="set"):
            return _SET
        case ir.Comprehension():
            return _comprehension(node)
        case ir.Mapping(keys=keys) if None in keys:
            first = keys[0] is None
            predicted = _feature("Dict expansion") if first else _NO_LOCATION
            return Refusal("`**` in a dict display", predicted)
        case ir.Argument(star="**"):
            return Refusal("`**` in a call", _feature("keyword-arg expansion is not supported"))
        case ir.Constant(kind="bytes"):
            return Refusal("a bytes literal", Prediction("FrontendError", "Unknown Constant expression type"))
        case ir.Operation(op="+", operands=(_,)):
            return Refusal(
                "unary `+`", Prediction("AttributeError", "has no attribute 'range'"), "; leave it out"
            )
        case ir.Name(id=name) if name.startswith("__jit"):
            return Refusal("a name that starts with `__jit`", _feature("can't start with __jit"))
    return _STATEMENTS.get(type(node)) or _refused_statement(node)


def _comprehension(node: ir.Comprehension) -> Refusal | None:
    if node.kind == "set":
        return _SET
    if len(node.clauses) > 1:
        return Refusal("a comprehension with two `for`", _feature("Only a single generator"), "; use loops")
    if any(clause.conditions for clause in node.clauses):
        return Refusal("a comprehension with `if`", _feature("Comprehension ifs"), "; use a loop")
    return None


def _refused_statement(node: object) -> Refusal | None:
    match node:
        case ir.For(is_async=True):
            return Refusal("`async for`", _node("async for loops"))
        case ir.With(is_async=True):
            return Refusal("`async with`", _node("async with statements"))
        case ir.For(orelse=orelse) if orelse:
            return Refusal("`else` of a loop", _feature("else branches of for loops"))
        case ir.While(orelse=orelse) if orelse:
            return Refusal("`else` of a loop", Prediction("TypeError", "incompatible constructor arguments"))
        case ir.AugAssign(op="//" | "@" as op, target=_):
            return Refusal(
                f"`{op}=`", _feature("unsupported kind of augmented assignment"), f"; write `x = x {op} y`"
            )
        case ir.Raise(value=None):
            return Refusal("`raise` without an exception", _NO_LOCATION)
        case ir.Assign(value=None):
            return Refusal(
                "an annotation without a value", _node("annotated assignments without assigned value")
            )
    return None


_MANAGER = Prediction(
    "Exception",
    r"Unknown builtin op|must return an object|variable number of arguments|aren't supported|"
    r"to be a function|currently not supported|cannot be used as a value",
)
# Context managers that were tried and fail; those that are not named here are not judged.
_REFUSED_MANAGERS = frozenset(
    {
        "builtins.open",
        "contextlib.nullcontext",
        "contextlib.suppress",
        "tempfile.TemporaryFile",
        "threading.Lock",
        "torch.autograd.detect_anomaly",
        "torch.autograd.enable_grad",
        "torch.autograd.grad_mode.enable_grad",
        "torch.autograd.inference_mode",
        "torch.autograd.profiler.profile",
        "torch.autograd.set_detect_anomaly",
        "torch.backends.cudnn.flags",
        "torch.cuda.device",
        "torch.cuda.nvtx.range",
        "torch.device",
        "torch.enable_grad",
        "torch.inference_mode",
        "torch.jit.optimized_execution",
        "torch.profiler.profile",
        "torch.random.fork_rng",
        "torch.set_grad_enabled",
        "warnings.catch_warnings",
    }
)


def refused_by_compiler(visit: Visited, scope: Scope, project: Project) -> Refusal | None:
    """Return why torch parses a node but cannot compile it; None where it can, or nobody knows."""
    match visit.node:
        case ir.WithItem(context=ir.Call(func=func)):
            name = _external(func, scope, project)
            if name in _REFUSED_MANAGERS:
                return Refusal(f"`with {_short(name)}`", _MANAGER)
        case ir.Call(func=func, args=args):
            name = _external(func, scope, project)
            if name in UNCOMPILED_CALLS and not isinstance(visit.parent, ir.WithItem):
                return Refusal(f"a call of `{_short(name)}`", Prediction("Exception", UNCOMPILED_CALLS[name]))
            if name == "builtins.print" and any(argument.keyword for argument in args):
                return Refusal(
                    "`print` with keywords", Prediction("RuntimeError", "print doesn't accept any keyword")
                )
            return _applied_function(func, scope, project) or _refused_method(visit, func, scope, project)
        case ir.Expression(value=ir.Constant(kind="Ellipsis")):
            return Refusal(
                "`...` as a statement", Prediction("RuntimeError", "Cannot emit expr for"), "; use `pass`"
            )
        case ir.Delete(targets=targets) if any(_is_slice(target) for target in targets):
            return Refusal("`del` of a slice", Prediction("RuntimeError", "slicing is not supported"))
    return None


def _applied_function(func: ir.Expr, scope: Scope, project: Project) -> Refusal | None:
    """Return why an `autograd.Function` cannot be applied, as torch compiled for some time."""
    match func:
        case ir.Attribute(value=owner, attr="apply"):
            made = project.resolve(scope, owner)
            bases = project.mro(made) if isinstance(made, ClassDefinition) else ()
            if any(isinstance(base, External) and base.qualname in _FUNCTIONS for base in bases):
                return Refusal(
                    "`apply` of an `autograd.Function`",
                    Prediction(
                        "RuntimeError",
                        r"built-in method apply of FunctionMeta|cannot be used in a type expression",
                    ),
                    refused="autograd.Function in script",
                )
    return None


def _refused_method(visit: Visited, func: ir.Expr, scope: Scope, project: Project) -> Refusal | None:
    """Return why a method of a Tensor cannot be called: compiled code does not have it, or not there."""
    match func:
        case ir.Attribute(value=owner, attr="tolist") if not _is_typed(visit, scope):
            if assigned_type(owner, project, scope).name == "Tensor":
                return Refusal("`tolist` where no type is declared", _NO_HINT, "; assign it with its type")
        case ir.Attribute(value=owner, attr=attr) if attr in PYTHON_TENSOR_METHODS:
            if assigned_type(owner, project, scope).name == "Tensor":
                prediction = Prediction("RuntimeError", rf"no attribute or method '{attr}'")
                return Refusal(f"a call of a Tensor's `{attr}`", prediction)
    return None


_NO_HINT = Prediction("RuntimeError", r"Expected type hint for result of tolist\(\)")


def _is_typed(visit: Visited, scope: Scope) -> bool:
    """Return whether a call stands where a type is declared for its value, or may be."""
    match visit.parent:
        case ir.Return():
            return True
        case ir.Assign(annotation=annotation):
            return annotation is not None
        case ir.Argument() as argument:  # of `torch.jit.annotate(List[float], …)`
            match parents_in(scope.functions[-1]).get(id(argument)):
                case ir.Call(func=ir.Name(id="annotate") | ir.Attribute(attr="annotate")):
                    return True
    return False


_FUNCTIONS = frozenset({"torch.autograd.Function", "torch.autograd.function.Function"})


def _external(func: ir.Expr, scope: Scope, project: Project) -> str:
    definition = project.resolve(scope, func)
    return definition.qualname if isinstance(definition, External) else ""


def _short(name: str) -> str:
    return name.removeprefix("builtins.")


def _is_slice(target: ir.Expr) -> bool:
    return isinstance(target, ir.Subscript) and isinstance(target.index, ir.Opaque)
