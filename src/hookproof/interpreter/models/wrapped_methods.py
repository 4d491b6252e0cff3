"""Methods of modules that are wrapped by `torch.compile`: those that the wrapper has of its own."""

from __future__ import annotations

from hookproof.interpreter.domain import Arguments, Values
from hookproof.interpreter.instances.modes import MODE_METHODS
from hookproof.interpreter.models.module_methods import OBJECT_METHODS, run_forward
from hookproof.interpreter.models.rows import hand_out, hand_over
from hookproof.interpreter.running import Running
from hookproof.interpreter.wrapped import WrappedModule
from hookproof.worlds import registry

_OF_PARTS = frozenset({"apply", "children", "modules", "named_children", "named_modules"})


def call_wrapped_method(run: Running, owner: WrappedModule, name: str, args: Arguments) -> Values:
    """Carry out a method of the wrapper, or of the module inside."""
    if name in {"__call__", "forward"}:
        return _called(run, owner, name, args)
    if registry.method(name) is not None:
        return run.call_method(owner.inner, name, args)
    run.listener.used(owner, name, args.location)
    row = OBJECT_METHODS.get(name)
    if name in _OF_PARTS and row is not None:
        found = row(run, owner, args)
        return found if found is not None else ()
    if row is not None:
        row(run, owner.inner, args)
        if name in MODE_METHODS or name in {"to", "cuda", "cpu", "half", "float", "double", "bfloat16"}:
            return (owner,)
    hand_out(run, args)
    return (run.element(owner, f"{name}(){args.node.at}", "call"),)


def _called(run: Running, owner: WrappedModule, name: str, args: Arguments) -> Values:
    run.progress.given = args.each()
    if name == "forward":
        run.listener.used(owner, name, args.location)
    else:
        run.listener.called(owner, args.node, args.location)
    run_forward(run, owner.inner, args)
    hand_over(run, args)
    return (run.element(owner, f"(){args.node.at}", "call"),)
