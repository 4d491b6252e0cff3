"""The types of a compiled hook's local variables, followed through its blocks as torch's compiler does.

Measured on torch 2.13.0: in the block where a variable is first set it may take any other type later; in a
block below, a branch or a loop, it keeps the type that it had. What only one branch or a loop sets is not
defined behind it. Loops through tuples are no loops to torch, which writes them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from hookproof.evaluator.types import assigned_type
from hookproof.facts.types import UNKNOWN, TorchType
from hookproof.finding import Edit, Fix, Prediction
from hookproof.rules.assignable import is_assignable
from hookproof.rules.compiled_body import is_decided, is_left, visit_body
from hookproof.rules.signature import TENSOR, HookSignature
from hookproof.semantic.bindings import (
    bindings_of,
    nested_statements,
    statement_bindings,
    statement_names,
    target_names,
)
from hookproof.semantic.effects import statements_of
from hookproof.semantic.expression_locations import subexpressions
from hookproof.semantic.expressions import statement_expressions
from hookproof.semantic.location import Location
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type, split_items
from hookproof.torch_types.infer import known
from hookproof.torch_types.operations import NUMBER, operation_type

_NUMBERS = frozenset({"int", "float", "complex", NUMBER})
# What torch makes a number of where a variable is one: when the code runs, so that it may fail then.
_CONVERTED = frozenset({"Tensor", NUMBER})
_EMPTY = {"list": known("List[Tensor]"), "dict": known("Dict[str, Tensor]")}


class WrongType(Struct, frozen=True):
    """Where torch refuses a variable, why, what to do, what it says, and the fix where there is one."""

    location: Location
    what: str
    remedy: str
    prediction: Prediction
    fix: Fix | None = None


class LocalTypes:
    """Follows the variables of one hook."""

    def __init__(self, signature: HookSignature) -> None:
        self._signature, self._project = signature, signature.project
        self._function, self._scope = signature.function, signature.scope
        visits = visit_body(signature.function)
        self._certain = {id(visit.node) for visit in visits if visit.certain}
        self._module = self._function.parameters[0].name if self._function.parameters else None

    def wrong(self) -> Iterator[WrongType]:
        """Yield what torch refuses, the first of a hook being the one that it tells of."""
        types = {}
        for index, parameter in enumerate(self._function.parameters):
            annotation = parameter.annotation
            types[parameter.name] = TENSOR if annotation is None and index else UNKNOWN
            if annotation is not None:
                types[parameter.name] = annotation_type(annotation, self._scope, self._project)
        yield from self._block(self._function.body, types, {}, ())

    def _block(
        self,
        body: tuple[ir.Stmt, ...],
        types: dict[str, TorchType],
        outer: Mapping[str, TorchType],
        behind: tuple[ir.Stmt, ...],
    ) -> Iterator[WrongType]:
        """Follow a block: `types` changes with it, `outer` are those of the blocks around."""
        for index, statement in enumerate(body):
            rest = (*body[index + 1 :], *behind)
            match statement:
                case ir.Assign(targets=targets, value=value, annotation=annotation):
                    yield from self._assign(statement, targets, value, annotation, types, outer)
                case ir.AugAssign(target=ir.Name(id=name), op=op, value=value):
                    before = types.get(name, outer.get(name, UNKNOWN))
                    found = operation_type(op.rstrip("="), [before, self._type(value, types)])
                    yield from self._set(statement, name, found, types, outer)
                case ir.If():
                    yield from self._branches(statement, types, outer, rest)
                case ir.For() | ir.While():
                    yield from self._loop(statement, types, outer, rest)
                case ir.Expression(value=ir.Call() as call):
                    yield from self._appended(call, types)
                case _:
                    for inner in nested_statements(statement):
                        yield from self._block(inner, types, outer, rest)

    # --- assignments -------------------------------------------------------------------------------

    def _assign(
        self,
        statement: ir.Assign,
        targets: tuple[ir.Expr, ...],
        value: ir.Expr | None,
        annotation: ir.Expr | None,
        types: dict[str, TorchType],
        outer: Mapping[str, TorchType],
    ) -> Iterator[WrongType]:
        found = UNKNOWN if value is None else self._type(value, types)
        for target in targets:
            match target, value:
                case ir.Name(id=name), _ if annotation is not None:
                    declared = annotation_type(annotation, self._scope, self._project)
                    is_empty = any(found is empty for empty in _EMPTY.values())
                    if not is_empty and self._is_other(statement, found, declared):
                        said = f"Variable '{name}' is annotated with type|Type annotation"
                        yield self._told(
                            statement, f"`{name}` is `{declared.name}` and is given `{found.name}`", said
                        )
                    types[name] = declared
                case ir.Name(id=name), _:
                    yield from self._set(statement, name, found, types, outer)
                case ir.Subscript(value=ir.Name(id=name), index=key), _ if value is not None:
                    yield from self._stored(statement, name, key, found, types)
                case ir.Sequence(items=items), ir.Sequence(items=values) if len(items) == len(values):
                    for item, each in zip(items, values, strict=True):
                        if isinstance(item, ir.Name):
                            yield from self._set(statement, item.id, self._type(each, types), types, outer)
                case _:
                    types.update(dict.fromkeys(target_names(target), UNKNOWN))

    def _set(
        self,
        statement: ir.Stmt,
        name: str,
        found: TorchType,
        types: dict[str, TorchType],
        outer: Mapping[str, TorchType],
    ) -> Iterator[WrongType]:
        before = outer.get(name)
        if before is None:
            types[name] = found
        elif not (found.name in _CONVERTED and before.name in _NUMBERS) and self._is_other(
            statement, found, before
        ):
            what = f"`{name}` is `{before.name}` and becomes `{found.name}` in a block of its own"
            yield self._told(statement, what, f"Variable '{name}' previously had type")

    def _is_other(self, statement: ir.Stmt, found: TorchType, wanted: TorchType) -> bool:
        is_known = found.name is not None and wanted.name is not None and id(statement) in self._certain
        return is_known and not is_assignable(found.name or "", wanted.name or "")

    def _stored(
        self,
        statement: ir.Stmt,
        name: str,
        key: ir.Expr,
        found: TorchType,
        types: dict[str, TorchType],
    ) -> Iterator[WrongType]:
        if types.get(name) is not _EMPTY["dict"] or id(statement) not in self._certain:
            return
        of_key = self._type(key, types).name
        if found.name not in {None, "Tensor"} or of_key not in {None, "str"}:
            made = f"Dict[{of_key or 'str'}, {found.name or 'Tensor'}]"
            yield self._filled(statement, name, "dict", made)

    def _appended(self, call: ir.Call, types: dict[str, TorchType]) -> Iterator[WrongType]:
        match call:
            case ir.Call(func=ir.Attribute(value=ir.Name(id=name), attr="append"), args=(item,)):
                found = self._type(item.value, types).name
                is_empty = types.get(name) is _EMPTY["list"] and id(call) in self._certain
                if is_empty and found not in {None, "Tensor"}:
                    yield self._filled(call, name, "list", f"List[{found}]")

    def _filled(self, node: ir.Stmt | ir.Expr, name: str, kind: str, made: str) -> WrongType:
        what = f"`{name}` starts empty, which is a `{_EMPTY[kind].name}` in compiled code"
        said = r"Could not match type|Arguments for call are not valid"
        predicted, fix = Prediction("RuntimeError", said), self._annotated(name, made)
        return WrongType(self._location(node), what, f"annotate it: `{made}`", predicted, fix)

    def _annotated(self, name: str, made: str) -> Fix | None:
        """Return the fix that gives a variable this type where it starts empty, if it starts there alone."""
        starts = [
            each
            for each in statements_of(self._function.body)
            if isinstance(each, ir.Assign) and any(name in target_names(target) for target in each.targets)
        ]
        spelled = self._signature.spelled(made)
        match starts:
            case [ir.Assign(targets=(ir.Name() as target,), annotation=None)] if spelled is not None:
                file = self._scope.file
                _, _, line, column = file.location(target.at)
                edit = Edit(file.path, line, column, line, column, f": {spelled.text}")
                return Fix(True, (edit, *spelled.edits))
        return None

    # --- blocks ------------------------------------------------------------------------------------

    def _branches(
        self,
        node: ir.If,
        types: dict[str, TorchType],
        outer: Mapping[str, TorchType],
        rest: tuple[ir.Stmt, ...],
    ) -> Iterator[WrongType]:
        around = {**outer, **types}
        yes, no = dict(types), dict(types)
        yield from self._block(node.body, yes, around, rest)
        yield from self._block(node.orelse, no, around, rest)
        is_open = not is_decided(node.test) and id(node) in self._certain
        sides = [(node.body, yes), (node.orelse, no)]
        going_on = [(body, then) for body, then in sides if not _leaves(body)]
        for name in [*bindings_of(node.body), *bindings_of(node.orelse)]:
            if name in around:
                continue
            if is_open and len(going_on) == 2 and self._read(name, rest) is not None:
                yield from self._joined(node, name, yes, no)
            only = [then.get(name, UNKNOWN) for _, then in going_on]
            types[name] = only[0] if only and all(each == only[0] for each in only) else UNKNOWN

    def _joined(
        self, node: ir.If, name: str, yes: Mapping[str, TorchType], no: Mapping[str, TorchType]
    ) -> Iterator[WrongType]:
        if name not in yes or name not in no:
            which = "false" if name in yes else "true"
            what = f"`{name}` is set in one branch only, and used afterwards"
            yield WrongType(
                self._location(node),
                what,
                "set it before the `if`",
                Prediction("RuntimeError", f"{name} is not defined in the {which} branch"),
            )
            return
        one, other = yes[name].name, no[name].name
        if one is not None and other is not None and not _have_one_type(one, other):
            what = f"`{name}` is `{one}` in one branch and `{other}` in the other"
            yield self._told(node, what, f"Type mismatch: {name} is set to type")

    def _loop(
        self,
        node: ir.For | ir.While,
        types: dict[str, TorchType],
        outer: Mapping[str, TorchType],
        rest: tuple[ir.Stmt, ...],
    ) -> Iterator[WrongType]:
        """Follow the body of a loop, as one of its own or as if it stood where the loop does."""
        changed = statement_bindings(node)
        through = self._type(node.iter, types).name or "" if isinstance(node, ir.For) else ""
        inside = {name: UNKNOWN if name in changed else found for name, found in types.items()}
        if isinstance(node, ir.For) and isinstance(node.target, ir.Name):
            inside[node.target.id] = _element(through)
        around = {**outer, **types}
        if _is_loop(node, through):
            yield from self._block(node.body, inside, around, rest)
            for name in sorted(changed):
                read = self._read(name, rest) if name not in around and id(node) in self._certain else None
                if read is not None:
                    yield WrongType(
                        self._location(read),
                        f"`{name}` is set in a loop only, and used behind it",
                        "set it before the loop",
                        Prediction("RuntimeError", f"undefined value {name}"),
                    )
        elif through.startswith("Tuple["):
            yield from self._block(node.body, inside, outer, rest)
        types.update(dict.fromkeys(changed, UNKNOWN))

    # --- what is known -----------------------------------------------------------------------------

    def _read(self, name: str, statements: tuple[ir.Stmt, ...]) -> ir.Name | None:
        """Return where what follows certainly reads a variable before it is set anew."""
        for statement in statements:
            if name not in statement_names(statement):
                continue
            for each in statements_of((statement,)):
                for expr in statement_expressions(each):
                    for part in subexpressions(expr):
                        if isinstance(part, ir.Name) and part.id == name:
                            return part if id(part) in self._certain else None
            if name in statement_bindings(statement):
                return None
        return None

    def _type(self, expr: ir.Expr, types: Mapping[str, TorchType]) -> TorchType:
        match expr:
            case ir.Mapping(keys=()):
                return _EMPTY["dict"]
            case ir.Sequence(kind="list", items=()):
                return _EMPTY["list"]
            case ir.Call(func=ir.Name(id="list" | "dict" as kind), args=()):
                return _EMPTY[kind]
            case ir.Name(id=name) if name in types:
                return types[name]
        cls = self._signature.outcome.module_class

        def attribute(name: str) -> TorchType:
            fact = cls.attribute(name) if cls is not None else None
            return fact.compiled_type if fact is not None else UNKNOWN

        return assigned_type(expr, self._project, self._scope, self._module, attribute, types)

    def _told(self, node: ir.Stmt, what: str, said: str) -> WrongType:
        return WrongType(self._location(node), what, "keep to one type", Prediction("RuntimeError", said))

    def _location(self, node: ir.Stmt | ir.Expr) -> Location:
        return Location(self._scope.file, node.at)


def _leaves(body: tuple[ir.Stmt, ...]) -> bool:
    """Return whether a branch ends the function, as torch sees it: `break` and `continue` do not count."""
    if not body:
        return False
    match body[-1]:
        case ir.If(body=then, orelse=orelse):
            return _leaves(then) and _leaves(orelse)
        case ir.With(body=inner):
            return _leaves(inner)
    return is_left(body)


def _is_loop(node: ir.For | ir.While, through: str) -> bool:
    match node:
        case ir.While() | ir.For(iter=ir.Call(func=ir.Name(id="range"))):
            return True
    return through == "Tensor" or through.startswith("List[")


def _have_one_type(one: str, other: str) -> bool:
    """Return whether torch finds a type for what is of these types in two branches."""
    are_numbers = {one, other} <= _NUMBERS and NUMBER in {one, other}
    return one == other or "NoneType" in {one, other} or "Optional" in one + other or are_numbers


def _element(through: str) -> TorchType:
    """Return the type of what a loop goes through, UNKNOWN where it has several or none is known."""
    if through == "Tensor":
        return TENSOR
    kind, _, inner = through.partition("[")
    items = set(split_items(inner[:-1])) if kind in {"List", "Tuple"} else set()
    return known(items.pop().strip()) if len(items) == 1 else UNKNOWN
