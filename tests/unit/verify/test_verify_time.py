"""Nothing holds a run up for longer than its limits say: not a finding, not a slot, not a worker."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hookproof.verify import run
from hookproof.verify.target import scheduler, slot


def test_no_round_starts_once_the_time_of_a_finding_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(slot.time, "monotonic", lambda: clock[0])
    one = slot.Slot.__new__(slot.Slot)
    one.tell, one.limits = told.append, argparse.Namespace(timeout=20.0)

    def round_of(experiment: dict[str, Any], _: Any) -> dict[str, Any]:
        clock[0] += min(experiment["timeout"], 1.9)  # it ends in time, and asks for another
        return {"round": experiment.get("round", 0) + 1, "undecided": []}

    monkeypatch.setattr(one, "_round", round_of)
    one.run_one({"id": 7}, [], None)
    assert told[-1]["id"] == 7
    assert told[-1]["answer"]["failure"] == "timeout"
    assert clock[0] <= 22


@pytest.mark.skipif(sys.platform != "linux", reason="slots are seen in /proc")
def test_a_slot_that_is_stopped_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "_PATIENCE", 1.0)
    limits = argparse.Namespace(timeout=0.4, memory=1 << 20, jobs=1, writable=[], has_own_network=False)
    answers: list[dict[str, Any]] = []
    one = scheduler.Scheduler(
        lambda *_: time.sleep(0.2) or {"notes": []}, answers.append, limits, str(tmp_path)
    )

    def stop_the_first() -> None:
        while not one.seats:
            time.sleep(0.001)
        os.kill(one.seats[0].pid, signal.SIGSTOP)

    thread = threading.Thread(target=stop_the_first)
    thread.start()
    start = time.monotonic()
    try:
        one.run([[{"id": 0}], [{"id": 1}]])
    finally:
        one.end()
        thread.join()
    assert {answer["id"] for answer in answers if "started" not in answer} == {0, 1}
    assert time.monotonic() - start < 30


def test_a_worker_that_keeps_silent_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_PATIENCE", 0.5)
    silent = tmp_path / "python"
    silent.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(1000)\n", "utf-8")
    silent.chmod(0o755)
    start = time.monotonic()
    with (
        closing(run.Worker(str(silent), run.Limits(timeout=0.1))) as worker,
        pytest.raises(run.MissingTorchError, match="no answer"),
    ):
        assert worker.torch
    assert time.monotonic() - start < 20
