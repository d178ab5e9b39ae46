"""Reaching a server by its URL: logged in and in the right database before anybody asks anything."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from tests.patience import PATIENCE
from trigate.store.redis_dial import dial, place
from trigate.store.resp import ReplyError, command


class Served(asyncio.Protocol):
    """A server's end of a connection, which says the same to everything."""

    def __init__(self, reply: bytes, heard: list[bytes]) -> None:
        self._reply, self._heard = reply, heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._heard.append(data)
        self._transport.write(self._reply)


async def serve(path: Path, reply: bytes) -> tuple[asyncio.Server, list[bytes]]:
    heard: list[bytes] = []
    loop = asyncio.get_running_loop()
    return await loop.create_unix_server(lambda: Served(reply, heard), path), heard


async def test_it_is_told_who_comes_before_anything_else(tmp_path: Path):
    server, heard = await serve(tmp_path / "s", b"+OK\r\n")
    url = f"unix://me:p%40ss@/{tmp_path}/s"
    made = await dial(url, PATIENCE, lambda: None, command(b"PING"))
    made.close()
    server.close()
    await server.wait_closed()
    assert heard == [command(b"AUTH", b"me", b"p@ss"), command(b"PING")]


async def test_one_that_refuses_is_let_go_of(tmp_path: Path):
    server, _ = await serve(tmp_path / "s", b"-WRONGPASS no\r\n")
    lost: list[bool] = []
    with pytest.raises(ReplyError, match="WRONGPASS"):
        await dial(f"unix://:x@/{tmp_path}/s", PATIENCE, lambda: lost.append(True))
    server.close()
    await server.wait_closed()
    assert lost == [True]


def test_a_place_has_no_password():
    assert place("rediss://user:secret@host:6379/2") == "rediss://host/2"
