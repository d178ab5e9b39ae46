"""The short way of the commonest call: a tool of a server of the newer era, over HTTP.

Everything is decided once per head and make of message, by the general way; what comes again is recognised, and goes
out with its arguments and comes back with its content unread. Whatever is unusual goes on by the general way.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Raw, Struct

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import UpstreamFailed
from trigate.core.parts import Data, Head, Part
from trigate.core.stream import Sink
from trigate.mcp.ask import Ask
from trigate.mcp.compose import Hop, compose
from trigate.mcp.conversion import modern_result
from trigate.mcp.envelope import read_value, result_message
from trigate.mcp.greeting import Greeting
from trigate.mcp.inspection import check_arguments, check_result, schema_of_arguments, schema_of_result
from trigate.mcp.link import keep_readable
from trigate.mcp.listing import Listing, Thing
from trigate.mcp.relay import Relay, complete
from trigate.mcp.reply import JSON_HEAD
from trigate.mcp.stencil import Stencil, trace
from trigate.mcp.upstream import Upstream
from trigate.mcp.version import MODERN
from trigate.mcp.view import View

if TYPE_CHECKING:
    from trigate.mcp.letter import Letter
    from trigate.mcp.schema import Schema

_FEWEST_MISSES, _MOST_MISSES = 2, 4
"""A message that comes once is not worth learning from; nor is there anything to learn if no two are alike."""
_MOST_TRACKS = 1024
_LONGEST = 4096
"""Most bytes that are kept of a message."""
_LONGEST_SAID = 512
_SAID = (b"mcp-protocol-version", b"mcp-method", b"mcp-name", b"user-agent")
"""The fields that a message of the newer era must agree with, and the one that tells programs apart."""
_HOLE = b"\0"


class Express(Struct, eq=False):
    """One tool, called under one head by messages of one make."""

    action: Action
    upstream: Upstream
    letter: "Letter"
    _model: Ask
    _stencil: Stencil
    _greeting: Greeting
    _tools: Listing
    _takes: "Schema | None"
    """What the arguments are held against."""
    _gives: "Schema | None"
    """What the structured result is held against."""

    def recognise(self, body: bytes) -> Ask | None:
        """The ask, if the message is of the known make and nothing has changed at the server."""
        upstream = self.upstream
        memory = upstream.memory
        if (
            upstream.care.breaker.failures
            or memory.greeting is not self._greeting
            or memory.listings.get("tools") is not self._tools
        ):
            return None
        found = self._stencil.read(body)
        if found is None:
            return None
        id, arguments = found
        model = self._model
        params = {**model.params, "arguments": Raw(arguments)}
        return Ask(
            model.view, "modern", MODERN, id, model.name, model.method, params, model.meta, None, model.server,
            model.subject, b"", model.level, self,
        )  # fmt: skip

    async def forward(self, call: Call, ask: Ask, sink: Sink) -> Part:
        """Send the ask, and return the answer."""
        upstream, letter, greeting = self.upstream, self.letter, self._greeting
        call.target = upstream.name
        call.usage.tool_calls = 1
        takes = self._takes
        if takes is not None and not takes.admits(read_value(ask.params["arguments"])):
            await check_arguments(upstream, ask)
        id = letter.number()
        try:
            answer = await letter.send(id, ask.params["arguments"], call.exchange)
            head = answer.head
            call.status = head.status
            call.first_byte = clock.monotonic()
            if not answer.complete or (head.passed or _pass(head, letter)) is not JSON_HEAD:
                leg = letter.leg(greeting, answer, id)
                return await Relay(call, ask, upstream, sink).resume(greeting, leg)
            message = letter.read(answer, id)
        except UpstreamFailed as error:
            return await upstream.care.again(call, ask, sink, lambda: Relay(call, ask, upstream, sink).run(), error)
        if len(message.error):
            return await Relay(call, ask, upstream, sink).conclude(message, greeting)
        found = complete(upstream, message)
        if "resultType" in found or len(message.result) > upstream.largest:
            return await Relay(call, ask, upstream, sink).conclude(message, greeting)
        if self._gives is not None:
            check_result(upstream, ask, found)
        if ask.view.several:
            keep_readable(ask, upstream, found)
        result = modern_result(ask.name, found)
        sink.begin(JSON_HEAD)
        return Data(result_message(ask.id, result))


class Track(Struct, eq=False):
    """What was learned from messages whose heads say the same."""

    express: Express | None = None
    misses: int = 0
    """Messages in a row that were read in full."""

    def recognise(self, body: bytes) -> Ask | None:
        """The ask, if its like has come before."""
        if self.express is None:
            return None
        ask = self.express.recognise(body)
        if ask is not None:
            self.misses = 0
        return ask

    def learn(self, ask: Ask, action: Action, upstream: Upstream | None, body: bytes) -> None:
        """Be prepared for another message like this one, which had to be read in full."""
        self.misses += 1
        if upstream is not None and ask.name == "tools/call" and _FEWEST_MISSES <= self.misses <= _MOST_MISSES:
            self.express = _express(ask, action, upstream, body)


class Tracks:
    """The tracks of one endpoint."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[tuple[bytes | None, ...], Track] = {}

    def find(self, fields: Mapping[bytes, bytes]) -> Track:
        """The track of all heads that say what this one does about the message."""
        said = tuple(map(fields.get, _SAID))
        track = self._known.get(said)
        if track is None:
            if len(self._known) >= _MOST_TRACKS:
                self._known.clear()
            track = Track()
            if sum(map(len, filter(None, said))) <= _LONGEST_SAID:
                self._known[said] = track
        return track


class Passage(Struct, eq=False):
    """What `match` hands to `decode`: the endpoint, and the track, once the head has been found in order."""

    view: View
    tracks: Tracks
    track: Track | None = None


def _express(ask: Ask, action: Action, upstream: Upstream, body: bytes) -> Express | None:
    greeting, tools = upstream.memory.greeting, upstream.memory.listings.get("tools")
    if (
        ask.era != "modern"
        or ask.token
        or ask.retry is not None
        or greeting is None
        or greeting.era != "modern"
        or tools is None
    ):
        return None
    tool, stencil = tools.things.get(ask.subject), trace(body)
    if stencil is None or len(stencil) > _LONGEST or not _is_plain(ask, upstream, tool):
        return None
    params = {**ask.params, "arguments": Raw(_HOLE)}
    outgoing = compose(ask.name, params, ask.meta.own, Hop("modern", ask.subject, "", ask.level, ask.profile))
    letter = upstream.letter(outgoing, _HOLE)
    if letter is None:
        return None
    takes, gives = schema_of_arguments(upstream, tool), schema_of_result(upstream, tool)
    return Express(action, upstream, letter, ask, stencil, greeting, tools, takes, gives)


def _is_plain(ask: Ask, upstream: Upstream, tool: Thing | None) -> bool:
    """Whether nothing but its schemas stands between a call and the tool."""
    shape = ask.view.shape(ask.server, ask.subject)
    if shape is not None and shape.fills:
        return False
    if upstream.settings.concurrency is not None:
        return False
    if tool is None:
        return not upstream.guarded
    takes = schema_of_arguments(upstream, tool)
    return not tool.mirrored and (takes is None or not takes.external)


def _pass(head: Head, letter: "Letter") -> Head | None:
    """What callers get of a server's head, if it is that of a JSON answer; kept with a head that comes again."""
    if letter.is_plain(head):
        head.passed = JSON_HEAD
    return head.passed
