"""What callers do to listen: `subscriptions/listen`, the GET stream of a session, `resources/subscribe`."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.deadlines import Deadlines
from trigate.core.errors import Forbidden, NotAcceptable, UpstreamFailed
from trigate.core.exchange import Exchange
from trigate.core.parts import END, Data, Head, Part
from trigate.core.request import Request
from trigate.core.stream import Sink
from trigate.mcp.ask import Ask
from trigate.mcp.envelope import encode, error_message, notification, read_text, result_message
from trigate.mcp.events import event, priming
from trigate.mcp.fault import INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, Fault, MissingCapability
from trigate.mcp.listening.audience import Audience
from trigate.mcp.listening.box import MOST_SUBSCRIPTIONS
from trigate.mcp.listening.event_id import StreamName, read_id
from trigate.mcp.listening.listener import Listener
from trigate.mcp.listening.pulse import Pulse
from trigate.mcp.listening.reading import ACKNOWLEDGED
from trigate.mcp.listening.recorded import RecordedSink
from trigate.mcp.listening.scene import Scene
from trigate.mcp.listening.tape import Tape, play
from trigate.mcp.listening.task_news import follow_tasks
from trigate.mcp.locator import Locator
from trigate.mcp.method import METHODS
from trigate.mcp.profile import TASKS, declare
from trigate.mcp.reply import EVENTS, Reply
from trigate.mcp.session import Session, Sessions, unknown
from trigate.mcp.task import Tasks
from trigate.mcp.upstream import Upstream

KEEP_ALIVE = 15.0
"""Seconds of silence on a stream after which a comment is said."""
_SETTLE = 2.0
"""Longest time that a caller waits for servers to know what is wanted of them."""

_READ = METHODS["modern"]["resources/read"]
Owned = tuple[str, str]
"""A server, and its own name of a resource."""


class Wanted(Struct, rename="camel"):
    """What a caller of the newer era wants to hear of; what the gateway does not know is not honoured."""

    tools_list_changed: bool = False
    prompts_list_changed: bool = False
    resources_list_changed: bool = False
    resource_subscriptions: list[str] = []
    task_ids: list[str] = []


_decode = msgspec.json.Decoder(Wanted).decode


Locate = Callable[[Exchange], Locator]
"""What finds the servers of one caller."""


class Listening:
    """The callers' side of one configuration."""

    __slots__ = ("_audience", "_deadlines", "_locate", "_scene", "_sessions", "_tasks")

    def __init__(
        self,
        audience: Audience,
        scene: Scene,
        sessions: Sessions,
        deadlines: Deadlines,
        locate: Locate,
        tasks: Tasks,
    ) -> None:
        self._tasks = tasks
        self._locate = locate
        self._audience = audience
        self._scene = scene
        self._sessions = sessions
        self._deadlines = deadlines

    async def listen(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """A stream of what changes, in the caller's era; raises Fault, and UnknownSession."""
        return await (self._listen(call, ask, sink) if ask.era == "modern" else self._get(call, ask, sink))

    # --- 2026-07-28 ---------------------------------------------------------------------------------------------

    async def _listen(self, call: Call, ask: Ask, sink: Sink) -> Part:
        wanted = _read_wanted(ask)
        owned = await self._owned(call.exchange, ask, wanted.resource_subscriptions)
        tape = Tape()
        plurals = [plural for plural in ("tools", "prompts", "resources") if getattr(wanted, f"{plural}_list_changed")]
        listener = Listener(ask.view, call.exchange, plurals, tape, tape.end, ask.id)
        listener.uris = {own: shown for shown, own in owned.items()}
        followed = follow_tasks(self._tasks, self._scene, listener, wanted.task_ids)
        meta = {"io.modelcontextprotocol/subscriptionId": msgspec.Raw(ask.id)}
        self._scene.add(listener)
        try:
            await self._scene.settle(listener, _SETTLE)
            honoured: dict[str, object] = {f"{plural}ListChanged": True for plural in plurals}
            if owned:
                honoured["resourceSubscriptions"] = list(owned)
            if followed:
                honoured["taskIds"] = followed
            said = notification(ACKNOWLEDGED, encode({"notifications": honoured, "_meta": meta}))
            sink.begin(Head(200, EVENTS.copy()))
            await sink.send(Data(event(said)))
            await self._play(tape, 0, sink)
        finally:
            self._scene.discard(listener)
        # The end of a listen is its result (2026-07-28, subscriptions).
        return Data(event(result_message(ask.id, encode({"resultType": "complete", "_meta": meta}))))

    # --- the older protocol -------------------------------------------------------------------------------------

    async def _owned(self, exchange: Exchange, ask: Ask, uris: Sequence[str]) -> dict[str, Owned]:
        """Those resources that a server has, tells of, and the caller may read; nothing is said of the others."""
        found: dict[str, Owned] = {}
        for uri in dict.fromkeys(uris):
            probe = Ask(ask.view, name=_READ.name, method=_READ, params={"uri": msgspec.Raw(encode(uri))})
            try:
                self._locate(exchange).place(exchange, probe)
                if not probe.server and probe.fault is None:
                    await self._locate(exchange).find(exchange, probe)
            except (Fault, UpstreamFailed):
                continue
            server = probe.server
            action = Action(_READ.action, f"server/{server}/resource/{probe.subject}")
            if server in self._scene.upstreams and self._scene.may(exchange, action):
                greeting = self._scene.upstreams[server].memory.greeting
                if greeting is None or greeting.subscribes:
                    found[uri] = (server, probe.subject)
        return found

    async def _get(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """The stream of a session, or the rest of an answer that was a stream."""
        session = ask.session
        if session is None:
            raise unknown()
        last = call.exchange.request.fields.get(b"last-event-id", b"")
        found = read_id(last) if last else None
        if found is not None and found[0].owner:
            return await self._resume(session, *found, call, sink)
        box, known = await self._audience.boxes.claim(session.mark)
        place = box.place(*found) if found is not None else box.tape.sent
        if found is not None and not known and found[0].subscribed:
            # Nobody knows any more what it had subscribed to: better begin again than miss something in silence.
            await self._sessions.end(session)
            raise unknown()
        box.attach(self._scene, ask.view, call.exchange, box.tape.end)
        if place is None:
            place = box.tape.sent
            box.say_all()
        tape = box.tape
        tape.ended = False
        sink.begin(Head(200, EVENTS.copy()))
        if session.version >= "2025-11-25":
            await sink.send(Data(priming(tape.id(place))))
        self._sessions.listen(session, call.exchange)
        try:
            await self._play(tape, place, sink)
        finally:
            self._sessions.leave(session, call.exchange)
        return END

    async def subscribe(self, call: Call, ask: Ask, upstream: Upstream, sink: Sink) -> Part:
        """Have a session hear of a resource, or no more; raises Fault, and Forbidden for what may not be read."""
        shown = read_text(ask.params.get("uri"), "uri")
        boxes, session = self._audience.boxes, ask.session
        if session is None:
            raise unknown()
        if ask.name == "resources/unsubscribe":
            await boxes.unsubscribe(session.mark, shown)
        else:
            if not self._scene.may(call.exchange, Action(_READ.action, call.action.resource)):
                raise Forbidden("what may not be read may not be subscribed to")
            if upstream.name not in self._scene.upstreams or not (await upstream.greeting()).subscribes:
                raise Fault(METHOD_NOT_FOUND, f"server {upstream.name!r} does not tell when its resources change")
            box = await boxes.subscribe(session.mark, shown, ask.server, ask.subject)
            await box.settle(_SETTLE)
        return Reply(sink).end(result_message(ask.id, b"{}"))

    def record(self, session: Session, id: bytes, sink: Sink) -> RecordedSink:
        """The way back to a caller that may come for the rest of the answer to its request `id`."""

        def record() -> Tape:
            return self._audience.replays.record(session.mark, id)

        return RecordedSink(sink, record, self._deadlines, session.version >= "2025-11-25")

    async def _resume(self, session: Session, name: StreamName, number: int, call: Call, sink: Sink) -> Part:
        """The rest of an answer (2025-11-25, transports: resumability); without it, an error in its place."""
        sink.begin(Head(200, EVENTS.copy()))
        sink.flush()
        pulse = Pulse(sink, self._deadlines, KEEP_ALIVE)
        try:
            whole = await self._audience.replays.replay(session.mark, name, number, sink, call.exchange.signal)
        finally:
            pulse.stop()
        if whole or not name.id:
            return END
        lost = "what was left of this answer is lost: the gateway's process that had it is gone, or it is too old"
        return Data(event(error_message(name.id.encode(), INTERNAL_ERROR, lost)))

    async def _play(self, tape: Tape, place: int, sink: Sink) -> None:
        sink.flush()
        pulse = Pulse(sink, self._deadlines, KEEP_ALIVE)
        try:
            await play(tape, place, sink, sink.signal)
        finally:
            pulse.stop()


def _read_wanted(ask: Ask) -> Wanted:
    """What is to be listened for; raises Fault."""
    raw = ask.params.get("notifications")
    if raw is None:
        raise Fault(INVALID_PARAMS, "`notifications` is missing")
    try:
        wanted = _decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Fault(INVALID_PARAMS, f"`notifications` is not as it should be: {error}") from None
    if max(len(wanted.resource_subscriptions), len(wanted.task_ids)) > MOST_SUBSCRIPTIONS:
        raise Fault(INVALID_PARAMS, f"a listen has at most {MOST_SUBSCRIPTIONS} resources, and as many tasks")
    if wanted.task_ids and not ask.profile & TASKS:
        raise MissingCapability("who listens for tasks declares that it knows them", declare(TASKS))
    return wanted


def check_stream_head(request: Request) -> None:
    """Raises NotAcceptable unless the caller takes a stream of events."""
    accept = request.fields.get(b"accept", b"*/*").lower()
    if not any(each in accept for each in (b"text/event-stream", b"*/*", b"text/*")):
        raise NotAcceptable("accept text/event-stream")
