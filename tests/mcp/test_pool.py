"""Who gets which process, and when one ends."""

from typing import Any, cast

import pytest

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.settings import Duration
from trigate.mcp.fault import ServerFailed
from trigate.mcp.pool import Pool
from trigate.mcp.settings import Processes, Server


class FakeChild:
    unasked: Any = None
    profile = 0
    is_free = True

    def __init__(self, lasting: bool) -> None:
        self.lasting = lasting
        self.used = clock.monotonic()
        self.is_busy = self.is_drained = self.begun = False
        self.is_running = True

    def touch(self) -> None:
        self.used = clock.monotonic()

    def begin(self) -> None:
        self.begun = True

    def drain(self) -> None:
        self.is_drained = True


def pool(start: Any = "lazy", **processes: Any) -> Pool:
    server = Server(command=("x",), start=start, processes=Processes(**processes))
    return Pool(server, Deadlines(), cast("Any", FakeChild))


def test_callers_who_can_be_asked_have_a_process_that_knows_and_another_while_it_waits():
    built = pool(most=2)
    first = built.child("", 1)
    assert first.profile == 1
    assert first is not built.shared
    assert built.child("", 1) is first
    cast("Any", first).is_free = False
    cast("Any", first).is_busy = True
    second = built.child("", 1)
    assert second not in {first, built.shared}
    cast("Any", second).is_free = False
    cast("Any", second).is_busy = True
    with pytest.raises(ServerFailed):
        built.child("", 1)


def test_one_process_serves_all_unless_it_is_said_otherwise():
    built = pool()
    assert built.child("a") is built.child("b") is built.shared
    assert built.deadline == NEVER


def test_each_holder_has_one_and_nobodys_is_shared():
    built = pool(per="principal")
    assert built.child("a") is built.child("a")
    assert built.child("a") is not built.child("b")
    assert built.child("") is built.shared


def test_the_one_unused_for_longest_makes_room():
    built = pool(per="principal", most=2)
    first, second = built.child("a"), built.child("b")
    first.used, second.used = 1.0, 2.0
    built.child("c")
    assert (first.is_drained, second.is_drained) == (True, False)
    assert built.child("b") is second


def test_one_at_work_never_makes_room():
    built = pool(per="principal", most=1)
    cast("Any", built.child("a")).is_busy = True
    with pytest.raises(ServerFailed, match="all of its 1 processes are at work"):
        built.child("b")


def test_idle_ones_end_and_busy_ones_do_not():
    built = pool(per="principal", idle=Duration(60))
    idle, busy, fresh, shared = built.child("a"), built.child("b"), built.child("c"), built.shared
    cast("Any", busy).is_busy = True
    for each in (idle, busy, shared):
        each.used -= 61
    built.expire()
    assert [each.is_drained for each in (idle, busy, fresh, shared)] == [True, False, False, True]
    assert not built.shared.is_drained
    assert built.child("a") is not idle
    assert clock.monotonic() < built.deadline < clock.monotonic() + 60


def test_the_shared_one_of_an_eager_server_stays():
    built = pool("eager", idle=Duration(60))
    built.shared.used -= 61
    built.expire()
    assert not built.shared.is_drained


def test_a_new_holder_gets_one_that_is_warm_and_another_is_warmed():
    built = pool(per="principal", warm=1, most=2)
    built.begin()
    (warm,) = built._spare
    assert cast("Any", warm).begun
    assert built.child("a") is warm
    assert len(built._spare) == 1
    built.child("b")
    assert built._spare == []  # no more than `most`


def test_all_end_with_their_configuration():
    built = pool(per="principal", warm=1)
    built.begin()
    held = built.child("a")
    spare = built._spare[0]
    built.drain()
    assert held.is_drained
    assert spare.is_drained
    assert built.shared.is_drained
    with pytest.raises(ServerFailed, match="no longer configured"):
        built.child("b")
