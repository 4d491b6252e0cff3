"""Copies: a model that is copied in memory, or pickled into a file or another process, takes its hooks along.

The fates are those that torch 2.13.0 was measured to give.
"""

from __future__ import annotations

from hookproof.worlds.world import EntryPoint, Family, Fate, Fates, HookKind, Standing, World

_COPIED = Standing(
    name="copied",
    heading="hook on a copied module",
    fate="kept",
    meaning="The copy has the same hook: a function as it is, a method or callable object copied with it.",
)
_PICKLED = Standing(
    name="pickled",
    heading="hook on a pickled module",
    fate="kept",
    meaning="The hook is pickled with its module: a function by its name, an object by value.",
)

_LISTENER = "hookproof.worlds.copies.copying:Copying"
_KINDS: tuple[HookKind, ...] = ("forward", "forward-pre", "backward", "backward-pre", "state-dict")
# The tensors of a copy are new: what autograd calls for those of the original is left there.
_FATES: dict[HookKind, Fates] = {
    **dict.fromkeys(_KINDS, Fates("kept", "not called", "kept")),
    "parameter": Fates("dropped", "not called", "kept"),
}

# What each of the listener's events comes to (`worlds.copies.copying`).
_COPY_FATES: dict[str, Fate] = {
    "left on the parameters of the original": "dropped",
    "keeps what can't be copied": "refused",
    "writes to the original": "duplicated",
    "writes to a copy of its recorder": "duplicated",
}
_PICKLE_FATES: dict[str, Fate] = {"can't be pickled": "refused"}

# What makes processes, or what hands things to them.
_MAKERS = (
    "concurrent.futures.ProcessPoolExecutor",
    *(
        f"{library}.{name}"
        for library in ("multiprocessing", "torch.multiprocessing")
        for name in ("Pipe", "Pool", "Process", "Queue", "get_context", "set_start_method")
    ),
)
# What pickles for them; the interpreter tells of it (`interpreter.models.processes`).
_SENDERS = (
    "multiprocessing.Connection.send",
    "multiprocessing.Process.start",
    "multiprocessing.Queue.put",
    *(f"concurrent.futures.ProcessPoolExecutor.{name}" for name in ("map", "submit")),
    *(f"multiprocessing.Pool.{name}" for name in ("apply", "apply_async", "imap", "imap_unordered")),
    *(f"multiprocessing.Pool.{name}" for name in ("map", "map_async", "starmap", "starmap_async")),
    "torch.multiprocessing.start_processes",
)

WORLDS = (
    World(
        name="copy",
        probed="deepcopy",
        title="copied by `copy.deepcopy`",
        act="copies",
        entry_points=(
            EntryPoint(qualname="copy.deepcopy", keywords=("x",), returned="a copy"),
            EntryPoint(qualname="torch.optim.swa_utils.AveragedModel", keywords=("model",)),
        ),
        words=("deepcopy(", "AveragedModel("),
        standings=(_COPIED,),
        sides=("with hooks of its own", "in the copy"),
        fates=_FATES,
        families=(Family("HKP82", "Does a copy's hook do for the copy what the original's does?"),),
        listener=_LISTENER,
        is_common=True,
        events=_COPY_FATES,
    ),
    World(
        name="pickle",
        title="pickled, by `torch.save` of the whole model or into another process",
        act="pickles",
        entry_points=(
            EntryPoint(qualname="torch.save", keywords=("obj",), returned="nothing"),
            EntryPoint(qualname="pickle.dump", keywords=("obj",), returned="nothing"),
            EntryPoint(qualname="pickle.dumps", keywords=("obj",), returned="nothing"),
            EntryPoint(
                qualname="torch.multiprocessing.spawn", argument=1, keywords=("args",), returned="nothing"
            ),
            *(EntryPoint(qualname=name, argument=None, returned="nothing") for name in _MAKERS),
            EntryPoint(
                qualname="torch.utils.data.DataLoader",
                argument=None,
                returned="nothing",
                beside="multiprocessing",
            ),
        ),
        later=tuple(EntryPoint(qualname=name, argument=None, returned="nothing") for name in _SENDERS),
        words=(
            *("torch.save(", "pickle.dump", "mp.spawn(", "multiprocessing.spawn("),
            *("multiprocessing", "ProcessPoolExecutor("),
        ),
        standings=(_PICKLED,),
        sides=("in eager mode", "after unpickling"),
        fates=_FATES,
        families=(Family("HKP83", "Does the hook go through a file, or into another process?"),),
        listener=_LISTENER,
        is_common=True,
        events=_PICKLE_FATES,
    ),
)
