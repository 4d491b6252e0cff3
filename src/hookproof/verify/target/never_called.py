"""Counts calls of hooks that nothing seems to call, and of the modules that hold theirs, in one program."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Callable, Iterator

from .installed import nn, torch
from .observe import seed
from .outcome import NotReachedError, one_line
from .program import Program
from .twins import Difference
from .witness import Interceptor, Place, Registration, Witness
from .witness.hooked_modules import put_in_place

if TYPE_CHECKING:
    from .bench import Bench


class NeverCalled(Interceptor):
    """One run of a program; `is_own` tells by its place which registrations the finding is about.

    Where something else takes the place of a hooked module, or of a hooked parameter, what counts is what
    comes after: calls of what held the module, and computations of gradients.
    """

    def __init__(self, bench: Bench, program: Program, is_own: Callable[[tuple[Place, ...]], bool]) -> None:
        self.program = program
        self.is_own = is_own
        self.is_of_parameters = bench.experiment["world"] == "replaced"
        self.witness = Witness(keep=True, interceptor=self, counts=False, copies=self.is_of_parameters)
        self.owners: list[Any] = []  # the hooked modules, or parameters
        self.holders: list[Any] = []  # of those that something else has taken the place of
        self.calls = 0
        self.calls_around = 0

    def registered(self, registration: Registration) -> None:
        """Count the calls of the finding's hooks from now on."""
        owner = registration.tensor if self.is_of_parameters else registration.module
        if registration.error is not None or owner is None or not self.is_own(registration.chain):
            return
        hook = registration.hook.callable

        def count(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            return hook(*arguments, **options)

        self.owners.append(owner)
        put_in_place(registration, count)

    def compare(self) -> Difference:
        """Return how often what holds the modules was called, and how often the hooks.

        Raises `NotReachedError` where there is no hook, or nothing around it is called.
        """
        seed()
        problem = ""
        self.witness.start()
        with contextlib.ExitStack() as stack:
            stack.enter_context(_in_the_place_of(nn.Module, "__setattr__", self._assigning))
            if self.is_of_parameters:
                stack.enter_context(_in_the_place_of(torch.autograd, "backward", self._computing))
            else:
                stack.enter_context(_in_the_place_of(nn.Module, "__call__", self._calling))
            try:
                self.program.run()
            except (Exception, SystemExit) as error:
                problem = ": " + one_line(error)
        if not self.owners or not self.calls_around:
            around = "train without the hooked parameter" if self.is_of_parameters else "call what holds it"
            missed = around if self.owners else "come to the finding's line"
            reason = "{} did not {}{}".format(self.program.name, missed, problem)
            raise NotReachedError(reason, bool(problem))
        what = "whether the hook runs where what holds its module does"
        if self.is_of_parameters:
            what = "whether the hook runs where gradients are computed"
        return Difference(what, "True", str(bool(self.calls)))

    def _calling(self, original: Any) -> Any:
        def call(module: Any, *arguments: Any, **options: Any) -> Any:
            parts = list(module.modules()) if self.owners else []
            if _have_one(parts[1:], self.owners) or _have_one(parts, self.holders):
                self.calls_around += 1
            return original(module, *arguments, **options)

        return call

    def _computing(self, original: Any) -> Any:
        def backward(*arguments: Any, **options: Any) -> Any:
            self.calls_around += bool(self.holders)
            return original(*arguments, **options)

        return backward

    def _assigning(self, original: Any) -> Any:
        def assign(module: Any, name: str, value: Any) -> None:
            kind = "_parameters" if self.is_of_parameters else "_modules"
            old = module.__dict__.get(kind, {}).get(name) if self.owners else None
            if old is not None and old is not value:
                lost = [old] if self.is_of_parameters else list(old.modules())
                if _have_one(lost, self.owners):
                    self.holders.append(module)
                    self.calls = self.calls_around = 0
            original(module, name, value)

        return assign


def _have_one(values: list[Any], wanted: list[Any]) -> bool:
    return any(value is each for value in values for each in wanted)


@contextlib.contextmanager
def _in_the_place_of(owner: Any, name: str, make: Callable[[Any], Any]) -> Iterator[None]:
    """Have something else under a name, which is given what was there, and put that back."""
    original = getattr(owner, name)
    setattr(owner, name, make(original))
    try:
        yield
    finally:
        setattr(owner, name, original)
