"""Processes that share the work, here and on a cluster: whoever does it, the same bytes come out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from hooked_project import environment, hookproof, write_project
from places import FIXTURES

JSON = ("check", "--no-cache", "--output-format=json")


def in_process(program: str, folder: Path = FIXTURES.parent) -> str:
    """Run a program in a process without threads, which may fork, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_members_share_what_they_know() -> None:
    program = """
import time
from hookproof.worker_pool import in_pool

def work(pool):
    def square(number):
        time.sleep(0.1)
        return number * number, pool.index

    squares = pool.map(square, list(range(7)))
    return pool.size, pool.share(pool.index), [square for square, _ in squares], {who for _, who in squares}

print(in_pool(3, work))
"""
    assert in_process(program) == "(3, [0, 1, 2], [0, 1, 4, 9, 16, 25, 36], {0, 1, 2})\n"


def test_whoever_is_free_takes_the_next_piece() -> None:
    program = """
import time
from hookproof.worker_pool import in_pool

def work(pool):
    dealt = []
    for count in (6, 0, 10_000):
        own = []
        for number in pool.deal(count):
            time.sleep(0.5 if pool.is_leader and count == 6 else 0)
            own.append(number)
        dealt.append(pool.share(own))
    return dealt

six, none, many = in_pool(2, work)
print(len(six[0]) < 2 < len(six[1]), none, sorted(six[0] + six[1]))
print(sorted(many[0] + many[1]) == list(range(10_000)))
"""
    assert in_process(program) == "True [[], []] [0, 1, 2, 3, 4, 5]\nTrue\n"


def test_a_member_lost_with_a_piece_in_its_hands_costs_nothing_but_time() -> None:
    program = """
import os, time
from hookproof.worker_pool import in_pool

def work(pool):
    def double(number):
        if not pool.is_leader:
            os.kill(os.getpid(), 9)
        time.sleep(0.02 if pool.size > 1 else 0)
        return 2 * number

    return pool.size, pool.map(double, list(range(10)))

print(in_pool(2, work))
"""
    assert in_process(program) == f"(1, {[2 * number for number in range(10)]})\n"


def test_members_end_with_their_leader() -> None:
    program = """
import os, sys, time
from hookproof.worker_pool import in_pool

def work(pool):
    if pool.is_leader:
        time.sleep(0.5)
        os.kill(os.getpid(), 9)
    for number in pool.deal(5):
        pass

if os.fork() == 0:
    in_pool(2, work)
os.wait()
"""
    started = time.monotonic()
    in_process(program)  # would wait for the member, which holds the output open
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("loss", ["os.kill(os.getpid(), 9)", "raise ValueError", "exit()"])
def test_without_a_lost_member_the_work_is_done_all_the_same(loss: str) -> None:
    program = f"""
import os
from hookproof.worker_pool import in_pool

def work(pool):
    if pool.index == 1:
        {loss}
    return pool.size, pool.share(pool.index)

print(in_pool(2, work))
"""
    assert in_process(program) == "(1, [0])\n"


def test_an_error_of_the_leader_is_no_loss_of_a_member() -> None:
    program = """
from hookproof.worker_pool import in_pool

def work(pool):
    if pool.is_leader:
        print("led", pool.size)
        raise ValueError("mine")
    pool.share(0)

try:
    in_pool(2, work)
except ValueError as error:
    print(error)
"""
    assert in_process(program) == "led 2\nmine\n"


@pytest.mark.parametrize(
    ("mode", "sizes"), [("Settings()", [1, 2, 5]), ("Settings(assume_scripted=True)", [1, 5])]
)
def test_any_number_of_processes_finds_the_same_in_the_fixtures(
    mode: str, sizes: list[int], tmp_path: Path
) -> None:
    shutil.copytree(FIXTURES, tmp_path / "fixtures")  # away from this project, all of which would be read
    program = f"""
import msgspec
from hookproof.session import pipeline
from hookproof.settings import Settings

pipeline._FILES_WORTH_A_PROCESS = 1
sizes, real = [], pipeline.analyse

def counted(*arguments):
    sizes.append(arguments[4].size)  # once more, and alone, where a member was lost
    return real(*arguments)

pipeline.analyse = counted
reports = [msgspec.json.encode(pipeline.check_paths(["fixtures"], {mode}, jobs=jobs)) for jobs in {sizes}]
print(sizes, len(set(reports)), len(reports[0]) > 10_000)
"""
    assert in_process(program, tmp_path) == f"{sizes} 1 True\n"


@pytest.mark.parametrize(("jobs", "sizes"), [(2, [2, 1]), (5, [5, 2, 1])])
def test_a_run_whose_members_are_killed_midway_says_the_same_in_few_rounds(
    jobs: int, sizes: list[int], tmp_path: Path
) -> None:
    """Each time a member dies of the first file that it runs, half as many begin again, at last one alone."""
    shutil.copytree(FIXTURES, tmp_path / "fixtures")
    program = f"""
import os
import msgspec
from hookproof.outcomes.roots import _Interpretation
from hookproof.session import pipeline
from hookproof.settings import Settings

pipeline._FILES_WORTH_A_PROCESS = 1
alone = msgspec.json.encode(pipeline.check_paths(["fixtures"], Settings(), jobs=1))
leader, sizes = os.getpid(), []
real, run = pipeline.analyse, _Interpretation.run

def counted(*arguments):
    sizes.append(arguments[4].size)
    return real(*arguments)

def killed(*arguments):
    if os.getpid() != leader:
        os.kill(os.getpid(), 9)
    return run(*arguments)

pipeline.analyse, _Interpretation.run = counted, killed
print(msgspec.json.encode(pipeline.check_paths(["fixtures"], Settings(), jobs={jobs})) == alone, sizes)
"""
    assert in_process(program, tmp_path) == f"True {sizes}\n"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Write a project that is worth several processes."""
    write_project(tmp_path)
    for number in range(450):
        (tmp_path / f"pkg/part{number}.py").write_text("import torch\n\n\ndef f(x):\n    return x\n")
    (tmp_path / "pkg/broken.py").write_text("import torch\nm.register_forward_hook(\n")
    return tmp_path


def test_one_job_and_eight_print_the_same_bytes(large: Path) -> None:
    one, eight = (hookproof(*JSON, f"-j{jobs}", cwd=large) for jobs in (1, 8))
    assert one.returncode == eight.returncode == 2
    assert one.stdout == eight.stdout
    assert "HKP302" in one.stdout
    assert one.stderr.count("broken.py") == eight.stderr.count("broken.py") == 1


# --- a cluster -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as started:
        yield started


def test_a_cluster_gives_the_same_bytes(large: Path, cluster: LocalCluster) -> None:
    at_home = hookproof(*JSON, cwd=large)
    done = hookproof(*JSON, f"--executor=dask:{cluster.scheduler_address}", cwd=large)
    assert (done.returncode, done.stdout) == (2, at_home.stdout)
    assert work_done(cluster) >= 4


def test_a_worker_killed_midway_changes_nothing(large: Path, cluster: LocalCluster) -> None:
    at_home = hookproof(*JSON, cwd=large)
    command = [sys.executable, "-m", "hookproof", *JSON, f"--executor=dask:{cluster.scheduler_address}"]
    with subprocess.Popen(
        command, cwd=large, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        killed = kill_a_busy_worker(cluster, process)
        output, _ = process.communicate(timeout=120)
    assert killed
    assert (process.returncode, output) == (2, at_home.stdout)


def work_done(cluster: LocalCluster) -> int:
    """Return how many pieces of work have come back from the workers."""
    return sum(1 for story in cluster.scheduler.transition_log if "memory" in story[:3])


def kill_a_busy_worker(cluster: LocalCluster, process: subprocess.Popen[str]) -> bool:
    """Kill a worker while it has work of a running process; return whether one had."""
    while process.poll() is None:
        for state in list(cluster.scheduler.workers.values()):
            if state.processing:
                nanny = next(n for n in cluster.workers.values() if n.worker_address == state.address)
                os.kill(nanny.pid, signal.SIGKILL)
                return True
        time.sleep(0.005)
    return False


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ray:there", "not known, write `dask:ADDRESS`"),
        ("dask:", "not known, write `dask:ADDRESS`"),
        ("dask:tcp://127.0.0.1:1", "no scheduler answers"),
    ],
)
def test_an_executor_that_is_not_there_is_one_line(name: str, said: str, large: Path) -> None:
    done = hookproof("check", f"--executor={name}", cwd=large)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
