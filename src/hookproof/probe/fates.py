"""What becomes of a hook: by world, kind of hook, moment of its registration and place in the model.

A world is a row of `WORLDS`: how a module goes there, and how what came back is used. The words are those of
`hookproof.worlds.world.Fate`; `absent` says that this torch has no such world or hook.
"""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any, Callable, Dict, List, NamedTuple

import torch
from torch import nn

from .fate_samples import CALLS, Net, counts, doubles, doubles_first
from .outcome import attempt

KINDS: Dict[str, str] = {
    "forward": "register_forward_hook",
    "forward-pre": "register_forward_pre_hook",
    "backward": "register_full_backward_hook",
    "backward-pre": "register_full_backward_pre_hook",
    "state-dict": "register_state_dict_post_hook",
    "global forward": "register_module_forward_hook",
}
MOMENTS = ("before", "after", "on_result")
PLACES: Dict[str, str] = {"root": "", "child": "child", "leaf": "child.linear"}


def _input() -> Any:
    return torch.ones(2, 4, requires_grad=True)


def _same(result: Any) -> Any:
    return result


def _loaded(scripted: Any) -> Any:
    file = io.BytesIO()
    torch.jit.save(scripted, file)
    file.seek(0)
    return torch.jit.load(file)


def _saved(module: nn.Module) -> Any:
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    try:
        return torch.load(file, weights_only=False)
    except TypeError:  # before torch 1.13 there was no such option
        file.seek(0)
        return torch.load(file)


def _exported(module: nn.Module, **options: Any) -> Any:
    import torch.export

    return torch.export.export(module, (_input(),), **options)


def _compiled(module: nn.Module, backend: str = "eager") -> Any:
    torch._dynamo.reset()
    wrapper = torch.compile(module, backend=backend)
    _run(wrapper)  # what is registered later is late
    return wrapper


def _compiled_in_place(module: nn.Module) -> Any:
    torch._dynamo.reset()
    module.compile(backend="eager")
    _run(module)
    return module


def _functional(module: nn.Module) -> Any:
    import torch.func

    return lambda x: torch.func.functional_call(module, dict(module.named_parameters()), (x,))


def _checkpointed(module: nn.Module) -> Any:
    import torch.utils.checkpoint as of_torch

    return lambda x: of_torch.checkpoint(module, x, use_reentrant=True)


class World(NamedTuple):
    """A way out of eager mode: how a module `enters`, what of it is `used`, whether hooks are `compiled`."""

    enters: Callable[[nn.Module], Any]
    used: Callable[[Any], Any] = _same
    compiled: bool = False


# To probe another way out, add a row.
WORLDS: Dict[str, World] = {
    "script": World(lambda module: torch.jit.script(module), compiled=True),
    "trace": World(lambda module: torch.jit.trace(module, (_input(),))),
    "freeze": World(lambda module: torch.jit.freeze(torch.jit.script(module.eval())), compiled=True),
    "load": World(lambda module: _loaded(torch.jit.script(module)), compiled=True),
    "export": World(lambda module: _exported(module, strict=False), lambda program: program.module()),
    "strict export": World(lambda module: _exported(module, strict=True), lambda program: program.module()),
    "compile": World(_compiled),
    "compile in place": World(_compiled_in_place),
    "fx": World(lambda module: __import__("torch.fx").fx.symbolic_trace(module)),
    "deepcopy": World(copy.deepcopy),
    "pickle": World(lambda module: pickle.loads(pickle.dumps(module))),
    "save": World(_saved),
    "functional call": World(_functional),
    "checkpoint": World(_checkpointed),
}


def probe_fates() -> Dict[str, Any]:
    """Return world -> kind of hook -> moment of its registration -> place in the model -> fate."""
    return {world: _of_world(row) for world, row in WORLDS.items()}


def _of_world(world: World) -> Any:
    if attempt(lambda: _run(world.used(world.enters(Net()))))[1] is not None:
        return "absent"
    return {kind: _of_kind(world, kind) for kind in KINDS}


def _of_kind(world: World, kind: str) -> Any:
    is_global = kind.startswith("global ")
    if not hasattr(nn.modules.module if is_global else nn.Module, KINDS[kind]):
        return "absent"
    places = {"root": ""} if is_global else PLACES
    found = {
        moment: {place: _fate(world, kind, moment, path) for place, path in places.items()}
        for moment in MOMENTS
    }
    # What is the same everywhere is said once.
    return {
        moment: next(iter(fates.values())) if len(set(fates.values())) == 1 else fates
        for moment, fates in found.items()
    }


def _run(module: Any) -> Any:
    result = module(_input())
    if result.requires_grad:
        result.sum().backward()
    return result.detach()


def _use(used: Any, kind: str) -> Any:
    if kind == "state-dict":
        return used.state_dict() and torch.zeros(1)
    return _run(used)


def _hook_for(world: World, kind: str) -> Callable[..., Any]:
    """Return a hook that tells of itself: one that is compiled cannot count."""
    if not world.compiled or kind not in ("forward", "forward-pre"):
        return counts
    return doubles if kind == "forward" else doubles_first


def _put(module: Any, path: str, kind: str, hook: Callable[..., Any]) -> Any:
    if kind.startswith("global "):
        return getattr(nn.modules.module, KINDS[kind])(hook)
    for part in path.split(".") if path else ():
        module = getattr(module, part)
    return getattr(module, KINDS[kind])(hook)


def _fate(world: World, kind: str, moment: str, path: str) -> str:
    handles: List[Any] = []
    found, error = attempt(lambda: _followed(world, kind, moment, path, handles))
    for handle in handles:
        handle.remove()
    return "refused" if error is not None else str(found)


def _followed(world: World, kind: str, moment: str, path: str, handles: List[Any]) -> str:
    """Take a hooked module to the world, use what comes back twice, and say what became of the hook."""
    torch.manual_seed(0)
    module, hook = Net(), _hook_for(world, kind)
    expected, _ = attempt(lambda: _use(world.used(world.enters(Net())), kind))
    del CALLS[:]
    if moment == "before":
        handles.append(_put(module, path, kind, hook))
    result = world.enters(module)
    if moment == "after":
        handles.append(_put(module, path, kind, hook))
    used = world.used(result)
    if moment == "on_result":
        handles.append(_put(used, path, kind, hook))
    entering = len(CALLS)
    value = _use(used, kind)
    once = len(CALLS) - entering
    _use(used, kind)
    twice = len(CALLS) - entering - once
    if once and twice:
        # A global hook is called for each module.
        return "duplicated" if once > 1 and not kind.startswith("global ") else "kept"
    if entering:
        return "runs once"
    if hook is not counts and not torch.equal(value, expected):
        return "compiled"
    return "dropped" if moment == "before" else "not called"
