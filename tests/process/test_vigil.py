"""The vigil: who hangs is made to say where and is ended; who is merely stopped with everybody is not."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.process.scene import Gateway, until
from trigate.core.clock import clock
from trigate.process.child import Child, fork
from trigate.process.vigil import START_SECONDS, Vigil


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    return moment


def lost_in_thought(line: socket.socket) -> int:
    line.send(b'{"type":"Ready"}')
    while True:
        time.sleep(60)


@pytest.fixture
def child(now: list[float]) -> Iterator[Child]:
    started = fork("one", lost_in_thought, lambda: None)
    deadline = time.monotonic() + PATIENCE
    while not started.ready:  # before that it could not say where it is
        started.read()
        assert time.monotonic() < deadline
    started.ready = False
    yield started
    started.kill()
    os.waitpid(started.pid, 0)
    started.close()


def look(vigil: Vigil, child: Child, now: list[float], seconds: float) -> None:
    """Let time pass as a supervisor sees it that turns every second."""
    for _ in range(round(seconds)):
        now[0] += 1
        vigil.look([child], 10)


def test_a_child_that_says_nothing_is_asked_where_it_is_and_ended(child: Child, now: list[float]):
    vigil = Vigil()
    child.ready = True
    look(vigil, child, now, 10)
    assert child.kill_at > now[0] + 100
    look(vigil, child, now, 1)
    assert child.kill_at == now[0] + 1
    deadline = time.monotonic() + PATIENCE
    while "lost_in_thought" not in child.last_words():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert child.last_words().startswith("test_vigil.py:")


def test_a_sign_of_life_is_all_it_takes(child: Child, now: list[float]):
    vigil = Vigil()
    child.ready = True
    for _ in range(5):
        look(vigil, child, now, 9)
        child.heard = now[0]
    assert child.kill_at > now[0] + 100


def test_a_child_that_is_still_starting_has_more_time(child: Child, now: list[float]):
    vigil = Vigil()
    look(vigil, child, now, START_SECONDS)
    assert child.kill_at > now[0] + 100
    look(vigil, child, now, 1)
    assert child.kill_at == now[0] + 1


def test_a_gateway_that_was_stopped_as_a_whole_blames_nobody(child: Child, now: list[float]):
    vigil = Vigil()
    child.ready = True
    now[0] += 3600
    vigil.look([child], 10)
    assert child.kill_at > now[0] + 100


def test_a_worker_that_hangs_is_named_and_replaced(tmp_path: Path):
    with Gateway(tmp_path, more={"process": {"unresponsive": "3s"}}) as gateway:
        first = gateway.pid()
        gateway.hang()
        until(lambda: "a process hangs" in gateway.log())
        assert gateway.pid() != first
        assert "name=worker-0" in gateway.log()
        until(lambda: " hang < " in gateway.log())
        assert f"status=-{int(signal.SIGKILL)}" in gateway.log()
