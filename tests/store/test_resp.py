"""RESP 2: replies in pieces, errors, and servers that say nothing or nonsense."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.patience import PATIENCE
from trigate.store.resp import Connection, ConnectionLost, ReplyError, command, parse

REPLY = b"*4\r\n:12\r\n$5\r\nhello\r\n$-1\r\n*2\r\n+OK\r\n:-3\r\n"


def test_a_command_is_a_list_of_counted_words():
    assert command(b"GET", b"a\r\nb") == b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n"


@pytest.mark.parametrize("length", range(len(REPLY)))
def test_a_reply_in_pieces_is_not_read_before_it_is_whole(length: int):
    assert parse(REPLY[:length], 0) is None


def test_every_form_of_reply_is_read():
    assert parse(REPLY, 0) == ([12, b"hello", None, [b"OK", -3]], len(REPLY))


def test_an_error_is_a_reply():
    found = parse(b"-OOM no memory\r\n", 0)
    assert found is not None
    assert isinstance(found[0], ReplyError)


@given(st.binary(max_size=60))
def test_nonsense_is_refused_or_waited_for(data: bytes):
    try:
        found = parse(data, 0)
    except ValueError:
        return
    assert found is None or 0 < found[1] <= len(data)


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[tuple[Connection, asyncio.StreamWriter, list[str]]]:
    """A connection, the server's end of it, and a list to which the loss is told."""
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accepted.put(writer)
        await reader.read()

    server = await asyncio.start_unix_server(serve, tmp_path / "s")
    told: list[str] = []
    made = Connection(0.1, lambda: told.append("lost"))
    await asyncio.get_running_loop().create_unix_connection(lambda: made, str(tmp_path / "s"))
    writer = await accepted.get()
    yield made, writer, told
    made.close()
    writer.close()
    server.close()
    await server.wait_closed()


Wire = tuple[Connection, asyncio.StreamWriter, list[str]]


async def test_answers_come_in_the_order_of_the_commands(wire: Wire):
    connection, server, _ = wire
    first, second = connection.ask(command(b"A")), connection.ask(command(b"B"))
    server.write(b":1\r\n-ERR no\r\n")
    assert await first == 1
    with pytest.raises(ReplyError, match="ERR no"):
        await second


async def test_silence_ends_the_connection_and_tells_once(wire: Wire):
    connection, _, told = wire
    waiting = [connection.ask(command(b"A")) for _ in range(2)]
    for each in waiting:
        with pytest.raises(ConnectionLost):
            await each
    with pytest.raises(ConnectionLost):
        await connection.ask(command(b"A"))
    assert told == ["lost"]


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n", b":1\r\n:2\r\n"])
async def test_what_nobody_asked_for_ends_the_connection(wire: Wire, answer: bytes):
    connection, server, told = wire
    asked = connection.ask(command(b"A"))
    server.write(answer)
    await asyncio.wait([asked], timeout=PATIENCE)
    asked.exception()
    async with asyncio.timeout(PATIENCE):
        while not told:
            await asyncio.sleep(0)
