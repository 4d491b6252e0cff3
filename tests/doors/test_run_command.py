"""`hookproof run`: a program is as it is without it, and what became of its hooks is told at the end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from hooked_program import HOOKED
from hookproof.watching import command as click_command
from hookproof.watching import session
from hookproof.watching.arguments import Options, plain_run
from places import ROOT

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=ENVIRONMENT,
        timeout=300,
    )


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return python("-m", "hookproof", "run", *arguments, cwd=cwd)


def write(folder: Path, text: str, name: str = "program.py") -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(textwrap.dedent(text), "utf-8")


def told(folder: Path, text: str, *options: str) -> Any:
    """Run a program that starts with `HOOKED` and return what is told as JSON."""
    write(folder, HOOKED + textwrap.dedent(text))
    run("-o", "told.json", "--output-format=json", *options, "program.py", cwd=folder)
    return json.loads((folder / "told.json").read_text("utf-8"))


def test_it_tells_what_became_of_each_hook(tmp_path: Path) -> None:
    write(
        tmp_path,
        HOOKED
        + """
for _ in range(3):
    other = Net()
    other.register_forward_hook(shows)
    torch.jit.script(other)
model.register_forward_hook(counts)
traced = torch.jit.trace(model, torch.ones(1, 2))
try:
    torch.jit.script(model)
except RuntimeError:
    pass
try:
    torch.jit.script(Net()).register_forward_hook(counts)
except RuntimeError:
    pass
Net().register_forward_hook(counts)
""",
    )
    done = run("program.py", cwd=tmp_path)
    assert done.returncode == 0
    assert set(done.stdout.split()) == {"counted"}
    *warnings, shown = done.stderr.partition("hookproof: what became")
    assert "program.py runs as it is, in this process, without any confinement" in warnings[0]
    assert "".join(shown).replace(sys.version, "").splitlines()[1:] == [
        "",
        "program.py:24: torch.jit.script of Net (3 times)",
        "    shows on Net, registered at program.py:23: compiled",
        "",
        "program.py:26: torch.jit.trace of Net",
        "    counts on Net, registered at program.py:25: ran while tracing only: 3 times then, never since",
        "",
        "program.py:28: torch.jit.script of Net: "
        "RuntimeError: Hook 'counts' on module 'Net' expected the input argument to be typed as a Tuple but "
        "found type: 'Tensor' instead.",
        "    counts on Net, registered at program.py:25: refused",
        "",
        "program.py:32: register_forward_hook: "
        "RuntimeError: register_forward_hook is not supported on ScriptModules",
        "    counts on RecursiveScriptModule: refused at registration",
        "",
        "Hooks: 3 compiled, 1 ran while tracing only, 1 refused, 1 refused at registration, "
        "1 met no entry point, 1 entry point met no hook",
    ]


def test_it_tells_what_became_of_hooks_on_an_exported_module(tmp_path: Path) -> None:
    report = told(
        tmp_path,
        """
        def backward(module, grads, outputs):
            pass

        model.register_forward_hook(counts)
        model.register_full_backward_hook(backward)
        torch.export.export(model, (torch.ones(1, 2),)).module()(torch.ones(1, 2))
        """,
    )
    (entry,) = report["entries"]
    names = {each["number"]: each["hook"]["name"] for each in report["registrations"]}
    fates = {names[each["registration"]]: each["fate"] for each in entry["hooks"]}
    assert (entry["api"], fates) == (
        "torch.export.export",
        {"counts": "ran while tracing only", "backward": "dropped"},
    )


def test_the_documentation_shows_what_is_told(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "watch-your-own-program.md").read_text("utf-8")
    program = re.search(r"^```python\n(.*?)^```$", page, re.M | re.S)
    shown = re.search(r"^```console\n\$ hookproof (run record.py)\n(.*?)^```$", page, re.M | re.S)
    assert program
    assert shown
    write(tmp_path, program[1], "record.py")
    done = subprocess.run(
        [sys.executable, "-u", "-W", "ignore", "-m", "hookproof", *shown[1].split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        env=ENVIRONMENT,
    )
    assert re.sub(r"torch [\d.]+\S*\)", "torch)", done.stdout) == re.sub(
        r"torch [\d.]+\S*\)", "torch)", shown[2]
    )
    for option in ("--output-format json", "--output-file FILE", "--fail-on-loss", "--quiet"):
        assert option in page


def test_json_is_what_its_schema_says(tmp_path: Path) -> None:
    report = told(
        tmp_path,
        """
        handle = model.register_forward_hook(shows, prepend=True)
        scripted = torch.jit.script(model.eval())
        handle.remove()
        torch.jit.freeze(scripted)
        traced = torch.jit.trace(Net(), torch.ones(1, 2))
        traced.fc.register_forward_hook(counts)
        torch.nn.modules.module.register_module_forward_hook(counts)
        scripted.save("net.pt")
        torch.jit.load("net.pt")
        model.register_full_backward_hook(counts)
        torch.jit.trace(model, torch.ones(1, 2))
        """,
    )
    schema = json.loads(files("hookproof.output").joinpath("schemas/witness.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(report)
    assert report["program"] == "program.py"
    worlds = ["script", "freeze", "trace", "save", "load", "trace"]
    assert [entry["world"] for entry in report["entries"]] == worlds
    assert "removed afterwards at program.py:23" in report["entries"][0]["hooks"][0]["note"]
    assert report["entries"][-1]["error"]["type"] == "ValueError"
    fates = {fate["fate"] for entry in report["entries"] for fate in entry["hooks"]}
    assert fates == {"compiled", "too late", "dropped", "not called", "kept", "refused", "not reached"}


LOSSES = {
    "refused": "torch.jit.script(Net()).register_forward_hook(counts)",
    "caught all the same": """
        try:
            torch.jit.script(Net()).register_forward_hook(counts)
        except RuntimeError:
            pass
        """,
    "dropped": "model.register_full_backward_hook(counts); torch.jit.script(model)",
    "ran while tracing": "model.register_forward_hook(counts); torch.jit.trace(model, torch.ones(1, 2))",
    "too late": "scripted = torch.jit.script(model); model.register_forward_hook(counts)",
}
NO_LOSSES = {
    "nothing": "",
    "compiled": "model.register_forward_hook(shows); torch.jit.script(model)(torch.ones(1, 2))",
    "eager": "model.register_forward_hook(counts); model(torch.ones(1, 2))",
    "removed in time": "model.register_forward_hook(counts).remove(); torch.jit.script(model)",
    "used eagerly after": """
        scripted = torch.jit.script(model)
        model.register_forward_hook(counts)
        model(torch.ones(1, 2))
        """,
}


# Imports torch once, then runs `hookproof run` with the arguments, in a child for each folder.
IN_CHILDREN = """
import json, os, sys, torch
from hookproof.__main__ import run
folders, *arguments = sys.argv[1:]
statuses = []
for folder in json.loads(folders):
    child = os.fork()
    if not child:
        os.chdir(folder)
        sys.argv[1:] = ["run", *arguments]
        run()
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(statuses))
"""


def test_the_exit_status_is_one_for_a_loss_if_that_is_wanted(tmp_path: Path) -> None:
    programs = {**LOSSES, **NO_LOSSES}
    assert len(programs) == len(LOSSES) + len(NO_LOSSES)
    folders = [tmp_path / str(number) for number in range(len(programs))]
    for folder, text in zip(folders, programs.values(), strict=True):
        write(folder, HOOKED + textwrap.dedent(text))
    arguments = [json.dumps(list(map(str, folders))), "--fail-on-loss", "-q", "program.py"]
    done = python("-c", IN_CHILDREN, *arguments, cwd=tmp_path)
    statuses = dict(zip(programs, json.loads(done.stdout.splitlines()[-1]), strict=True))
    assert statuses == {**dict.fromkeys(LOSSES, 1), **dict.fromkeys(NO_LOSSES, 0)}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nosuch.py"], "nosuch.py: no such file"),
        (["folder"], "folder is a folder; give a script, or a module after -m"),
        (["-m", "nosuch"], "no module named nosuch"),
        (["-m", "folder.nosuch"], "no module named folder.nosuch"),
        (["-m", "folder"], "folder is a package without a __main__"),
        (["-m", "sys"], "sys cannot be run: it has no Python code"),
        (["-m", ""], "no module named"),
        (["-m"], "name a script, or a module after -m"),
        ([], "name a script, or a module after -m"),
        (["--nosuch", "x.py"], "No such option '--nosuch'."),
        (["--output-format", "xml", "x.py"], "Invalid value for '--output-format'"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(arguments: list[str], reason: str, tmp_path: Path) -> None:
    write(tmp_path, "", "folder/__init__.py")
    done = run("-q", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"hookproof: {reason}")
    assert done.stderr.count("\n") == 1


def test_without_torch_nothing_is_run(tmp_path: Path) -> None:
    write(tmp_path, "print('ran')")
    code = f"""
import sys, importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "torch" else find(name, package)
sys.argv = ["hookproof", "run", {str(tmp_path / "program.py")!r}]
from hookproof.__main__ import run
run()
"""
    done = python("-c", code, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"hookproof: this Python has no torch, whose hooks could be watched: {sys.executable}\n"
    )


def test_what_cannot_be_written_is_said_and_is_two(tmp_path: Path) -> None:
    write(tmp_path, "print('ran')")
    done = run("-q", "-o", "no/such/file", "program.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "ran\n")
    assert done.stderr == "hookproof: --output-file no/such/file: No such file or directory\n"


def test_options_behind_the_program_are_its_own(tmp_path: Path) -> None:
    write(tmp_path, "import sys; print(sys.argv)")
    done = run("-q", "program.py", "-q", "--help", "-m", "--", "--fail-on-loss", cwd=tmp_path)
    assert done.stdout == "['program.py', '-q', '--help', '-m', '--', '--fail-on-loss']\n"


WORDS = st.one_of(
    st.sampled_from(("-q", "--quiet", "--fail-on-loss", "-o", "-ofile", "-o=x", "--output-file", "-m", "--")),
    st.sampled_from(("--output-format=json", "--output-format", "json", "text", "a.py", "-x", "--quie", "")),
    st.sampled_from(("--output-file=", "--output-file=a=b", "--help", "-h", "-mpkg", "-qo", "-")),
)


@given(st.lists(WORDS, max_size=6))
def test_plain_arguments_mean_what_click_says(arguments: list[str]) -> None:
    plain = plain_run(arguments)
    if plain is not None:
        assert plain == by_click(arguments)


def by_click(arguments: list[str]) -> Options | None:
    asked: list[Options] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "run", asked.append)
        CliRunner().invoke(click_command.command, arguments)
    return asked[0] if asked else None


# Programs that are the same alone and watched: stdout, stderr and exit status.
PROGRAMS = {
    "exit status": "import sys; print('out'); sys.exit(3)",
    "exit message": "raise SystemExit('a message')",
    "exit with nothing": "raise SystemExit",
    "error": "def f():\n    return 1 / 0\nprint('out', flush=True)\nf()",
    "error with a cause": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('x') from e",
    "error in torch": "import torch\ntorch.jit.load('nosuch.pt')",
    "unscriptable": HOOKED + "model.register_forward_hook(counts)\ntorch.jit.script(model)",
    "syntax error": "def f(:\n    pass",
    "interrupted": "import os, signal; print('out', flush=True); raise KeyboardInterrupt",
    "own excepthook": "import sys\nsys.excepthook = lambda *a: print('hooked', a[0].__name__)\n1 / 0",
    "atexit": "import atexit, sys\natexit.register(print, 'at exit')\nsys.exit(4)",
    "threads go on": """
        import threading, time
        def work():
            time.sleep(0.3)
            print("worked")
        threading.Thread(target=work).start()
        print("main is over")
        """,
    "a pool that nobody closes": """
        from concurrent.futures import ThreadPoolExecutor
        print(ThreadPoolExecutor(2).submit(lambda: 5).result())
        """,
    "what it finds about itself": """
        import sys, gc, __main__
        print(sys.argv, __name__, __file__, __package__, __spec__, __doc__, sorted(globals()))
        print(sys.path[0], __main__.__dict__ is globals(), gc.isenabled(), type(__loader__).__name__)
        print(sorted(n for n in sys.modules if n.partition(".")[0] in ("click", "rich", "msgspec", "libcst")))
        print(sys.getprofile(), sys.gettrace(), sys.meta_path[-1], sys.excepthook.__name__)
        """,
    "its own modules": """
        import beside, session, click, torch
        print(beside.WHO, session.WHO, click.WHO)
        """,
    "hooks in threads": HOOKED
    + """
import threading
def work():
    model.register_forward_hook(counts)
    model(torch.ones(1, 2))
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
    thread.join()
""",
    "torch late": """
        import sys
        print("torch" in sys.modules)
        def late():
            import torch
            print(torch.__spec__.loader, torch.__loader__ is torch.__spec__.loader)
            return torch.nn.Linear(1, 1).register_forward_hook(print)
        late()
        """.replace(
        "print(torch.__spec__.loader,", "print(type(torch.__spec__.loader), vars(torch.__loader__),"
    ),
    "children": """
        import multiprocessing, sys
        def work(n):
            import torch
            model = torch.nn.Linear(1, 1)
            model.register_forward_hook(print)
            return n * 2
        if __name__ == "__main__":
            import torch
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    print(pool.map(work, [1, 2]), flush=True)
        """,
    "a fork that comes to the end": "import os\nif os.fork():\n    os.wait()\nprint('end', flush=True)",
    "pickled": """
        import pickle, sys
        class Own:
            pass
        print(pickle.loads(pickle.dumps(Own())).__class__ is Own, Own.__module__)
        """,
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in PROGRAMS.items()])
def test_a_program_is_the_same_when_it_is_watched(text: str, tmp_path: Path) -> None:
    write(tmp_path, text)
    for name in ("beside", "session", "click"):
        write(tmp_path, f"WHO = 'the program'; print({name!r})", f"{name}.py")
    assert_same(tmp_path, "program.py", "argument", "-x")


@pytest.mark.parametrize("name", ["pkg", "pkg.inner", "pkg.fails", "pkg.missing_inside"])
def test_so_is_a_module(name: str, tmp_path: Path) -> None:
    shows = """
        import sys
        from . import inner as beside
        print(sys.argv, sys.path[0], __name__, __package__, __spec__.name, __file__)
        """
    write(tmp_path, "print('package', __name__)", "pkg/__init__.py")
    write(tmp_path, shows, "pkg/__main__.py")
    write(tmp_path, "print(__name__)", "pkg/inner.py")
    write(tmp_path, "1 / 0", "pkg/fails.py")
    write(tmp_path, "import no_such_module", "pkg/missing_inside.py")
    assert_same(tmp_path, "-m", name, "argument")


def assert_same(folder: Path, *arguments: str) -> None:
    alone = python(*arguments, cwd=folder)
    watched = run("-q", "-o", os.devnull, *arguments, cwd=folder)
    for stream in ("stdout", "stderr"):
        expected, seen = (without_addresses(getattr(done, stream)) for done in (alone, watched))
        assert seen == expected, stream
    assert watched.returncode == alone.returncode


def without_addresses(text: str) -> str:
    # `python -m` shows frames of `runpy` above those of the program, which are not here.
    text = re.sub(r'  File "<frozen runpy>", .*\n', "", text)
    return re.sub(r"0x[0-9a-f]+", "0x", text)
