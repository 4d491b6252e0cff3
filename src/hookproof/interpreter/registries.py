"""Registries: containers made empty that functions fill, called as decorators or by statements elsewhere.

Nothing runs the statements that fill one, so that they are looked for when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookproof.interpreter.domain import Arguments, Frame, Value, Values, only
from hookproof.interpreter.names import file_frame, lookup
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ClassValue, ContainerValue
from hookproof.interpreter.running import Running
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition, ValueDefinition
from hookproof.semantic.effects import statements_of
from hookproof.semantic.spread import MAX_FILES
from hookproof.source.text import SourceError
from hookproof.syntax import ir
from hookproof.syntax.numbering import block_of
from hookproof.syntax.outline import Block
from hookproof.syntax.source_file import SourceFile

_MAX_FILLING = 40
_MAKES_SUBCLASS = "__init_subclass__"
# Whoever registers what a registry holds asks for it, or calls a function that does.
_MAX_ASKING_DEPTH = 2
_MAX_ACCESSOR_STATEMENTS = 2
_FILLS = r"\b{name}\s*(?:\[[^\]\n]*\]\s*=(?!=)|\.(?:append|add|update|extend|setdefault|insert)\()"
_DECORATOR = re.compile(r"^\s*@([\w.]+)", re.MULTILINE)
_CALLED = re.compile(r"\s*([\w.]+)\(")


def fill(run: Running, definition: ValueDefinition, values: Values, frame: Frame) -> None:
    """Run what fills a dict, a container that is empty where it is made, or an object that decorates."""
    registry = only(values)
    if run.filling.depth is not None or not definition.name or not _is_registry(registry):
        return
    is_object = isinstance(registry, ObjectValue)
    if not _may_ask(run, frame, is_object=is_object):
        return
    file = definition.scope.file
    names = {definition.name} if is_object else set(_fillers(file, definition.name))
    guards, choices = run.progress.guards, run.progress.choices
    run.filling.depth = len(run.calls.stack)
    before = run.progress.state.fork()
    for other in dict.fromkeys((file, frame.file, *_decorating(run, names))):
        run.project.rests.note(file.path, other.path)  # who asks the registry rests on what fills it
        direct = re.compile(_FILLS.format(name=definition.name)) if not is_object else None
        for block in _filling(other, names, direct):
            # A statement of a file that runs as a whole comes in its turn.
            if block.kind == "code" and run.filling.level_file is other:
                continue
            if isinstance(registry, ObjectValue):
                run.filling.registries.add(registry)
            try:
                statements = other.block(block.index)
            except SourceError:  # what does not parse fills nothing; the file says so itself
                continue
            run.block(statements, file_frame(run, other))
        if _MAKES_SUBCLASS in names:
            _make_subclasses(run, other)
    run.filling.depth = None
    run.progress.state.fill(before)
    run.progress.guards, run.progress.choices = guards, choices


def _decorating(run: Running, names: set[str]) -> Iterator[SourceFile]:
    """Yield the files with hooks in which one of these decorates something; where there are many, none."""
    files = (
        dict.fromkeys((*run.relevance.files, *run.imported()))
        if names and len(run.relevance.files) <= MAX_FILES
        else ()
    )
    yield from (file for file in files if not names.isdisjoint(file.in_text.decorating))


def _make_subclasses(run: Running, file: SourceFile) -> None:
    """Call `__init_subclass__` as the `class` statements of a file do."""
    frame = file_frame(run, file)
    for block in file.outline.blocks:
        cls = run.project.lookup(frame.scope, block.name) if block.kind == "class" else None
        if isinstance(cls, ClassDefinition):
            make_subclass(run, cls, frame)


def make_subclass(run: Running, cls: ClassDefinition, frame: Frame) -> None:
    """Call `__init_subclass__` as a `class` statement does, where a base has one."""
    method = run.project.inherited(cls, cls, _MAKES_SUBCLASS)
    if not isinstance(method, FunctionDefinition):
        return
    keywords = {
        argument.keyword: run.evaluate(argument.value, frame)
        for argument in cls.node.keywords
        if argument.keyword is not None and argument.keyword != "metaclass"
    }
    call = ir.Call(cls.node.at, ir.Name(cls.node.at, _MAKES_SUBCLASS), ())
    args = Arguments(call, frame, ((ClassValue(cls),),), keywords)
    FunctionValue(method).call(run, args)


def _may_ask(run: Running, frame: Frame, *, is_object: bool) -> bool:
    """Whether code is likely to ask a registry for hooks: it meets some itself, or hands on an entry."""
    asking = frame.function
    if asking is None or run.relevance.has_role(block_of(asking.at), frame.file):
        return True
    is_accessor = len(asking.body) <= _MAX_ACCESSOR_STATEMENTS and not is_object
    return is_accessor and len(run.calls.stack) <= _MAX_ASKING_DEPTH


def replaced_init(run: Running, definition: ClassDefinition) -> Values:
    """Return the `__init__` that a decorator has set for a class or the nearest base that has one."""
    order = run.project.mro(definition)
    for base in reversed(order):
        if isinstance(base, ClassDefinition) and base.location not in run.calls.told_bases:
            run.calls.told_bases.add(base.location)
            make_subclass(run, base, file_frame(run, base.scope.file))
    for base in order:
        if not isinstance(base, ClassDefinition):
            break
        if base.node.decorators and _sets_init(run, base):
            if base.location not in run.replaced_inits:
                run.replaced_inits[base.location] = ()
                decorate_class(run, base.node, file_frame(run, base.scope.file))
            return run.replaced_inits[base.location]
        if base.location in run.replaced_inits:
            return run.replaced_inits[base.location]
        if run.project.method(base, "__init__"):
            break
    return ()


def _sets_init(run: Running, cls: ClassDefinition) -> bool:
    """Whether one of a class's decorators sets `__init__` of something."""
    for decorator in cls.node.decorators:
        func = decorator.func if isinstance(decorator, ir.Call) else decorator
        found = run.project.resolve(cls.scope, func)
        if isinstance(found, FunctionDefinition):
            text = found.scope.file.block_text(found.block_index)
            if "__init__" in text and _assigns_init(found.function.body):
                return True
    return False


def _assigns_init(body: tuple[ir.Stmt, ...]) -> bool:
    targets = [
        target
        for statement in statements_of(body)
        for target in (statement.targets if isinstance(statement, ir.Assign) else ())
    ]
    return any(isinstance(target, ir.Attribute) and target.attr == "__init__" for target in targets) or any(
        _assigns_init(inner.function.body) for inner in statements_of(body) if isinstance(inner, ir.Define)
    )


def decorate_class(run: Running, node: ir.Class, frame: Frame) -> None:
    """Call the decorators of a class that are functions of the project."""
    for decorator in reversed(node.decorators):
        call = ir.Call(decorator.at, decorator, (ir.Argument(ir.Name(node.at, node.name)),))
        given = lookup(run, node.name, frame)
        for callee in run.evaluate(decorator, frame):
            if isinstance(callee, FunctionValue) and any(isinstance(v, ClassValue) for v in given):
                callee.call(run, Arguments(call, frame, (given,)))


def _is_registry(value: Value | None) -> bool:
    if isinstance(value, ContainerValue):
        return value.view is None and (value.kind == "dict" or not value.items)
    return isinstance(value, ObjectValue) and value.definition is not None and value.module_class is None


def _fillers(file: SourceFile, name: str) -> Iterator[str]:
    """Yield the functions and classes of a file in whose text something is put into `name`."""
    for start in file.in_text.filled.get(name, ()):
        index = file.block_at(start)
        block = file.outline.blocks[index] if index is not None else None
        if block is not None and block.kind == "def":
            yield block.name
        elif block is not None and block.owner is not None:
            yield file.outline.blocks[block.owner].name
            yield block.name


def _filling(file: SourceFile, names: set[str], direct: re.Pattern[str] | None) -> Iterator[Block]:
    """Yield the blocks of a file that call one of these names as a decorator or by a statement."""
    found = 0
    for block in file.outline.blocks:
        start = file.text[block.start : block.start + 1]
        if block.kind in {"def", "class"} and start == "@":
            head = file.text[block.start : block.end].partition("\ndef ")[0].partition("\nclass ")[0]
            is_wanted = any(not names.isdisjoint(words.split(".")) for words in _DECORATOR.findall(head))
        elif block.kind == "code":
            text = file.text[block.start : block.end]
            called = _CALLED.match(text)
            is_wanted = called is not None and not names.isdisjoint(called[1].split("."))
            is_wanted = is_wanted or (direct is not None and direct.search(text) is not None)
        else:
            continue
        if is_wanted and found < _MAX_FILLING:
            found += 1
            yield block
