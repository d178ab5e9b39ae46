"""One question, asked once, however many wait for the answer: whoever gives up does not end it for the others."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from trigate.core.errors import GatewayError, InternalError
from trigate.core.tasks import spawn

K = TypeVar("K")
V = TypeVar("V")


class Flights(Generic[K, V]):
    """The questions under way, by what they ask."""

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[K, list[asyncio.Future[V | GatewayError]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: K) -> bool:
        return key in self._waiting

    async def join(self, key: K, ask: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """The answer of `ask`, begun by whoever comes first; raises the GatewayError it raises, each in its own copy.

        `ask` must end by itself: nobody waits for it with a deadline.
        """
        waiter: asyncio.Future[V | GatewayError] = self._loop.create_future()
        self.begin(key, ask).append(waiter)
        answer = await waiter
        if isinstance(answer, GatewayError):
            raise type(answer)(answer.message, retry_after=answer.retry_after, headers=answer.headers)
        return answer

    def begin(self, key: K, ask: Callable[[], Coroutine[Any, Any, V]]) -> "list[asyncio.Future[V | GatewayError]]":
        """Have it asked, unless it is being asked already; those who wait."""
        waiters = self._waiting.get(key)
        if waiters is None:
            waiters = self._waiting[key] = []
            spawn(self._fly(key, ask), "flight")
        return waiters

    async def _fly(self, key: K, ask: Callable[[], Coroutine[Any, Any, V]]) -> None:
        answer: V | GatewayError = InternalError("nobody could be asked about this credential")
        try:
            answer = await ask()
        except GatewayError as error:
            answer = error
        finally:
            for waiter in self._waiting.pop(key):
                if not waiter.done():
                    waiter.set_result(answer)
