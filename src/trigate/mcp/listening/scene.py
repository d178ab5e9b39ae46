"""Who listens to what under one configuration: news of servers on one side, callers on the other."""

from collections.abc import Awaitable, Callable, Mapping

from trigate.core.action import Action
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.core.errors import UpstreamFailed
from trigate.core.exchange import Exchange
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.core.turn import NEXT_TURN
from trigate.mcp.listening.ear import Ear
from trigate.mcp.listening.listener import Listener
from trigate.mcp.listening.news import News, is_task
from trigate.mcp.listening.task_news import tell_task
from trigate.mcp.listing import KINDS, Kind, Listing, Thing
from trigate.mcp.upstream import Upstream

May = Callable[[Exchange, Action], bool]
Tell = Callable[[str, str], Awaitable[None]]

_SETTLE = 0.1
"""Seconds in which more news of the same list are waited for."""
_APART = 1.0
"""Fewest seconds between two looks at the same list."""
_OF_PLURAL = {
    "tools": (KINDS["tools/list"],),
    "prompts": (KINDS["prompts/list"],),
    "resources": (KINDS["resources/list"], KINDS["resources/templates/list"]),
}
READ = "mcp.resources.read"


class Scene:
    """Listens at servers while callers listen here, and tells each what concerns it."""

    __slots__ = ("_baseline", "_deadlines", "_due", "_ears", "_looked", "_looking", "_surroundings", "_tell",
                 "deadline", "drained", "listeners", "may", "upstreams")  # fmt: skip

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        may: May,
        surroundings: Surroundings,
        tell: Tell,
    ) -> None:
        """`tell` lets the other workers know that a server's list is not what it was."""
        self.upstreams = upstreams
        self.listeners: set[Listener] = set()
        self.drained = False
        self.may = may
        """Whether the caller of an exchange may do something."""
        self._tell = tell
        self._surroundings = surroundings
        self._deadlines = surroundings.deadlines
        self._ears: dict[str, Ear] = {}
        self._baseline: dict[tuple[str, str], Listing | None] = {}
        """Each list as it was when callers were last told of a change, or when they began to listen."""
        self._due: dict[tuple[str, str], float] = {}
        """Lists to be looked at, and from when on."""
        self._looked: dict[tuple[str, str], float] = {}
        self._looking = False
        self.deadline = NEVER

    # --- callers ------------------------------------------------------------------------------------------------

    def add(self, listener: Listener) -> None:
        """A caller listens from now on."""
        self.listeners.add(listener)
        for server in self._heard(listener):
            if not self._ears.get(server):
                self._begin(server)
            self._ears[server].hold()
        for server, uri in listener.uris:
            if server in self._ears:
                self._ears[server].subscribe(uri)

    def discard(self, listener: Listener) -> None:
        """It does not any more; idempotent."""
        if listener not in self.listeners:
            return
        self.listeners.discard(listener)
        for server, uri in listener.uris:
            if server in self._ears:
                self._ears[server].unsubscribe(uri)
        for server in self._heard(listener):
            self._ears[server].release()

    def subscribe(self, listener: Listener, server: str, uri: str, shown: str) -> None:
        """A caller that listens wants to hear of a resource, too, which it calls `shown`."""
        if (server, uri) not in listener.uris:
            listener.uris[server, uri] = shown
            if listener in self.listeners and server in self._ears:
                self._ears[server].subscribe(uri)

    def unsubscribe(self, listener: Listener, server: str, uri: str) -> None:
        """It does not want to any more."""
        if listener.uris.pop((server, uri), None) is not None and server in self._ears and listener in self.listeners:
            self._ears[server].unsubscribe(uri)

    def drain(self) -> None:
        """Another configuration has taken over: whoever listens is asked to begin again."""
        self.drained = True
        self._deadlines.discard(self)
        for listener in list(self.listeners):
            self.discard(listener)
            listener.end()
        for ear in self._ears.values():
            ear.close()

    def _heard(self, listener: Listener) -> list[str]:
        """The servers that say to all alike what is new; those that know each caller are not listened to."""
        return [each for each in listener.view.servers if each in self.upstreams]

    def _begin(self, server: str) -> None:
        upstream = self.upstreams[server]
        self._ears[server] = Ear(server, upstream.hearing(), self.hear, self._surroundings.loop, self._deadlines)
        for kinds in _OF_PLURAL.values():
            for kind in kinds:
                self._baseline[server, kind.plural] = upstream.known(kind.plural)

    # --- servers ------------------------------------------------------------------------------------------------

    def hear(self, news: News) -> None:
        """Something a server said, on whichever way."""
        if news.uri:
            if is_task(news.uri):
                tell_task(self, news)
            else:
                self._tell_updated(news)
            return
        if self.drained:
            return
        key = (news.server, news.plural)
        if key not in self._due:
            now = clock.monotonic()
            self._due[key] = max(now + _SETTLE, self._looked.get(key, 0.0) + _APART)
            self.deadline = min(self._due.values())
            self._deadlines.add(self)

    def void(self, server: str, plural: str) -> None:
        """Another worker has heard that a list is not what it was."""
        upstream = self.upstreams.get(server)
        if upstream is not None and not self.drained:
            for kind in _OF_PLURAL.get(plural, ()):
                upstream.void(kind.plural)

    def renew(self, server: str, concerns: Callable[[Exchange], bool]) -> None:
        """A server that knows each caller shows some of them other lists: tell those callers who may use any of it."""
        for listener in list(self.listeners):
            if server not in listener.view.servers or not concerns(listener.exchange):
                continue
            for plural in sorted(listener.plurals):
                if self.may(listener.exchange, _OF_PLURAL[plural][0].action(server, "*")):
                    listener.say(News(server, plural))

    async def settle(self, listener: Listener, seconds: float) -> None:
        """Wait, at most so long, until nothing of what the caller wants to hear can be missed."""
        end = clock.monotonic() + seconds
        for server in self._heard(listener):
            await self._ears[server].settle(end - clock.monotonic())

    def expire(self) -> None:
        """Look at what is due."""
        self.deadline = NEVER
        if not self._looking:
            self._looking = True
            spawn(self._look(), "mcp lists")

    async def _look(self) -> None:
        try:
            while not self.drained:
                now = clock.monotonic()
                due = [key for key, when in self._due.items() if when <= now]
                if not due:
                    break
                for key in due:
                    del self._due[key]
                    self._looked[key] = now
                    await self._compare(*key)
        finally:
            self._looking = False
            if self._due:
                self.deadline = min(self._due.values())
            else:
                self._deadlines.discard(self)

    async def _compare(self, server: str, plural: str) -> None:
        upstream = self.upstreams[server]
        await self._tell(server, plural)
        changed: list[tuple[Kind, set[str]]] = []
        for kind in _OF_PLURAL[plural]:
            upstream.void(kind.plural)
            before = self._baseline.get((server, kind.plural)) or upstream.known(kind.plural)
            try:
                after = await upstream.listing(kind.plural)
            except UpstreamFailed:
                continue  # a server that is down is told of by its calls, and when it comes back this is done again
            self._baseline[server, kind.plural] = after
            changed.append((kind, _differing(before, after)))
        for listener in list(self.listeners):
            if plural in listener.plurals and server in listener.view.servers:
                if any(self._shows(listener, server, kind, names) for kind, names in changed):
                    listener.say(News(server, plural))
                await NEXT_TURN

    def _shows(self, listener: Listener, server: str, kind: Kind, names: set[str]) -> bool:
        """Whether the caller sees one of these things: of what it may not use it hears nothing."""
        view, exchange = listener.view, listener.exchange
        return any(
            view.shows(server, kind.singular, name) and self.may(exchange, kind.action(server, name)) for name in names
        )

    def _tell_updated(self, news: News) -> None:
        action = Action(READ, f"server/{news.server}/resource/{news.uri}")
        for listener in list(self.listeners):
            shown = listener.subscribed(news.server, news.uri)
            if shown and listener.view.shows(news.server, "resource", news.uri) and self.may(listener.exchange, action):
                listener.say(news, shown)


def _differing(before: Listing | None, after: Listing) -> set[str]:
    """Names of what was added, has gone or is another thing now; any name, if nothing was known."""
    if before is None:
        return {"*", *after.things}
    if before is after:
        return set()
    old, new = before.things, after.things
    return {name for name in old.keys() | new.keys() if _members(old, name) != _members(new, name)}


def _members(things: Mapping[str, Thing], name: str) -> dict[str, bytes] | None:
    thing = things.get(name)
    return None if thing is None else {key: bytes(value) for key, value in thing.members.items()}
