"""The lane for tool traffic: callers of either protocol era, servers of either."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import count
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.errors import ExchangeStopped, GatewayError, MethodNotAllowed, NotFound
from trigate.core.exchange import Exchange
from trigate.core.lane import Encode, Match
from trigate.core.parts import END, Data, Head, Part
from trigate.core.request import Request
from trigate.core.stream import Incoming, NoIncoming, Sink
from trigate.core.surroundings import Surroundings
from trigate.mcp import local, refusal
from trigate.mcp.approach import shared_upstream, transport_of
from trigate.mcp.approval import approved
from trigate.mcp.ask import Ask, Batch, beside, judged_arguments
from trigate.mcp.asker import Desk, Inquiry, hear
from trigate.mcp.authorization import Challenges
from trigate.mcp.connection import connect
from trigate.mcp.element import ElementSink, take_stop
from trigate.mcp.envelope import result_message
from trigate.mcp.express import Passage, Track, Tracks
from trigate.mcp.fault import Fault, UnknownMethod
from trigate.mcp.front import Front
from trigate.mcp.inspection import check_shown, prepare
from trigate.mcp.instruction import instructions
from trigate.mcp.listening.audience import Audience
from trigate.mcp.listening.front import Listening, check_stream_head
from trigate.mcp.listing import KINDS
from trigate.mcp.locator import Locator
from trigate.mcp.method import ANSWER, BATCH, NOTE, STREAM, Method
from trigate.mcp.method import END as END_SESSION
from trigate.mcp.paging import Paging
from trigate.mcp.parks import Parks
from trigate.mcp.pending import Pending
from trigate.mcp.person import People, Person, PersonalUpstream, meet, personal
from trigate.mcp.pinning import guard, pinned
from trigate.mcp.profile import APPS
from trigate.mcp.relay import Relay, Watch
from trigate.mcp.reply import JSON_HEAD, Reply
from trigate.mcp.rumour import share
from trigate.mcp.said import Answered
from trigate.mcp.session import Session, Sessions
from trigate.mcp.settings import McpSettings, Server
from trigate.mcp.sse_lane import SseLane
from trigate.mcp.state import States
from trigate.mcp.task import Tasks
from trigate.mcp.underway import Underway
from trigate.mcp.upstream import Memory, Upstream
from trigate.mcp.view import View, views
from trigate.policy.consent.petition import Consent

if TYPE_CHECKING:
    from trigate.outbound.client import Client
    from trigate.policy.call import Calls

_GREETINGS = frozenset({"initialize", "server/discover"})
_RETRY = frozenset({"inputResponses", "requestState"})
_SILENT = (NOTE, END_SESSION, ANSWER)
"""What has no answer but a status."""
_WITHOUT_MESSAGE = {b"GET": STREAM, b"DELETE": END_SESSION}
_scenes = count()


class McpLane:
    """Serves `/mcp` and `/mcp/{endpoint}`."""

    name = "mcp"
    encode: Encode | None = None
    """Parts are made as the caller reads them."""

    def __init__(
        self,
        settings: McpSettings,
        client: "Client",
        surroundings: Surroundings,
        calls: "Calls | None" = None,
        challenges: Challenges | None = None,
    ) -> None:
        """`challenges` tell clients where to log in; None if they can nowhere."""
        self._settings = settings
        self._challenges = challenges
        self._deadlines = surroundings.deadlines
        self._calls = calls
        keep = surroundings.keep
        self._underway = underway = keep.adopt("mcp.underway", None, lambda: Underway(surroundings.bus))
        sessions = keep.adopt(
            "mcp.sessions", settings.sessions, lambda: Sessions(settings.sessions, surroundings, underway)
        )
        self._front = Front(settings, sessions)
        self._pending = keep.adopt("mcp.pending", None, lambda: Pending(surroundings.bus, surroundings.derive))
        self._paging = Paging(surroundings.derive, settings.page)
        self._states = States(surroundings.derive, settings.questions.answer)
        questions, deadlines = settings.questions, surroundings.deadlines
        parks = keep.adopt("mcp.parks", None, lambda: Parks(surroundings.bus, deadlines, questions))
        parks.settings = questions
        self._tasks = Tasks(surroundings.derive, self._may)
        run, guarded = self._run, calls is not None and calls.guarded
        self._desk = desk = Desk(questions, self._pending, parks, self._states, self._tasks, deadlines, run, guarded)
        audience = keep.adopt("mcp.audience", settings.sessions, lambda: Audience(settings.sessions, surroundings))
        sessions.on_end = audience.end
        self._upstreams = {
            name: shared_upstream(name, server, client, surroundings, desk)
            for name, server in settings.servers.items()
            if personal(server) is None
        }
        self._all = meet(self._upstreams, self._may)
        scene = audience.scene(self._upstreams, self._may, surroundings)
        self._people: People | None = None
        if len(self._upstreams) < len(settings.servers):

            def make(name: str, server: Server, memory: Memory) -> PersonalUpstream:
                transport = transport_of(name, server, client, surroundings)
                upstream = PersonalUpstream(name, server, transport, memory, surroundings, desk)
                upstream.pinning = pinned(name, server, frozenset(settings.servers), surroundings.bus)
                return upstream

            self._people = People(settings.servers, self._upstreams, make, self._may, surroundings)
            self._people.tell = scene.renew
        guard(self._upstreams, self._seen_as, surroundings.bus)
        share(self._upstreams, surroundings.bus)
        keep.adopt("mcp.scene", next(_scenes), lambda: scene)
        self._listening = Listening(audience, scene, sessions, self._deadlines, self._locate, self._tasks)
        places = [(view, Tracks()) for view in views(settings)]
        self._places = {path: place for place in places for path in place[0].paths}
        self._older = SseLane(self, [place[0] for place in places], settings, self._front, calls, surroundings)

    # --- the contract -------------------------------------------------------------------------------------------

    def match(self, request: Request) -> Match | None:
        """The endpoint at this path."""
        found = self._places.get(request.path)
        if found is None:
            older = self._older.match(request)
            if older is None and (request.path == b"/mcp" or request.path.startswith(b"/mcp/")):
                raise NotFound("there is no MCP endpoint at this address")
            return older
        posted = request.method == b"POST"
        return Match(self, found[0].route, "buffer" if posted else "none", self._settings.max_body, Passage(*found))

    def decode(self, exchange: Exchange, match: Match, body: bytes) -> tuple[Action, Any]:
        """Understand a message; raises GatewayError."""
        passage: Passage = match.detail
        track = passage.track or self._enter(exchange.request, passage)
        ask = track.recognise(body) if track is not None else None
        if ask is None or ask.express is None:
            return self._understand(exchange, passage, body)
        exchange.ask = ask
        return ask.express.action, ask

    def targets(self, call: Call, ask: Any) -> Sequence[Any]:
        """The one server it concerns, or the gateway itself."""
        if type(ask) is not Ask or ask.fault is not None:
            return (None,)
        return (self._mine(call.exchange).upstreams.get(ask.server),)

    def demand(self, call: Call, ask: Any, target: Any) -> Demand:
        """Nothing that is counted in tokens or money."""
        return NO_DEMAND

    def arguments(self, ask: Any) -> Any:
        """The arguments of a tool or prompt."""
        return judged_arguments(ask) if type(ask) is Ask else None

    async def traits(self, call: Call, ask: Any) -> Mapping[str, bool]:
        """What a tool's server says of it."""
        upstream = self._mine(call.exchange).upstreams.get(ask.server) if type(ask) is Ask else None
        return await upstream.traits(ask.subject) if upstream is not None and ask.name == "tools/call" else {}

    def goes_on(self, ask: Any) -> bool:
        """Whether it finds a call that waits for its answers (mcp/park.py): what is sealed in it says so."""
        return type(ask) is Ask and ask.retry is not None and ask.retry.state.parked is not None

    def beside(self, ask: Any) -> Mapping[str, Any]:
        """Further members of the call, and of its `_meta`."""
        return beside(ask) if type(ask) is Ask else {}

    def carried(self, ask: Any) -> Consent | None:
        """What is sealed in its `requestState`."""
        return ask.retry.state.consent if type(ask) is Ask and ask.retry is not None else None

    async def confirm(self, call: Call, ask: Any, sink: Sink, question: str) -> bool | None:
        """Whether the person at the caller's end approves; None if the caller cannot or may not be asked."""
        return await approved(self._desk, call, ask, sink, question) if type(ask) is Ask else None

    def forward(
        self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink
    ) -> "CoroutineType[Any, Any, Part]":
        """Answer the ask."""
        if type(ask) is Batch:
            return self._batch(call, ask, sink)
        if target is None:
            return self._act(call, ask, sink)
        return self._relay(call, ask, target, sink) if ask.express is None else ask.express.forward(call, ask, sink)

    def encode_error(self, exchange: Exchange, error: GatewayError, committed: bool) -> Sequence[Part] | None:
        """The error as a JSON-RPC response."""
        if self._challenges is not None:
            self._challenges.complete(exchange, error)
        return refusal.parts(exchange, error, committed)

    # --- where a message belongs --------------------------------------------------------------------------------

    def _enter(self, request: Request, passage: Passage) -> Track | None:
        """Look at a head for the first time; None if no message comes with it."""
        if request.method == b"POST":
            self._front.check_head(request)
            passage.track = passage.tracks.find(request.fields)
        return passage.track

    def _understand(self, exchange: Exchange, passage: Passage, body: bytes) -> tuple[Action, Any]:
        view = passage.view
        track = passage.track
        if track is None:
            return self._decode_other(exchange, view)
        ask = self._front.understand(exchange, view, body)
        if isinstance(ask, Batch):
            return Action(BATCH.action, view.resource), ask
        if ask.method is not None and ask.method.way == "task":
            return self._tasks.place(exchange, ask), ask
        action = self._locate(exchange).place(exchange, ask)
        if ask.era == "modern" and not _RETRY.isdisjoint(ask.params):
            self._states.take_retry(exchange, ask)
        track.learn(ask, action, self._upstreams.get(ask.server), body)
        return action, ask

    def _decode_other(self, exchange: Exchange, view: View) -> tuple[Action, Any]:
        request = exchange.request
        ask = exchange.ask = Ask(view)
        self._front.check_origin(request.fields.get(b"origin"))
        method = _WITHOUT_MESSAGE.get(request.method)
        if method is None or request.fields.get(b"mcp-protocol-version") == b"2026-07-28":
            raise MethodNotAllowed("send JSON-RPC messages by POST", headers=((b"allow", b"GET, POST, DELETE"),))
        if method is STREAM:
            check_stream_head(request)
        self._front.find_session(exchange, ask)
        ask.method = method
        return Action(method.action, view.resource), ask

    def _mine(self, exchange: Exchange) -> Person:
        """The servers as this caller comes to them."""
        return self._all if self._people is None else self._people.of(exchange)

    def _locate(self, exchange: Exchange) -> Locator:
        return self._mine(exchange).locator

    def _seen_as(self, server: str) -> Iterable[Upstream]:
        """A server as each of those sees it to whom it is their own."""
        return self._people.each(server) if self._people is not None else ()

    def _may(self, exchange: Exchange, action: Action) -> bool:
        return self._calls is None or self._calls.may(exchange, action)

    # --- acts ---------------------------------------------------------------------------------------------------

    async def _act(self, call: Call, ask: Ask | Inquiry | Answered, sink: Sink) -> Part:
        if isinstance(ask, Inquiry | Answered):
            return await ask.forward()
        if ask.fault is not None:
            raise ask.fault
        method = ask.method or NOTE
        if method in _SILENT:
            return await self._note(ask, method, sink)
        if method.way == "list":
            return await self._list(call, ask, sink)
        if method.way == "local":
            return await self._answer(call, ask, sink)
        return await (self._listening.listen if method.way == "listen" else self._find)(call, ask, sink)

    async def _answer(self, call: Call, ask: Ask, sink: Sink) -> Part:
        told = self._told(call, ask) if ask.name in _GREETINGS else ""
        if ask.name == "initialize":
            body, session = local.initialize(ask, self._front.sessions, call.principal, told)
            return Reply(sink).end(result_message(ask.id, body), headers=[(b"mcp-session-id", session.token.encode())])
        return Reply(sink).end(result_message(ask.id, await local.answer(ask, self._front.sessions, told)))

    def _told(self, call: Call, ask: Ask) -> str:
        """What the caller is told to begin with."""
        exchange, longest = call.exchange, self._settings.longest_instructions
        mine = self._mine(exchange).upstreams
        return instructions(ask.view, mine, lambda action: self._may(exchange, action), int(longest))

    async def _note(self, ask: Ask, method: Method, sink: Sink) -> Part:
        if method is END_SESSION and ask.session is not None:
            await self._front.sessions.end(ask.session)
            sink.begin(Head(204, []))
            return END
        await local.take_note(ask, self._underway, self._pending)
        sink.begin(Head(202, []))
        return END

    async def _list(self, call: Call, ask: Ask, sink: Sink) -> Part:
        exchange, page = call.exchange, self._paging.page_of(call.principal, ask)

        def shown(action: Action) -> bool:
            return self._may(exchange, action)

        result = await self._mine(exchange).catalogue.result(
            ask.view, KINDS[ask.name], ask.era, ask.version, shown, apps=bool(ask.profile & APPS), page=page
        )
        return Reply(sink).end(result_message(ask.id, result))

    async def _relay(self, call: Call, ask: Ask, upstream: Upstream, sink: Sink) -> Part:
        call.target = upstream.name
        if ask.method is not None and ask.method.way == "subscribe":
            return await self._listening.subscribe(call, ask, upstream, sink)
        call.usage.tool_calls = int(ask.name == "tools/call")
        if ask.session is not None:
            return await self._relay_recorded(call, ask, upstream, sink, ask.session)
        return await self._pass_on(call, ask, upstream, sink)

    async def _relay_recorded(self, call: Call, ask: Ask, upstream: Upstream, sink: Sink, session: Session) -> Part:
        """A lost connection cancels no call of a session, and what it missed is kept (2025-11-25, transports)."""
        exchange, recorded = call.exchange, self._listening.record(session, ask.id, sink)
        self._underway.begin(session.token, ask.id, exchange)
        sink.detached = True
        try:
            return recorded.end(await self._pass_on(call, ask, upstream, recorded))
        except GatewayError as error:
            recorded.fail(refusal.text(ask.id, "legacy", error))
            raise
        except asyncio.CancelledError:
            if exchange.stopped_by is not None:
                recorded.fail(refusal.text(ask.id, "legacy", exchange.stopped_by))
            raise
        finally:
            recorded.close()
            self._underway.end(session.token, ask.id, exchange)

    async def _pass_on(self, call: Call, ask: Ask, upstream: Upstream, sink: Sink) -> Part:
        exchange = call.exchange
        if ask.retry is not None and self._desk.guarded:
            await hear(self._desk, call, ask)
        watch = Watch(exchange, sink, self._deadlines, upstream.settings.timeouts.call, self._settings.orphan)
        try:
            relay = Relay(call, ask, upstream, sink, watch)
            deliver = partial(self._deliver, call, ask, upstream, relay, sink)
            if isinstance(upstream, PersonalUpstream):
                return await connect(ask, upstream, relay.asker, deliver)
            return await deliver()
        finally:
            watch.close()

    async def _deliver(self, call: Call, ask: Ask, upstream: Upstream, relay: Relay, sink: Sink) -> Part:
        if ask.name == "tools/call":
            await prepare(upstream, ask)
        elif upstream.pinning is not None:
            await check_shown(upstream, ask)
        return await upstream.care.run(call, ask, sink, relay.run)

    async def _find(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """A thing whose server or own name was not known yet: fetch lists, then make the call that names both."""
        action = await self._locate(call.exchange).find(call.exchange, ask)
        return await self._run(call, action, ask, sink)

    async def _batch(self, call: Call, batch: Batch, sink: Sink) -> Part:
        """Each element is a call of its own; the answers come together (2025-03-26, transports: sending messages)."""
        sink.detached = True
        answers: list[bytes] = []
        for element in batch.elements:
            if sink.left:
                raise ExchangeStopped("nobody waits for the rest of this batch any more")
            if isinstance(element, Fault):
                answers.append(refusal.text(element.id, "legacy", element))
            elif element.id:
                answers.append(await self._element(call, element, sink))
            else:
                await local.take_note(element, self._underway, self._pending)
        if not answers:
            sink.begin(Head(202, []))
            return END
        sink.begin(JSON_HEAD)
        return Data(b"[" + b",".join(answers) + b"]")

    async def _element(self, call: Call, element: Ask, sink: Sink) -> bytes:
        try:
            action = self._locate(call.exchange).place(call.exchange, element)
            last = await self._run(call, action, element, ElementSink(sink))
        except GatewayError as error:
            return refusal.result_text(element, error) or refusal.text(element.id, "legacy", error)
        except asyncio.CancelledError:
            stopped = take_stop(call.exchange)
            if stopped is None:
                raise
            return refusal.text(element.id, "legacy", stopped)
        return last.payload if isinstance(last, Data) else b""

    async def _run(self, call: Call, action: Action, ask: Ask, sink: Sink) -> Part:
        if self._calls is None:
            raise UnknownMethod("this gateway was built without the capability to make further calls")
        incoming = NoIncoming(call.exchange.signal)
        return await self._calls.run(call.exchange, self, action, ask, incoming, sink, call)
