"""One stream of a server being read, beside whatever else goes on."""

import asyncio

from trigate.core.errors import GatewayError
from trigate.core.tasks import spawn
from trigate.mcp.fault import METHOD_NOT_FOUND
from trigate.mcp.listening.ear import Ear, NotOffered
from trigate.mcp.message import decode_error
from trigate.mcp.transport import Leg

ACKNOWLEDGED = "notifications/subscriptions/acknowledged"


class Reading:
    """Gives what it reads to the ear, and wakes it at the first message and at the end."""

    __slots__ = ("_ear", "_error", "_leg", "_task", "acknowledged", "done")

    def __init__(self, ear: Ear, leg: Leg) -> None:
        self.acknowledged = False
        self.done = False
        self._error: Exception | None = None
        self._ear = ear
        self._leg = leg
        self._task: asyncio.Task[None] = spawn(self._run(), f"mcp {ear.name} unasked")

    def check(self) -> None:
        """Raises what ended it, if that was no good end."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Let go of the stream."""
        self._task.cancel()
        self._leg.close()

    async def _run(self) -> None:
        try:
            while (message := await self._leg.next()) is not None:
                if message.method == ACKNOWLEDGED:
                    self.acknowledged = True
                    self._ear.signal.notify()
                elif message.method:
                    await self._ear.take(message)
                else:
                    if len(message.error) and decode_error(message.error).code == METHOD_NOT_FOUND:
                        self._error = NotOffered()
                    break
        except GatewayError as error:
            self._error = error
        finally:
            self.done = True
            self._ear.signal.notify()
