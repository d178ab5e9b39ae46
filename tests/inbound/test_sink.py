"""Answers are framed so that their end is known, or broken off so that nobody takes them for whole."""

from typing import cast

import pytest

from tests.inbound.dialogue import Caller, request, turn
from trigate.core.errors import InternalError
from trigate.core.parts import END, Data, Head, Message, Part, Trailers
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.inbound.sink import COPIED_BYTES, CallerSink

DATE = (b"date", b"Thu, 01 Jan 1970 00:00:00 GMT")
DATE_LINE = b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"


def saying(*parts: Part, flush_after: int = -1):
    """A handler that says these parts, the last as the end."""

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        for number, part in enumerate(parts[:-1]):
            await sink.send(part)
            if number == flush_after:
                sink.flush()
        sink.finish(parts[-1])

    return handler


def head(status: int = 200, *fields: tuple[bytes, bytes]) -> Head:
    return Head(status, [DATE, *fields])


async def answer(handler: object, line: str = "GET / HTTP/1.1", *fields: str) -> tuple[bytes, Caller]:
    caller = Caller(handler)  # pyright: ignore[reportArgumentType]
    return await caller.say(request(line, *fields)), caller


async def test_a_whole_answer_gets_its_length():
    told, caller = await answer(saying(head(), Data(b"hello")))
    assert told == b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n" + DATE_LINE + b"\r\nhello"
    assert caller.wire.writes == 1


async def test_an_answer_without_body_says_so():
    told, _ = await answer(saying(head(), END))
    assert told == b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n" + DATE_LINE + b"\r\n"


async def test_a_stream_is_chunked():
    told, caller = await answer(saying(head(), Data(b"hello"), Data(b""), Data(b" world"), END))
    assert told.endswith(b"transfer-encoding: chunked\r\n" + DATE_LINE + b"\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    assert not caller.over


@pytest.mark.parametrize("size", [1, 15, 16, 255, 256, COPIED_BYTES - 1, COPIED_BYTES, COPIED_BYTES + 1])
async def test_every_piece_of_a_stream_is_framed_alike(size: int):
    pieces = [bytes([65 + place]) * size for place in range(3)]
    told, caller = await answer(saying(head(), *map(Data, pieces), END))
    chunks = b"".join(b"%x\r\n%b\r\n" % (size, each) for each in pieces)
    assert told.endswith(b"\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert caller.wire.writes == 4


def relaying(fields: tuple[tuple[bytes, bytes], ...] = ()):
    """A handler that hands on two chunks as they came, the first with its size in capitals."""

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        edge = cast(CallerSink, sink)
        edge.begin(head(200, *fields))
        edge.put_chunk(b"x" * 10, b"A\r\n" + b"x" * 10 + b"\r\n")
        edge.put_chunk(b"y" * 11, b"B\r\n" + b"y" * 11 + b"\r\n")
        assert edge.size == 21
        edge.finish(END)

    return handler


async def test_a_chunk_goes_on_as_it_came_once_the_head_is_out():
    told, caller = await answer(relaying())
    assert told.endswith(b"\r\n\r\na\r\n" + b"x" * 10 + b"\r\nB\r\n" + b"y" * 11 + b"\r\n0\r\n\r\n")
    assert caller.wire.writes == 3


async def test_an_answer_that_is_framed_otherwise_gets_the_payload_of_a_chunk_alone():
    body = b"x" * 10 + b"y" * 11
    for handler, line in (
        (relaying(), "GET / HTTP/1.0"),
        (relaying(((b"content-length", b"21"),)), "GET / HTTP/1.1"),
    ):
        told, _ = await answer(handler, line)
        assert told.partition(b"\r\n\r\n")[2] == body
    told, _ = await answer(relaying(), "HEAD / HTTP/1.1")
    assert told.partition(b"\r\n\r\n")[2] == b""


async def test_the_last_piece_of_a_stream_is_part_of_it():
    told, caller = await answer(saying(head(), Data(b"a"), Data(b"b")))
    assert caller.wire.writes == 2
    assert told.endswith(b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n")


async def test_large_pieces_are_not_copied_but_whole():
    told, _ = await answer(saying(head(), Data(b"x" * 70_000), END))
    assert told.endswith(b"11170\r\n" + b"x" * 70_000 + b"\r\n0\r\n\r\n")


async def test_to_http_1_0_a_stream_ends_with_the_connection():
    told, caller = await answer(saying(head(), Data(b"a"), Data(b"b")), "GET / HTTP/1.0", "Connection: keep-alive")
    assert told == b"HTTP/1.1 200 OK\r\nconnection: close\r\n" + DATE_LINE + b"\r\nab"
    assert caller.over


async def test_a_given_length_is_kept_and_counted():
    told, caller = await answer(saying(head(200, (b"content-length", b"3")), Data(b"ab"), Data(b"c")))
    assert told.endswith(b"content-length: 3\r\n" + DATE_LINE + b"\r\nabc")
    assert not caller.over


@pytest.mark.parametrize(
    "parts",
    [
        (Data(b"ab"),),
        (Data(b"a"), Data(b"b")),
        (Data(b"abcd"),),
        (Data(b"ab"), Data(b"cd")),
        (END,),
        (Data(b"ab"), END),
    ],
)
async def test_less_or_more_than_promised_is_a_reset(parts: tuple[Part, ...]):
    told, caller = await answer(saying(head(200, (b"content-length", b"3")), *parts))
    assert caller.wire.aborted
    assert len(told.partition(b"\r\n\r\n")[2]) < 3


async def test_head_has_the_fields_but_no_body():
    told, caller = await answer(saying(head(200, (b"content-length", b"3")), Data(b"abc")), "HEAD / HTTP/1.1")
    assert told == b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n" + DATE_LINE + b"\r\n"
    assert not caller.over
    streamed, caller = await answer(saying(head(), Data(b"abc"), Data(b"def")), "HEAD / HTTP/1.1")
    assert streamed == b"HTTP/1.1 200 OK\r\n" + DATE_LINE + b"\r\n"
    assert not caller.over


@pytest.mark.parametrize("status", [204, 304])
async def test_answers_without_body_by_status(status: int):
    told, caller = await answer(saying(head(status, (b"etag", b"x")), Data(b"abc")))
    assert told.partition(b"\r\n\r\n")[2] == b""
    assert b"chunked" not in told
    assert (b"content-length" in told) is (status == 304)
    assert not caller.over


async def test_an_interim_head_passes_at_once_and_not_to_http_1_0():
    told, _ = await answer(saying(Head(103, [(b"link", b"x")]), head(), Data(b"a")))
    assert told.startswith(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n")
    told, _ = await answer(saying(Head(103, []), head(), Data(b"a")), "GET / HTTP/1.0")
    assert told.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_trailers_follow_the_last_chunk():
    told, _ = await answer(saying(head(), Data(b"a"), Trailers([(b"grpc-status", b"0")]), END))
    assert told.endswith(b"1\r\na\r\n0\r\ngrpc-status: 0\r\n\r\n")
    told, _ = await answer(saying(head(), Trailers([(b"grpc-status", b"0")])))
    assert told.endswith(b"chunked\r\n" + DATE_LINE + b"\r\n0\r\ngrpc-status: 0\r\n\r\n")


async def test_a_flushed_head_goes_out_alone():
    told, caller = await answer(saying(head(), Data(b"a"), flush_after=0))
    assert caller.wire.writes == 2
    assert told.endswith(b"chunked\r\n" + DATE_LINE + b"\r\n1\r\na\r\n0\r\n\r\n")


async def test_a_head_that_is_held_back_can_still_be_replaced():
    told, _ = await answer(saying(head(502), head(200), Data(b"a")))
    assert told.startswith(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n")


async def test_commitment_begins_with_the_first_byte_of_a_final_head():
    seen: list[bool] = []

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        for part in (Head(100, []), head()):
            await sink.send(part)
            seen.append(sink.committed)
        sink.flush()
        seen.append(sink.committed)
        with pytest.raises(InternalError):
            await sink.send(head())
        await sink.send(Data(b"abc"))
        seen.append(sink.size == 3)
        sink.finish(END)

    await answer(handler)
    assert seen == [False, False, True, True]


async def test_a_bad_head_leaves_room_for_another():
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        with pytest.raises(InternalError):
            await sink.send(head(200, (b"x", b"a\r\nb")))
        assert not sink.committed
        await sink.send(head(500))
        sink.finish(END)

    told, _ = await answer(handler)
    assert told.startswith(b"HTTP/1.1 500 ")


async def test_data_without_head_and_messages_are_faults():
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        with pytest.raises(InternalError):
            await sink.send(Data(b"a"))
        with pytest.raises(InternalError):
            await sink.send(Message("answer", b"a"))
        sink.finish(END)

    told, caller = await answer(handler)
    assert told == b""
    assert caller.wire.aborted


async def test_after_the_end_nothing_is_sent():
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        await sink.send(head())
        sink.finish(Data(b"a"))
        await sink.send(Data(b"b"))
        sink.finish(Data(b"c"))
        sink.abort()

    told, caller = await answer(handler)
    assert told.endswith(b"\r\n\r\na")
    assert not caller.over


async def test_a_date_is_added_where_there_is_none():
    told, _ = await answer(saying(Head(200, []), END))
    assert told.count(b"date: ") == 1
    assert b" GMT\r\n" in told


async def test_waiting_for_the_body_shows_the_head_that_is_held():
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        await sink.send(head())
        part = await incoming.next()
        assert isinstance(part, Data)
        sink.finish(part)

    told, caller = await answer(handler, "POST / HTTP/1.1", "Content-Length: 5")
    assert b"chunked" in told
    assert b"connection: close" in told
    caller.tell(b"hello")
    await turn()
    assert caller.take() == b"5\r\nhello\r\n0\r\n\r\n"
    assert caller.over


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_that_can_have_no_body_never_gets_one(status: int):
    told, _ = await answer(saying(head(status, (b"content-length", b"5")), Data(b"hello")))
    assert told.endswith(b"\r\n\r\n")
    assert b"hello" not in told
