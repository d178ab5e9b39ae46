"""One connection: its phases, its deadlines, and what it does when either side stops."""

from typing import Any

import pytest

from tests.outbound.chaos import Body
from tests.outbound.line import Line
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.core.errors import UpstreamFailed, UpstreamTimeout
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.outbound.answer import HIGH_WATER
from trigate.outbound.request import CHUNKED
from trigate.outbound.settings import Timeouts
from trigate.outbound.upload import Upload

TIMEOUTS = Timeouts(first_byte=Duration(10), between_bytes=Duration(5), tunnel=Duration(100))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic", lambda: 1000.0)


def uploading(*, held: bool = False) -> Upload:
    loop: Any = None
    return Upload(Body(Signal(loop), whole=False), CHUNKED, held)


def test_each_phase_has_its_deadline():
    line = Line()
    assert line.connection.deadline == NEVER
    answer = line.begin(timeouts=TIMEOUTS)
    assert line.connection.deadline == 1010
    line.connection.data_received(HEAD[:5])
    assert line.connection.deadline == 1010
    line.connection.data_received(HEAD[5:])
    assert line.connection.deadline == 1005
    line.connection.data_received(b"x" * HIGH_WATER)
    assert (line.connection.deadline, line.wire.reading) == (NEVER, False)
    answer.take()
    assert (line.connection.deadline, line.wire.reading) == (1005, True)


def test_the_total_bounds_every_phase():
    line = Line()
    line.begin(timeouts=Timeouts(total=Duration(3)))
    assert line.connection.deadline == 1003
    line.connection.data_received(HEAD)
    assert line.connection.deadline == 1003
    line.connection.data_received(b"x" * HIGH_WATER)
    assert line.connection.deadline == 1003


def test_while_the_caller_uploads_the_upstream_owes_nothing():
    line = Line()
    upload = uploading()
    line.begin(upload=upload, timeouts=TIMEOUTS)
    assert line.connection.deadline == NEVER
    line.wire.unsent = 100
    line.connection.pause_writing()
    assert (line.connection.deadline, upload.ready) == (1005, False)
    line.wire.unsent = 50
    line.connection.expire()
    assert (line.connection.deadline, line.wire.aborted) == (1005, False)  # it takes something
    line.connection.resume_writing()
    assert line.connection.deadline == NEVER
    upload.finished = True
    line.connection.uploaded()
    assert line.connection.deadline == 1010


def test_an_upstream_that_takes_nothing_fails_the_exchange():
    line = Line()
    answer = line.begin(upload=uploading(), timeouts=TIMEOUTS)
    line.connection.pause_writing()
    line.connection.expire()
    assert isinstance(answer.error, UpstreamTimeout)
    assert "took nothing" in str(answer.error)
    assert line.wire.aborted


def test_a_held_body_is_let_go_after_its_second():
    line = Line()
    upload = uploading(held=True)
    line.begin(upload=upload, timeouts=TIMEOUTS)
    assert (line.connection.deadline, upload.held) == (1001, True)
    line.connection.expire()
    assert (line.connection.deadline, upload.held, line.wire.aborted) == (NEVER, False, False)


def test_a_tunnel_has_its_own_patience():
    line = Line()
    answer = line.begin(upgrade=True, timeouts=TIMEOUTS)
    line.connection.data_received(b"HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n\x00")
    assert (line.connection.deadline, answer.take()) == (1100, b"\x00")
    line.connection.data_received(b"HTTP/1.1 200 OK\r\n\r\n")
    assert answer.take() == b"HTTP/1.1 200 OK\r\n\r\n"
    assert line.connection.eof_received()
    assert (answer.done, answer.ended, line.owner.released) == (True, True, [])
    answer.close()
    assert line.wire.aborted


def test_an_unused_connection_rests_as_long_as_both_sides_want():
    line = Line()
    for told, rest in ((b"", 60), (b"keep-alive: timeout=11\r\n", 10), (b"keep-alive: timeout=999\r\n", 60)):
        line.begin()
        line.connection.data_received(b"HTTP/1.1 200 OK\r\n" + told + b"content-length: 0\r\n\r\n")
        line.connection.rest(1000.0)
        assert line.connection.deadline == 1000 + rest
    line.connection.expire()
    assert line.wire.closed
    assert line.owner.gone


def test_an_end_or_a_byte_while_unused_takes_it_out_of_the_pool_at_once():
    for strike in (lambda line: line.connection.data_received(b"!"), lambda line: line.connection.eof_received()):
        line = Line()
        strike(line)
        assert (line.owner.gone, line.wire.closed) == ([line.connection], True)


def test_an_answer_before_the_upload_has_ended_costs_the_connection():
    line = Line()
    answer = line.begin(upload=uploading())
    line.connection.data_received(b"HTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n")
    assert (answer.done, line.owner.released, line.wire.aborted) == (True, [], True)


def test_a_lost_connection_is_told_apart_by_how_it_was_lost():
    for lost, reset in ((ConnectionResetError(), True), (BrokenPipeError(), True), (None, False), (OSError(), False)):
        line = Line()
        answer = line.begin()
        line.connection.connection_lost(lost)
        assert type(answer.error) is UpstreamFailed
        assert (answer.lost, answer.reset) == (True, reset)
        assert (len(line.owner.deadlines), line.owner.gone) == (0, [line.connection])


def test_leaving_an_unfinished_exchange_resets_and_leaving_a_finished_one_does_nothing():
    line = Line()
    answer = line.begin()
    line.connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    answer.close()
    assert not line.wire.aborted
    answer = line.begin()
    answer.close()
    answer.close()
    assert line.wire.aborted


def test_nothing_is_written_to_a_closing_connection():
    line = Line()
    line.wire.closed = True
    line.connection.write([b"x"])
    line.connection.write_eof()
    assert (line.wire.sent, line.wire.ended) == (b"", False)
