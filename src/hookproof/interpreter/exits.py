"""The ways on which a call comes to its end, and what runs on each of them on the way out."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from hookproof.interpreter.domain import Frame
from hookproof.interpreter.running import Running
from hookproof.interpreter.state import Exit, Exits, join
from hookproof.semantic.endings import returns_early
from hookproof.syntax import ir


def begin(run: Running, frame: Frame, body: tuple[ir.Stmt, ...]) -> None:
    """Begin a call: what holds now is needed once it ends on several ways."""
    state = run.progress.state
    run.calls.exits[frame] = Exits(state.fork() if returns_early(body) else state)


def finish(run: Running, frame: Frame) -> list[Exit]:
    """Let what is true after a call hold, on whichever way it came to its end; return all of them."""
    joined_exits(run, frame)
    return run.calls.exits.pop(frame).ways


def leave(run: Running, frame: Frame) -> None:
    """Note that the call of a frame comes to an end here, on one of its ways.

    A `return` outside of functions, which Python parses but does not compile, ends none.
    """
    exits = run.calls.exits.get(frame)
    if exits is not None:
        exits.ways.append(Exit(run.progress.guards, run.progress.state))


def joined_exits(run: Running, frame: Frame, since: int = 0) -> bool:
    """Let what is true on any of the ways out that were met hold; return whether there are any."""
    exits = run.calls.exits.get(frame)
    ways = exits.ways[since:] if exits is not None else []
    if exits is None or not ways:
        return False
    states = {id(way.state): way.state for way in ways}
    run.progress.state, *others = states.values()
    for other in others:
        run.progress.state = join(exits.base, run.progress.state, other)
    return True


def met_exits(run: Running, frame: Frame) -> int:
    """Return how many ways out of a call were met so far."""
    exits = run.calls.exits.get(frame)
    return len(exits.ways) if exits is not None else 0


def forget_exits(run: Running, frame: Frame, since: int) -> None:
    """Forget the ways out of a call that were met since then."""
    exits = run.calls.exits.get(frame)
    if exits is not None:
        del exits.ways[since:]


def move_exits(run: Running, frame: Frame, since: int) -> None:
    """Let what is true now be so on the ways out that were met since then."""
    exits = run.calls.exits.get(frame)
    if exits is not None:
        exits.ways[since:] = [replace(way, state=run.progress.state) for way in exits.ways[since:]]


def on_the_way_out(run: Running, frame: Frame, since: int, ends: bool, action: Callable[[], bool]) -> bool:
    """Carry out what runs however statements are left: where they return, and at their end."""
    after = run.progress.state
    if joined_exits(run, frame, since):
        is_left = action()
        move_exits(run, frame, since)
        if ends or is_left:
            return True
        run.progress.state = after
    return action() or ends
