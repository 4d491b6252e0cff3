"""Copies of modules, in memory or through a file: which hooks they have."""

from __future__ import annotations

from msgspec.structs import replace

from hookproof.interpreter.evaluate import Evaluator
from hookproof.interpreter.listener import Listener
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.values import ScriptValue, Value, Values

# What pickles its first argument, and where it stands what this is put into; what brings it back from there.
SAVES = {"torch.save": 1, "pickle.dump": 1, "cloudpickle.dump": 1, "dill.dump": 1}
SAVES |= {"pickle.dumps": 0, "cloudpickle.dumps": 0, "dill.dumps": 0}
LOADS = frozenset(
    {"torch.load", *(f"{m}.{n}" for m in ("pickle", "cloudpickle", "dill") for n in ("load", "loads"))}
)


class Copies(Evaluator):
    """Evaluates what copies, saves and loads."""

    def __init__(self, listener: Listener, budget: int) -> None:
        super().__init__(listener, budget)
        self.kept: dict[Value, Values] = {}

    def deepcopy(self, value: Value) -> Value:
        """Carry out `copy.deepcopy`: a copy has the hooks that its original has by then."""
        if isinstance(value, ScriptValue):
            return replace(value, is_reloaded=True) if value.how == "trace" else replace(value)
        if isinstance(value, ObjectValue):
            copied, known = replace(value), self.progress.state.of(value)
            # The handles are those of the original's hooks.
            hooks = tuple(replace(live, receiver=copied) for live in known.hooks)
            self.progress.state.objects[copied] = replace(known, hooks=hooks, copies=())
            return copied
        return value

    def keep(self, qualname: str, args: list[Values], keywords: dict[str, Values]) -> Values:
        """Carry out what pickles an object with its hooks, or brings one back from where it was put."""
        position = SAVES.get(qualname, 0)
        where = args[position] if len(args) > position else keywords.get("f", ())
        key = where[0] if len(where) == 1 else None
        if qualname in SAVES:
            if key is not None and args:
                self.kept[key] = args[0]
            return args[0] if position == 0 and args else ()
        kept = self.kept.get(key, ()) if key is not None else ()
        return tuple(self.deepcopy(value) for value in kept)
