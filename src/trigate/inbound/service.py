"""What all connections of a server share: the handler, the bounds, the clock of the second, the list of those open."""

from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

from trigate.core.buffer import receive_buffer
from trigate.core.clock import clock
from trigate.core.errors import GatewayError
from trigate.core.problem import problem
from trigate.core.request import Peer, Request
from trigate.core.strand import Run
from trigate.core.stream import Edge, Incoming
from trigate.core.surroundings import Handler, Surroundings
from trigate.inbound.answer import encode_head
from trigate.inbound.settings import InboundSettings

if TYPE_CHECKING:
    from trigate.inbound.link import Link

Refused = Callable[[Peer, GatewayError, str], None]
"""Told of every request that was refused before a handler saw it: by whom, why, and under which exchange id."""


class Service:
    """Shared by the connections of one server; its deadline is the end of the current second."""

    __slots__ = (
        "_date",
        "_handler",
        "_on_refused",
        "buffer",
        "careful",
        "connections",
        "deadline",
        "deadlines",
        "detached",
        "draining",
        "ids",
        "limits",
        "loop",
        "serve",
        "timeouts",
    )  # fmt: skip

    def __init__(
        self, settings: InboundSettings, handler: Handler, surroundings: Surroundings, on_refused: Refused | None = None
    ) -> None:
        self.limits = settings.limits
        self.timeouts = settings.timeouts
        self.loop = surroundings.loop
        self.deadlines = surroundings.deadlines
        self.ids = surroundings.ids
        self.buffer = receive_buffer()
        self.connections: set[Link] = set()
        self.detached: set[Run] = set()
        """Exchanges that go on without their caller; nothing else refers to them."""
        self.draining = False
        self.handler = handler
        self._on_refused = on_refused
        self._date = b""
        self.deadline = 0.0
        self.deadlines.add(self)
        self.expire()

    @property
    def handler(self) -> Handler:
        """Serves requests from now on; exchanges under way keep the one they began with."""
        return self._handler

    @handler.setter
    def handler(self, handler: Handler) -> None:
        self._handler = handler
        self.careful = getattr(handler, "ends_every_answer", False)
        """The handler keeps the rules of the data path; any other gets a task of asyncio and is watched."""
        self.serve: Handler = handler if self.careful else self._serve

    @property
    def date_line(self) -> bytes:
        """The `date` field of this second."""
        return self._date

    def expire(self) -> None:
        """A second is over."""
        seconds = clock.wall_ns() // 1_000_000_000
        self._date = f"date: {formatdate(seconds, usegmt=True)}\r\n".encode()
        self.deadline = clock.monotonic() + 1 - clock.wall_ns() % 1_000_000_000 / 1e9

    def close(self) -> None:
        """No connection is left that needs the time."""
        self.deadlines.discard(self)

    async def _serve(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """Run a handler that gives no promises; an answer it leaves open is broken off."""
        try:
            await self._handler(request, peer, incoming, sink)
        except Exception as error:  # noqa: BLE001 - a handler never raises; if it does, the loop's handler hears of it
            self.loop.call_exception_handler({"message": "a request handler failed", "exception": error})
        finally:
            sink.abort()  # nothing happens if the answer was finished

    def detach(self, task: Run) -> None:
        """Keep an exchange alive whose caller has left."""
        self.detached.add(task)
        task.add_done_callback(self.detached.discard)

    def refusal(self, peer: Peer, error: GatewayError) -> bytes:
        """A whole answer that says why a request is not served, on a connection that is closed behind it."""
        exchange_id = self.ids.next()
        head, data = problem(error, exchange_id)
        if self._on_refused is not None:
            self._on_refused(peer, error, exchange_id)
        framing = b"content-length: %d\r\nconnection: close\r\n%b\r\n" % (len(data.payload), self._date)
        return encode_head(head).lines + framing + data.payload
