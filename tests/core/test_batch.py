"""Small writes of one turn go out together, and nothing else changes."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trigate.core.batch import LONE_TURNS, LONE_WRITES, MOST_BYTES, MOST_WAITING, BatchedTransport, batched


class Raw(asyncio.Transport):
    """A socket's transport that keeps what it is told, in order."""

    def __init__(self, log: list[Any] | None = None, socket: Any = "a socket", tls: Any = None) -> None:
        super().__init__()
        self.log: list[Any] = [] if log is None else log
        self.extra = {"socket": socket, "ssl_object": tls}
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.log.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.log.append(b"".join(list_of_data))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.extra.get(name, default)

    def get_write_buffer_size(self) -> int:
        return 7

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.log.append("pause")

    def resume_reading(self) -> None:
        self.log.append("resume")

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.log.append("eof")

    def close(self) -> None:
        self.log.append("close")

    def abort(self) -> None:
        self.log.append("abort")


def batch(raw: Raw) -> BatchedTransport:
    return cast(BatchedTransport, batched(raw))


async def test_what_is_written_in_a_turn_goes_out_as_one_at_its_end():
    raw = Raw()
    transport = batch(raw)
    transport.write(b"head ")
    transport.write(b"body")
    assert raw.log == []
    assert transport.get_write_buffer_size() == 7 + 9
    await asyncio.sleep(0)
    assert raw.log == [b"head body"]
    assert transport.get_write_buffer_size() == 7


async def test_connections_depart_in_the_order_in_which_they_wrote():
    log = list[Any]()
    first, second = batch(Raw(log)), batch(Raw(log))
    second.write(b"2")
    first.write(b"1")
    second.write(b"2")
    await asyncio.sleep(0)
    assert log == [b"22", b"1"]


async def test_a_crowd_departs_without_waiting_for_the_turn_to_end():
    log = list[Any]()
    crowd = [batch(Raw(log)) for _ in range(MOST_WAITING + 1)]
    for each in crowd:
        each.write(b"x")
    assert len(log) == MOST_WAITING
    await asyncio.sleep(0)
    assert len(log) == MOST_WAITING + 1


async def grow_lonely(transport: BatchedTransport, raw: Raw) -> None:
    for _ in range(LONE_TURNS + 1):
        transport.write(b"x")
        await asyncio.sleep(0)
    raw.log.clear()


async def test_writes_that_never_have_company_stop_waiting_for_it_and_look_again_for_it_later():
    raw = Raw()
    transport = batch(raw)
    await grow_lonely(transport, raw)
    for number in range(LONE_WRITES):
        transport.write(b"at once")
        assert len(raw.log) == number + 1
    transport.write(b"waits")
    assert len(raw.log) == LONE_WRITES
    await asyncio.sleep(0)
    assert raw.log[-1] == b"waits"


@pytest.mark.parametrize("company", ["another", "itself"])
async def test_company_is_waited_for_again(company: str):
    raw, log = Raw(), list[Any]()
    transport = batch(raw)
    await grow_lonely(transport, raw)
    for _ in range(LONE_WRITES):
        transport.write(b"at once")
    transport.write(b"a")
    (transport if company == "itself" else batch(Raw(log))).write(b"b")
    await asyncio.sleep(0)
    raw.log.clear()
    for _ in range(LONE_TURNS):
        transport.write(b"waits")
        assert raw.log == []
        await asyncio.sleep(0)
        raw.log.clear()


async def test_a_lone_write_to_a_lost_connection_is_dropped():
    raw = Raw()
    transport = batch(raw)
    await grow_lonely(transport, raw)
    raw.closing = True
    transport.write(b"answer")
    assert raw.log == []


async def test_a_large_write_goes_out_at_once_behind_what_was_held():
    raw = Raw()
    transport = batch(raw)
    transport.write(b"head")
    transport.write(bytes(MOST_BYTES))
    assert raw.log == [b"head", bytes(MOST_BYTES)]


async def test_many_small_writes_are_not_held_without_bound():
    raw = Raw()
    transport = batch(raw)
    for _ in range(1000):
        transport.write(bytes(100))
    assert sum(map(len, raw.log)) > 1000 * 100 - MOST_BYTES


def _ends() -> list[tuple[Callable[[BatchedTransport], None], Any]]:
    return [
        (BatchedTransport.close, "close"),
        (BatchedTransport.abort, "abort"),
        (BatchedTransport.write_eof, "eof"),
        (lambda transport: transport.writelines([b"a", b"b"]), b"ab"),
    ]


async def test_whatever_ends_a_connection_comes_behind_what_was_written():
    for end, said in _ends():
        raw = Raw()
        transport = batch(raw)
        transport.write(b"answer")
        end(transport)
        assert raw.log == [b"answer", said]
        await asyncio.sleep(0)
        assert raw.log == [b"answer", said]


async def test_what_a_lost_connection_still_had_to_say_is_dropped():
    raw, other = Raw(), Raw()
    transport = batch(raw)
    transport.write(b"answer")
    batch(other).write(b"another")
    raw.closing = True
    await asyncio.sleep(0)
    assert (raw.log, other.log) == ([], [b"another"])


async def test_a_write_that_a_departure_brings_on_departs_too():
    raw = Raw()
    transport = batch(raw)

    class Echoing(Raw):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            transport.write(b"again")

    batch(Echoing()).write(b"once")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert raw.log == [b"again"]


async def test_reading_and_asking_go_straight_through():
    raw = Raw()
    transport = batch(raw)
    transport.pause_reading()
    transport.resume_reading()
    assert raw.log == ["pause", "resume"]
    assert transport.get_extra_info("socket") == "a socket"
    assert transport.can_write_eof()
    assert not transport.is_closing()


async def test_only_a_socket_of_its_own_is_batched():
    for raw in (Raw(socket=None), Raw(tls="a TLS connection")):
        assert batched(raw) is raw


def test_every_loop_has_a_batch_of_its_own():
    for _ in range(2):
        raw = Raw()

        async def write(raw: Raw = raw) -> None:
            batch(raw).write(b"x")
            await asyncio.sleep(0)

        asyncio.run(write())
        assert raw.log == [b"x"]


@given(st.lists(st.integers(0, MOST_BYTES + 10), max_size=12))
@settings(deadline=None)
def test_all_bytes_arrive_once_and_in_order(sizes: list[int]):
    raw = Raw()
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]

    async def write() -> None:
        transport = batch(raw)
        for piece in pieces:
            transport.write(piece)
        await asyncio.sleep(0)

    asyncio.run(write())
    assert b"".join(raw.log) == b"".join(pieces)
