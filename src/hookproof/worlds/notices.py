"""Whether a program notices that a hook is not called where its module left eager mode.

A hook that is not called is a reason to look, no more: what it does may be nothing, or may be baked into the
graph together with the `forward` that uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from hookproof.classes.module_classes import module_class_of
from hookproof.finding import Confidence
from hookproof.interpreter.effect import Effect
from hookproof.interpreter.hook_effects import effects_of
from hookproof.interpreter.instances.live_hooks import takes_itself_off
from hookproof.interpreter.kept import Loss, Moment, Readers, readers_of
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.values import Hook, LiveHook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.location import Location
from hookproof.syntax.source_file import SourceFile

CONFIDENCE: dict[Loss, Confidence | None] = {"sure": "certain", "perhaps": "likely", "none": None}

# Its hooks are handed the state dict first.
_WITHOUT_MODULE = "_register_load_state_dict_pre_hook"


class Missing(Struct):
    """A hook that some uses go without of what was made of `source`, at `made`.

    Where the hook `is_baked` it ran while that was made, and what it does to tensors is part of it. `holders`
    are eager modules that it is used within. `is_once` says of a baked hook that there is one such use only,
    which would have called it as often; `is_alike` that it was called then on what no numbers are known of,
    so that what it keeps without those is the same each time. Where it `is_told_of_values`, somebody else
    says which tensors are others: what counts is how many there are.
    Where the program `is_whole`, nobody else reads what hooks leave.
    """

    live: LiveHook
    source: ObjectValue | None
    module_class: ModuleClass | None
    made: Location
    is_baked: bool
    moments: list[Moment] = field(default_factory=list)
    holders: list[ObjectValue] = field(default_factory=list)
    is_once: bool = False
    is_alike: bool = False
    is_told_of_values: bool = False
    is_whole: bool = False


class Notices(Struct):
    """What one program would notice, as far as it was run; `eager_calls` are those of eager modules.

    `worlds` are those that it is asked about: what a hook leaves out there on purpose is no loss.
    """

    progress: Progress
    worlds: frozenset[str]
    eager_calls: list[tuple[ObjectValue, Location]] = field(default_factory=list)

    def weight(self, live: LiveHook, *, is_whole: bool = False) -> Confidence | None:
        """Return how sure it is that somebody notices where a hook is not called, None where nobody does.

        Where the program `is_whole`, nobody else reads what hooks leave.
        """
        own = frozenset((hook.definition.path, hook.definition.at) for hook in live.hooks)
        return CONFIDENCE[_of_any(self._weight_of(hook, live, own, is_whole) for hook in live.hooks)]

    def _weight_of(self, hook: Hook, live: LiveHook, own: frozenset[tuple[str, int]], is_whole: bool) -> Loss:
        if hook.function is None:
            return "sure"
        return worst(
            _weight(effect)
            if effect.node is None
            else _softened(self._readers(live, None).is_read(effect, own, is_whole=is_whole), effect)
            for effect in self.effects(hook, live)
        )

    def effects(self, hook: Hook, live: LiveHook) -> tuple[Effect, ...]:
        """Return what a hook leaves behind, said of what it is handed by this registration."""
        registered = live.registration
        takes_module = registered.api != _WITHOUT_MODULE or "with_module" in registered.options
        return effects_of(
            hook,
            self.progress.project,
            self.progress.decide,
            worlds=self.worlds,
            takes_module=takes_module,
            receiver=live.receiver,
        )

    def changes_module(self, live: LiveHook) -> Confidence | None:
        """Return how sure it is that a call makes the module another: one while tracing is too many."""
        return CONFIDENCE[
            _of_any(
                worst(
                    _weight(effect)
                    for effect in effects_of(
                        hook, self.progress.project, self.progress.decide, worlds=self.worlds
                    )
                    if effect.kind == "changes"
                )
                for hook in live.hooks
            )
        ]

    def loss(self, missing: Missing, known: frozenset[tuple[str, int]]) -> Loss:
        """Return what is lost where a hook is missing; `known` are the definitions of all hooks."""
        if missing.is_baked and any(takes_itself_off(hook) for hook in missing.live.hooks):
            return "none"  # it runs once, there or not
        return _of_any(
            worst(
                self.loss_of(effect, missing, known)
                for effect in (
                    self.effects(hook, missing.live) if hook.function else _unknown(missing.is_baked)
                )
            )
            for hook in missing.live.hooks
        )

    def loss_of(
        self,
        effect: Effect,
        missing: Missing,
        known: frozenset[tuple[str, int]],
        *,
        is_of_value: bool = False,
    ) -> Loss:
        """Return what is lost where this effect of a hook is missing, or a value of it is another."""
        if effect.kind == "result":
            return "none" if missing.is_baked else _weight(effect)
        is_as_before = missing.is_once or (missing.is_alike and effect.kind == "keeps")
        is_as_before = is_as_before and (missing.is_told_of_values or not effect.of_tensor)
        moments = [moment for moment in missing.moments if moment.kind != "saved"]
        if not moments:
            return "none"  # what a saved module leaves out is left out of another process
        if effect.node is None:
            return _weight(effect)
        live = missing.live
        if missing.is_baked and effect.in_place and self._is_recorded(effect, live):
            return "none"
        receiver = live.receiver
        own = (
            receiver.module_class.definition
            if isinstance(receiver, ObjectValue) and receiver.module_class
            else None
        )
        loss = self._readers(live, missing).loss(
            effect,
            moments,
            known,
            [location for module, location in self.eager_calls if module is missing.source],
            own_class=None if live.registration.is_pre else own,
            holders=frozenset(
                location
                for holder in missing.holders
                for location in self._class_locations(holder.module_class)
            ),
            around=frozenset(self._around(missing)),
            is_baked=missing.is_baked,
            made=missing.made if is_as_before else None,
            is_of_value=is_of_value,
            is_whole=missing.is_whole,
        )
        if all(moment.kind == "given" for moment in moments) and loss == "sure":
            loss = "perhaps"
        return _softened(loss, effect)

    def resets(self, missing: Missing, effect: Effect) -> bool:
        """Return whether something but hooks and `forward` throws away what an effect keeps meanwhile."""
        own = frozenset((hook.definition.path, hook.definition.at) for hook in missing.live.hooks)
        since = missing.moments[0].location
        return self._readers(missing.live, missing).is_reset(effect, own, since, missing.made)

    def is_reset_since(self, missing: Missing, effect: Effect) -> bool:
        """Return whether what an effect keeps may be thrown away after something was made."""
        return self._readers(missing.live, missing).is_reset_since(effect, missing.made)

    def is_in_hook(self, location: Location, live: LiveHook, known: frozenset[tuple[str, int]]) -> bool:
        """Return whether a place is in one of the functions that are hooks."""
        functions = self._readers(live, None).spot(location).unit.scope.functions
        return any((location.path, function.at) in known for function in functions)

    def _is_recorded(self, effect: Effect, live: LiveHook) -> bool:
        """Whether what is changed is a buffer or a parameter: tracing records what is done to its numbers."""
        if effect.node is None or effect.node[0] != "attribute" or not isinstance(effect.node[1], str):
            return False
        owners = [_owner(hook) for hook in live.hooks if not effect.on_module]
        classes = [module_class_of(owner, self.progress.project) for owner in owners]
        if effect.on_module and isinstance(live.receiver, (ObjectValue, ScriptValue)):
            classes.append(live.receiver.module_class)
        facts = [cls.attribute(effect.node[1]) if cls is not None else None for cls in classes]
        kinds = {fact.kind if fact is not None else "unknown" for fact in facts}
        return bool(kinds) and kinds <= {"buffer", "parameter"}

    def _around(self, missing: Missing) -> Iterator[Location]:
        """Yield the classes of what is traced, and of the modules that the hooked one was reached through."""
        yield from self._class_locations(missing.module_class)
        receiver = missing.live.receiver
        while isinstance(receiver, ObjectValue) and receiver.parent is not None:
            receiver = receiver.parent
            yield from self._class_locations(receiver.module_class)

    def _readers(self, live: LiveHook, missing: Missing | None) -> Readers:
        files: dict[str, SourceFile] = {live.registration.location.file.path: live.registration.location.file}
        locations = [hook.definition for hook in live.hooks]
        receiver = live.receiver
        classes = [receiver.module_class] if isinstance(receiver, (ObjectValue, ScriptValue)) else []
        if missing is not None:
            locations += [missing.made, *(moment.location for moment in missing.moments)]
            classes += [missing.module_class, *(holder.module_class for holder in missing.holders)]
        for hook in live.hooks:
            if hook.owner_class is not None:
                locations.append(hook.owner_class.location)
        for cls in classes:
            locations += self._class_locations(cls)
        files.update((location.file.path, location.file) for location in locations)
        return readers_of(self.progress.project, files.values())

    def _class_locations(self, cls: ModuleClass | None) -> list[Location]:
        if cls is None or cls.definition is None:
            return []
        return [
            base.location
            for base in self.progress.project.mro(cls.definition)
            if isinstance(base, ClassDefinition)
        ]


def _owner(hook: Hook) -> ClassDefinition | None:
    """Return the class whose instance a hook knows as `self`: its own, or that of the method around it."""
    frame = hook.frame
    while hook.owner_class is None and frame is not None:
        if frame.owner is not None:
            return frame.owner
        frame = frame.parent
    return hook.owner_class


def _unknown(is_baked: bool) -> tuple[Effect, ...]:
    """Return what is taken to be the effect of a hook that could not be followed."""
    return () if is_baked else (Effect("result"),)


def _weight(effect: Effect) -> Loss:
    return "sure" if effect.is_sure else "perhaps"


def _softened(loss: Loss, effect: Effect) -> Loss:
    return "perhaps" if loss == "sure" and not effect.is_sure else loss


def worst(losses: Iterable[Loss]) -> Loss:
    """Return what is lost of a hook where these are of what it leaves behind."""
    found = set(losses)
    return "sure" if "sure" in found else "perhaps" if "perhaps" in found else "none"


def _of_any(losses: Iterable[Loss]) -> Loss:
    """Return what is lost where only one of several hooks is registered, and it is not known which."""
    found = set(losses)
    return "none" if found <= {"none"} else "sure" if found == {"sure"} else "perhaps"
