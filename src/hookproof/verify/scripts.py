"""The texts of scripts that may show a failure: what a person pastes into a bug report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hookproof.finding import Finding
from hookproof.rules.experiment import Program, ReducedHook
from hookproof.rules.life_cycles import LifeCycle
from hookproof.verify.answers import recipe_of
from hookproof.verify.plan import Experiment
from hookproof.verify.slices import slice_source

_IMPORTS = "import torch\nfrom torch import Tensor, nn\nfrom typing import Dict, List, Optional, Tuple\n"
_MAXIMAL_PROGRAMS = 6
_RECORDER = """\
seen = []


@torch.jit.ignore
def record_value(value: bool) -> bool:
    seen.append(str(value))
    return value
"""
_DIFFERS = (
    "if eager != in_torchscript:\n"
    '    raise SystemExit(f"differs: {eager} in eager mode, {in_torchscript} afterwards")'
)


def scripts(finding: Finding, experiment: Experiment, answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield texts that may show the failure, the smallest first; each has yet to be run."""
    attempts = answer.get("attempts", ())
    for attempt in attempts:
        recipe = recipe_of(attempt)
        if recipe.get("hook") and "name" in recipe:
            yield from _reduced(finding, experiment, recipe)
        if attempt["name"].endswith("as it is") and experiment.hook is not None:
            yield from _reduced(finding, experiment, {**recipe, "hook": "", "name": experiment.hook.name})
    for path, name in answer.get("programs", ())[:_MAXIMAL_PROGRAMS]:
        yield _program(finding, experiment, path, name)
    if isinstance(experiment.setup, Program) and experiment.setup.life_cycle is not None:
        yield _life_cycle(finding, experiment.setup.life_cycle)


def _head(finding: Finding) -> str:
    verdict = finding.verdict
    torch = f" (torch {verdict.torch})" if verdict and verdict.torch else ""
    note = " ".join((verdict.error or verdict.reason).split()) if verdict else ""
    message = finding.message.replace('"""', "'''").replace("\\", "\\\\")
    location = f"{Path(finding.path).name}:{finding.line}"
    return (
        f'"""{finding.code} {finding.rule}: {message}\n\nFound at {location}{torch}.\n"""\n\n# {note[:200]}\n'
    )


def _program(finding: Finding, experiment: Experiment, path: str, name: str) -> str:
    text = slice_source(path, {name}, experiment.roots)
    call = f"{name}()"
    if finding.outcome == "silent":
        # A function that returns what eager mode and TorchScript give can show the difference itself.
        call = (
            f"result = {name}()\nif isinstance(result, tuple) and len(result) == 2:\n"
            "    eager, in_torchscript = map(repr, result)\n    " + _DIFFERS.replace("\n", "\n    ")
        )
    return "\n\n".join([_head(finding), text, call]) + "\n"


def _life_cycle(finding: Finding, life_cycle: LifeCycle) -> str:
    inputs = "inputs = (torch.rand(2, 4, requires_grad=True),)"
    parts = [life_cycle.module, inputs + "\n", life_cycle.body]
    parts += [_DIFFERS + "\n"] if finding.outcome == "silent" else []
    return f"{_head(finding)}\n{_IMPORTS}\n\n" + "\n".join(parts)


# --- reduced hooks ----------------------------------------------------------------------------------


def _reduced(finding: Finding, experiment: Experiment, recipe: Mapping[str, Any]) -> Iterator[str]:
    module, qualname = recipe.get("class", ["", ""])
    if "<locals>" in qualname:
        return
    factory_path, factory = recipe.get("factory", ["", ""])
    model = f"{factory}()" if factory else f"{qualname}({recipe.get('arguments', '')})"
    names = set(re.findall(r"[^\W\d]\w*", f"{recipe['hook']} {model}")) | {recipe["name"]}
    if not factory and module.startswith("torch."):
        model = "nn." + model
    elif not factory and module.startswith("_hookproof"):
        model = "nn.Linear(4, 4)"
    made = [f"{name} = {text}" for name, text in recipe.get("captured", {}).items()]
    made += [f"{name} = MagicMock()" for name in recipe.get("unknown", ())]
    defined = (
        {recipe["name"], *([recipe["before"]] if "before" in recipe else ())} if recipe["hook"] else set()
    )
    defined |= {*recipe.get("captured", ()), *recipe.get("unknown", ())}
    hook_path = [experiment.hook.path] if experiment.hook else []
    locations = dict.fromkeys([*([factory_path] if factory else ()), experiment.path, *hook_path])
    parts = [slice_source(location, names - defined, experiment.roots) for location in locations]
    parts += ["\n".join(made), _RECORDER if recipe.get("is_recorded") else "", recipe["hook"]]
    for owner, forward in recipe.get("forwards", {}).items():
        parts.append(f"{forward}\n\n{owner}.forward = forward")
    parts.append(f"model = {model}.eval()")
    if recipe.get("given"):
        parts.append(f"model.{recipe['given']}")
    for driver in _drivers(finding, experiment, recipe):
        inputs = recipe.get("inputs") or ("(torch.rand(2, 4),)" if "inputs" in driver else "")
        end = [f"inputs = {inputs}" if inputs else "", driver]
        text = "\n\n".join(part for part in [*parts, *end] if part)
        mock = "from unittest.mock import MagicMock\n" if "MagicMock" in text else ""
        yield f"{_head(finding)}\n{mock}{_IMPORTS}\n\n{text}\n"


def _setup(experiment: Experiment) -> ReducedHook:
    return experiment.setup if isinstance(experiment.setup, ReducedHook) else ReducedHook()


def _drivers(finding: Finding, experiment: Experiment, recipe: Mapping[str, Any]) -> Iterator[str]:
    method = "register_forward_pre_hook" if "forward_pre" in experiment.api else "register_forward_hook"
    before = [recipe["before"]] if "before" in recipe else []
    register = "\n".join(f"model.{method}({name})" for name in [*before, recipe["name"]])
    if "call" in recipe:
        yield from _python_hook_drivers(finding, experiment, recipe)
    elif recipe.get("is_recorded"):
        lines = [register, "model(*inputs)", "eager = list(seen)", "seen.clear()"]
        if _setup(experiment).observes == "later type":
            lines += [f"other = type(model)({recipe.get('arguments', '')})", "other.of_another_type = 1"]
            lines += ["torch.jit.script(other)"]
        lines += ["torch.jit.script(model)(*inputs)", "in_torchscript = list(seen)", _DIFFERS]
        yield "\n".join(lines)
    else:
        lines = [register, "scripted = torch.jit.script(model)"]
        lines += ['torch.jit.save(scripted, "saved.pt")'] if _setup(experiment).saves else []
        lines += ["scripted(*inputs)"] if recipe.get("inputs") else []
        yield "\n".join(lines)


def _python_hook_drivers(
    finding: Finding, experiment: Experiment, recipe: Mapping[str, Any]
) -> Iterator[str]:
    make = "torch.jit.script(model)"
    if finding.world == "traced":
        make = "torch.jit.trace(model, inputs, check_trace=False)"
    if re.search("freeze|optimize", experiment.entry or ""):
        make = f"torch.jit.freeze({make})"
    start, call = f"scripted = {make}\n", recipe["call"]
    register = f"nn.Module.register_forward_hook(scripted, lambda module, *_: {call})\nscripted(*inputs)\n"
    save = 'torch.jit.save(scripted, "saved.pt")\nloaded = torch.jit.load("saved.pt")\n'
    if finding.outcome == "raises":
        yield start + register
        yield start + save.replace("loaded", "scripted") + register
        yield f"{start}for module in scripted.children():\n    {call}"
        return
    if _setup(experiment).observes == "saved attribute":
        attribute = (experiment.attribute or "").rpartition(".")[2]
        yield (
            f"import copy\n\n{start}for module in (model, scripted):\n    {call}\n{save}"
            f'eager = hasattr(copy.deepcopy(model), "{attribute}")\n'
            f'in_torchscript = hasattr(loaded, "{attribute}")\n{_DIFFERS}'
        )
        return
    observe = "seen = []\n\n\ndef __observe__(value):\n    seen.append(repr(value))\n\n\n"
    for pair in ("[(model, scripted)]", "zip(model.children(), scripted.children())"):
        yield (
            f"{observe}{start}for pair in {pair}:\n    for module in pair:\n        {call}\n"
            "    eager, in_torchscript = seen[-2:]\n    " + _DIFFERS.replace("\n", "\n    ")
        )
