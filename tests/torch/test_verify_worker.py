"""Experiments in the worker: verdicts on a small project, and code that misbehaves."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from asked_together import Case, verdicts_together
from hookproof.finding import Finding, Verdict
from hookproof.verify.plan import Factories, plan
from hookproof.verify.reproduce import write_reproductions
from hookproof.verify.run import Limits, MissingTorchError, ask
from hookproof.verify.verdict import verdict_of
from left_behind import assert_nothing_left
from verify_project import NET, attribute_finding, marked

LIMITS = Limits(timeout=60, jobs=2)


def verdicts(
    findings: list[Finding], limits: Limits = LIMITS, factories: Factories | None = None
) -> list[Verdict]:
    answers = {a["id"]: a for a in ask(sys.executable, plan(findings, factories), limits)}
    return [verdict_of(finding, answers[number]) for number, finding in enumerate(findings)]


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.py"
    path.write_text(NET, "utf-8")
    return path


def statuses(kinds: list[str]) -> list[str]:
    return [{"breaks": "confirmed", "survives": "refuted"}[kind] for kind in kinds]


WITHOUT_DEFAULT = NET.replace("width: int = 3", "width")
WITH_MAKER = (
    WITHOUT_DEFAULT.replace("nn.Linear(4, width)", "nn.Linear(4, width.size)")
    + "\n\nclass Width:\n    size = 2\n\n\ndef make_net():\n    return Net(Width())\n"
)
CRASHING = NET.replace("super().__init__()", "super().__init__()\n        __import__('ctypes').string_at(0)")
CALLERS = ["main.py", "examples/deep/down/main.py"]


def one(net: Path, code: str = "HKP303") -> Finding:
    """Return the first finding of a rule that is marked."""
    return next(finding for _, finding in marked(net) if finding.code == code)


@pytest.fixture(scope="module")
def kinds_and_cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[str], Case]]:
    """Return what is asked about each project, and what the marks say of its findings."""

    def net_of(text: str) -> Path:
        path = tmp_path_factory.mktemp("project") / "net.py"
        path.write_text(text, "utf-8")
        return path

    plain, made = net_of(NET), net_of(WITH_MAKER)
    each = marked(plain)
    whole = [
        (kind, f) for kind, f in marked(plain, "net:Unscriptable") if f.hook and f.hook.name == "untyped"
    ]
    wrong = msgspec.structs.replace(one(plain, "HKP304"), prediction=each[0][1].prediction)
    cases = {
        "each": ([kind for kind, _ in each], Case([finding for _, finding in each])),
        "unscriptable": ([kind for kind, _ in whole], Case([finding for _, finding in whole])),
        "another error": ([], Case([wrong])),
        "without a factory": ([], Case([one(made)])),
        "with a factory": ([], Case([one(made)], Factories({"net:Net": "net:make_net"}))),
        "crash": ([], Case([one(net_of(CRASHING))])),
    }
    for caller in CALLERS:
        net = net_of(WITHOUT_DEFAULT)
        (net.parent / "pyproject.toml").touch()
        (net.parent / caller).parent.mkdir(parents=True, exist_ok=True)
        (net.parent / caller).write_text("from net import Net\nmodel = Net(width=7)\n")
        cases[caller] = ([], Case([one(net)]))
    return cases


@pytest.fixture(scope="module")
def judged(kinds_and_cases: dict[str, tuple[list[str], Case]]) -> dict[str, list[Verdict]]:
    """Return the verdicts on all of them, of one worker."""
    return verdicts_together({name: case for name, (_, case) in kinds_and_cases.items()})


def test_each_access_gets_its_own_verdict_whatever_else_the_hook_does(
    kinds_and_cases: dict[str, tuple[list[str], Case]], judged: dict[str, list[Verdict]]
) -> None:
    (kinds, _), found = kinds_and_cases["each"], judged["each"]
    assert [v.status for v in found] == statuses(kinds), found
    assert set(kinds) == {"breaks", "survives"}
    assert all(v.error for v in found if v.status == "confirmed")


def test_forward_that_does_not_script_is_replaced_and_that_is_told(
    kinds_and_cases: dict[str, tuple[list[str], Case]], judged: dict[str, list[Verdict]]
) -> None:
    (kinds, _), found = kinds_and_cases["unscriptable"], judged["unscriptable"]
    assert kinds
    assert [v.status for v in found] == statuses(kinds), found
    assert all("forward was replaced" in v.reason for v in found)


def test_another_error_than_the_predicted_one_does_not_confirm(judged: dict[str, list[Verdict]]) -> None:
    assert judged["another error"][0].status != "confirmed"


def test_instances_come_from_the_factory_that_is_named(judged: dict[str, list[Verdict]]) -> None:
    (without,), (with_factory,) = judged["without a factory"], judged["with a factory"]
    assert without.status == "inconclusive"
    assert "factories" in without.reason
    assert with_factory.status == "confirmed"
    assert "factory" in with_factory.reason


def test_a_crash_while_the_instance_is_made_is_told(judged: dict[str, list[Verdict]]) -> None:
    (verdict,) = judged["crash"]
    assert verdict.status == "inconclusive"
    assert "crashed (SIGSEGV)" in verdict.reason


@pytest.mark.parametrize("caller", CALLERS)
def test_instances_are_made_as_the_project_makes_them(caller: str, judged: dict[str, list[Verdict]]) -> None:
    (verdict,) = judged[caller]
    assert verdict.status == "confirmed"
    assert "Net(width=7)" in verdict.reason


def test_a_script_takes_the_factory_along(net: Path) -> None:
    net.write_text(WITH_MAKER)
    finding = one(net)
    experiments = list(plan([finding], Factories({"net:Net": "net:make_net"})))
    (answer,) = ask(sys.executable, experiments, LIMITS)
    finding = msgspec.structs.replace(finding, verdict=verdict_of(finding, answer))
    folder = net.parent / "scripts"
    write_reproductions([finding], experiments, {0: answer}, str(folder), sys.executable, LIMITS)
    (script,) = folder.iterdir()
    assert "make_net()" in script.read_text()


MISBEHAVIOUR = {
    "abort": ("import os\nos.abort()", "crashed"),
    "segmentation fault": ("import ctypes\nctypes.string_at(0)", "crashed"),
    "exit": ("import os\nos._exit(3)", "crashed"),
    "system exit": ("raise SystemExit(0)", "importing bad failed"),
    "error": ("raise ValueError('not today')", "importing bad failed: ValueError: not today"),
    "hang": ("while True:\n    pass", "importing bad did not finish"),
    "sleep": ("import time\ntime.sleep(1000)", "importing bad did not finish"),
    "flood": ("while True:\n    print('x' * 100000)", "printed too much"),
    "memory": ("x = [bytearray(1 << 28) for _ in range(1000)]", "memory|Memory"),
    "forks": (
        "import os, time\n"
        "for _ in range(200):\n    if os.fork() == 0:\n        time.sleep(1000)\ntime.sleep(1000)",
        "too many processes",
    ),
    "another session": (
        "import os, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\n"
        "time.sleep(0.2)\nraise ValueError('left')",
        "left",
    ),
    "network": (
        "import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)",
        "importing bad failed: (OSError|ConnectionRefused)",
    ),
    "environment": (
        "import os\n"
        "raise ValueError(os.environ.get('HOOKPROOF_SECRET', 'scrubbed') + os.path.expanduser('~'))",
        "scrubbed/.*hookproof-",
    ),
}


@pytest.fixture(scope="module")
def misbehaved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """All of them in one batch, with a good finding at the end."""
    import socket

    server = socket.create_server(("127.0.0.1", 0))
    temporary = tmp_path_factory.mktemp("temporary")
    findings = []
    for number, (code, _) in enumerate(MISBEHAVIOUR.values()):
        folder = tmp_path_factory.mktemp(f"bad{number}")
        code = code.replace("{port}", str(server.getsockname()[1]))
        (folder / "bad.py").write_text(f"{code}\n\n\ndef hook(m, i, o):\n    m.nope\n")
        line = code.count("\n") + 5
        findings.append(attribute_finding(folder / "bad.py", line, 5, "HKP301", "m.nope", "hook", None))
    folder = tmp_path_factory.mktemp("good")
    (folder / "good.py").write_text("def hook(m, i, o):\n    m.nope\n")
    findings.append(attribute_finding(folder / "good.py", 2, 5, "HKP301", "m.nope", "hook", None))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOOKPROOF_SECRET", "secret")
        patch.setenv("TMPDIR", str(temporary))
        found = verdicts(findings, Limits(timeout=12, memory=256, jobs=2))
    server.close()
    assert_nothing_left(temporary)
    return dict(zip([*MISBEHAVIOUR, "good"], found, strict=True))


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_misbehaving_code_is_inconclusive_for_a_reason(misbehaved: dict[str, Verdict], name: str) -> None:
    import re

    verdict = misbehaved[name]
    assert verdict.status == "inconclusive"
    assert re.search(MISBEHAVIOUR[name][1], verdict.reason), verdict.reason


def test_what_an_experiment_leaves_behind_does_not_hold_up_its_answer(tmp_path: Path) -> None:
    code = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\nraise ValueError('left')"
    )
    (tmp_path / "bad.py").write_text(f"{code}\n\n\ndef hook(m, i, o):\n    m.nope\n")
    alone = attribute_finding(tmp_path / "bad.py", 9, 5, "HKP301", "m.nope", "hook", None)
    start = time.monotonic()
    (verdict,) = verdicts([alone], Limits(timeout=50, jobs=1))
    assert "ValueError: left" in verdict.reason
    assert time.monotonic() - start < 50
    together = verdicts([alone, alone], Limits(timeout=50, jobs=1))
    assert all("ValueError: left" in v.reason for v in together)
    assert time.monotonic() - start < 100


def test_all_others_still_run(misbehaved: dict[str, Verdict]) -> None:
    assert misbehaved["good"].status == "confirmed", misbehaved["good"]


def test_killing_the_parent_costs_no_other_its_verdict(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n\n\ndef hook(m, i, o):\n    m.nope\n"
    )
    (tmp_path / "good.py").write_text("def hook(m, i, o):\n    m.nope\n")
    bad = attribute_finding(tmp_path / "bad.py", 6, 5, "HKP301", "m.nope", "hook", None)
    good = attribute_finding(tmp_path / "good.py", 2, 5, "HKP301", "m.nope", "hook", None)
    first, second = verdicts([bad, good], Limits(timeout=30, jobs=1))
    assert (first.status, second.status) == ("inconclusive", "confirmed")


def test_works_where_fork_is_missing(net: Path) -> None:
    pairs = marked(net)[:2]
    found = verdicts([finding for _, finding in pairs], Limits(timeout=60, jobs=2, spawn=True))
    assert [v.status for v in found] == statuses([kind for kind, _ in pairs]), found


def test_interpreter_without_torch(net: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    with pytest.raises(MissingTorchError, match=r"bare/bin/python has no usable torch .*--python PATH"):
        list(ask(str(bare / "bin" / "python"), plan([marked(net)[0][1]]), LIMITS))
    with pytest.raises(MissingTorchError, match="can't be started"):
        list(ask(str(tmp_path / "nowhere"), plan([marked(net)[0][1]]), LIMITS))


def test_worker_needs_only_old_python() -> None:
    import ast

    from hookproof.verify.run import WORKER

    files = [WORKER, *(WORKER.parent / "target").glob("*.py")]
    assert len(files) > 5
    for file in files:
        tree = ast.parse(file.read_text("utf-8"), feature_version=(3, 8))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] in sys.stdlib_module_names, (file.name, node.module)
            elif isinstance(node, ast.Import):
                assert all(a.name.split(".")[0] in sys.stdlib_module_names for a in node.names), file.name


def test_a_long_name_of_the_temporary_folder_is_no_hindrance(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / ("long" * 30)
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    pairs = marked(net)[:3]
    found = verdicts([finding for _, finding in pairs])
    assert [v.status for v in found] == statuses([kind for kind, _ in pairs]), found
    assert_nothing_left(temporary)
