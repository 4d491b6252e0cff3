"""Compares one use of what left eager mode with the same use of the eager module it was made from.

A hook is lost where it does something observable for the eager module (with the hook and without it differ)
that it does not do here. State that `forward` itself consumes is no loss by itself.
"""

from __future__ import annotations

import contextlib
import copy
import re
import sys
from typing import Any, Callable, Iterator, NamedTuple

from .installed import nn, torch
from .namespaces import replace_everywhere
from .observe import ERROR, FILES, OUTPUT, TEXT, Roots, differences, observe
from .outcome import InconclusiveError
from .state import BLANK, Snapshot, attribute_names, is_blank, is_installed, same
from .texts import different_lines, first_difference
from .use_inputs import Use, failing, large, tensors_of, variants, with_gradient
from .uses import eager_source, made_from
from .witness import Entry, Registration, Witness
from .witness.hooked_modules import take_off
from .wording import words, words_apart

_MAXIMAL_CHANGES = 6  # of state, that are asked whether forward consumes them
UNCHANGED = "unchanged"


class Difference(NamedTuple):
    """One thing that is not the same in the two worlds, in words.

    `kept` names what hooks keep in Python, which nobody sees unless something reads it; empty for what is
    seen as it happens. `is_consumed` tells that `forward` reads it.
    """

    what: str
    eager: str
    world: str
    kept: str = ""
    is_consumed: bool = False


class Twins:
    """A module that left eager mode beside its eager source, with the hooks in question placed on that."""

    def __init__(
        self, witness: Witness, registrations: list[Registration], module: Any, is_removed: bool
    ) -> None:
        self.witness = witness
        self.module = module
        self.source = eager_source(witness.entries, module)
        self.is_removed = is_removed  # whether eager mode has the hooks no longer
        self.placed: list[tuple[Registration, Any]] = []
        self.is_compiled = False
        self._is_blank = False  # whether all that was compared so far came to zeros
        if self.source is None:
            return
        for registration in registrations:
            if (registration.removed_at is not None) == is_removed and registration.error is None:
                place = self._place(registration)
                if place is not None:
                    self.placed.append((registration, place))

    def _place(self, registration: Registration) -> Any:
        """Return the eager module that a registration is on or would be; a global one stands for all."""
        if registration.module is None:
            return registration
        if any(part is registration.module for part in self.source.modules()):
            self.is_compiled = not isinstance(self.module, torch.jit.TopLevelTracedModule)
            return registration.module
        for path, part in self.module.named_modules():
            if part is registration.module:
                parts = dict(self.source.named_modules())
                return parts.get(path)
        return None

    # --- observations -------------------------------------------------------------------------------

    def _level(self) -> None:
        """Give the eager module the plain values that the other has by now: both start from one state."""
        parts = dict(self.module.named_modules())
        for path, own in self.source.named_modules():
            for name, value in list(vars(own).items()):
                if name.startswith("_") or name == "training" or path not in parts:
                    continue
                with contextlib.suppress(Exception):
                    other = getattr(parts[path], name)
                    if type(other) is type(value) and isinstance(value, (bool, int, float, str, list, dict)):
                        setattr(own, name, copy.copy(other))

    def _with_hooks(self) -> None:
        for registration, place in self.placed:
            if registration.removed_at is not None or place is not (registration.module or registration):
                _register(registration, place, registration.hook.callable)

    def take_off(self) -> None:
        """Remove the hooks in question from the eager module."""
        for registration, place in self.placed:
            if registration.removed_at is None and place is (registration.module or registration):
                take_off(registration)

    def roots(self, target: Any) -> list[tuple[str, Any]]:
        """Return what a use of `target` may change: the model's own state, and what the hooks reach."""
        model = [("model", self.source)] if target is self.source else list(_view(target, self.source))
        placed = [registration.hook.callable for registration, _ in self.placed]
        hooks = {id(getattr(hook, "__func__", hook)): hook for hook in placed}
        names = ["hook" if n == 0 else "hook {}".format(n + 1) for n in range(len(hooks))]
        return [*model, *zip(names, hooks.values())]

    def _see(self, target: Any, use: Use, prepare: Callable[[], None] = lambda: None) -> dict[str, Any]:
        def prepared() -> tuple[Callable[[], Any], Roots]:
            if target is self.source:
                self._level()
                if _is_traced(self.witness.entries, self.module):
                    pretend_to_trace()
            prepare()
            return (lambda: self._act(target, use)), (lambda: self.roots(target))

        return observe(prepared)

    def _act(self, target: Any, use: Use) -> Any:
        if use.kind != "call":
            return getattr(target, use.kind)(*use.arguments, **use.options)
        if not any("backward" in registration.api for registration, _ in self.placed):
            return target(*use.arguments, **use.options)
        arguments = [with_gradient(value) for value in use.arguments]
        with torch.enable_grad():
            output = target(*arguments, **use.options)
            for tensor in tensors_of(output):
                if tensor.requires_grad:
                    tensor.sum().backward(retain_graph=True)
        gradients = [value.grad for value in arguments if isinstance(value, torch.Tensor)]
        return [output, gradients, [p.grad for p in self.source.parameters()]]

    # --- comparison ---------------------------------------------------------------------------------

    def compare(self, use: Use) -> list[Difference]:
        """Return what hooks do in one world only: one thing that is seen as it happens, or all they keep."""
        if not self.placed:
            return []
        self._is_blank = use.kind == "call"
        for varied in variants(use):
            found = self._compare(varied)
            if found:
                return found
        limited = self._compare(large(use)) if use.kind == "call" else []
        if any(difference.what == OUTPUT for difference in limited):
            return [d._replace(what=d.what + " where numbers are large") for d in limited]
        if use.kind == "call" and any(r.options.get("always_call") for r, _ in self.placed):
            found = self._compare(failing(use))
            if found:
                return [d._replace(what=d.what + " where forward fails") for d in found]
        if self._is_blank:
            raise InconclusiveError(BLANK)
        return []

    def _compare(self, use: Use) -> list[Difference]:
        present = self._see(self.source, use, self._with_hooks)
        absent = self._see(self.source, use, self.take_off)
        contributed = differences(present, absent)
        self._is_blank = self._is_blank and not contributed and is_blank(present.get(OUTPUT))
        if not contributed:
            return self._added(use, present) if self.is_compiled else self._failing(use, present)
        again = self._see(self.source, use, self._with_hooks)
        noisy = set(differences(present, again))
        world = self._see(self.module, use)
        if present[ERROR] and not world[ERROR] and self._are_for_this_world:
            return []  # the hook is written for what it is on, and nothing else is asked of it
        if world[ERROR] and not present[ERROR] and not absent[ERROR]:
            return self._failing(use, present)  # on these inputs, maybe for other reasons than the hook
        eager = absent if self.is_removed else present
        lost = [
            label
            for label in contributed
            if self._differs(label, eager, world)
            and not (label in noisy and label in world and label in eager)
        ]
        return self._first_of(lost, eager, world, present, use)

    def _failing(self, use: Use, eager: dict[str, Any]) -> list[Difference]:
        """Return that what left eager mode fails by the hooks it has, where the eager module does not."""
        if eager[ERROR] or not self.placed or not self._are_for_this_world:
            return []
        world = self._see(self.module, use)
        if not world[ERROR] or self._see(self.module, use, self._take_off_all)[ERROR]:
            return []
        return [_difference(ERROR, eager, world)]

    @property
    def _are_for_this_world(self) -> bool:
        """Whether all hooks in question were put on what left eager mode, and on nothing else."""
        return all(place is not (registration.module or registration) for registration, place in self.placed)

    def _take_off_all(self) -> None:
        """Remove the hooks in question from what left eager mode."""
        for registration, _ in self.placed:
            if registration.removed_at is None:
                take_off(registration)

    def _added(self, use: Use, eager: dict[str, Any]) -> list[Difference]:
        """Return what a hook that does nothing in eager mode does once it is compiled."""
        world = self._see(self.module, use)
        differing = [label for label in (OUTPUT, ERROR) if not same(eager.get(label), world.get(label))]
        if not differing:
            return []

        def without() -> None:
            self.take_off()
            self.module = torch.jit.script(self.source)

        plain = observe(lambda: (without(), ((lambda: self._act(self.module, use)), list))[1])  # type: ignore[func-returns-value]
        differing = [label for label in differing if same(eager.get(label), plain.get(label))]
        return [_difference(label, eager, world) for label in differing[:1]]

    def _differs(self, label: str, eager: dict[str, Any], world: dict[str, Any]) -> bool:
        if label == TEXT and self.is_compiled:
            # TorchScript prints in its own way: sizes as lists, no quotes.
            return len(eager.get(TEXT, "").splitlines()) != len(world.get(TEXT, "").splitlines())
        if label == TEXT:
            return bool(different_lines(eager.get(TEXT, ""), world.get(TEXT, "")))
        return not same(eager.get(label), world.get(label))

    def _first_of(
        self,
        lost: list[str],
        eager: dict[str, Any],
        world: dict[str, Any],
        present: dict[str, Any],
        use: Use,
    ) -> list[Difference]:
        for label in (OUTPUT, ERROR, TEXT, FILES):
            if label in lost:
                return [_difference(label, eager, world)]
        changes: dict[str, str] = {}
        for label in sorted(lost, key=lambda label: label.endswith(".len()")):
            changes.setdefault(_changed_object(label), label)
        asked = variants(use) if use.kind == "call" else []
        wholes = {0: present}
        return [
            _difference(label, eager, world)._replace(
                kept=kept_name(label), is_consumed=self._is_consumed(label, asked, wholes)
            )
            for label in list(changes.values())[:_MAXIMAL_CHANGES]
        ]

    def _is_consumed(self, label: str, asked: list[Use], wholes: dict[int, dict[str, Any]]) -> bool:
        """Tell whether the eager model comes to something else where each hook's change is undone.

        `wholes` keeps what it comes to as it is, by the number of the use.
        """
        for number, varied in enumerate(asked):
            whole = wholes.get(number)
            if whole is None:
                whole = wholes[number] = self._see(self.source, varied, self._with_hooks)
            if whole[ERROR]:
                continue
            undone = self._see(self.source, varied, lambda: self._undo_after_hooks(label))
            if any(not same(whole.get(part), undone.get(part)) for part in (OUTPUT, ERROR)):
                return True
        return False

    def _undo_after_hooks(self, label: str) -> None:
        roots = self.roots(self.source)
        wanted = _changed_object(label)

        def undoing(hook: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                before = Snapshot(roots)
                result = hook(*arguments, **options)
                for changed in map(_changed_object, Snapshot(roots).changes(before)):
                    if changed.startswith(wanted) or wanted.startswith(changed):
                        before.restore(changed)
                        before.restore_where(lambda label: label.startswith(wanted))
                return result

            return call

        self.take_off()
        for registration, place in self.placed:
            _register(registration, place, undoing(registration.hook.callable))


def compare_forward(witness: Witness, module: Any, arguments: Any, options: Any) -> list[Difference]:
    """Compare a call of `module.forward` with one of `module`, which its hooks run in.

    Returns one thing that is seen as it happens, or all that hooks keep.
    """
    source = eager_source(witness.entries, module)

    def roots() -> list[tuple[str, Any]]:
        return list(_view(module, source)) if source is not None else []

    is_hidden = True
    for use in variants(Use("call", module, arguments, options)):
        called, forward = (
            observe(lambda action=action, use=use: ((lambda: action(*use.arguments, **use.options)), roots))  # type: ignore[misc]
            for action in (module, module.forward)
        )
        found = differences(called, forward)
        for label in (OUTPUT, ERROR, TEXT, FILES):
            if label in found:
                return [_difference(label, called, forward)]
        if found:
            return [_difference(label, called, forward)._replace(kept=kept_name(label)) for label in found]
        is_hidden = is_hidden and is_blank(called.get(OUTPUT))
    if is_hidden:
        raise InconclusiveError(BLANK)
    return []


def _is_traced(entries: list[Entry], module: Any) -> bool:
    """Tell whether tracing made `module`, or what it was made from."""
    entry = next((e for e in entries if e.result is module and e.source is not module), None)
    return entry is not None and (entry.world == "trace" or _is_traced(entries, made_from(entries, entry)))


def pretend_to_trace() -> None:
    """Have the project's code be told from now on that it is traced: what it leaves out then, it means to."""

    def pretending(real: Callable[[], Any]) -> Callable[[], Any]:
        def is_tracing() -> Any:
            return real() if is_installed(sys._getframe(1).f_code.co_filename) else True

        return is_tracing

    real = torch.jit.is_tracing
    torch.jit.is_tracing = pretending(real)
    replace_everywhere(real, torch.jit.is_tracing)
    torch._C._get_tracing_state = pretending(torch._C._get_tracing_state)


def _register(registration: Registration, place: Any, hook: Any) -> None:
    if registration.module is None:
        getattr(torch.nn.modules.module, registration.api)(hook, **registration.options)
    else:
        getattr(nn.Module, registration.api)(place, hook, **registration.options)


def _view(module: Any, source: Any) -> Iterator[tuple[str, Any]]:
    """Yield the state of `module` under the labels that its eager source has it under."""
    parts = dict(module.named_modules())
    for path, own in source.named_modules():
        part = parts.get(path)
        if part is None:
            continue
        names = [n for n in vars(own) if not n.startswith("_")]
        names += [n for n, _ in [*own.named_parameters(recurse=False), *own.named_buffers(recurse=False)]]
        names += [n for n in attribute_names(part) if n not in names]
        for name in names:
            try:
                value = getattr(part, name)
            except Exception:
                continue
            if not isinstance(value, nn.Module) and not callable(value):
                yield ".".join(filter(None, ["model", path, name])), value


def _changed_object(label: str) -> str:
    """Return the label of the object that a change is in: the list of `calls[3]`."""
    return re.sub(r"((\[[^\[\]]*\])|\.len\(\))+$", "", label)


def kept_name(label: str) -> str:
    """Return the last name of the object that a change is in: that of a variable or an attribute."""
    return _without_root(_changed_object(label)).rpartition(".")[2]


def _difference(label: str, eager: dict[str, Any], world: dict[str, Any]) -> Difference:
    def said(seen: dict[str, Any]) -> str:
        if label == ERROR:
            return "raises {}".format(seen["error"]) if seen[ERROR] else "raises nothing"
        return words(seen[label]) if label in seen else "nothing" if label in (OUTPUT, FILES) else UNCHANGED

    if label == TEXT:
        return Difference(label, *first_difference(eager.get(label, ""), world.get(label, "")))
    is_in_both = label in eager and label in world and label != ERROR
    texts = words_apart(eager[label], world[label]) if is_in_both else (said(eager), said(world))
    return Difference(_without_root(label), *texts)


def _without_root(label: str) -> str:
    return re.sub(r"^hook( \d+)?\.", "", label) if label not in (OUTPUT, ERROR, TEXT, FILES) else label


def checked(action: Callable[[], Any], otherwise: Any = None) -> Any:
    """Run a comparison; one that can't be made shows nothing, which is `otherwise`."""
    try:
        return action()
    except InconclusiveError:
        return otherwise


def put_back(before: Snapshot, roots: list[tuple[str, Any]], name: str) -> None:
    """Put back all that was kept under a name, and what holds it where that was bound anew."""
    for label in Snapshot(roots).changes(before):
        if kept_name(label) == name:
            before.restore(label)
    before.restore_where(lambda label: kept_name(label) == name)
