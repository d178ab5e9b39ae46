"""Reaching a Redis or Valkey server by its URL."""

import asyncio
import ssl
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from trigate.store.resp import LARGEST_REPLY, Connection, command

CONNECT_SECONDS = 1.0


async def dial(
    url: str, timeout: float, on_lost: Callable[[], None], *greeting: bytes, largest: int = LARGEST_REPLY
) -> Connection:
    """A connection that is logged in, in the right database, and has been told `greeting`.

    Raises OSError, TimeoutError, ConnectionLost, or ReplyError if the server refuses.
    """
    loop, parts = asyncio.get_running_loop(), urlsplit(url)
    made = Connection(timeout, on_lost, largest)
    async with asyncio.timeout(CONNECT_SECONDS):
        if parts.scheme == "unix":
            await loop.create_unix_connection(lambda: made, parts.path)
        else:
            secure = ssl.create_default_context() if parts.scheme == "rediss" else None
            host, port = parts.hostname or "localhost", parts.port or 6379
            await loop.create_connection(lambda: made, host, port, ssl=secure)
        try:
            for words in _opening(parts.username, parts.password, "" if parts.scheme == "unix" else parts.path):
                await made.ask(words)
            for words in greeting:
                await made.ask(words)
        except BaseException:
            made.close()
            raise
    return made


def place(url: str) -> str:
    """A URL without its password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _opening(user: str | None, password: str | None, path: str) -> list[bytes]:
    found: list[bytes] = []
    if password:
        words = [unquote(user).encode()] if user else []
        found.append(command(b"AUTH", *words, unquote(password).encode()))
    if path.strip("/"):
        found.append(command(b"SELECT", path.strip("/").encode()))
    return found
