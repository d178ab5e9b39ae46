"""A caller that listens: what it wants to hear, and the way to tell it."""

from collections.abc import Callable, Collection

from msgspec import Raw

from trigate.core.exchange import Exchange
from trigate.mcp.envelope import Members, encode, notification
from trigate.mcp.listening.news import TASK, News, covers, note
from trigate.mcp.listening.tape import Tape
from trigate.mcp.task import Task
from trigate.mcp.view import View


class Listener:
    """One stream, or a session that had one a moment ago."""

    __slots__ = ("_subscription", "end", "exchange", "plurals", "tape", "tasks", "uris", "view")

    def __init__(
        self,
        view: View,
        exchange: Exchange,
        plurals: Collection[str],
        tape: Tape,
        end: Callable[[], None],
        subscription: bytes = b"",
    ) -> None:
        """`subscription` is the id of the listen as JSON text, empty in the older protocol."""
        self.view = view
        self.exchange = exchange
        """Who listens: what it may do decides what it hears."""
        self.plurals = frozenset(plurals)
        """The lists it wants to hear of."""
        self.uris: dict[tuple[str, str], str] = {}
        """Resources it has subscribed to, by server and the server's name of them, as they are shown to it."""
        self.tasks: dict[tuple[str, str], Task] = {}
        """Those of them that are tasks."""
        self.tape = tape
        self.end = end
        """Called when it will hear nothing more."""
        self._subscription = subscription

    def subscribed(self, server: str, uri: str) -> str:
        """What it is told has changed when this resource has; empty if it has not asked."""
        exact = self.uris.get((server, uri))
        if exact is not None:
            return exact
        for (owner, own), shown in self.uris.items():
            if owner == server and covers(own, uri):
                return shown + uri[len(own) :]
        return ""

    def say(self, news: News, shown: str = "") -> None:
        """Tell it."""
        self.tape.say(note(news, shown, self._subscription), shown or news.plural)

    def say_task(self, state: Members) -> None:
        """Tell it of a task; every state counts."""
        state["_meta"] = Raw(b'{"io.modelcontextprotocol/subscriptionId":%b}' % self._subscription)
        self.tape.say(notification(TASK, encode(state)))
