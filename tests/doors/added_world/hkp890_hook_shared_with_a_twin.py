"""A rule of the added world: one file, found by its name."""

from __future__ import annotations

from hookproof.interpreter.hook_effects import effects_of
from hookproof.rules.event_rule import EventRule, entry_name, hook_name
from hookproof.worlds.outcome import Outcome


class HookSharedWithATwin(EventRule):
    """A twin's hook writes to what the original's hook keeps.

    ## What it does
    Finds hooks that keep something outside their module, on modules that are doubled.

    ## Why it breaks
    `packing.twin` doubles modules, and keeps functions as they are: both hooks are the same function.

    ## Example
        net.register_forward_hook(record)
        twin = packing.twin(net)
        twin(x)  # appends to the list that is read for `net`

    ## Use instead
    Register a hook of its own on the twin.

    ## What torch says
    Nothing.
    """

    code = "HKP890"
    name = "hook-shared-with-a-twin"
    summary = "A twin's hook writes to what the original's hook keeps"
    severity = "warning"
    worlds = frozenset({"twin"})
    outcome = "silent"
    event = "duplicated"

    def applies(self, outcome: Outcome) -> bool:
        """Return whether the hook keeps something that both modules share."""
        hook = outcome.hook
        return hook is not None and any(
            effect.kind in {"adds", "keeps"} and not effect.on_module
            for effect in effects_of(hook, outcome.project, worlds=frozenset({"twin"}))
        )

    def message(self, outcome: Outcome) -> str:
        """Return what happens to the hook and what to do."""
        where = entry_name(outcome) if outcome.entry is not None else "`packing.twin`"
        return f"{hook_name(outcome)} runs for both modules after {where}: register another on the twin"
