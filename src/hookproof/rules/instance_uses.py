"""What a compiled hook reads of an object that its module holds and that is neither module nor tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct, structs

from hookproof.evaluator.types import assigned_type
from hookproof.evaluator.use import Use
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.finding import Evidence, Prediction
from hookproof.rules.compiled_body import parents_in, visit_body
from hookproof.rules.refused_classes import PlainClass
from hookproof.rules.refused_functions import refused_call
from hookproof.rules.use_rule import fact_of, no_attribute_of
from hookproof.semantic.bindings import function_bindings
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile
from hookproof.worlds.outcome import Outcome

_NAMESPACES = frozenset({"argparse.Namespace", "types.SimpleNamespace"})
# What of its bases decides what compiled code makes of an instance, and what that has of its own.
_KINDS = {
    "typing.NamedTuple": "tuple",
    "collections.namedtuple": "tuple",
    "builtins.tuple": "tuple",
    "enum.IntEnum": "number",
    "enum.IntFlag": "number",
    "builtins.int": "number",
    "enum.StrEnum": "text",
    "builtins.str": "text",
    "builtins.dict": "dict",
    "collections.OrderedDict": "dict",
}
_OF_DICTS = frozenset({"clear", "copy", "get", "items", "keys", "pop", "setdefault", "update", "values"})


_MAX_WORDS = 117  # of a message, besides the backticks and the space after the text of the attribute


class Unusable(Struct, frozen=True):
    """What is wrong with a use of an object, in words that follow the text of the attribute.

    It `is_unsure` where the object may be of another class, or its class be compiled in another way.
    """

    why: str
    prediction: Prediction
    evidence: tuple[Evidence, ...] = ()
    is_unsure: bool = False


def unusable(outcome: Outcome, use: Use) -> Unusable | None:
    """Return why compiled code cannot read an attribute that is an object, or what the hook reads of that."""
    fact = fact_of(use)
    if fact is None or fact.annotation_type is not None or fact.jit or fact.kind not in {"value", "unknown"}:
        return None
    instance, project = fact.instance, outcome.project
    if instance is None or use.kind == "write":
        return None
    definition = instance.definition
    if isinstance(definition, External):
        if definition.qualname in _NAMESPACES:
            kind = f"{_article(definition.qualname)} `{definition.qualname}`"
            why = f"is {kind}, without a TorchScript type; keep it out of the hook"
            return Unusable(why, no_attribute_of(use), is_unsure=instance.is_declared)
        found = next(_misread(outcome, use, _KINDS.get(definition.qualname, ""), None), None)
        return None if found is None else structs.replace(found, is_unsure=instance.is_declared)
    name = definition.node.name
    plain = PlainClass(definition, project, _files(outcome))
    refused = plain.refused()
    if refused is not None:
        why = f"is {_article(name)} `{name}`, which does not compile"
        longer = (f"{why}: {refused.what}{refused.remedy}", f"{why}: {refused.what}")
        is_short = (each for each in longer if len(each) + len(use.text) <= _MAX_WORDS)
        why = next(is_short, f"{why}; keep it out of the hook, or fix the class")
        evidence = (refused.location.evidence(f"does not compile: {refused.what}"),)
        is_unsure = instance.is_declared or refused.is_unsure
        return Unusable(why, no_attribute_of(use), evidence, is_unsure)
    kind = "" if plain.is_plain else _kind(definition, project)
    found = next(_misread(outcome, use, kind, plain), None)
    if found is None:
        return None
    evidence = (definition.location.evidence("defined here"),)
    return structs.replace(found, evidence=evidence, is_unsure=instance.is_declared)


def _files(outcome: Outcome) -> tuple[SourceFile, ...]:
    """Return the files of the program that are known: of the hook, its registration and the entry point."""
    places = [outcome.registration.location, outcome.entry.location if outcome.entry is not None else None]
    scope = outcome.hook.scope if outcome.hook is not None else None
    files = [place.file for place in places if place is not None]
    return tuple(dict.fromkeys(files + ([scope.file] if scope is not None else [])))


def _misread(outcome: Outcome, use: Use, kind: str, plain: PlainClass | None) -> Iterator[Unusable]:
    """Yield what the hook reads of an object that the compiled one does not have."""
    for attr, call in _reads(outcome, use):
        missing = Prediction("RuntimeError", rf"object has no attribute or method '{attr}'")
        if plain is not None and plain.is_plain:
            yield from _misread_instance(outcome, plain, attr, call, missing)
        elif kind == "tuple" and attr not in {"count", "index"}:
            yield Unusable(f"becomes a plain tuple, without `{attr}`; read it by index", missing)
        elif kind in {"number", "text"} and attr in {"value", "name"}:
            yield Unusable(f"becomes a plain {kind}, without `{attr}`; leave `.{attr}` out", missing)
        elif kind == "dict" and attr not in _OF_DICTS and (plain is None or attr not in plain.attributes):
            either = Prediction("RuntimeError", rf"{missing.message}|{no_attribute_of(use).message}")
            yield Unusable(
                f"is a dict to compiled code, if anything: it has no `{attr}`; keep it out of the hook",
                either,
            )


def _misread_instance(
    outcome: Outcome, plain: PlainClass, attr: str, call: ir.Call | None, missing: Prediction
) -> Iterator[Unusable]:
    name = plain.definition.node.name
    if plain.lacks(attr):
        remedy = "set it in its own `__init__`"
        why = f"is {_article(name)} `{name}`, of which compiled code has no `{attr}`; {remedy}"
        yield Unusable(why, missing)
    elif call is not None and len(plain.compiled.get(attr, ())) == 1:
        method = plain.compiled[attr][0]
        func = call.func.value if isinstance(call.func, ir.Attribute) else call.func
        refused = refused_call(method, call, func, type_of=_types(outcome)) if not method.decorators else None
        if refused is not None:
            why = (
                f"is {_article(name)} `{name}`, whose `{attr}` {refused.refusal.what}{refused.refusal.remedy}"
            )
            yield Unusable(why, refused.refusal.prediction)


def _article(name: str) -> str:
    return "an" if name[:1].lower() in set("aeiou") else "a"


def _types(outcome: Outcome) -> Callable[[ir.Expr], TorchType]:
    """Return what tells the type that an expression has in the hook."""
    hook, project = outcome.hook, outcome.project
    if hook is None or hook.function is None or hook.scope is None:
        return lambda expr: UNKNOWN
    scope = Scope(hook.scope.file, (*hook.scope.functions, hook.function))
    return lambda expr: assigned_type(expr, project, scope)


def _kind(definition: ClassDefinition, project: Project) -> str:
    """Return what compiled code makes of an instance of a class with Python's own bases, or nothing."""
    if definition.node.decorators or definition.node.keywords:
        return ""
    for base in project.mro(definition):
        if base is None:
            return ""
        if isinstance(base, External):
            return _KINDS.get(base.qualname, "")
    return ""


def _reads(outcome: Outcome, use: Use) -> Iterator[tuple[str, ir.Call | None]]:
    """Yield each attribute that the hook certainly reads of the object, with the call if it is called."""
    function = outcome.hook.function if outcome.hook is not None else None
    if function is None or use.node is None or use.operation != "attribute":
        return
    parents = parents_in(function)
    names = {
        each
        for each, bound in function_bindings(function).items()
        if len(bound) == 1 and isinstance(bound[0], ir.Assign) and bound[0].value is use.node
    }
    for visit in visit_body(function):
        match visit.node:
            case ir.Attribute(value=value, attr=attr) as node if visit.certain:
                is_alias = isinstance(value, ir.Name) and value.id in names
                if value is use.node or is_alias:
                    parent = parents.get(id(node))
                    yield attr, parent if isinstance(parent, ir.Call) and parent.func is node else None
