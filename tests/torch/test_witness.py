"""A witness tells what became of each hook, and torch and the program are as they were without it."""

from __future__ import annotations

import contextlib
import copy
import gc
import inspect
import pickle
import re
import sys
import textwrap
import threading
import traceback
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from hookproof.verify.target.witness import Answer, Entry, Interceptor, Registration, Witness, WitnessError
from hookproof.verify.target.witness.watched import (
    ENTRY_POINTS,
    entry_functions,
    registering_functions,
    removing_functions,
)
from hookproof.verify.target.witness.witness import COUNTED_IN_PART

pytestmark = pytest.mark.filterwarnings("ignore")
SCRIPT_AT_IMPORT = torch.jit.script

PRELUDE = """
import functools, io
import torch
from torch import Tensor, nn
from torch.jit import script

X = torch.ones(1, 2)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seen = []

    def forward(self, x):
        return self.fc(x)

class Exporting(Net):
    @torch.jit.export
    def twice(self, x):
        return self.fc(self.fc(x))

class Hooked(Net):
    def __init__(self):
        super().__init__()
        self.fc.register_forward_hook(typed)

def typed(m, i: tuple[Tensor], o: Tensor):
    print("typed")

def reads(m, i: tuple[Tensor], o: Tensor):
    m.seen.append(o)

def counts(m, i, o):
    COUNTED.append(1)

def before(m, i: tuple[Tensor]) -> None:
    print("before")

def backward(m, gi, go):
    pass

def on_state(m, state, prefix, metadata):
    pass

def by_hand(module, hook):
    module._forward_hooks[1_000_000] = hook

class Objects:
    def __call__(self, m, i, o):
        pass

COUNTED = []
model = Net()
"""

# What becomes of hooks stands at the end of the line of the entry point, or `refused` at a registration.
FATES = {
    "compiled": """
        model.register_forward_hook(typed)
        model.fc.register_forward_pre_hook(before)
        torch.jit.script(model)  # typed: compiled, before: compiled
        """,
    "the one that breaks is refused, the other is not reached": """
        model.register_forward_hook(reads)
        model.fc.register_forward_hook(typed)
        try:
            torch.jit.script(model)  # reads: refused, typed: not reached
        except RuntimeError:
            pass
        """,
    "imported by name before and registered in a constructor": """
        model = Hooked()
        script(model)  # typed: compiled
        """,
    "a lambda": """
        model.register_forward_hook(lambda m, i, o: None)
        model.fc.register_forward_hook(typed)
        try:
            script(model)  # <lambda>: refused, typed: not reached
        except Exception:
            pass
        """,
    "a partial beside another hook": """
        model.register_forward_hook(functools.partial(counts))
        model.fc.register_forward_hook(typed)
        try:
            script(model)  # counts: refused, typed: not reached
        except AttributeError:
            pass
        """,
    "an object": """
        model.fc.register_forward_hook(Objects())
        model.register_forward_hook(typed)
        try:
            script(model)  # Objects: refused, typed: not reached
        except AttributeError:
            pass
        """,
    "a hook without types": """
        model.fc.register_forward_hook(typed)
        model.register_forward_hook(counts)
        try:
            script(model)  # counts: refused, typed: not reached
        except RuntimeError:
            pass
        """,
    "a forward that does not compile is not the hook's fault": """
        class Unscriptable(Net):
            def forward(self, x):
                yield x
        model = Unscriptable()
        model.register_forward_hook(typed)
        model.fc.register_forward_hook(typed)
        try:
            script(model)  # typed: not reached, typed: not reached
        except Exception:
            pass
        """,
    "nor is one that fails while it is traced": """
        class Failing(Net):
            def forward(self, x):
                raise ValueError
        model = Failing()
        model.register_forward_pre_hook(before)
        try:
            torch.jit.trace(model, X)  # before: not reached
        except ValueError:
            pass
        """,
    "a hook that fails while it is traced": """
        def fails(m, i, o):
            return 1 / 0
        model.register_forward_hook(fails)
        model.register_forward_hook(counts)
        try:
            torch.jit.trace(model, X)  # fails: refused, counts: not reached
        except ZeroDivisionError:
            pass
        """,
    "two hooks of one name": """
        model.register_forward_hook(typed)
        def typed(m, i: tuple[Tensor], o: Tensor):
            pass
        model.register_forward_hook(typed)
        try:
            script(model)  # typed: not reached, typed: refused
        except RuntimeError:
            pass
        """,
    "dropped by script": """
        model.register_full_backward_hook(backward)
        model.register_state_dict_post_hook(on_state)
        script(model)  # backward: dropped, on_state: dropped
        """,
    "backward hooks before a trace": """
        model.fc.register_full_backward_hook(backward)
        model.register_forward_hook(counts)
        try:
            torch.jit.trace(model, X)  # backward: refused, counts: not reached
        except ValueError:
            pass
        """,
    "traced": """
        model.register_forward_hook(counts)
        traced = torch.jit.trace(model, X)  # counts: ran while tracing only
        traced(X)
        """,
    "on a child that is not called": """
        model.other = nn.Linear(2, 2)
        model.other.register_forward_hook(counts)
        torch.jit.trace(model, X)  # counts: not called
        """,
    "traced through a function": """
        model.requires_grad_(False).register_forward_hook(counts)
        torch.jit.trace(lambda x: model(x), X)  # counts: ran while tracing only
        """,
    "traced by its forward": """
        model.fc.register_forward_hook(counts)
        torch.jit.trace(model.forward, X)  # counts: ran while tracing only
        """,
    "traced with exports": """
        model = Exporting()
        model.fc.register_forward_hook(typed)
        try:
            torch.jit.trace(model, X)  # typed: refused
        except RuntimeError:
            pass
        """,
    "on script modules": """
        scripted = script(model)
        try:
            scripted.register_forward_hook(counts)  # refused
        except RuntimeError:
            pass
        """,
    "forced on a scripted module": """
        scripted = script(model)  # counts: called, before: not called
        nn.Module.register_forward_hook(scripted, counts)
        nn.Module.register_forward_pre_hook(scripted.fc, before)
        scripted(X)
        """,
    "on a traced module and its child": """
        traced = torch.jit.trace(model, X)  # counts: called, before: not called
        traced.register_forward_hook(counts)
        traced.fc.register_forward_pre_hook(before)
        traced(X)
        """,
    "after scripting": """
        scripted = script(model)  # typed: too late
        model.register_forward_hook(typed)
        """,
    "after scripting, and then again": """
        script(model)
        model.register_forward_hook(typed)
        scripted = script(model)  # typed: compiled
        """,
    "removed before": """
        handle = model.register_forward_hook(reads)
        handle.remove()
        script(model)
        """,
    "removed by a with block": """
        with model.register_forward_hook(counts):
            model(X)
        script(model)
        """,
    "frozen": """
        model.fc.register_forward_hook(typed)
        scripted = script(model.eval())  # typed: compiled
        torch.jit.freeze(scripted)  # typed: dropped
        """,
    "optimized": """
        model.fc.register_forward_hook(typed)
        scripted = script(model.eval())  # typed: compiled
        torch.jit.optimize_for_inference(scripted)  # typed: dropped
        """,
    "saved and loaded by name": """
        model.fc.register_forward_hook(typed)
        scripted = script(model)  # typed: compiled
        torch.jit.save(scripted, "net.pt")  # typed: kept
        loaded = torch.jit.load("net.pt")  # typed: kept
        torch.jit.freeze(loaded.eval())  # typed: dropped
        """,
    "saved and loaded in memory": """
        file = io.BytesIO()
        model.fc.register_forward_hook(typed)
        scripted = script(model)  # typed: compiled
        scripted.save("net.pt")  # typed: kept
        torch.jit.save(scripted, file)  # typed: kept
        file.seek(0)
        torch.jit.load(file)  # typed: kept
        """,
    "a scripted child of an eager model": """
        model.fc.register_forward_hook(typed)
        model.fc = script(model.fc)  # typed: compiled
        model.register_forward_hook(typed)
        script(model)  # typed: compiled, typed: kept
        """,
    "global": """
        handle = nn.modules.module.register_module_forward_hook(counts)
        scripted = script(model)  # counts: kept
        scripted(X)
        handle.remove()
        """,
    "a method that takes one too many": """
        class Owner:
            def show(self, module, input, output):
                print(output)
        model.register_forward_hook(Owner().show)
        try:
            script(model)  # Owner.show: refused
        except RuntimeError:
            pass
        """,
    "a hook of the state dict that torch wraps": """
        def rename(*_):
            pass
        model._register_load_state_dict_pre_hook(rename)
        script(model)  # rename: dropped
        """,
    "put there by hand": """
        by_hand(model, typed)
        script(model)  # typed: compiled
        """,
    "a copy of the model": """
        import copy
        model.register_forward_hook(typed)
        script(copy.deepcopy(model))  # typed: compiled
        """,
    "a utility of torch": """
        nn.utils.weight_norm(model.fc)
        try:
            script(model)  # WeightNorm: refused
        except AttributeError:
            pass
        """,
}


def run(text: str, folder: Path) -> dict[str, Any]:
    """Run a program of that text in a folder, and return its variables."""
    path = folder / "program.py"
    path.write_text(PRELUDE + textwrap.dedent(text), "utf-8")
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True), names)
    return names


@pytest.fixture
def notes() -> list[str]:
    """Return what a witness says on its counting: it cannot watch a thread that an earlier test has left."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(timeout=1)  # one that is about to end would be gone for the witness
    is_alone = threading.active_count() == 1 or sys.version_info >= (3, 12)
    return [] if is_alone else [COUNTED_IN_PART]


def told(witness: Witness) -> dict[int, str]:
    """Return what the witness says, in the form and at the lines of `FATES`."""
    names = {each.number: each.hook.name for each in witness.registrations}
    lines = {each.chain[0].line: "refused" for each in witness.registrations if each.error}
    for entry in witness.entries:
        if entry.hooks:
            fates = sorted(f"{names[each.registration]}: {each.fate}" for each in entry.hooks)
            lines[entry.chain[0].line] = ", ".join(fates)
    return lines


def expected(text: str) -> dict[int, str]:
    lines = enumerate((PRELUDE + textwrap.dedent(text)).splitlines(), 1)
    parts = {number: line.rpartition("  # ")[2] for number, line in lines if "  # " in line}
    return {number: ", ".join(sorted(part.split(", "))) for number, part in parts.items()}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in FATES.items()])
def test_fates(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    with Witness() as witness:
        run(text, tmp_path)
    assert told(witness) == expected(text)
    assert witness.notes == notes


def test_of_a_hook_on_all_modules_only_the_call_of_the_whole_is_left(tmp_path: Path) -> None:
    with Witness() as witness:
        run(
            """
            handle = nn.modules.module.register_module_forward_hook(counts)
            script(model)
            script(nn.ReLU())
            handle.remove()
            """,
            tmp_path,
        )
    fates = [fate for entry in witness.report()["entries"] for fate in entry["hooks"]]
    assert [(fate["fate"], fate["lost"], bool(fate["note"])) for fate in fates] == [
        ("kept", True, True),
        ("kept", False, False),
    ]


def test_calls_are_counted_before_during_and_after(tmp_path: Path) -> None:
    with Witness() as witness:
        names = run(
            """
            model.register_forward_hook(counts)
            model(X)
            during = -len(COUNTED)
            traced = torch.jit.trace(model, X)
            during += len(COUNTED)
            traced(X)
            model(X)
            model(X)
            """,
            tmp_path,
        )
        names["model"](names["X"])
    (fate,) = witness.entries[0].hooks
    assert (fate.calls_before, fate.calls_during, fate.calls_after) == (1, names["during"], 3)


def hook(module: nn.Module, args: Any, output: Any) -> None:
    pass


def in_a_thread(action: Callable[[], object]) -> None:
    thread = threading.Thread(target=action)
    thread.start()
    thread.join()


def test_calls_in_threads_are_counted_and_hooks_in_threads_are_seen(notes: list[str]) -> None:
    def register() -> None:
        model.register_forward_hook(hook)
        model(torch.ones(1, 2))

    model = nn.Linear(2, 2)
    with Witness() as witness:
        model.register_forward_hook(hook)
        model(torch.ones(1, 2))
        in_a_thread(register)
        in_a_thread(lambda: model(torch.ones(1, 2)))
    assert [location.function for location in witness.registrations[1].chain] == ["register"]
    assert witness._calls.count(hook.__code__) == 1 + 2 + 2
    assert witness.notes == notes


def test_it_is_told_where_calls_may_be_missed() -> None:
    model = nn.Linear(2, 2)
    with Witness() as witness:
        in_a_thread(lambda: model.register_forward_hook(hook))
        model(torch.ones(1, 2))
    missed = witness._calls.count(hook.__code__) == 0
    assert (COUNTED_IN_PART in witness.notes) == missed


def test_a_chain_goes_out_to_where_the_witness_was_asked_for() -> None:
    def outer() -> None:
        inner()

    def inner() -> None:
        nn.Linear(1, 1).register_forward_hook(print)

    with Witness() as witness:
        outer()
    names = [location.function for location in witness.registrations[0].chain]
    assert names == ["inner", "outer", inspect.stack()[0].function]


def watched_functions() -> list[Any]:
    return [
        *(function for _, function in registering_functions()),
        *removing_functions(),
        *(function for _, function in entry_functions()),
    ]


def test_everything_of_torch_is_put_back() -> None:
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "torch"]
    owners = [*modules, nn.Module, torch.jit.ScriptModule, torch.jit.RecursiveScriptModule]
    before = [(owner, dict(vars(owner))) for owner in owners]
    codes = [function.__code__ for function in watched_functions()]
    finders, profile = list(sys.meta_path), sys.getprofile()
    with contextlib.suppress(ZeroDivisionError), Witness():
        nn.Linear(1, 1).register_forward_hook(print)
        assert torch.jit.script.__code__ not in codes
        raise ZeroDivisionError
    assert all(f.__code__ is code for f, code in zip(watched_functions(), codes, strict=True))
    for owner, names in before:
        assert all(vars(owner)[name] is value for name, value in names.items())
    assert sys.meta_path == finders
    assert sys.getprofile() is profile


def test_every_registering_function_and_every_entry_point_is_watched() -> None:
    names = {name for name, _ in registering_functions()}
    assert {n for n in dir(nn.Module) if re.fullmatch(r"_?register_\w*hook", n)} <= names
    assert {n for n in dir(nn.modules.module) if n.startswith("register_module_")} <= names
    # Some are of other versions of torch, and some of files that only who uses them imports.
    apart = {"torch.onnx", "torch.ao.quantization.quantize_fx"}
    there = {
        row.api
        for row in ENTRY_POINTS
        if (row.world != "export" or hasattr(torch.export, row.api[13:]))
        and (row.function.partition(":")[0] not in apart or row.function.partition(":")[0] in sys.modules)
    }
    assert {row.api for row, _ in entry_functions()} == there
    with Witness() as witness:
        functions = watched_functions()
        assert {id(f) for f, _ in witness._replaced} == {id(f) for f in functions}
    assert witness.notes == []


def test_a_program_sees_the_functions_it_knows() -> None:
    def look(f: Any) -> list[Any]:
        code = f.__code__
        own = [f, f.__name__, f.__qualname__, f.__module__, f.__doc__, f.__defaults__, f.__kwdefaults__]
        return [*own, inspect.signature(f), inspect.getsource(f), code.co_filename, code.co_firstlineno]

    def looks() -> list[Any]:
        return [look(function) for function in watched_functions()]

    before = looks()
    with Witness():
        assert looks() == before
        assert torch.jit.script is SCRIPT_AT_IMPORT
        assert pickle.loads(pickle.dumps(torch.jit.trace)) is torch.jit.trace
        assert copy.deepcopy(nn.Module.register_forward_hook) is nn.Module.register_forward_hook


def frames_of(action: Callable[[], object]) -> list[tuple[str, int | None, str, str]]:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any
        action()
    return [(f.filename, f.lineno, f.name, f.line or "") for f in traceback.extract_tb(caught.tb)]


def test_tracebacks_are_the_same() -> None:
    def unscriptable() -> object:
        return torch.jit.script(nn.Sequential(nn.Linear(1, 1)).register_forward_hook(print))

    def refused() -> object:
        return torch.jit.script(nn.Linear(1, 1)).register_forward_hook(print)

    def nothing() -> object:
        return torch.jit.load("no such file")

    for action in (unscriptable, refused, nothing):
        before = frames_of(action)
        with Witness():
            assert frames_of(action) == before


def test_warnings_point_to_the_same_line_and_names_of_the_caller_are_found() -> None:
    def warned() -> list[tuple[str, int]]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.jit.script(nn.Linear(1, 1), optimize=True)
        return [(each.filename, each.lineno) for each in caught]

    def scale(x: torch.Tensor) -> torch.Tensor:
        return x * 3

    def scaled(x: torch.Tensor) -> torch.Tensor:
        return scale(x)  # found in the frame that calls `torch.jit.script`

    before = warned()
    with Witness():
        assert warned() == before
        assert torch.equal(torch.jit.script(scaled)(torch.ones(1)), torch.full((1,), 3.0))


@pytest.mark.parametrize("keep", [False, True])
def test_objects_of_the_program_are_held_only_if_they_are_to_be_kept(keep: bool) -> None:
    class Tap:
        def __call__(self, module: nn.Module, args: Any, output: Any) -> None:
            pass

    with Witness(keep=keep) as witness:
        model, tap = nn.Linear(1, 1), Tap()
        model.register_forward_hook(tap)
        traced = torch.jit.trace(model, torch.ones(1, 1))
        gone = [weakref.ref(model), weakref.ref(tap), weakref.ref(traced)]
        assert witness.entries[0].source is model
        assert witness.registrations[0].hook.callable is tap
        del model, tap, traced
        gc.collect()
        assert [reference() is not None for reference in gone] == [keep] * 3
    assert (witness.entries[0].result is not None) == keep
    assert (witness.entries[0].arguments is not None) == keep


def test_the_programs_own_profile_function_is_left_alone() -> None:
    calls = []

    def profile(frame: Any, event: str, _: object) -> None:
        if event == "call":
            calls.append(frame.f_code.co_name)

    model = nn.Linear(1, 1)
    with Witness() as witness:
        model.register_forward_hook(hook)
        outside = sys.getprofile()
        sys.setprofile(profile)
        model(torch.ones(1, 1))
        assert sys.getprofile() is profile
        sys.setprofile(outside)
        model(torch.ones(1, 1))
    assert "hook" in calls
    assert sys.getprofile() is None
    assert witness._calls.count(hook.__code__) in (1, 2)


def test_there_is_one_witness_at_a_time() -> None:
    with Witness(), pytest.raises(WitnessError, match="another witness"), Witness():
        pass


def test_only_the_entry_points_that_are_named_are_watched() -> None:
    with Witness(only=["torch.jit.trace"]) as witness:
        torch.jit.script(nn.Linear(1, 1))
        torch.jit.trace(nn.Linear(1, 1), torch.ones(1, 1))
    assert [entry.api for entry in witness.entries] == ["torch.jit.trace"]


class _Told(Interceptor):
    """Writes down what it is told, registers something else on the way, and answers for some."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def registering(self, registration: Registration) -> Answer | None:
        self.events.append(f"registering {registration.hook.name}")
        nn.Linear(1, 1).register_forward_hook(lambda *_: None)
        return Answer("no handle") if registration.hook.name == "left_out" else None

    def registered(self, registration: Registration) -> None:
        self.events.append(f"registered {registration.hook.name}")

    def entering(self, entry: Entry) -> None:
        self.events.append(f"entering {entry.api}")

    def returning(self, entry: Entry, result: Any) -> Any:
        return entry.source

    def entered(self, entry: Entry) -> None:
        self.events.append(f"entered {entry.api}: {entry.error.type if entry.error else entry.result_class}")


def test_an_interceptor_is_told_at_once_and_answers_in_torchs_location() -> None:
    def kept(m, i: tuple[torch.Tensor], o: torch.Tensor):  # type: ignore[no-untyped-def]
        pass

    def left_out(m, i, o):  # type: ignore[no-untyped-def]
        pass

    model, told = nn.Sequential(nn.Linear(2, 2)), _Told()
    with Witness(interceptor=told) as witness:
        model.register_forward_hook(kept)
        assert model.register_forward_hook(left_out) == "no handle"  # type: ignore[comparison-overlap]
        assert torch.jit.script(model) is model
        with pytest.raises(RuntimeError), witness.paused():
            torch.jit.freeze(model)
        with pytest.raises(RuntimeError):
            torch.jit.freeze(model)
    assert list(model._forward_hooks.values()) == [kept]
    assert told.events == [
        "registering kept",
        "registered kept",
        "registering left_out",
        "registered left_out",
        "entering torch.jit.script",
        "entered torch.jit.script: RecursiveScriptModule",
        "entering torch.jit.freeze",
        "entered torch.jit.freeze: RuntimeError",
    ]
    assert [r.hook.name for r in witness.registrations] == ["kept", "left_out"]


def test_what_an_interceptor_raises_reaches_the_program() -> None:
    class Ends(Interceptor):
        def entered(self, entry: Entry) -> None:
            raise KeyboardInterrupt

    with Witness(interceptor=Ends()), pytest.raises(KeyboardInterrupt):
        torch.jit.script(nn.Linear(1, 1))
