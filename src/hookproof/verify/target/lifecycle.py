"""Experiments on registration and life cycle: the project's function is run, or rebuilt where it can't be.

An error is looked for as it is. What is silent is counted: every hook is replaced by a probe, and the same
function runs once with TorchScript and once with entry points that leave the module eager.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from typing import Any, Callable

from . import replay
from .bench import Bench
from .hooks import TYPING
from .installed import nn, torch
from .outcome import InconclusiveError, NotReachedError, describe, in_fork, one_line
from .probes import Recorder, install, leave_out_hooks, replace_everywhere, stay_eager, watch_entry_points

_MAXIMAL_PROGRAMS = 6

Program = "tuple[str, Callable[[], Any]]"


def ask(bench: Bench) -> dict[str, Any]:
    """Run one program that reaches the finding; while undecided, ask for another round, in a new process."""
    number = bench.experiment.get("round", 0)
    undecided: list[dict[str, Any]] = list(bench.experiment.get("undecided", ()))
    programs = find_programs(bench)[:_MAXIMAL_PROGRAMS]
    is_silent = bench.experiment["outcome"] == "silent"
    single = _run_silent if is_silent else run_raising
    trials = [(name, functools.partial(single, bench, name, program)) for name, program in programs]
    if not is_silent:
        trials += [
            (name[:-2], functools.partial(_run_with_other_hooks, bench, name, program))
            for name, program in programs
            if name.endswith("()")
        ]
    if number >= len(trials):
        return _conclude(bench, undecided)
    name, trial = trials[number]
    try:
        attempt = trial()
    except InconclusiveError as error:
        if number < len(programs):
            ran = isinstance(error, NotReachedError) and name.endswith("()")
            undecided.append({"name": name, "reason": str(error), "ran": ran})
    else:
        if attempt.get("matched") or attempt.get("eager") != attempt.get("torchscript"):
            return {"attempts": [attempt]}
        undecided.append(attempt)
    return {"round": number + 1, "undecided": undecided}


def _conclude(bench: Bench, undecided: list[dict[str, Any]]) -> dict[str, Any]:
    """Say what programs came to of which none showed the finding."""
    attempts = [a for a in undecided if "error" in a]
    if attempts:
        return {"attempts": [a for a in attempts if a["error"] is None][:1] or attempts}
    for attempt in undecided:
        if attempt["ran"]:
            raise NotReachedError(attempt["reason"])
    reason = (
        undecided[-1]["reason"] if undecided else "no function of the project reaches it without arguments"
    )
    return _rebuild(bench, reason, any(attempt["name"].endswith("()") for attempt in undecided))


# --- programs ---------------------------------------------------------------------------------------


def find_programs(bench: Bench) -> list[Any]:
    """Return what can be run to reach the finding, as (name, callable), the closest first."""
    e = bench.experiment
    found: list[Any] = []
    lines = [e["line"]]
    if bench.setup.get("goes_through_entry") and e.get("entry_path") == e["path"]:
        lines.append(e["entry_line"])  # the call may stand in a forward, which is compiled and not run
    for name in replay.programs(bench.source, lines):
        found.append((name + "()", functools.partial(_call_named, bench.module, name)))
    for path, line in (
        (e.get("entry_path"), e["entry_line"]),
        (e.get("registration_path"), e["registration_line"]),
    ):
        if path and path != e["path"] and path.endswith(".py"):
            found += _programs_elsewhere(bench, path, line)
    found += _stubbed(bench)
    return found


def _call_named(module: Any, name: str) -> Any:
    # Looked up late: an experiment may have put a rewritten function in its place.
    return getattr(module, name)()


def _programs_elsewhere(bench: Bench, path: str, line: int) -> list[Any]:
    from .imports import import_module
    from .sources import source_of

    source = source_of(path)
    root = next((r for r in bench.experiment["roots"] if path.startswith(r.rstrip("/") + "/")), None)
    if root is None:
        return []
    module = import_module(
        path[len(root) :].strip("/")[:-3].replace("/", "."), bench.experiment["roots"], bench.stage
    )
    return [(n + "()", functools.partial(_call_named, module, n)) for n in replay.programs(source, [line])]


def _stubbed(bench: Bench) -> list[Any]:
    """Return calls of the function around the finding with made-up arguments, ScriptModules for modules."""
    function = bench.source.function_around(bench.node)
    if not isinstance(function, ast.FunctionDef):
        return []
    owner = next(bench.source.ancestors(function), None)
    if isinstance(owner, ast.Module) and replay.is_callable_without_arguments(function):
        return []  # it is among the programs as it is
    if isinstance(owner, ast.Module):
        return [
            (
                "{}({})".format(function.name, what),
                functools.partial(_call_stubbed, bench, function.name, make),
            )
            for what, make in _MODELS
        ]
    if isinstance(owner, ast.ClassDef) and hasattr(bench.module, owner.name):
        return [
            (
                "{}.{}, with {}".format(owner.name, function.name, what),
                functools.partial(_call_method, bench, owner.name, function.name, make),
            )
            for what, make in _MODELS
        ]
    return []


def _mixed() -> Any:
    return nn.Sequential(nn.Linear(4, 4), torch.jit.script(nn.Sequential(nn.Linear(4, 4))))


def _scripted() -> Any:
    return torch.jit.script(nn.Sequential(nn.Linear(4, 4)))


_MODELS: tuple[tuple[str, Callable[[], Any]], ...] = (
    ("a model with a scripted part", _mixed),
    ("a scripted model", _scripted),
)


def _arguments(bench: Bench, function: Any, make: Callable[[], Any]) -> list[Any]:
    try:
        values = replay.stub_arguments(bench, function)
    except Exception as error:
        raise InconclusiveError("its arguments could not be made ({})".format(one_line(error))) from error
    return [make() if isinstance(v, nn.Module) else v for v in values]


def _call_stubbed(bench: Bench, name: str, make: Callable[[], Any]) -> Any:
    function = getattr(bench.module, name)
    return function(*_arguments(bench, function, make))


def _call_method(bench: Bench, owner: str, name: str, make: Callable[[], Any]) -> Any:
    cls = getattr(bench.module, owner)
    own = cls.__init__ if inspect.isfunction(cls.__init__) else None
    try:
        values = _arguments(bench, functools.partial(own, None), make) if own else []
        instance = cls(*values)
    except Exception:
        if name == "__init__":
            raise
        raise
    if name == "__init__":
        return instance
    method = getattr(instance, name)
    return method(*_arguments(bench, method, make))


# --- errors -----------------------------------------------------------------------------------------


def run_raising(bench: Bench, name: str, program: Callable[[], Any]) -> dict[str, Any]:
    """Run `program` as it is and return the error it ends with. Raises `NotReachedError`."""
    path, first, last = _lines_to_reach(bench)
    reached = []

    def trace(frame: Any, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != path:
            return None
        if first <= frame.f_lineno <= last and (
            event == "line" or frame.f_lineno > frame.f_code.co_firstlineno
        ):
            reached.append(frame.f_lineno)
        return trace

    sys.settrace(trace)
    try:
        program()
    except InconclusiveError:
        raise
    except BaseException as error:
        sys.settrace(None)
        fields: dict[str, Any] = {"name": name, "error": describe(error)}
        fields["matched"] = bench.matches(fields["error"])
        if not fields["matched"] and not reached:
            raise NotReachedError(
                "{} ended before the finding's line ({})".format(name, one_line(error))
            ) from error
        return fields
    finally:
        sys.settrace(None)
    if not reached:
        raise NotReachedError("{} did not come to the finding's line".format(name))
    return {"name": name, "error": None}


def _lines_to_reach(bench: Bench) -> tuple[str, int, int]:
    """Return where a program has to come for what it ends with to say something of the finding."""
    e = bench.experiment
    if bench.setup.get("is_seen_at_entry") and e.get("entry_path"):
        return e["entry_path"], e["entry_line"], e["entry_line"]  # the hook itself is compiled, not run
    return e["path"], e["line"], e["end_line"]


def _run_with_other_hooks(bench: Bench, name: str, program: Callable[[], Any]) -> dict[str, Any]:
    """Run `program` without hooks, or with plain ones: its own may keep it from the finding's line.

    This can show the finding, but not refute it: what is wrong may be with the hook itself.
    """
    refuses_hooks = bench.setup["refuses_hooks"]
    if refuses_hooks:
        leave_out_hooks()
    else:
        install(Recorder(), lambda _: False, bench.folder, keep_hooks=False)
    attempt = run_raising(bench, name, program)
    if not attempt.get("matched"):
        raise InconclusiveError("{} with other hooks does not show it".format(name))
    what = "left out on eager modules" if refuses_hooks else "replaced by plain ones"
    bench.notes.append("the program's hooks were {}".format(what))
    return attempt


# --- silent differences -----------------------------------------------------------------------------


def _run_silent(bench: Bench, name: str, program: Callable[[], Any]) -> dict[str, Any]:
    torchscript = in_fork(functools.partial(_count, bench, program, False))
    eager = _count(bench, program, True)
    for fields in (torchscript, eager):
        if not fields["reached"]:
            raise NotReachedError("{} did not come to the finding's line{}".format(name, fields["problem"]))
    if torchscript["problem"] and (not eager["problem"] or torchscript["seen"] == eager["seen"]):
        raise InconclusiveError("masked by: {} fails{}".format(name, torchscript["problem"]))
    is_cut_short = eager["problem"] and not torchscript["problem"]
    if is_cut_short and (
        bench.setup["observes"] == "value" or int(eager["seen"]) <= int(torchscript["seen"])
    ):
        raise InconclusiveError("masked by: {} fails with an eager model{}".format(name, eager["problem"]))
    return {
        "name": name,
        "error": None,
        "eager": eager["seen"],
        "torchscript": torchscript["seen"],
        "what": eager["what"],
    }


def _count(bench: Bench, program: Callable[[], Any], is_eager: bool) -> dict[str, Any]:
    recorder = Recorder()
    problem = ""
    observes = bench.setup["observes"]
    if observes in ("forward", "value"):
        _rewrite(bench, recorder, is_eager)
    if is_eager and observes != "forward":
        stay_eager(recorder)
    else:
        watch_entry_points(recorder)
    if observes != "value":
        keep_hooks = bench.setup["keeps_hooks"]
        install(recorder, functools.partial(_is_counted, bench), bench.folder, keep_hooks=keep_hooks)
    try:
        program()
    except (Exception, SystemExit) as error:
        problem = ": " + one_line(error)
    what = "value of " + bench.source.segment(bench.node) if observes == "value" else "calls of the hook"
    seen = ", ".join(recorder.values) if observes == "value" else str(recorder.count)
    # A handle is taken off in vain only where a hook was put on and the model scripted before.
    reached = recorder.reached and (observes != "any call" or recorder.entered or not is_eager)
    return {"seen": seen, "what": what, "reached": reached, "problem": problem}


def _is_counted(bench: Bench, frame: Any) -> bool:
    e = bench.experiment
    if bench.setup["observes"] != "its calls":
        return True
    while (
        frame is not None and "hookproof" in frame.f_code.co_filename and "target" in frame.f_code.co_filename
    ):
        frame = frame.f_back
    return bool(frame.f_code.co_filename == e["path"] and e["line"] <= frame.f_lineno <= e["end_line"])


def _rewrite(bench: Bench, recorder: Recorder, is_eager: bool) -> None:
    """Put an observer where the finding stands, by defining the top-level statement around it anew."""
    node, namespace = bench.node, vars(bench.module)
    if bench.setup["observes"] == "forward":
        call: Any = next((n for n in [node, *bench.source.ancestors(node)] if isinstance(n, ast.Call)), None)
        if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr != "forward":
            raise InconclusiveError("no call of forward stands there")
        target: Any = call.func
        _observe(bench, target, "__hookproof_forward__", target.value)
    else:
        _observe(bench, node, "__hookproof_value__", node)

    def forward(module: Any) -> Any:
        recorder.reached = True
        is_skipped = isinstance(module, torch.jit.ScriptModule)
        return module if is_eager and is_skipped else module.forward

    def value(seen: Any) -> Any:
        recorder.reached = True
        recorder.values.append(repr(seen)[:200])
        return seen

    namespace.update(__hookproof_forward__=forward, __hookproof_value__=value)
    outermost: Any = [node, *bench.source.ancestors(node)][-2]
    old = namespace.get(getattr(outermost, "name", ""))
    code = compile(ast.Module([outermost], []), bench.source.path, "exec", dont_inherit=True)
    exec(code, namespace)
    if old is not None:
        replace_everywhere([(old, namespace[outermost.name])])


def _observe(bench: Bench, old: Any, name: str, argument: Any) -> None:
    parent = bench.source.parents[old]
    new = ast.copy_location(ast.Call(ast.copy_location(ast.Name(name, ast.Load()), old), [argument], []), old)
    for field, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, field, new)
        elif isinstance(value, list):
            setattr(parent, field, [new if item is old else item for item in value])


# --- rebuilt life cycles ----------------------------------------------------------------------------


def _rebuild(bench: Bench, reason: str, is_run: bool) -> dict[str, Any]:
    """Run the life cycle that the finding describes on a fresh instance, for want of a program.

    `is_run` tells that there was one, which ended for `reason`.
    """
    life_cycle = bench.setup["life_cycle"]
    if life_cycle is None or not life_cycle["is_general"]:
        advice = "" if is_run else "; call it from a function without arguments to have it verified"
        raise InconclusiveError(reason + advice)
    bench.notes.append("its life cycle was rebuilt from the finding, because {}".format(reason))
    action = functools.partial(_run_life_cycle, bench, life_cycle)
    return {"attempts": bench.try_variants([("the rebuilt life cycle", action)])}


def _run_life_cycle(bench: Bench, life_cycle: dict[str, Any]) -> dict[str, Any]:
    """Run the rule's own program with the project's module class; return what it compared."""
    if "jit.script(" in life_cycle["body"] and not life_cycle["keeps_hooks"]:
        bench.signature  # noqa: B018  # replaces forward where it does not script
    scope: dict[str, Any] = dict(TYPING, torch=torch, nn=nn, __name__="life_cycle")
    scope["make_model"] = functools.partial(bench.model, with_hooks=life_cycle["keeps_hooks"])
    if "inputs" in life_cycle["body"]:
        scope["inputs"] = [_with_gradient(value) for value in bench.inputs(bench.model())]
    exec(life_cycle["body"], scope)
    if "eager" not in scope:
        return {}
    seen = {"eager": str(scope["eager"]), "torchscript": str(scope["in_torchscript"])}
    return dict(seen, what="calls of the hook")


def _with_gradient(value: Any) -> Any:
    is_real = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.clone().requires_grad_() if is_real else value
