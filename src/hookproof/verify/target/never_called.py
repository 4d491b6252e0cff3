"""Counts calls of hooks that nothing seems to call, and of the modules that hold theirs, in one program."""

from __future__ import annotations

from typing import Any, Callable

from .installed import nn
from .observe import seed
from .outcome import NotReachedError, one_line
from .program import Program
from .twins import Difference
from .witness import Interceptor, Place, Registration, Witness
from .witness.hooked_modules import put_in_place


class NeverCalled(Interceptor):
    """One run of a program; `is_own` tells by its place which registrations the finding is about."""

    def __init__(self, program: Program, is_own: Callable[[tuple[Place, ...]], bool]) -> None:
        self.program = program
        self.is_own = is_own
        self.witness = Witness(keep=True, interceptor=self, counts=False)
        self.modules: list[Any] = []  # the hooked ones
        self.holders: list[Any] = []  # of hooked ones that something else has taken the place of
        self.calls = 0
        self.calls_around = 0

    def registered(self, registration: Registration) -> None:
        """Count the calls of the finding's hooks from now on."""
        if registration.error is not None or registration.module is None:
            return
        if not self.is_own(registration.chain):
            return
        hook = registration.hook.callable

        def count(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            return hook(*arguments, **options)

        self.modules.append(registration.module)
        put_in_place(registration, count)

    def compare(self) -> Difference:
        """Return how often what holds the modules was called, and how often the hooks.

        Raises `NotReachedError` where there is no hook, or nothing around it is called.
        """
        original = nn.Module.__call__

        def call(module: Any, *arguments: Any, **options: Any) -> Any:
            parts = list(module.modules()) if self.modules else []
            if any(part is hooked for part in parts[1:] for hooked in self.modules) or any(
                part is holder for part in parts for holder in self.holders
            ):
                self.calls_around += 1
            return original(module, *arguments, **options)

        assign = nn.Module.__setattr__

        def replace(module: Any, name: str, value: Any) -> None:
            old = module.__dict__.get("_modules", {}).get(name) if self.modules else None
            if old is not None and old is not value:
                lost = [part for part in old.modules() if any(part is each for each in self.modules)]
                if lost:
                    self.holders.append(module)
                    self.calls = self.calls_around = 0  # what counts is what comes after
            assign(module, name, value)

        seed()
        problem = ""
        self.witness.start()
        nn.Module.__call__ = call
        nn.Module.__setattr__ = replace
        try:
            self.program.run()
        except (Exception, SystemExit) as error:
            problem = ": " + one_line(error)
        finally:
            nn.Module.__call__ = original
            nn.Module.__setattr__ = assign
        if not self.modules or not self.calls_around:
            missed = "call what holds the hooked module" if self.modules else "come to the finding's line"
            reason = "{} did not {}{}".format(self.program.name, missed, problem)
            raise NotReachedError(reason, bool(problem))
        what = "whether the hook runs where what holds its module does"
        return Difference(what, "True", str(bool(self.calls)))
