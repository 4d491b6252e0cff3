"""Scripts that show a failure with nothing but torch: what a person pastes into a bug report.

A script is kept only after it has been run and has shown what the verdict says.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from hookproof.finding import Finding
from hookproof.settings import SettingsError
from hookproof.verify.plan import Experiment
from hookproof.verify.slices import slice_source

_SECONDS = 120.0  # importing torch included
_LIFE_CYCLES = {
    "HKP107": ("scripted = torch.jit.script(model)", "{register}", "scripted"),
    "HKP109": ("{register}", "scripted = torch.jit.trace(model, inputs, check_trace=False)", "scripted"),
    "HKP110": ("{register}", "scripted = torch.jit.script(model)", "scripted"),
    "HKP111": ("{register}", "scripted = torch.jit.script(model)", "scripted"),
    "HKP104": ("model = nn.Sequential(model)", "scripted = torch.jit.trace(model, inputs)", "scripted"),
}


def write_reproductions(
    findings: Sequence[Finding],
    experiments: Sequence[Experiment],
    answers: Mapping[int, Mapping[str, Any]],
    folder: str,
    python: str,
) -> list[Finding]:
    """Return the findings with the script of each confirmed one in its verdict, written to `folder`.

    A finding for which no script shows the failure keeps a verdict without one. Raises `SettingsError` when
    the folder can't be written to.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--reproduce {folder}: {error.strerror}") from error

    def reproduce(index: int) -> Finding:
        finding = findings[index]
        verdict = finding.verdict
        if verdict is None or verdict.status != "confirmed":
            return finding
        for text in scripts(finding, experiments[index], answers[index]):
            if shows(finding, text, python):
                path = (
                    target
                    / f"{finding.code.lower()}_{Path(finding.path).stem}_{finding.line}_{finding.column}.py"
                )
                path.write_text(text, "utf-8")
                verdict = msgspec.structs.replace(verdict, reproduction=str(path))
                return msgspec.structs.replace(finding, verdict=verdict)
        return finding

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(reproduce, range(len(findings))))


def shows(finding: Finding, text: str, python: str) -> bool:
    """Run a script by itself and tell whether it ends as the verdict says."""
    with tempfile.TemporaryDirectory(prefix="hookproof-") as folder:
        path = Path(folder, "reproduction.py")
        path.write_text(text, "utf-8")
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": folder,
            "TMPDIR": folder,
            "OMP_NUM_THREADS": "1",
        }
        try:
            process = subprocess.run(
                [python, "-I", str(path)],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            return False
    if process.returncode == 0:
        return False
    if finding.outcome == "silent":
        return "differs: " in process.stderr
    prediction = finding.prediction
    if prediction is None:
        return "NameError" not in process.stderr
    return re.search(prediction.message, process.stderr) is not None


def scripts(finding: Finding, experiment: Experiment, answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield texts that may show the failure, the smallest first."""
    attempts = answer.get("attempts", ())
    for attempt in attempts:
        recipe = attempt.get("recipe") or {}
        if recipe.get("hook"):
            yield from _reduced(finding, experiment, recipe)
        if attempt["name"].endswith("as it is") and experiment.hook is not None:
            yield from _reduced(finding, experiment, {**recipe, "hook": "", "name": experiment.hook.name})
    for attempt in attempts:
        program = re.match(r"(\w+)\(\)$", attempt["name"])
        if program:
            yield from _program(finding, experiment, program[1])
    if finding.code in _LIFE_CYCLES:
        yield _life_cycle(finding, experiment)


def _head(finding: Finding) -> str:
    verdict = finding.verdict
    torch = f" (torch {verdict.torch})" if verdict and verdict.torch else ""
    note = " ".join((verdict.error or verdict.reason).split()) if verdict else ""
    message = finding.message.replace('"""', "'''").replace("\\", "\\\\")
    place = f"{Path(finding.path).name}:{finding.line}"
    return f'"""{finding.code} {finding.rule}: {message}\n\nFound at {place}{torch}.\n"""\n\n# {note[:200]}\n'


_IMPORTS = "import torch\nfrom torch import Tensor, nn\nfrom typing import Dict, List, Optional, Tuple\n"


def _reduced(finding: Finding, experiment: Experiment, recipe: Mapping[str, Any]) -> Iterator[str]:
    module, qualname = recipe.get("class", ["", ""])
    names = set(re.findall(r"[^\W\d]\w*", recipe["hook"])) | {recipe["name"]}
    model = f"{qualname}({recipe.get('arguments', '')})"
    if "<locals>" in qualname:
        return
    if module.startswith("torch."):
        model = "nn." + model
    elif module.startswith("_hookproof"):
        model = "nn.Linear(4, 4)"
    else:
        names.add(qualname.split(".")[0])
    defined = set() if not recipe["hook"] else {recipe["name"]}
    parts = [_head(finding), _IMPORTS, slice_source(experiment.path, names - defined, experiment.roots)]
    parts += [recipe["hook"], f"model = {model}.eval()"]
    if recipe.get("inputs"):
        parts.append(f"inputs = {recipe['inputs']}")
    elif "inputs" in _driver(finding, experiment, recipe):
        parts.append("inputs = (torch.rand(2, 4),)")
    parts.append(_driver(finding, experiment, recipe))
    yield "\n\n".join(part for part in parts if part) + "\n"


def _driver(finding: Finding, experiment: Experiment, recipe: Mapping[str, Any]) -> str:
    if "call" in recipe:
        return _python_hook_driver(finding, recipe)
    method = "register_forward_pre_hook" if "forward_pre" in experiment.api else "register_forward_hook"
    lines = [f"model.{method}({recipe['name']})", "scripted = torch.jit.script(model)"]
    if finding.code == "HKP214":
        lines.append('torch.jit.save(scripted, "saved.pt")')
    if recipe.get("inputs"):
        lines.append("scripted(*inputs)")
    return "\n".join(lines)


def _python_hook_driver(finding: Finding, recipe: Mapping[str, Any]) -> str:
    make = (
        "torch.jit.script(model)"
        if finding.world != "traced"
        else "torch.jit.trace(model, inputs, check_trace=False)"
    )
    if finding.code == "HKP413":
        make = f"torch.jit.freeze({make})"
    call = recipe["call"]
    if finding.outcome != "silent":
        return (
            f"scripted = {make}\n"
            f"nn.Module.register_forward_hook(scripted, lambda module, *_: {call})\n"
            "scripted(*inputs)"
        )
    return (
        "seen = []\n\n\ndef __observe__(value):\n    seen.append(repr(value))\n\n\n"
        f"scripted = {make}\n"
        f"for module in (model, scripted):\n    {call}\n"
        "print(seen)\n"
        "if seen[0] != seen[1]:\n"
        '    raise SystemExit(f"differs: {seen[0]} in eager mode, {seen[1]} in TorchScript")'
    )


def _program(finding: Finding, experiment: Experiment, name: str) -> Iterator[str]:
    text = slice_source(experiment.path, {name}, experiment.roots)
    if finding.outcome == "silent":
        # A function that returns what eager mode and TorchScript give can show the difference itself.
        call = (
            f"result = {name}()\nif isinstance(result, tuple) and len(result) == 2:\n"
            "    eager, scripted = map(repr, result)\n    if eager != scripted:\n"
            '        raise SystemExit(f"differs: {eager} in eager mode, {scripted} in TorchScript")'
        )
    else:
        call = f"{name}()"
    yield "\n\n".join([_head(finding), text, call]) + "\n"


def _life_cycle(finding: Finding, experiment: Experiment) -> str:
    api = experiment.api or "register_forward_hook"
    register = f"model.{api}(lambda *_: seen.append(1))"
    first, second, target = _LIFE_CYCLES[finding.code]
    use = "module(*inputs)"
    if "backward" in api:
        use = "module(torch.rand(2, 4, requires_grad=True)).sum().backward()"
    elif "state_dict" in api:
        use = "module.load_state_dict(module.state_dict())"
    return "\n".join(
        [
            _head(finding),
            _IMPORTS,
            "model = nn.Linear(4, 4)\ninputs = (torch.rand(2, 4),)\nseen = []",
            first.format(register=register),
            second.format(register=register),
            f"counts = []\nfor module in (model, {target}):\n    seen.clear()\n    {use}",
            "    counts.append(len(seen))",
            "if counts[0] != counts[1]:",
            '    raise SystemExit(f"differs: the hook ran {counts[0]} times in eager mode, "'
            '                     f"{counts[1]} in TorchScript")',
            "",
        ]
    )
