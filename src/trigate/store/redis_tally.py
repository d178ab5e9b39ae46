"""Counters that several machines share, in Redis or Valkey; and what this process may give out while that is lost."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from hashlib import sha1
from os import urandom
from typing import Any, Literal

from msgspec import Struct, msgpack

from trigate.core.tasks import spawn
from trigate.store.counter import Claim, CountersLost, Law, Refused, Standing, Taken
from trigate.store.redis_dial import dial, place
from trigate.store.resp import Connection, ConnectionLost, ReplyError, command
from trigate.store.script import SCRIPT
from trigate.store.tally import Tally
from trigate.telemetry.log import log

RETRY_SECONDS = 0.25
"""Between two tries to reach a server that is lost."""
MOST_PENDING = 1_000_000
"""Settlements that wait for a lost server; beyond that further ones are given up, and their leases expire."""
_PASSING = ("NOSCRIPT", "OOM", "LOADING", "BUSY", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS")
"""Errors that say nothing about what was asked."""
_SHA = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest().encode()


class RedisOptions(Struct, frozen=True):
    """How a server is reached, and what to do without it."""

    url: str
    prefix: str = "trigate"
    timeout: float = 0.05
    """Seconds that an exchange waits for an answer."""
    on_loss: Literal["share", "refuse"] = "share"
    share: Fraction = Fraction(1, 2)
    cells: int = 100_000
    server_time: bool = True
    """Off where tests hold the clock."""


class Lease(Struct, eq=False):
    """What one exchange holds; no claims once it is settled."""

    id: bytes
    claims: Sequence[Claim]
    amounts: Sequence[int]
    local: object = None
    """Of the share that is given out while the server is lost."""


class RedisTally:
    """This process's way to the server (store.counter.Counters)."""

    def __init__(self, loop: asyncio.AbstractEventLoop, options: RedisOptions) -> None:
        self.on_lost_data: Callable[[], bool] | None = None
        """Called when the server has lost settled amounts: it was wiped, or is new."""
        self._loop = loop
        self._options = options
        self._tag = "{" + options.prefix + "}:"
        self._head = (b"EVALSHA", _SHA, b"1", (self._tag + "time").encode())
        self._connection: Connection | None = None
        self._reported = False
        self._pending: deque[bytes] = deque()
        """What must be told, in order, until it is answered."""
        self._sent = 0
        """How many of those are under way on this connection."""
        self._restoring = b""
        """The last of those that tells what was spent."""
        self._told_at = 0
        """Since when the server knows what was spent, as it said when this process had told it; 0 if it has not."""
        self._lost = False
        """Whether this process still has to tell it."""
        self._token = urandom(8).hex().encode()
        self._number = 0
        self._local = Tally(options.cells)
        self._scaled: dict[str, tuple[Law, Claim]] = {}
        """Of each cell the whole law, and the claim on this process's share."""
        self._known: dict[str, tuple[int, int]] = {}
        """Of each budget the window, and what was used or reserved of it when the server last spoke of it."""
        self._closed = False
        self._wake = asyncio.Event()
        self._tried = asyncio.Event()
        """Set once the server was reached, or could not be."""
        self._task: asyncio.Task[None] | None = None

    def take(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> "Awaitable[Taken | Refused]":
        """Reserve all or none at the server, or of this process's share while that is lost."""
        self._begin()
        lease = Lease(self._next(), claims, amounts)
        return self._take(lease, now)

    def settle(self, lease: Any, amounts: Sequence[int], now: int) -> None:
        """Put into the queue what was used; a second time changes nothing."""
        claims = lease.claims
        if not claims:
            return
        lease.claims = ()
        if all(claim.sure for claim in claims):
            return
        if lease.local is None:
            self._tell("settle", lease.id, claims, amounts, now)
            return
        self._local.settle(lease.local, amounts, now)
        self._owe(claims, amounts, now, sure=False)

    def extend(self, lease: Any, now: int) -> None:
        """Let the lease live for as long again."""
        if lease.claims and lease.local is None:
            self._tell("hold" if self._lost else "extend", lease.id, lease.claims, lease.amounts, now)
        elif lease.claims:
            self._local.extend(lease.local, now)

    def add(self, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> None:
        """Count what the ledger says."""
        self._begin()
        self._restoring = self._spell("restore", self._next(), claims, amounts, now)
        self._queue(self._restoring)
        self._local.add([self._share(each) for each in claims], [self._part(each) for each in amounts], now)

    def look(self, claims: Sequence[Claim], now: int) -> "Awaitable[Sequence[Standing]]":
        """How the cells stand at the server, or how this process's share does."""
        self._begin()
        return self._look(claims, now)

    async def first(self, name: str, seconds: float) -> bool:
        """Whether nobody has said this name, on any machine (store.counter.Witness)."""
        self._begin()
        if not self._tried.is_set():
            await self._tried.wait()
        key = f"{self._tag}said:{name}".encode()
        words = command(b"SET", key, b"1", b"NX", b"PX", b"%d" % max(1, int(seconds * 1000)))
        if self._connection is not None:
            try:
                return await self._connection.ask(words) is not None
            except (ConnectionLost, ReplyError) as error:
                self._report(error)
        if self._options.on_loss == "refuse":
            raise CountersLost("the server that holds the counters does not answer")
        self._queue(words)
        return True

    def drain(self) -> None:
        """Tell the server what it must still know, then let go."""
        self._closed = True
        self._wake.set()

    # --- asking ---------------------------------------------------------------------------------------------------

    async def _take(self, lease: Lease, now: int) -> Taken | Refused:
        if not self._tried.is_set():
            await self._tried.wait()
        asked = self._ask("take", lease.id, lease.claims, lease.amounts, now)
        try:
            reply = await asked if asked else None
        except asyncio.CancelledError:
            self._tell("settle", lease.id, lease.claims, (0,) * len(lease.claims), now)
            raise
        except (ConnectionLost, ReplyError) as error:
            self._report(error)
            self._tell("settle", lease.id, lease.claims, (0,) * len(lease.claims), now)  # it may have been granted
            reply = None
        if reply is None:
            return self._take_share(lease, now)
        if self._heed(reply) and reply[1] < 0:
            self._tell("settle", lease.id, lease.claims, (0,) * len(lease.claims), now)
            raise CountersLost("the server that holds the counters does not know yet what was spent")
        standings = _standings(reply, 3)
        self._remember(lease.claims, standings)
        return Taken(lease, standings) if reply[1] < 0 else Refused(reply[1], standings, reply[2] == 1)

    async def _look(self, claims: Sequence[Claim], now: int) -> Sequence[Standing]:
        await self._tried.wait()
        asked = self._ask("look", b"", claims, (0,) * len(claims), now)
        with suppress(ConnectionLost, ReplyError):
            if asked:
                return _standings(await asked, 1)
        return self._local.look([self._share(each) for each in claims], now)

    def _ask(
        self, operation: str, lease: bytes, claims: Sequence[Claim], amounts: Sequence[int], now: int
    ) -> "asyncio.Future[Any] | None":
        """The answer to come, None while the server is lost."""
        if self._connection is None:
            return None
        return self._connection.ask(self._spell(operation, lease, claims, amounts, now))

    def _spell(self, operation: str, lease: bytes, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> bytes:
        time = 0 if self._options.server_time else now // 1000
        wanted = [[*_plain(claim), amount] for claim, amount in zip(claims, amounts, strict=True)]
        return command(*self._head, msgpack.encode((operation, self._tag, time, lease.decode(), wanted)))

    def _heed(self, reply: list[int]) -> bool:
        """Whether nothing may be granted yet: the server has forgotten what was spent, and this process has not told it
        what it knows, which may be more than others have told."""
        if reply[0] and reply[0] == self._told_at:
            return False
        self._lost = True
        self._lost = bool(self.on_lost_data and self.on_lost_data())
        if not self._lost:
            self._told_at = reply[0]  # there is nothing to tell
        return self._lost

    def _next(self) -> bytes:
        self._number += 1
        return b"%s-%d" % (self._token, self._number)

    # --- telling, which survives the loss of the connection --------------------------------------------------------

    def _tell(self, operation: str, lease: bytes, claims: Sequence[Claim], amounts: Sequence[int], now: int) -> None:
        self._queue(self._spell(operation, lease, claims, amounts, now))

    def _queue(self, words: bytes) -> None:
        if len(self._pending) < MOST_PENDING:
            self._pending.append(words)
        self._push()

    def _push(self) -> None:
        """Send what was not sent yet on this connection."""
        connection = self._connection
        while connection is not None and self._sent < len(self._pending):
            future = connection.ask(self._pending[self._sent])
            self._sent += 1
            future.add_done_callback(self._told)

    def _told(self, future: "asyncio.Future[Any]") -> None:
        """Answers come in order: the oldest is done, unless it must be told again."""
        error = future.exception()
        if error is None:
            self._sent -= 1
            words, reply = self._pending.popleft(), future.result()
            if words is self._restoring:
                self._told_at, self._lost = reply[0], False
            elif isinstance(future.result(), list):  # else it was not the script that answered
                self._heed(reply)
            self._wake.set()
        elif isinstance(error, ReplyError) and self._connection is not None:
            self._report(error)
            if not str(error).startswith(_PASSING):
                self._pending.popleft()  # it would be refused for ever
            self._connection.close()  # told again on the next one, where the script is loaded anew

    # --- what this process may give out while the server is lost -----------------------------------------------------

    def _take_share(self, lease: Lease, now: int) -> Taken | Refused:
        if self._options.on_loss == "refuse":
            raise CountersLost("the server that holds the counters does not answer")
        shares = [self._share(each) for each in lease.claims]
        for share in shares:
            start, used = self._known.pop(share.cell, (-1, 0))
            if start == share.start:  # of what was used before, a share is no longer there to be given out
                self._local.add([share], [self._part(used)], now)
        found = self._local.take(shares, lease.amounts, now)
        if isinstance(found, Refused):
            return found
        lease.local = found.lease
        self._owe(lease.claims, lease.amounts, now, sure=True)
        return Taken(lease, found.standings)

    def _remember(self, claims: Sequence[Claim], standings: Sequence[Standing]) -> None:
        if len(self._known) > self._options.cells:
            self._known.clear()
        for claim, standing in zip(claims, standings, strict=True):
            if claim.law.algorithm == "window":
                self._known[claim.cell] = claim.start, standing.settled + standing.reserved

    def _owe(self, claims: Sequence[Claim], amounts: Sequence[int], now: int, *, sure: bool) -> None:
        """What was used of the share is added when the server is back."""
        used = [amount if claim.sure is sure else 0 for claim, amount in zip(claims, amounts, strict=True)]
        if any(used):
            self._tell("add", self._next(), claims, used, now)

    def _share(self, claim: Claim) -> Claim:
        law, scaled = self._scaled.get(claim.cell) or (None, claim)
        if law != claim.law or scaled.start != claim.start or scaled.hard != claim.hard or scaled.sure != claim.sure:
            if len(self._scaled) > self._options.cells:
                self._scaled.clear()
            law = claim.law
            part = Law(law.algorithm, self._part(law.capacity), law.length, self._part(law.burst))
            scaled = Claim(claim.cell, part, claim.hard, claim.start, claim.end, sure=claim.sure)
            self._scaled[claim.cell] = law, scaled
        return scaled

    def _part(self, amount: int) -> int:
        return int(amount * self._options.share)

    # --- the connection ------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._task is None:
            self._task = spawn(self._stay_connected(), "the connection to the counters")

    async def _stay_connected(self) -> None:
        while not (self._closed and not self._pending):
            lost = asyncio.Event()
            try:
                connection = await self._connect(lost.set)
            except (OSError, ConnectionLost, ReplyError, TimeoutError) as error:
                self._report(error)
                self._tried.set()
                await asyncio.sleep(RETRY_SECONDS)
                if self._closed:
                    return
                continue
            self._use(connection)
            await self._while_connected(lost)
            self._connection, self._sent = None, 0
            connection.close()
            await asyncio.sleep(0 if self._closed else RETRY_SECONDS)

    async def _while_connected(self, lost: asyncio.Event) -> None:
        watching = spawn(lost.wait(), "the loss of the counters")
        while not lost.is_set() and not (self._closed and not self._pending):
            self._wake.clear()
            waking = spawn(self._wake.wait(), "something told to the counters")
            await asyncio.wait([watching, waking], return_when=asyncio.FIRST_COMPLETED)
            waking.cancel()
        watching.cancel()

    def _use(self, connection: Connection) -> None:
        if self._reported:
            log.info("the counters are back", server=place(self._options.url))
        self._reported = False
        self._connection, self._sent = connection, 0
        self._tried.set()
        self._push()

    async def _connect(self, on_lost: Callable[[], None]) -> Connection:
        return await dial(
            self._options.url, self._options.timeout, on_lost, command(b"SCRIPT", b"LOAD", SCRIPT.encode())
        )

    def _report(self, error: Exception) -> None:
        if isinstance(error, ReplyError) and str(error).startswith("NOSCRIPT") and self._connection:
            self._connection.close()
        if not self._reported:
            self._reported = True
            policy = "each worker gives out its share" if self._options.on_loss == "share" else "requests are refused"
            log.error("the counters are lost", server=place(self._options.url), error=_word(error), policy=policy)


def _plain(claim: Claim) -> tuple[object, ...]:
    """A claim as the script reads it, made once."""
    plain = claim.place
    if plain is None:
        law = claim.law
        plain = claim.place = (
            claim.cell, law.algorithm, law.capacity, law.length // 1000, law.burst or law.capacity,
            claim.start // 1000, claim.end // 1000, claim.hard, claim.sure,
        )  # fmt: skip
    return plain


def _standings(reply: list[int], at: int) -> list[Standing]:
    return [
        Standing(reply[i], reply[i + 1] * 1000, reply[i + 2], reply[i + 3], reply[i + 4] == 1)
        for i in range(at, len(reply), 5)
    ]


def _word(error: Exception) -> str:
    return str(error) or type(error).__name__
