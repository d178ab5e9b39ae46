"""A shelf in Redis or Valkey: one round trip for each thing asked, and none while the server is lost."""

import asyncio
from typing import Any

from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable
from trigate.store.redis_dial import dial, place
from trigate.store.resp import Connection, ConnectionLost, ReplyError, command
from trigate.telemetry.log import log

REST_SECONDS = 0.5
"""After a loss nobody is asked for this long."""
FRAME = 64 * 1024
"""Bytes of a reply beside its value; and of a list of keys."""
STEP = b"200"
"""Keys looked at in one step of clearing."""


class RedisShelf:
    """See core.shelf.Shelf; `beginning` is that of every key on the server."""

    def __init__(self, url: str, beginning: str, largest: int, timeout: float) -> None:
        self._url = url
        self._beginning = beginning.encode()
        self._largest = largest
        self._timeout = timeout
        self._connection: Connection | None = None
        self._alone = asyncio.Lock()
        self._lost_until = float("-inf")
        self._reported = False

    async def get(self, key: str) -> bytes | None:
        """What was put there last."""
        found = await self._ask(b"GET", self._key(key))
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Keep it; another value of this key is gone in any case."""
        if len(value) > self._largest:
            await self.drop(key)
            return False
        await self._ask(b"SET", self._key(key), value, b"PX", b"%d" % max(1, int(seconds * 1000)))
        return True

    async def drop(self, key: str) -> bool:
        """Forget it."""
        return await self._ask(b"UNLINK", self._key(key)) == 1

    async def clear(self, beginning: str = "") -> int:
        """Forget all whose keys begin so, a few at a time."""
        count, cursor = 0, b"0"
        while True:
            cursor, keys = await self._ask(b"SCAN", cursor, b"MATCH", self._key(beginning) + b"*", b"COUNT", STEP)
            for key in keys:
                count += await self._ask(b"UNLINK", key)
            if cursor == b"0":
                return count

    def drain(self) -> None:
        """Let go of the server."""
        if self._connection is not None:
            self._connection.close()

    def _key(self, key: str) -> bytes:
        return self._beginning + key.encode()

    async def _ask(self, *words: bytes) -> Any:
        try:
            connection = self._connection or await self._connect()
            return await connection.ask(command(*words))
        except ConnectionLost:
            raise self._lose("it does not answer") from None
        except ReplyError as error:
            raise self._lose(str(error)) from None

    async def _connect(self) -> Connection:
        async with self._alone:
            if self._connection is not None:
                return self._connection
            if clock.monotonic() < self._lost_until:
                raise _unavailable()
            try:
                made = await dial(self._url, self._timeout, self._let_go, largest=self._largest + FRAME)
            except (OSError, TimeoutError) as error:
                raise self._lose(str(error) or type(error).__name__) from None
            if self._reported:
                log.info("what is kept in Redis can be had again", server=place(self._url))
            self._reported = False
            self._connection = made
            return made

    def _let_go(self) -> None:
        self._connection = None

    def _lose(self, reason: str) -> StoreUnavailable:
        self._lost_until = clock.monotonic() + REST_SECONDS
        if not self._reported:
            self._reported = True
            log.error("what is kept in Redis cannot be had", server=place(self._url), reason=reason)
        return _unavailable()


def _unavailable() -> StoreUnavailable:
    return StoreUnavailable("what is kept in Redis cannot be had at the moment", retry_after=REST_SECONDS)
