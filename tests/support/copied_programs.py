"""Random programs in which models with hooks are copied or pickled, and what torch makes of each.

A program is one script. Torch decides what becomes of its hooks: a script that ends in an error of a copy
or a pickle breaks, and one that prints something else than with copies whose hooks belong to them differs.

    python tests/support/copied_programs.py 500        tell where torch and `check` disagree
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

_HEAD = """\
import copy
import functools
import io
import pickle

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

X = torch.ones(2, 4)
LOG = []

"""
# What a hook keeps: a statement with the place `{at}`, what that is at first, and what is read of it.
_KEPT = {
    "count": ("{at} += 1", "0", "{at}"),
    "shapes": ("{at}.append(output.shape)", "[]", "len({at})"),
    "outputs": ("{at}.append(output)", "[]", "len({at})"),
    "by name": ('{at}["fc"] = output.detach()', "{{}}", "sorted({at})"),
    "last": ("{at} = output", "None", "{at} is None"),
    "detached": ("{at} = output.detach()", "None", "{at} is None"),
    "mean": ("{at} = output.mean().item()", "0.0", "{at} != 0"),
}


class Program(NamedTuple):
    """A script, with what it was made of."""

    text: str
    made_of: tuple[str, ...]


class Hook(NamedTuple):
    """How a hook is written: lines before the model, in its constructor, methods, and after it was made."""

    before: str
    attributes: str
    inside: str
    methods: str
    after: str
    read: str  # with {model}


def _hook(form: str, kept: str) -> Hook:
    statement, first, read = _KEPT[kept]
    first = first.replace("{{}}", "{}")

    def keeps(at: str) -> str:
        return statement.format(at=at)

    def reads(at: str) -> str:
        return read.format(at=at)

    arguments = "module, input, output"
    own = f"        self.kept = {first}\n"
    if form == "closure":
        inside = f"\n        def hook({arguments}):\n            {keeps('self.kept')}\n\n"
        inside += "        self.handle = self.fc.register_forward_hook(hook)\n"
        return Hook("", own, inside, "", "", reads("{model}.kept"))
    if form == "factory":
        methods = f"\n    def saver(self, scale):\n        def save({arguments}):\n"
        methods += f"            {keeps('self.kept')}\n\n"
        methods += "        return save\n"
        inside = "        self.handle = self.fc.register_forward_hook(self.saver(2))\n"
        return Hook("", own, inside, methods, "", reads("{model}.kept"))
    if form == "method":
        methods = f"\n    def keep(self, {arguments}):\n        {keeps('self.kept')}\n"
        inside = "        self.handle = self.fc.register_forward_hook(self.keep)\n"
        return Hook("", own, inside, methods, "", reads("{model}.kept"))
    if form == "on module":
        before = f"\ndef keep({arguments}):\n    {keeps('module.kept')}\n"
        inside = f"        self.fc.kept = {first}\n"
        inside += "        self.handle = self.fc.register_forward_hook(keep)\n"
        return Hook(before, "", inside, "", "", reads("{model}.fc.kept"))
    if form == "partial":
        before = f"\ndef keep(model, {arguments}):\n    {keeps('model.kept')}\n"
        after = (
            f"net.kept = {first}\nnet.handle = net.fc.register_forward_hook(functools.partial(keep, net))\n"
        )
        return Hook(before, "", "", "", after, reads("{model}.kept"))
    if form in {"recorder", "object", "held"}:
        name = "__call__" if form == "object" else "keep"
        before = f"\nclass Recorder:\n    def __init__(self):\n        self.kept = {first}\n"
        before += f"\n    def {name}(self, {arguments}):\n        {keeps('self.kept')}\n"
        if form == "held":
            inside = "        self.recorder = Recorder()\n"
            inside += "        self.handle = self.fc.register_forward_hook(self.recorder.keep)\n"
            return Hook(before, "", inside, "", "", reads("{model}.recorder.kept"))
        what = "recorder" if form == "object" else "recorder.keep"
        after = f"recorder = Recorder()\nhandle = net.fc.register_forward_hook({what})\n"
        return Hook(before, "", "", "", after, reads("recorder.kept"))
    if form == "global model":
        before = f"\ndef keep({arguments}):\n    {keeps('net.kept')}\n"
        after = f"net.kept = {first}\nnet.handle = net.fc.register_forward_hook(keep)\n"
        return Hook(before, "", "", "", after, reads("{model}.kept"))
    # A lambda, or a function of the file, over a list of the file.
    hook = "lambda module, input, output: LOG.append(output.shape)" if form == "lambda" else "log"
    before = f"\ndef log({arguments}):\n    LOG.append(output.shape)\n" if form == "function" else ""
    return Hook(before, "", "", "", f"net.handle = net.fc.register_forward_hook({hook})\n", "len(LOG)")


_FORMS = (
    "closure", "factory", "method", "on module", "partial", "recorder", "object", "held", "global model",
    "lambda", "function",
)  # fmt: skip
_EMA = """

class ModelEMA:
    def __init__(self, model):
        self.module = copy.deepcopy(model)
        self.module.eval()

    @torch.no_grad()
    def update(self, model):
        for mine, other in zip(self.module.parameters(), model.parameters()):
            mine.mul_(0.9).add_(other, alpha=0.1)
"""
_COPIES = {
    "deepcopy": "twin = copy.deepcopy(net)\n",
    "average": "ema = ModelEMA(net)\ntwin = ema.module\n",
    "swa": "average = AveragedModel(net)\ntwin = average.module\n",
    "state dict": "twin = Net()\ntwin.load_state_dict(net.state_dict(), strict=False)\n",
    "save": "torch.save(net, io.BytesIO())\ntwin = net\n",
    "checkpoint": 'torch.save({"model": net, "epoch": 3}, io.BytesIO())\ntwin = net\n',
    "save weights": "torch.save(net.state_dict(), io.BytesIO())\ntwin = net\n",
    "pickle": "data = pickle.dumps(net)\ntwin = net\n",
}
_BEFORE = {
    "nothing": "",
    "trained": "net(X).sum().backward()\n",
    "looked": "with torch.no_grad():\n    net(X)\n",
    "loop": "for _ in range(2):\n    net(X).sum().backward()\n",
}
_AFTER = {
    "copy called": "twin(X)\nprint({copy})\nprint({original})\n",
    "copy called, original read": "twin(X)\nprint({original})\n",
    "copy called, nothing read": "twin(X)\nprint('done')\n",
    "original called": "net(X)\nprint({original})\n",
    "both called": "net(X)\ntwin(X)\nprint({copy}, {original})\n",
    "weights": "print(sum(p.numel() for p in twin.parameters()))\n",
}


def program(seed: int) -> Program:
    """Return the program of that number."""
    choose = random.Random(seed)
    form, kept = choose.choice(_FORMS), choose.choice([*_KEPT])
    copied, before = choose.choice([*_COPIES]), choose.choice([*_BEFORE])
    after, layout = choose.choice([*_AFTER]), choose.choice(["script", "main"])
    gone = choose.random() < 0.2
    hook = _hook(form, kept)
    cls = "\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    cls += f"        self.fc = nn.Linear(4, 4)\n{hook.attributes}{hook.inside}{hook.methods}"
    cls += "\n    def forward(self, x):\n        return torch.relu(self.fc(x))\n\n\n"
    handle = "handle" if form in {"recorder", "object"} else "net.handle"
    steps = "net = Net()\n" + hook.after + _BEFORE[before] + (f"{handle}.remove()\n" if gone else "")
    read = {"copy": hook.read.format(model="twin"), "original": hook.read.format(model="net")}
    steps += _COPIES[copied] + _AFTER[after].format(**read)
    if layout == "main" and form != "global model":
        body = "".join(f"    {line}\n" for line in steps.splitlines())
        steps = f'def main():\n{body}\n\nif __name__ == "__main__":\n    main()\n'
    ema = _EMA if copied == "average" else ""
    made_of = (form, kept, copied, before, after, layout, "gone" if gone else "there")
    return Program(_HEAD + hook.before + ema + cls + steps, made_of)


# --- what torch says -----------------------------------------------------------------------------------

_SAID = {
    "HKP822": r"Only Tensors created explicitly by the user",
    "HKP830": r"Can't (?:pickle|get) ",
}


def _printed(text: str, *, is_own: bool) -> tuple[str, str]:
    """Return what a script prints and the error that it ends in; where `is_own` with hooks of their own."""
    import copy

    import torch
    from torch.optim import swa_utils

    from hookproof.verify.target.rebound_copies import copy_with_hooks_of_its_own

    original, error = copy.deepcopy, ""

    def deepcopy(value: Any, memo: Any = None) -> Any:
        copy.deepcopy = original
        try:
            is_module = is_own and isinstance(value, torch.nn.Module)
            return copy_with_hooks_of_its_own(value, memo) if is_module else original(value, memo)
        finally:
            copy.deepcopy = deepcopy

    file = Path(tempfile.mkdtemp()) / "script.py"
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(file)}
    main = type(sys)("__main__")
    main.__dict__.update(names)
    sys.modules["__main__"] = main
    copy.deepcopy = swa_utils.deepcopy = deepcopy
    torch.manual_seed(0)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(compile(text, str(file), "exec"), main.__dict__)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    return out.getvalue(), error


def torch_says(text: str) -> str:
    """Return the code of the rule that should speak of a script, `differs`, or nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        sys.modules["torch"].set_num_threads(1)
        answers = [_printed(text, is_own=False), _printed(text, is_own=True)]
        os.write(writer, json.dumps(answers).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    (printed, error), (other, other_error) = json.loads(data)
    if "has no attribute 'kept'" in error:
        return ""  # a new model has nothing of the old one's
    if error:
        return next((code for code, said in _SAID.items() if re.search(said, error)), f"error {error}")
    assert not other_error, other_error
    return "" if printed == other else "differs"


def check_says(texts: list[str]) -> list[set[str]]:
    """Return the codes that `check` finds in each of some scripts, about copies and pickles."""
    from hookproof.session.pipeline import check_paths
    from hookproof.settings import Settings

    found: list[set[str]] = []
    for text in texts:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "setup.cfg").touch()
            Path(folder, "script.py").write_text(text, "utf-8")
            report = check_paths([folder], Settings())
            found.append({each.code for each in report.findings if each.code.startswith("HKP8")})
    return found


def agrees(said: str, found: set[str]) -> bool:
    """Return whether `check` says what torch does."""
    if said == "differs":
        return bool(found & {"HKP820", "HKP821"})
    return found == ({said} if said else set())


def disagreements(numbers: range) -> tuple[list[tuple[int, str, set[str], Program]], Counter[str]]:
    """Return where torch and `check` say something else, and how often torch says what."""
    programs = [program(number) for number in numbers]
    found = check_says([each.text for each in programs])
    importlib.import_module("torch.optim.swa_utils")  # once, for all forks
    said = [torch_says(each.text) for each in programs]
    together = zip(numbers, said, found, programs, strict=True)
    return [each for each in together if not agrees(each[1], each[2])], Counter(said)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    count, start = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    differing, told = disagreements(range(start, start + count))
    for number, said, found, each in differing:
        print(
            number,
            f"torch: {said or 'fine'}",
            f"check: {sorted(found) or 'nothing'}",
            *each.made_of,
            sep=" | ",
        )
    print(dict(told), f"{len(differing)} of {count} differ")
