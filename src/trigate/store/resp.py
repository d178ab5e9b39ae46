"""One pipelined connection to Redis or Valkey (RESP 2): what goes out in one turn of the loop is one write."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

LARGEST_REPLY = 1024 * 1024
"""Bytes; more is no answer to what is asked here."""


class ReplyError(Exception):
    """The server answered with an error."""


class ConnectionLost(Exception):
    """The server is gone, or does not answer in time."""


def command(*words: bytes) -> bytes:
    """A command as it travels."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


class Connection(asyncio.Protocol):
    """Answers come in the order of the commands; one too late ends the connection: a hung server hangs nobody."""

    def __init__(self, timeout: float, on_lost: Callable[[], None], largest: int = LARGEST_REPLY) -> None:
        """`timeout` in seconds, `largest` reply in bytes."""
        self._largest = largest
        self.loop = asyncio.get_running_loop()
        self._timeout = timeout
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._outgoing: list[bytes] = []
        self._watch: asyncio.TimerHandle | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to be asked."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass of it

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        self.close()

    def ask(self, data: bytes) -> asyncio.Future[Any]:
        """The answer to a command: int, bytes, None or a list of them; raises ReplyError or ConnectionLost."""
        future: asyncio.Future[Any] = self.loop.create_future()
        if self.lost:
            future.set_exception(ConnectionLost())
            return future
        if not self._outgoing:
            self.loop.call_soon(self._write)
        self._outgoing.append(data)
        self._waiting.append((future, self.loop.time() + self._timeout))
        if self._watch is None:
            self._watch = self.loop.call_later(self._timeout, self._look)
        return future

    def close(self) -> None:
        """End the connection; every answer still owed is lost."""
        if self.lost:
            return
        self.lost = True
        if self._watch:
            self._watch.cancel()
        if self._transport:
            self._transport.abort()
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(ConnectionLost())
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        """Hand out every answer that is complete."""
        self._buffer += data
        at = 0
        try:
            while self._waiting and (found := parse(self._buffer, at)):
                reply, at = found
                future, _ = self._waiting.popleft()
                if not future.done():
                    future.set_exception(reply) if isinstance(reply, ReplyError) else future.set_result(reply)
        except ValueError:
            self.close()
        self._buffer = self._buffer[at:]
        if len(self._buffer) > self._largest or (self._buffer and not self._waiting):
            self.close()

    def _write(self) -> None:
        if self._transport and not self.lost:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()

    def _look(self) -> None:
        """One timer for all that is asked: when the oldest is due."""
        self._watch = None
        if not self._waiting:
            return
        due = self._waiting[0][1]
        if due <= self.loop.time():
            self.close()
        else:
            self._watch = self.loop.call_at(due, self._look)


def parse(data: bytes, at: int) -> tuple[Any, int] | None:
    """A reply that begins at `at` and where it ends, None if it is not complete; raises ValueError if it is none."""
    end = data.find(b"\r\n", at)
    if end < 0:
        return None
    kind, line, after = data[at : at + 1], data[at + 1 : end], end + 2
    if kind == b":":
        return int(line), after
    if kind == b"+":
        return line, after
    if kind == b"-":
        return ReplyError(line.decode("utf-8", "replace")), after
    if kind == b"$":
        return _bulk(data, int(line), after)
    if kind == b"*":
        return _list(data, int(line), after)
    raise ValueError("not RESP 2")


def _bulk(data: bytes, length: int, at: int) -> tuple[Any, int] | None:
    if length < 0:
        return None if length < -1 else (None, at)
    end = at + length
    return (data[at:end], end + 2) if len(data) >= end + 2 else None


def _list(data: bytes, count: int, at: int) -> tuple[Any, int] | None:
    items: list[Any] = []
    for _ in range(count):
        found = parse(data, at)
        if found is None:
            return None
        items.append(found[0])
        at = found[1]
    return items, at
