"""The lock between processes: exclusive, and taken over from the dead."""

import ctypes
import mmap
import os
import signal
from collections.abc import Iterator

import pytest

from trigate.store import mutex
from trigate.store.counter import CountersLost
from trigate.store.mutex import Mutex


@pytest.fixture
def lock() -> Iterator[Mutex]:
    memory = mmap.mmap(-1, 4096)
    first = ctypes.c_char.from_buffer(memory)
    made = Mutex(ctypes.addressof(first))
    made.create()
    yield made
    del first


def test_whoever_comes_next_is_told_that_the_holder_died(lock: Mutex):
    pid = os.fork()
    if pid == 0:
        lock.acquire()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert lock.acquire()
    lock.release()
    assert not lock.acquire()
    lock.release()


def test_a_holder_that_does_not_go_on_stops_nobody_for_long(lock: Mutex, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mutex, "PATIENCE", 0.01)
    lock.acquire()
    with pytest.raises(CountersLost, match="does not go on"):
        lock.acquire()
    monkeypatch.setattr(mutex, "PATIENCE", 60.0)
    with pytest.raises(CountersLost, match="does not go on"):
        lock.acquire(0.01)  # whoever may wait says for how long
    lock.release()  # memory with a lock that is held must not go away
