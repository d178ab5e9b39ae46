"""A realtime conversation: authorised as any call, then switched to a WebSocket on both sides."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.demand import Demand
from trigate.core.errors import UpstreamProtocolError
from trigate.core.exchange import Exchange
from trigate.core.parts import Head, Headers, Part, field
from trigate.core.stream import Incoming, Sink
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.errand import Errand
from trigate.llm.error import NotOffered
from trigate.llm.fault import NONE
from trigate.llm.header import to_provider
from trigate.llm.operation import Address
from trigate.llm.operations.openai_responses import OPERATION as RESPONSES
from trigate.llm.realtime.frame import accept_key, fresh_key
from trigate.llm.realtime.outbox import Outbox
from trigate.llm.realtime.relay import Relay
from trigate.llm.refusal import read_refusal
from trigate.llm.resource.kept import write
from trigate.llm.resource.premises import Place, Premises
from trigate.outbound.answer import Answer

if TYPE_CHECKING:
    from types import CoroutineType

OPERATION = "openai_realtime"
PROTOCOL = b"realtime"
"""The subprotocol of OpenAI's API."""


class Session(Errand):
    """One conversation."""

    __slots__ = ("_key", "_limit", "_model", "_place", "_premises", "_protocol")

    def __init__(self, premises: Premises, exchange: Exchange, model: str, limit: int) -> None:
        """`limit`: most bytes of a message."""
        super().__init__(Action("llm.realtime", f"model/{model}"))
        fields = exchange.request.fields
        self._premises = premises
        self._model = model
        self._limit = limit
        self._key = fields[b"sec-websocket-key"]
        offered = [each.strip() for each in fields.get(b"sec-websocket-protocol", b"").split(b",")]
        self._protocol = PROTOCOL in offered

    def prepare(self, call: Call) -> None:
        """Take the best target whose provider has such conversations; raises NotOffered, ModelNotFound, NoTarget.

        To rules it is an ask that says nothing yet.
        """
        premises = self._premises
        empty = RESPONSES.decode(b'{"model":%b,"input":[],"stream":true}' % write(self._model), Address(RESPONSES))
        for place in premises.choose(call, empty):
            provider = premises.wires[place.provider].site.provider
            if provider.path(OPERATION, place.model, streamed=True) is not None:
                self._place = place
                return
        raise NotOffered(f"no provider of model {self._model!r} offers realtime conversations")

    def demand(self) -> Demand:
        """One token: each answer is counted when it is there, but who has nothing left does not begin."""
        place = self._place
        tariff = place.sheet.tariff(()) if place.sheet is not None else None
        return Demand(0, 1, 0, 1, 0, tariff, None, place.provider, place.model)

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Connect, switch, relay."""
        return self._forward(call, incoming, sink)

    async def _forward(self, call: Call, incoming: Incoming, sink: Sink) -> Part:
        place = self._place
        call.target = f"{place.provider}/{place.model}"
        outbox = Outbox(call.exchange.signal)
        answer = await self._connect(call, place, outbox)
        try:
            headers: Headers = [(b"upgrade", b"websocket"), (b"sec-websocket-accept", accept_key(self._key))]
            if self._protocol:
                headers.append((b"sec-websocket-protocol", PROTOCOL))
            sink.begin(Head(101, headers))
            relay = Relay(call, self._premises, self._model, place, answer, outbox, incoming, sink, self._limit)
            return await relay.run()
        finally:
            answer.close()

    async def _connect(self, call: Call, place: Place, outbox: Outbox) -> Answer:
        """The provider's consent to the switch; raises ProviderRefused and UpstreamFailed."""
        site, exchange = self._premises.wires[place.provider].site, call.exchange
        path = site.provider.path(OPERATION, place.model, streamed=True) or b""
        key = fresh_key()
        lines = b"sec-websocket-version: 13\r\nsec-websocket-key: %b\r\nsec-websocket-protocol: %b\r\n" % (
            key,
            PROTOCOL,
        )
        answer = await site.client.send(
            site.endpoint,
            b"GET",
            site.target(b"%b?model=%b" % (path, quote(place.model, safe="").encode())),
            site.fields,
            outbox,
            exchange.signal,
            upgrade=b"websocket",
            extra=exchange.id_line + lines + _beta(exchange),
        )
        try:
            call.first_byte, call.status = clock.monotonic(), answer.head.status
            if answer.head.status != 101:
                raise (await read_refusal(site, answer, find_chat_dialect("openai_chat"), NONE)).error
            if field(answer.head.headers, b"sec-websocket-accept") != accept_key(key):
                raise UpstreamProtocolError(f"provider {place.provider!r} did not agree to a WebSocket as it should")
        except BaseException:
            answer.close()
            raise
        return answer


def _beta(exchange: Exchange) -> bytes:
    return to_provider(exchange.request, "openai_chat")[0]
