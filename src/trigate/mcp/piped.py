"""A request under way at a command."""

import asyncio
from collections import deque
from typing import cast

import msgspec

from trigate.core.deadlines import NEVER
from trigate.core.signal import Signal
from trigate.mcp.envelope import read_value
from trigate.mcp.message import Message

_MOST_WAITING = 256
"""Messages kept for a worker that is slow to take them; beyond, progress is dropped."""


class Request:
    """A request under way at the command."""

    __slots__ = ("deadline", "done", "failed", "id", "lasting", "messages", "signal", "token")

    def __init__(self, id: int, token: str, loop: asyncio.AbstractEventLoop) -> None:
        self.id = id
        self.token = token
        self.messages: deque[bytes] = deque()
        self.done = False
        """The response is among the messages, or there will be none."""
        self.failed = ""
        self.signal = Signal(loop)
        self.lasting = False
        """It has no end of its own, so nobody waits for that."""
        self.deadline = NEVER

    def put(self, line: bytes, last: bool) -> None:
        """A message for whoever asked."""
        if last or len(self.messages) < _MOST_WAITING:
            self.messages.append(line)
        self.done = self.done or last
        self.signal.notify()

    def fail(self, reason: str) -> None:
        """There will be no response."""
        self.done, self.failed = True, reason
        self.signal.notify()

    def expire(self) -> None:
        """It took too long."""
        self.deadline = NEVER
        self.fail("no answer in time")


def progress_token(message: Message) -> object:
    """Of a progress notification: the token of the request that it is about, None without one."""
    try:
        params = read_value(message.params)
    except (msgspec.DecodeError, RecursionError):
        return None
    return cast("dict[str, object]", params).get("progressToken") if isinstance(params, dict) else None
