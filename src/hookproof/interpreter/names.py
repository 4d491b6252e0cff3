"""What names stand for: in frames, in files, and outside the project."""

from __future__ import annotations

from hookproof.interpreter.domain import Frame, Value, Values, only
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


class Names:
    """Looks names up, and keeps what the names of files stand for."""

    def __init__(self, run: Running) -> None:
        self._run = run
        self._files: dict[str, Frame] = {}
        self._loading: set[tuple[int, str]] = set()
        self._asked: set[Value] = set()
        self._values: dict[tuple[int, str], tuple[ir.Expr, Values]] = {}

    def file_frame(self, file: SourceFile) -> Frame:
        """Return the frame of a file's own names."""
        if file.path not in self._files:
            self._files[file.path] = Frame(Scope(file))
        return self._files[file.path]

    def begin(self, frame: Frame) -> None:
        """Let a frame be that of its file's own names."""
        self._files[frame.file.path] = frame

    def lookup(self, name: str, frame: Frame) -> Values:
        """Return what a name is bound to in a frame, the frames around it, its file, or an import."""
        scope: Frame | None = frame
        module = self.file_frame(frame.file)
        while scope is not None and scope is not module:
            if name in scope.locals:
                return scope.locals[name]
            scope = scope.parent
        if name in module.locals:
            values = module.locals[name]
            value = only(values)
            if value is not None and value not in self._asked and not isinstance(value, ConstantValue):
                self._asked.add(value)
                self._run.fill(ValueDefinition(None, module.scope, None, name), values, frame)
            return values
        definition = self._run.project.lookup(frame.scope, name)
        values = self.values_of(definition, frame)
        if definition is not None and not isinstance(definition, FunctionDefinition):
            module.locals[name] = values
        return values

    def member_of_file(self, file: SourceFile, name: str) -> Values:
        """Return what a name of a file stands for, nothing where the file has none."""
        module = self.file_frame(file)
        if name in module.locals:
            return module.locals[name]
        definition = self._run.project.member(FileDefinition(file), name)
        return self.values_of(definition, module) if definition else ()

    def values_of(self, definition: Definition | None, frame: Frame) -> Values:
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
                return self._global_value(definition, value, scope, frame)
        return (ObjectValue("global"),)

    def _global_value(
        self, definition: ValueDefinition, value: ir.Expr, scope: Scope, frame: Frame
    ) -> Values:
        key = (id(value), scope.file.path)
        known = self._values.get(key)
        if known is not None and known[0] is value:
            return known[1]
        if key in self._loading:
            return ()
        self._loading.add(key)
        try:
            values = self._run.evaluate(value, self.file_frame(scope.file))
        finally:
            self._loading.discard(key)
        self._values[key] = (value, values)
        self._run.fill(definition, values, frame)
        return values
