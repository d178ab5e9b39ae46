"""One tool server as the gateway knows it: its era, its session and its lists."""

from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from trigate.core.clock import clock
from trigate.core.errors import UpstreamFailed
from trigate.core.parts import Headers
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.mcp.ask import Ask, arguments
from trigate.mcp.care import Care
from trigate.mcp.care_settings import Results
from trigate.mcp.fault import ServerFailed, SessionLost
from trigate.mcp.flight import Flight
from trigate.mcp.greeting import Greeting
from trigate.mcp.listing import KINDS, Kind, Listing, Thing, Write, fetch
from trigate.mcp.message import Outgoing
from trigate.mcp.mirror import param_fields
from trigate.mcp.pinning import Pinning
from trigate.mcp.seats import OWN, Key, Seats, Ways
from trigate.mcp.settings import Server
from trigate.mcp.transport import Leg, Transport

if TYPE_CHECKING:
    from trigate.mcp.asker import Desk
    from trigate.mcp.letter import Letter
    from trigate.mcp.listening.ear import Hearing

_ADDRESSED = ("resources", "resourceTemplates")
_MOST_SEATS = 1024
_IDLE = 900.0
"""Seconds after which a session that no caller uses is ended, at least."""
_PAUSE = 2.0
"""Seconds during which a server that has just failed is not asked again for hello or a list."""


_MOST_FETCHES = 3
"""How often a list is fetched in a row because it is said to have changed meanwhile."""


class Memory(Struct):
    """What is known of a server; it outlives a reload that does not change the server."""

    greeting: Greeting | None = None
    listings: dict[str, Listing] = field(default_factory=dict[str, Listing])
    voided: dict[str, int] = field(default_factory=dict[str, int])
    """How often each list was said to have changed."""
    part: Callable[[], None] | None = None
    """Says goodbye through the transport in use."""
    seats: Seats | None = None
    """Sessions of callers, where the server has some."""

    def drain(self) -> None:
        """The server is configured no more, or otherwise."""
        if self.part is not None:
            self.part()
        if self.seats is not None:
            self.seats.drain()


class Upstream:
    """A server that calls go to."""

    __slots__ = (
        "_greet",
        "_lists",
        "_loop",
        "_seats",
        "_transport",
        "care",
        "desk",
        "largest",
        "memory",
        "name",
        "offer",
        "pinning",
        "settings",
    )

    def __init__(
        self,
        name: str,
        settings: Server,
        transport: Transport,
        memory: Memory,
        surroundings: Surroundings,
        desk: "Desk",
    ) -> None:
        self.name = name
        self.settings = settings
        self.memory = memory
        memory.part = self.part
        if memory.seats is None:
            idle = max(_IDLE, settings.timeouts.call + desk.settings.answer)
            memory.seats = Seats(name, surroundings.deadlines, _MOST_SEATS, idle, settings.timeouts.greet)
        memory.seats.ways = Ways(self._begin, transport.part)
        self._seats = memory.seats
        self.desk = desk
        """The way to ask callers what this server asks."""
        self.care = Care(self, surroundings.deadlines)
        """Spares it, and makes calls again where that is safe."""
        self.largest = min(int(each.max) for each in (settings.results, *_results(settings)))
        """Bytes of a result that is looked at no further."""
        self.pinning: Pinning | None = None
        """Judges its lists, where that is wanted."""
        self.offer: Callable[[Iterable[str]], None] | None = None
        """Tells the portal the names of its tools."""
        self._transport = transport
        self._loop = surroundings.loop
        times, deadlines = settings.timeouts, surroundings.deadlines
        self._greet = Flight(self._hello, deadlines, times.greet, f"mcp {name} hello", _PAUSE)
        self._lists = {
            kind.plural: Flight(
                self._fetcher(kind), deadlines, times.greet + times.list, f"mcp {name} {kind.plural}", _PAUSE
            )
            for kind in KINDS.values()
        }

    async def greeting(self) -> Greeting:
        """What the server speaks; says hello if that has not been done. Raises UpstreamFailed."""
        known = self.memory.greeting
        if known is not None:
            return known
        try:
            return await self._greet.join()
        except UpstreamFailed as error:
            raise self.blamed(error) from None

    async def reach(self, write: Write, signal: Signal, key: Key = OWN, older: bool = False) -> tuple[Greeting, Leg]:
        """Send the request that `write` gives for what the server speaks; raises UpstreamFailed.

        `key` says in whose session, if the server speaks the older protocol; where it speaks both, `older` chooses that
        one. A server that has forgotten its session
        has not looked at the request, so it is sent once more.
        """
        greeting = self.memory.greeting or await self.greeting()
        if key is not OWN:
            greeting = await self._sit(greeting, key, older)
        try:
            return greeting, await self._transport.ask(greeting, write(greeting), signal)
        except SessionLost:
            self._seats.lose(key, greeting)
            # Who forgets one session has most often forgotten all, and may be another one by now.
            self.memory.greeting = None
        except UpstreamFailed as error:
            raise self.blamed(error) from None
        greeting = await self.greeting()
        if key is not OWN:
            greeting = await self._sit(greeting, key, older)
        try:
            return greeting, await self._transport.ask(greeting, write(greeting), signal)
        except UpstreamFailed as error:
            raise self.blamed(error) from None

    async def _sit(self, greeting: Greeting, key: Key, older: bool) -> Greeting:
        """The session of this key; a server without sessions keeps nothing for anybody."""
        modern = greeting.era == "modern"
        own = not (older and self.may_be_dual(greeting)) if modern else not greeting.session and not key[0]
        if own:
            return greeting
        try:
            found = await self._seats.take(key)
        except UpstreamFailed as error:
            if modern and isinstance(error, ServerFailed):
                greeting.dual = False
                return greeting
            raise self.blamed(error) from None
        # Over HTTP, who gives no session cannot be told what was answered to a question of it (2025-11-25, transports).
        asks = found.session or not self.settings.url
        if modern and not asks:
            greeting.dual = False
            return greeting
        greeting.dual = modern
        return found

    def may_be_dual(self, greeting: Greeting) -> bool:
        """Whether a server of 2026-07-28 may speak the older protocol, too: few say so, but all can be asked."""
        return self.settings.era == "auto" and greeting.dual is not False

    async def _begin(self, profile: int) -> Greeting:
        return await self._transport.begin(profile, Signal(self._loop))

    def letter(self, outgoing: Outgoing, hole: bytes) -> "Letter | None":
        """The request written ahead, but for its id and the one place marked by `hole`, where that saves something."""
        return self._transport.letter(outgoing, hole)

    def blamed(self, error: UpstreamFailed) -> UpstreamFailed:
        """The error, naming the server."""
        if not error.message.startswith("server '"):
            self.care.breaker.failed(error)
            error.message = f"server {self.name!r}: {error.message}"
        return error

    def results_of(self, tool: str) -> Results:
        """What becomes of results that are too large."""
        own = self.settings.tools.get(tool)
        return own.results if own is not None and own.results is not None else self.settings.results

    def forget(self, greeting: Greeting) -> None:
        """The server contradicted what was known of it."""
        if self.memory.greeting is greeting:
            self.memory.greeting = None

    async def load_tools(self) -> None:
        """Learn the tools' definitions; a call that goes on without them tells better what is wrong."""
        try:
            await self.listing("tools")
        except UpstreamFailed:
            return

    def mirrored(self, ask: Ask) -> Headers:
        """The header fields that repeat arguments of a tool's call."""
        tool = self.tool(ask.subject)
        return param_fields(tool.mirrored, arguments(ask)) if tool is not None and tool.mirrored else []

    def tool(self, name: str) -> Thing | None:
        """A tool as last listed."""
        tools = self.memory.listings.get("tools")
        return tools.things.get(name) if tools is not None else None

    async def traits(self, tool: str) -> dict[str, bool]:
        """What the server says of a tool; nothing if it cannot be asked."""
        if self.known("tools") is None:
            await self.load_tools()
        thing = self.tool(tool)
        return thing.traits() if thing is not None else {}

    def wants_task(self, name: str) -> bool:
        """Whether a server of 2025-11-25 calls a tool only as a task."""
        tool = self.tool(name)
        execution = tool.members.get("execution") if tool is not None else None
        return execution is not None and b'"required"' in bytes(execution)

    def lists(self, uri: str) -> bool:
        """Whether it has last listed a resource or template of this address."""
        known = [each for each in map(self.known, _ADDRESSED) if each is not None]
        return any(uri in each.things or uri in each.held for each in known)

    @property
    def guarded(self) -> bool:
        """Whether tools that were not judged must not be called."""
        return self.guards("tools")

    def guards(self, capability: str) -> bool:
        """Whether what was not judged of a kind must not be used."""
        settings = self.settings
        return (settings.pin != "off" and capability in settings.pins) or settings.suspicious == "hide"

    async def judge_again(self) -> None:
        """An operator has decided on something of it."""
        for kind in KINDS.values():
            known = self.known(kind.plural)
            if known is None or self.pinning is None:
                continue
            try:
                self.memory.listings[kind.plural] = await self.pinning.judge(kind, known)
            except UpstreamFailed:
                known.fresh_until = 0.0

    async def learn_again(self, greeting: Greeting) -> None:
        """The server contradicted its own tools or version: ask anew, and go on with what is known if that fails."""
        self.forget(greeting)
        tools = self.known("tools")
        if tools is not None:
            tools.fresh_until = 0.0
        await self.load_tools()

    def part(self) -> None:
        """Say goodbye."""
        greeting, self.memory.greeting = self.memory.greeting, None
        if greeting is not None:
            self._transport.part(greeting)

    def known(self, plural: str) -> Listing | None:
        """A list as last fetched, fresh or not."""
        return self.memory.listings.get(plural)

    def begin(self, plural: str) -> None:
        """Start fetching a list; raises UpstreamFailed if that failed a moment ago."""
        self._lists[plural].begin()

    async def listing(self, plural: str) -> Listing:
        """A list, fetched unless it is fresh; raises UpstreamFailed, in good time even if the server takes its own."""
        known = self.memory.listings.get(plural)
        if known is not None and known.is_fresh():
            return known
        try:
            return await self._lists[plural].join(self.settings.timeouts.list)
        except UpstreamFailed as error:
            raise self.blamed(error) from None

    def hearing(self) -> "Hearing":
        """How to listen to what the server says unasked."""
        return self._transport.hearing(self)

    def void(self, plural: str) -> None:
        """A list is not what it was; one that is being fetched just now may be what it was before."""
        memory = self.memory
        memory.voided[plural] = memory.voided.get(plural, 0) + 1
        known = memory.listings.get(plural)
        if known is not None:
            known.fresh_until = min(known.fresh_until, clock.monotonic())

    def failed(self, plural: str) -> bool:
        """Whether the last try to fetch a list failed."""
        return self._lists[plural].failed is not None

    async def _hello(self) -> Greeting:
        greeting = await self._transport.greet(Signal(self._loop))
        self.memory.greeting = greeting
        return greeting

    def _fetcher(self, kind: Kind) -> Callable[[], Coroutine[Any, Any, Listing]]:
        async def work() -> Listing:
            greeting = await self.greeting()
            if not greeting.offers(kind.capability):
                listing = Listing({}, clock.monotonic() + self.settings.ttl)
            else:
                listing = await self._fetch(kind)
            if self.pinning is not None:
                listing = await self._judge(kind, listing, self.pinning)
            self.memory.listings[kind.plural] = listing
            if self.offer is not None and kind.plural == "tools":
                self.offer(listing.things)
            self.care.breaker.answered()
            return listing

        return work

    async def _judge(self, kind: Kind, listing: Listing, pinning: Pinning) -> Listing:
        voided = self.memory.voided
        before = voided.get(kind.plural)
        judged = await pinning.judge(kind, listing)
        if voided.get(kind.plural) != before:
            judged.fresh_until = clock.monotonic()  # it has changed while it was looked at
        return judged

    async def _fetch(self, kind: Kind) -> Listing:
        voided, tries = self.memory.voided, 0
        while True:
            before = voided.get(kind.plural)
            listing = await fetch(self.reach, kind, Signal(self._loop), self.settings.ttl)
            tries += 1
            if voided.get(kind.plural) == before or tries == _MOST_FETCHES:
                return listing


def _results(settings: Server) -> list[Results]:
    return [each.results for each in settings.tools.values() if each.results is not None]
