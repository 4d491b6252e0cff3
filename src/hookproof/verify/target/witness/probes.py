"""What watched functions of torch tell: probes that change nothing, and never fail in torch's place."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Optional

from .frames import caller
from .interceptor import Answer, Interceptor
from .watched import EntryPoint

_running = threading.local()


class _Call:
    """One call of a watched function, from first statement to end: the context manager around its body."""

    __slots__ = ("_probe", "answer", "event", "outer", "result")

    def __init__(self, probe: _Probe, event: Any) -> None:
        self._probe = probe
        self.event = event
        self.answer: Optional[Answer] = None
        self.result: Any = None
        self.outer: Optional[_Call] = None

    def __enter__(self) -> None:
        self.outer = getattr(_running, "call", None)
        _running.call = self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        _running.call = self.outer
        if self.event is not None:
            self._probe.ended(self.event, self.result, error)


class _Probe:
    """Tells a story of the calls of one function; `story` must not raise."""

    def __init__(self, story: Any) -> None:
        self._story = story

    def called(self, arguments: dict[str, Any]) -> _Call:
        """Return the context manager for one call's body."""
        outer = getattr(_running, "call", None)
        if not self._story.is_on or self._is_inner(outer):
            return _Call(self, None)
        call = _Call(self, self._story.safely(self._begin, arguments, caller(2)))
        if call.event is not None:
            call.answer = self._story.intercept(self._before, call.event)
        return call

    def is_answered(self) -> bool:
        """Tell whether the running call is not to come to torch."""
        return _running.call.answer is not None

    def answer(self) -> Any:
        """Return what the program is given in place of the running call's result."""
        _running.call.result = _running.call.answer.value
        return _running.call.result

    def returning(self, value: Any) -> Any:
        """Note what the running call returns, and return what the program is given."""
        call = getattr(_running, "call", None)
        if call is None:
            return value
        call.result = value
        return value if call.event is None else self._story.intercept(self._instead_of, call.event, value)

    def ended(self, event: Any, result: Any, error: Optional[BaseException]) -> None:
        """Tell how the call ended."""
        if self._story.is_on:
            self._story.safely(self._end, event, result, error)
            self._story.intercept(self._after, event)

    def _is_inner(self, outer: Optional[_Call]) -> bool:
        """Whether the call belongs to one that is told of already."""
        while outer is not None:
            if outer.event is not None and isinstance(outer._probe, type(self)):
                return True
            outer = outer.outer
        return False

    def _begin(self, arguments: dict[str, Any], frame: Any) -> Any:
        raise NotImplementedError

    def _end(self, event: Any, result: Any, error: Optional[BaseException]) -> None:
        """Tell nothing."""

    def _before(self, interceptor: Interceptor, event: Any) -> Optional[Answer]:
        """Ask nobody."""

    def _instead_of(self, interceptor: Interceptor, event: Any, value: Any) -> Any:
        return value

    def _after(self, interceptor: Interceptor, event: Any) -> None:
        """Tell nobody."""


def is_inside(*kinds: type[_Probe]) -> bool:
    """Tell whether this thread is in a call that probes of one of these kinds tell of."""
    call: Optional[_Call] = getattr(_running, "call", None)
    while call is not None:
        if call.event is not None and isinstance(call._probe, kinds):
            return True
        call = call.outer
    return False


class RegistrationProbe(_Probe):
    """Tells of the calls of one function that registers hooks."""

    def __init__(self, story: Any, name: str) -> None:
        super().__init__(story)
        self._name = name

    def _begin(self, arguments: dict[str, Any], frame: Any) -> Any:
        return self._story.registering(self._name, arguments, frame)

    def _end(self, event: Any, result: Any, error: Optional[BaseException]) -> None:
        self._story.registered(event, result, error)

    def _before(self, interceptor: Interceptor, event: Any) -> Optional[Answer]:
        return interceptor.registering(event)

    def _after(self, interceptor: Interceptor, event: Any) -> None:
        interceptor.registered(event)


class RemovalProbe(_Probe):
    """Tells of hooks that are taken off."""

    def _begin(self, arguments: dict[str, Any], frame: Any) -> Any:
        return self._story.removing(arguments["self"], frame)


class EntryProbe(_Probe):
    """Tells of the calls of one entry point."""

    def __init__(self, story: Any, row: EntryPoint) -> None:
        super().__init__(story)
        self._row = row

    def _begin(self, arguments: dict[str, Any], frame: Any) -> Any:
        return self._story.entering(self._row, arguments, frame)

    def _end(self, event: Any, result: Any, error: Optional[BaseException]) -> None:
        self._story.entered(event, result, error)

    def _before(self, interceptor: Interceptor, event: Any) -> Optional[Answer]:
        return interceptor.entering(event.entry)

    def _instead_of(self, interceptor: Interceptor, event: Any, value: Any) -> Any:
        return interceptor.returning(event.entry, value)

    def _after(self, interceptor: Interceptor, event: Any) -> None:
        interceptor.entered(event.entry)
