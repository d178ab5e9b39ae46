"""Connections to one origin: lent to one exchange at a time, reused, capped, and waited for in order."""

from collections import deque

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.errors import GatewayError, Overloaded, UpstreamUnreachable
from trigate.core.signal import Signal
from trigate.core.tasks import spawn
from trigate.outbound.connection import Connection
from trigate.outbound.dial import Dial, Route
from trigate.outbound.settings import OutboundSettings, PoolSettings


class Ticket:
    """A place in the queue for a connection."""

    __slots__ = ("connection", "deadline", "error", "fresh", "pool", "signal")

    def __init__(self, pool: "Pool", signal: Signal, fresh: bool) -> None:
        self.pool = pool
        self.signal = signal
        self.fresh = fresh
        """Only a connection that was never used will do."""
        self.connection: Connection | None = None
        self.error: GatewayError | None = None
        self.deadline = NEVER

    def expire(self) -> None:
        """Its turn did not come in time."""
        self.pool.give_up(self)


class Pool:
    """Lives in the keep, over reloads that leave its origin and settings alone."""

    __slots__ = (
        "_count", "_dialing", "_most_idle", "_route", "_settings", "_waiting", "deadlines", "idle", "idle_seconds",
        "max_fields", "max_head", "name",
    )  # fmt: skip

    def __init__(self, route: Route, settings: OutboundSettings, deadlines: Deadlines) -> None:
        self._route = route
        self._settings: PoolSettings = settings.pool
        self._waiting: deque[Ticket] = deque()
        self._count = 0
        self._dialing = 0
        self._most_idle = settings.pool.max_idle
        self.deadlines = deadlines
        self.idle: list[Connection] = []
        """Unused connections, the last used one last; whoever pops one has borrowed it."""
        self.idle_seconds = float(settings.pool.idle)
        self.max_head = int(settings.max_head)
        self.max_fields = settings.max_fields
        self.name = route.url.path if route.url.scheme == "unix" else f"{route.url.host_text}:{route.url.port}"

    @property
    def count(self) -> int:
        """Connections open or being opened."""
        return self._count

    @property
    def waiting(self) -> int:
        """Exchanges that wait for a connection."""
        return len(self._waiting)

    async def lend(self, signal: Signal, fresh: bool = False) -> Connection:
        """A connection, when one is free or opened; raises what opening it raised, or Overloaded."""
        while not self.idle or fresh:
            connection = await self._turn(self._queue(signal, fresh), signal)
            if not connection.transport.is_closing():
                return connection
            self.lost(connection)  # it ended after it was handed over and before the borrower woke
            if not connection.reused:
                raise UpstreamUnreachable(f"{self.name} closed the connection at once")
        return self.idle.pop()

    async def _turn(self, ticket: Ticket, signal: Signal) -> Connection:
        """What a place in the queue brings."""
        taken = False
        try:
            while ticket.connection is None:
                if ticket.error is not None:
                    raise ticket.error
                await signal.wait()
            taken = True
            return ticket.connection
        finally:
            self.deadlines.discard(ticket)
            if not taken:
                self._leave(ticket)

    def release(self, connection: Connection) -> None:
        """The exchange over `connection` ended cleanly: it may carry another one, unless it has died since."""
        if connection.transport.is_closing():
            self.lost(connection)
            return
        if self._waiting and self._hand_on(connection):
            return
        idle = self.idle
        if len(idle) >= self._most_idle:
            connection.close()
            return
        connection.rest(clock.monotonic())
        idle.append(connection)

    def _hand_on(self, connection: Connection) -> bool:
        """Give `connection` to whoever waits longest for a used one; False if nobody does."""
        for ticket in self._waiting:
            if not ticket.fresh:
                self._waiting.remove(ticket)
                connection.rest(clock.monotonic())
                connection.deadline = NEVER
                ticket.connection = connection
                ticket.signal.notify()
                return True
        return False

    def lost(self, connection: Connection) -> None:
        """`connection` is closed or about to be; may be told more than once."""
        if connection in self.idle:
            self.idle.remove(connection)
        if not connection.counted:
            return
        connection.counted = False
        self._count -= 1
        self._dial_for_waiting()

    def give_up(self, ticket: Ticket) -> None:
        """Tell an exchange that its turn did not come."""
        ticket.deadline = NEVER
        self._drop(ticket)
        ticket.error = Overloaded(f"no connection to {self.name} became free within {self._settings.wait:g} s")
        ticket.signal.notify()

    def drain(self) -> None:
        """Close what is unused; what is busy is closed when it is given back."""
        self._most_idle = 0
        idle, self.idle = self.idle, []
        for connection in idle:
            connection.close()

    def _queue(self, signal: Signal, fresh: bool) -> Ticket:
        ticket = Ticket(self, signal, fresh)
        if self._count < self._settings.max_connections:
            self._waiting.append(ticket)
            self._dial()
            return ticket
        if fresh and self.idle:
            self._waiting.append(ticket)
            self.idle.pop().close()  # its loss makes room for the new one
        elif len(self._waiting) >= self._settings.max_waiting + self._dialing:
            raise Overloaded(f"too many calls wait for a connection to {self.name}", retry_after=1.0)
        else:
            self._waiting.append(ticket)
        ticket.deadline = clock.monotonic() + self._settings.wait
        self.deadlines.add(ticket)
        return ticket

    def _leave(self, ticket: Ticket) -> None:
        """The exchange no longer wants a connection, not even one it was just given."""
        self._drop(ticket)
        if ticket.connection is not None:
            self.release(ticket.connection)

    def _drop(self, ticket: Ticket) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    def _dial_for_waiting(self) -> None:
        while self._dialing < len(self._waiting) and self._count < self._settings.max_connections:
            self._dial()

    def _dial(self) -> None:
        self._count += 1
        self._dialing += 1
        spawn(self._open(), f"connect to {self.name}")

    async def _open(self) -> None:
        connection, failure = None, None
        try:
            connection = await Dial(self._route, self).open()
        except GatewayError as error:
            failure = error
        finally:
            self._dialing -= 1
            if connection is None:
                self._count -= 1
                self._failed(failure or UpstreamUnreachable(f"connecting to {self.name} was broken off"))
        if connection is not None:
            self._opened(connection)

    def _opened(self, connection: Connection) -> None:
        connection.counted = True
        if connection.transport.is_closing():
            self.lost(connection)
            self._failed(UpstreamUnreachable(f"{self.name} closed the connection at once"))
        elif self._waiting:
            ticket = self._waiting.popleft()
            ticket.connection = connection
            ticket.signal.notify()
        elif len(self.idle) >= self._most_idle:
            connection.close()
        else:
            connection.rest(clock.monotonic())
            self.idle.append(connection)

    def _failed(self, error: GatewayError) -> None:
        """Opening a connection failed: that is the answer for whoever waits longest."""
        if self._waiting:
            ticket = self._waiting.popleft()
            ticket.error = error
            ticket.signal.notify()
        self._dial_for_waiting()
