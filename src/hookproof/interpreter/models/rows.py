"""What a row of a table of models is, and what a call does of which there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from hookproof.interpreter.domain import Arguments, MethodValue, Value, Values
from hookproof.interpreter.models.containers import give_away
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import PartialValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import HandleValue, ScriptValue

V = TypeVar("V", bound=Value)

# A row does what a call does, and returns what it gives: None where no call with such arguments is known.
Model: TypeAlias = Callable[[Running, Arguments], Values | None]
Method: TypeAlias = Callable[[Running, V, Arguments], Values | None]


def hand_over(run: Running, args: Arguments) -> None:
    """Let unknown code have the modules that it is given."""
    for values in args.each():
        for value in values:
            if isinstance(value, (ObjectValue, ScriptValue)):
                run.listener.escaped(value, args.location)


def hand_out(run: Running, args: Arguments) -> None:
    """Let unknown code have the arguments: it may change containers, and calls what removes a hook."""
    hand_over(run, args)
    give_away(run, *args.each())
    for values in args.each():
        lose_removals(run, values)


def lose_removals(run: Running, given: Values) -> None:
    """Let unknown code have the `remove` of a handle: it calls it some time."""
    for value in given:
        if isinstance(value, MethodValue) and value.name == "remove":
            if isinstance(value.owner, HandleValue):
                run.progress.lose(value.owner)
        elif isinstance(value, PartialValue):
            lose_removals(run, value.function)
