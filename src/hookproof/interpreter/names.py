"""What names stand for: in frames, in files, and outside the project."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from hookproof.interpreter.domain import Arguments, Frame, Values, only
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ClassValue, ConstantValue, ExternalValue, FileValue
from hookproof.interpreter.running import Running
from hookproof.semantic.bindings import bindings_of
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FileDefinition,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.project import Project
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir
from hookproof.syntax.source_file import SourceFile


def file_frame(run: Running, file: SourceFile) -> Frame:
    """Return the frame of a file's own names."""
    if file.path not in run.names.files:
        run.names.files[file.path] = Frame(Scope(file))
    return run.names.files[file.path]


def lookup(run: Running, name: str, frame: Frame) -> Values:
    """Return what a name is bound to in a frame, the frames around it, its file, or an import."""
    scope: Frame | None = frame
    module = file_frame(run, frame.file)
    while scope is not None and scope is not module:
        if name in scope.locals:
            return scope.locals[name]
        scope = scope.parent
    if name in module.locals:
        values = module.locals[name]
        value = only(values)
        if value is not None and value not in run.names.asked and not isinstance(value, ConstantValue):
            run.names.asked.add(value)
            run.fill(ValueDefinition(None, module.scope, None, name), values, frame)
        return values
    definition = run.project.lookup(frame.scope, name)
    values = _given_on_demand(run, name, module) if definition is None else ()
    values = values or values_of(run, definition, frame)
    if definition is not None and not isinstance(definition, FunctionDefinition):
        module.locals[name] = values
    return values


def member_of_file(run: Running, file: SourceFile, name: str, asker: SourceFile) -> Values:
    """Return what a name of a file stands for, nothing where the file has none."""
    module = file_frame(run, file)
    if name in module.locals:
        return module.locals[name]
    definition = run.project.member(FileDefinition(file), name, asker)
    if definition is not None:
        return values_of(run, definition, module)
    run.project.rests.note(asker.path, file.path)
    return _on_demand(run, file, name, module)


def _given_on_demand(run: Running, name: str, module: Frame) -> Values:
    """Return what an import takes from a file that gives it only when it is asked."""
    file = module.file
    for block in file.names.blocks(name):
        for node in bindings_of(file.block(block)).get(name, ()):
            source = run.project.imported_module(file, node) if isinstance(node, ir.Import) else None
            for alias in node.names if isinstance(node, ir.Import) and node.module is not None else ():
                if isinstance(source, FileDefinition) and (alias.asname or alias.name) == name:
                    run.project.rests.note(file.path, source.file.path)
                    return _on_demand(run, source.file, alias.name, module)
    return ()


def _on_demand(run: Running, file: SourceFile, name: str, frame: Frame) -> Values:
    """Return what `__getattr__` of a file gives for a name."""
    function = run.project.lookup(Scope(file), "__getattr__") if "__getattr__" in file.text else None
    if not isinstance(function, FunctionDefinition) or name.startswith("__"):
        return ()
    known = run.names.on_demand
    if (file.path, name) not in known:
        known[file.path, name] = ()  # it may ask for itself
        call = ir.Call(0, ir.Name(0, "__getattr__"), ())
        args = Arguments(call, frame, ((ConstantValue(name),),))
        known[file.path, name] = FunctionValue(function).call(run, args)
    return known[file.path, name]


def imported_files(project: Project, file: SourceFile, node: ir.Import) -> Iterator[SourceFile]:
    """Yield the files that an import statement of a file runs, packages before what is in them."""
    above = project.imported_module(file, node) if node.module is not None or node.level else None
    prefix = f"{above.file.module}." if isinstance(above, FileDefinition) else ""
    for alias in node.names if prefix or above is None else ():
        parents = accumulate(f"{prefix}{alias.name}".split("."), "{}.{}".format)
        for found in filter(None, (project.imported_file(file, name) for name in parents)):
            project.rests.note(file.path, found.path)  # it is run
            yield found


def values_of(run: Running, definition: Definition | None, frame: Frame) -> Values:
    """Return the value of what a name stands for."""
    match definition:
        case External(qualname=qualname):
            return (ExternalValue(qualname),)
        case FileDefinition(file=file):
            return (FileValue(file),)
        case FunctionDefinition():
            return (FunctionValue(definition),)
        case ClassDefinition():
            return (ClassValue(definition),)
        case ValueDefinition(value=value, scope=scope) if value is not None and not scope.functions:
            return _global_value(run, definition, value, scope, frame)
    return (ObjectValue("global"),)


def _global_value(
    run: Running, definition: ValueDefinition, value: ir.Expr, scope: Scope, frame: Frame
) -> Values:
    module = file_frame(run, scope.file)
    if definition.name in module.locals and scope.file.path in run.names.imported:
        return module.locals[definition.name]
    key = (id(value), scope.file.path)
    known = run.names.values.get(key)
    if known is not None and known[0] is value:
        return known[1]
    if key in run.names.loading:
        return ()
    run.names.loading.add(key)
    try:
        values = run.evaluate(value, module)
    finally:
        run.names.loading.discard(key)
    run.names.values[key] = (value, values)
    run.fill(definition, values, frame)
    return values
