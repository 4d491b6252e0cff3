"""What names stand for: in frames, in files, and outside the project."""

from __future__ import annotations

from hookproof.interpreter.domain import Frame, Values, only
from hookproof.interpreter.objects import FunctionValue, ObjectValue
from hookproof.interpreter.plain import ClassValue, ConstantValue, ExternalValue, FileValue
from hookproof.interpreter.running import Running
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FileDefinition,
    FunctionDefinition,
    ValueDefinition,
)
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
    values = values_of(run, definition, frame)
    if definition is not None and not isinstance(definition, FunctionDefinition):
        module.locals[name] = values
    return values


def member_of_file(run: Running, file: SourceFile, name: str) -> Values:
    """Return what a name of a file stands for, nothing where the file has none."""
    module = file_frame(run, file)
    if name in module.locals:
        return module.locals[name]
    definition = run.project.member(FileDefinition(file), name)
    return values_of(run, definition, module) if definition else ()


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
