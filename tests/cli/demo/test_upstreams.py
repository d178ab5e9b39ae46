"""The demo's own upstreams, served from the control process."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.patience import PATIENCE
from trigate.cli.demo.upstreams import Upstreams
from trigate.config.config import Config
from trigate.core.deadlines import Deadlines
from trigate.core.ids import Ids
from trigate.core.surroundings import Surroundings
from trigate.process.keep import Generation, LivingThings

PROVIDER_KEY = "key-of-the-provider"


@pytest.fixture
def upstreams() -> Iterator[Upstreams]:
    opened = Upstreams(PROVIDER_KEY)
    yield opened
    opened.close()


def around(generation: Generation) -> Surroundings:
    nothing: Any = None
    return Surroundings(asyncio.get_running_loop(), Deadlines(), generation, nothing, nothing, Ids())


async def ask(url: str, path: str, authorization: str = "") -> bytes:
    """The whole answer to one request."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    field = f"authorization: {authorization}\r\n" if authorization else ""
    writer.write(f"GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n{field}\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_both_are_served_and_the_provider_wants_its_key(upstreams: Upstreams):
    keep = LivingThings()
    assert list(upstreams.offer(Config(), around(keep.begin()))) == ["directory", "outbound.renewal", "store.shelf"]
    assert b'"hello"' in await ask(upstreams.service, "/hello?name=you")
    assert (await ask(upstreams.provider, "/v1/models")).startswith(b"HTTP/1.1 401 ")
    assert b"demo-chat" in await ask(upstreams.provider, "/v1/models", f"Bearer {PROVIDER_KEY}")
    keep.drain()


async def test_a_reload_goes_on_with_them(upstreams: Upstreams):
    keep = LivingThings()
    for _ in range(2):
        generation = keep.begin()
        upstreams.offer(Config(), around(generation))
        keep.commit(generation)
    assert len(keep) == 5, "the store, its publisher and its shelf, who renews tokens, and what the demo adds"
    assert b'"hello"' in await ask(upstreams.service, "/hello")
    keep.drain()


async def test_a_successor_answers_who_came_while_nobody_served(upstreams: Upstreams):
    first, second = LivingThings(), LivingThings()
    upstreams.offer(Config(), around(first.begin()))
    assert b'"hello"' in await ask(upstreams.service, "/hello")
    first.drain()
    waiting = asyncio.ensure_future(ask(upstreams.service, "/hello"))
    await asyncio.sleep(0)
    upstreams.offer(Config(), around(second.begin()))
    assert b'"hello"' in await waiting
    second.drain()


async def test_closed_ports_refuse_callers(upstreams: Upstreams):
    upstreams.close()
    with pytest.raises(ConnectionRefusedError):
        await ask(upstreams.service, "/hello")
