"""What a session hears unasked: its subscriptions, and what was said while its caller was not listening."""

import os
from collections.abc import Callable

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.listening.event_id import StreamName, write_name
from trigate.mcp.listening.listener import Listener
from trigate.mcp.listening.news import PLURALS, News
from trigate.mcp.listening.scene import Scene
from trigate.mcp.listening.tape import Tape
from trigate.mcp.view import View

MOST_SUBSCRIPTIONS = 1000
"""Of one session, or of one listen."""
KEPT = 300.0
"""Seconds for which somebody listens in the place of a caller that has gone."""


class Content(Struct, array_like=True):
    """A box on its way from one worker to another."""

    nonce: str
    last: int
    sent: int
    frames: list[tuple[int, bytes]]
    subscriptions: list[tuple[str, str, str]]
    """Server, the server's name of the resource, and the caller's."""


encode_content = msgspec.msgpack.Encoder().encode
decode_content = msgspec.msgpack.Decoder(Content).decode


class Box:
    """One session's; in the worker that has its stream, or had it last."""

    __slots__ = ("_gap", "_listener", "_nonce", "_scene", "lonely_since", "subscriptions", "tape")

    def __init__(self, content: Content | None = None) -> None:
        self._nonce = content.nonce if content else os.urandom(8).hex()
        self.subscriptions: dict[str, tuple[str, str]] = {}
        """Server and own name of each resource, by the caller's name."""
        self.tape = Tape(b"?")
        self._listener: Listener | None = None
        self._scene: Scene | None = None
        self._gap = content is not None
        """For a while nobody has listened in its place."""
        self.lonely_since = clock.monotonic()
        """When its caller's last stream ended."""
        if content is not None:
            self.tape.restore(content.frames, content.last, content.sent)
            self.subscriptions = {shown: (server, own) for server, own, shown in content.subscriptions}
        self._name()

    def pack(self) -> Content:
        """Everything in it."""
        tape = self.tape
        found = [(server, own, shown) for shown, (server, own) in self.subscriptions.items()]
        return Content(self._nonce, tape.last, tape.sent, tape.after(0), found)

    def place(self, name: StreamName, number: int) -> int | None:
        """Where in the tape a caller is that has read the event `number` of the stream `name`; None if that is lost."""
        return number if name.nonce == self._nonce and self.tape.reaches(number) else None

    def attach(self, scene: Scene, view: View, exchange: Exchange, end: Callable[[], None]) -> None:
        """Its caller listens; what it may do now decides what it hears."""
        before, self._scene = self._scene, scene
        if self._listener is not None and before is not None:
            before.discard(self._listener)
        listener = self._listener = Listener(view, exchange, PLURALS, self.tape, end)
        for shown, (server, own) in self.subscriptions.items():
            if server in view.servers:
                listener.uris[server, own] = shown
        scene.add(listener)
        if self._gap or before not in {None, scene}:
            self.say_all()
        self._gap = False

    def say_all(self) -> None:
        """Tell that everything may have changed, which is all that can be said when something was not heard."""
        if self._listener is not None:
            for plural in PLURALS:
                self._listener.say(News("", plural))
            for (server, own), shown in self._listener.uris.items():
                self._listener.say(News(server, uri=own), shown)

    def subscribe(self, shown: str, server: str, own: str) -> None:
        """Hear of a resource, too; raises Fault."""
        if shown not in self.subscriptions and len(self.subscriptions) >= MOST_SUBSCRIPTIONS:
            raise Fault(INVALID_PARAMS, f"a session has at most {MOST_SUBSCRIPTIONS} subscriptions")
        self.subscriptions[shown] = (server, own)
        self._name()
        if self._listener is not None and self._scene is not None:
            self._scene.subscribe(self._listener, server, own, shown)

    async def settle(self, seconds: float) -> None:
        """Wait, at most so long, until servers know what is wanted of them; at once where nobody listens."""
        if self._listener is not None and self._scene is not None:
            await self._scene.settle(self._listener, seconds)

    def unsubscribe(self, shown: str) -> None:
        """Hear of it no more."""
        found = self.subscriptions.pop(shown, None)
        self._name()
        if found is not None and self._listener is not None and self._scene is not None:
            self._scene.unsubscribe(self._listener, *found)

    def close(self) -> None:
        """Nobody listens in its place any more, and its stream ends."""
        if self._listener is not None and self._scene is not None:
            self._scene.discard(self._listener)
        self._listener = None
        self.tape.end()

    def rest(self) -> None:
        """Its caller has been away for long: hear nothing until it comes back."""
        if self._listener is not None and self._scene is not None:
            self._scene.discard(self._listener)
        self._listener = self._scene = None
        self._gap = True

    @property
    def rests(self) -> bool:
        """Whether nothing is heard in its caller's place."""
        return self._listener is None

    def _name(self) -> None:
        self.tape.name = write_name(StreamName(self._nonce, subscribed=bool(self.subscriptions)))
