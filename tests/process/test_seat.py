"""Back-off: the first replacement comes at once, those of a child that keeps failing ever later."""

import socket

import pytest

from trigate.core.clock import clock
from trigate.process.child import Child
from trigate.process.seat import LONGEST_DELAY, STEADY_SECONDS, Seat


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    return moment


def fail(seat: Seat) -> float:
    seat.child = Child(1, seat.name, *nothing())
    return seat.vacate(seat.child)


def nothing() -> tuple[socket.socket, int]:
    """What a child has: a line, here one that is closed, and a file."""
    line, other = socket.socketpair()
    line.close()
    other.close()
    return line, -1


def test_a_child_that_keeps_failing_is_restarted_ever_later(now: list[float]):
    seat = Seat("worker-0", {})
    delays = [fail(seat) for _ in range(12)]
    assert delays[:5] == [0.0, 0.1, 0.2, 0.4, 0.8]
    assert delays[-1] == LONGEST_DELAY
    assert seat.due == now[0] + LONGEST_DELAY


def test_a_child_that_ran_for_a_while_is_restarted_at_once(now: list[float]):
    seat = Seat("worker-0", {})
    for _ in range(5):
        fail(seat)
    seat.child = Child(1, seat.name, *nothing())
    now[0] += STEADY_SECONDS + 1
    assert seat.vacate(seat.child) == 0.0


def test_an_empty_seat_is_not_ready():
    assert not Seat("worker-0", {}).ready
