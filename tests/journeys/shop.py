"""A shop that sells answers at a dollar per thousand tokens, customers who all ask at once, and its books."""

import asyncio
import contextlib
import json
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, NamedTuple, Self

import msgspec
from sqlalchemy import func, select

from tests.journeys.conftest import KEY, Gateway
from tests.journeys.stage import eventually
from tests.patience import PATIENCE
from trigate.core.settings import Secret
from trigate.store import schema
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

DOLLAR = 10**9
TOKEN = DOLLAR // 1000
"""Nano-dollars of one token of an answer; input costs nothing."""
DIME = 100
"""Tokens of an answer that costs ten cents."""
SECONDS = 60.0
"""No customer waits longer; the gateway waits longer for the shop."""
_EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Shop:
    """A provider that does what the text of an ask says, and bills exactly the tokens that it was asked for.

    `answer`, `stream`; `hold` answers when the doors open; `fail` is a 500, `cut` a stream that breaks off, `hang` no
    answer at all, `drip` a stream that goes on until the caller leaves.
    """

    def __init__(self) -> None:
        self.held = 0
        self.doors = asyncio.Event()
        self._tasks = set[asyncio.Task[None]]()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=2000)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for each in list(self._tasks):
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                ask = msgspec.json.decode(await reader.readexactly(length))
                await getattr(self, f"_{ask['messages'][0]['content']}")(writer, ask["max_tokens"])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _answer(self, writer: asyncio.StreamWriter, tokens: int) -> None:
        choice = {"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}
        body = msgspec.json.encode({"id": "c", "choices": [choice], "usage": _usage(tokens)})
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body))
        writer.write(body)

    async def _hold(self, writer: asyncio.StreamWriter, tokens: int) -> None:
        self.held += 1
        await self.doors.wait()
        await self._answer(writer, tokens)

    async def _stream(self, writer: asyncio.StreamWriter, tokens: int) -> None:
        writer.write(_EVENTS + _event("x") + _event("", finish="stop") + _event(usage=_usage(tokens)))
        writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    async def _fail(self, writer: asyncio.StreamWriter, tokens: int) -> None:
        writer.write(b"HTTP/1.1 500 Oh\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")

    async def _cut(self, writer: asyncio.StreamWriter, tokens: int) -> None:
        writer.write(_EVENTS + _event("some words") + _event(" and more"))
        await writer.drain()
        await asyncio.sleep(0.05)
        reset(writer)

    async def _hang(self, writer: asyncio.StreamWriter, tokens: int) -> None:
        await asyncio.sleep(SECONDS)

    async def _drip(self, writer: asyncio.StreamWriter, tokens: int) -> None:
        writer.write(_EVENTS)
        while not writer.transport.is_closing():
            writer.write(_event("x"))
            await writer.drain()
            await asyncio.sleep(0.05)


def _usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": tokens + 1}


def _event(text: str = "", finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    event = {"id": "c", "choices": [] if usage else [choice], "usage": usage}
    data = b"data: " + msgspec.json.encode(event) + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(data), data)


def reset(writer: asyncio.StreamWriter) -> None:
    """Leave with RST."""
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def budgeted(shop: Shop, *, dollars: str = "5", workers: int = 1, store: dict[str, Any] | None = None) -> str:
    """A gateway that buys from the shop for one team, with a hard budget."""
    limit = {"kind": "budget", "name": "purse", "usd": dollars, "window": "year", "per": "team"}
    prices = {"*": {"input": 0, "output": 1000}}
    timeouts = {"connect": "30s", "first_byte": "90s", "between_bytes": "30s"}
    named = {"kind": "openai", "base_url": shop.url, "api_key": "provider-key", "prices": prices}
    providers = {"shop": {**named, "timeouts": timeouts}, "hasty": {**named, "timeouts": {"first_byte": "300ms"}}}
    sections: dict[str, Any] = {
        "inbound": {"listen": "127.0.0.1:<port>", "workers": workers},
        "policy": {"keys": {"test": {"secret": KEY, "team": "ops"}}, "limits": [limit]},
        "llm": {"providers": providers},
    } | ({"store": store} if store else {})  # fmt: skip
    return "".join(f"{name}: {json.dumps(section)}\n" for name, section in sections.items())


class Answer(NamedTuple):
    """What a customer got; status 0 if nothing came."""

    status: int
    body: bytes
    whole: bool
    """It came to its end."""


async def buy(
    running: Gateway,
    act: str = "answer",
    tokens: int = DIME,
    *,
    model: str = "shop/m",
    leave: float = 0,
    trace: str = "",
) -> Answer:
    """One chat on a connection of its own; whoever is to `leave` does so after so many seconds."""
    ask = {"model": model, "max_tokens": tokens, "stream": act in ("stream", "cut", "drip")}
    body = json.dumps({**ask, "messages": [{"role": "user", "content": act}]}).encode()
    fields = [
        "POST /v1/chat/completions HTTP/1.1",
        "host: h",
        "connection: close",
        "content-type: application/json",
        f"authorization: Bearer {KEY}",
        f"content-length: {len(body)}",
        *([f"traceparent: 00-{trace}-00000000000000f1-01"] if trace else []),
    ]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    except OSError:
        return Answer(0, b"", False)
    writer.write("\r\n".join([*fields, "", ""]).encode() + body)
    try:
        return await _receive(reader, leave)
    finally:
        reset(writer) if leave else writer.close()


async def opened(running: Gateway) -> Gateway:
    """The gateway as soon as it knows what was spent; whoever asks for more than there is learns it."""
    async with asyncio.timeout(SECONDS):
        while (await buy(running, tokens=10**9)).status != 429:
            await asyncio.sleep(0.1)
    return running


async def _receive(reader: asyncio.StreamReader, leave: float) -> Answer:
    received = b""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(leave or SECONDS):
            while piece := await reader.read(65536):
                received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    whole = len(body) == int(length) if length else body.endswith(b"0\r\n\r\n")
    return Answer(int(head[9:12] or 0), body, whole)


async def crowd(shop: Shop, gateways: Sequence[Gateway], count: int) -> list[Answer]:
    """So many customers at the same time; nobody is served before all the others have been turned away."""
    asking = [asyncio.create_task(buy(gateways[number % len(gateways)], "hold")) for number in range(count)]
    await eventually(lambda: shop.held + sum(each.done() for each in asking) == count, SECONDS)
    shop.doors.set()
    return list(await asyncio.gather(*asking))


class Books(NamedTuple):
    """What the store says."""

    rows: int
    paid: int
    """Rows that cost something."""
    cost: int
    """The sum of all rows, in nano-dollars."""
    balance: int
    """Of the budget."""


class Ledger:
    """Looks into the store of running gateways."""

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings

    @classmethod
    def of(cls, running: Gateway) -> Self:
        """That of one gateway, in its own directory."""
        return cls(StoreSettings(directory=str(running.folder / "trigate-data")))

    @classmethod
    def at(cls, url: str, folder: Path) -> Self:
        """That of several gateways."""
        return cls(StoreSettings(url=Secret(url), directory=str(folder / "reader")))

    def read(self) -> Books:
        """As it is now."""
        ledger = schema.ledger.c
        query = select(func.count(), func.count().filter(ledger.cost > 0), func.coalesce(func.sum(ledger.cost), 0))
        balance = select(func.coalesce(func.sum(schema.balances.c.amount), 0))
        store = Store(self._settings)
        try:
            with store.reading() as connection:
                rows, paid, cost = connection.execute(query.select_from(schema.ledger)).one()
                return Books(rows, paid, int(cost), int(connection.execute(balance).scalar_one()))
        finally:
            store.close()

    async def until(self, holds: Callable[[Books], object], seconds: float = PATIENCE) -> Books:
        """The books as soon as they are so."""
        end = time.monotonic() + seconds
        while not holds(found := await asyncio.to_thread(self.read)):
            assert time.monotonic() < end, found
            await asyncio.sleep(0.1)
        return found
