"""How a connection ends: behind what is written, after hearing the caller out, or by a reset."""

import pytest

from tests.inbound.dialogue import Wire, echo, surroundings
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.inbound.link import LINGER_BYTES, LINGER_SECONDS, Link
from trigate.inbound.service import Service
from trigate.inbound.settings import InboundSettings


class Bare(Link):
    """A link on which nothing is spoken."""

    def data_received(self, data: bytes) -> None:
        self._hear_out(len(data))

    def finish(self) -> None:
        self._finish()

    def linger(self) -> None:
        self._linger()

    def wait(self, seconds: float) -> None:
        self._wait(seconds)

    def _expire_reading(self) -> None:
        self.late = True


def link() -> tuple[Bare, Wire]:
    made, wire = Bare(Service(InboundSettings(), echo, surroundings())), Wire()
    wire.protocol = made
    made.connection_made(wire)
    return made, wire


def sweep(made: Bare, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    before = clock.monotonic()
    with monkeypatch.context() as held:
        held.setattr(clock, "monotonic", lambda: before + seconds)
        if made.deadline <= clock.monotonic():
            made.expire()


async def test_the_loop_reads_into_one_shared_buffer():
    made, wire = link()
    made.linger()
    view = made.get_buffer(-1)
    view[:5] = b"hello"
    made.buffer_updated(5)
    assert not wire.is_closing()
    assert link()[0].get_buffer(-1) is view


async def test_a_link_that_is_done_closes_behind_what_is_written_unless_nobody_reads(monkeypatch: pytest.MonkeyPatch):
    made, wire = link()
    wire.unsent = 1000
    made.finish()
    assert wire.closed
    wire.unsent = 900
    sweep(made, monkeypatch, 31)
    assert not wire.aborted
    sweep(made, monkeypatch, 90)
    assert wire.aborted


async def test_lingering_ends_by_time(monkeypatch: pytest.MonkeyPatch):
    made, wire = link()
    made.linger()
    assert wire.shut
    assert not wire.is_closing()
    sweep(made, monkeypatch, LINGER_SECONDS + 0.1)
    assert wire.aborted


async def test_lingering_ends_by_amount():
    made, wire = link()
    made.linger()
    made.data_received(b"x" * (LINGER_BYTES - 1))
    assert not wire.is_closing()
    made.data_received(b"x")
    assert wire.closed


async def test_a_reset_has_no_deadline_left():
    made, wire = link()
    made.wait(1)
    made.reset()
    assert wire.aborted
    assert made.deadline == NEVER


async def test_patience_and_stall_are_two_deadlines_of_which_the_nearer_counts(monkeypatch: pytest.MonkeyPatch):
    made, wire = link()
    made.wait(10)
    wire.unsent = 5
    made.pause_writing()
    sweep(made, monkeypatch, 11)
    assert made.late
    made.wait(100)
    made.resume_writing()
    assert made.deadline > clock.monotonic() + 90
