"""Answers of Responses that were kept: looked at, gone through, cancelled, deleted, by their owner alone."""

from typing import TYPE_CHECKING, Any

import msgspec

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.parts import Part, field
from trigate.core.stream import Incoming, Sink
from trigate.llm.errand import Errand
from trigate.llm.error import InvalidParameter
from trigate.llm.resource.chronicle import Chronicle, Turn
from trigate.llm.resource.handle import unknown
from trigate.llm.resource.item_page import item_page, parameter
from trigate.llm.resource.kept import read_object, text, write
from trigate.llm.resource.premises import Premises
from trigate.llm.resource.progress import UNDER_WAY, count_response
from trigate.llm.resource.recall import OWN, RESPONSE, key_of
from trigate.llm.resource.rename import Renamer, RenamingSink
from trigate.llm.resource.wire import at, pass_through, whole

if TYPE_CHECKING:
    from types import CoroutineType

_PASSED = (b"include", b"include[]", b"stream", b"starting_after", b"order", b"limit", b"after")
"""Parameters that go to the provider."""
_item = msgspec.json.Decoder(dict[str, Any]).decode


class ResponseErrand(Errand):
    """About one answer."""

    __slots__ = ("_act", "_chronicle", "_id", "_origin", "_owner", "_premises", "_query")

    def __init__(self, premises: Premises, chronicle: Chronicle | None, exchange: Exchange, id: str, act: str) -> None:
        """`act`: the action, whose last word says what is to be done. Raises HandleUnknown."""
        self._premises = premises
        self._chronicle = chronicle
        self._id = id
        self._owner, self._origin = premises.open(exchange, "response", id, own=True)
        self._query = exchange.request.query
        self._act = act.rpartition(".")[2]
        super().__init__(Action(act, f"provider/{self._origin.provider}" if self._origin.provider else "response/own"))

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Do it where the answer is kept."""
        return self._own(call, sink) if self._origin.provider == OWN else self._there(call, sink)

    # --- with us ---

    async def _own(self, call: Call, sink: Sink) -> Part:
        call.target = "conversations"
        key, chronicle = key_of(self._origin.id), self._chronicle
        turn = await chronicle.get(key, self._owner) if chronicle is not None else None
        if turn is None or chronicle is None:
            raise unknown("response")
        if self._act == "delete":
            await chronicle.drop(key)
            return whole(sink, write({"id": self._id, "object": "response", "deleted": True}))
        if self._act == "cancel":
            raise InvalidParameter("this answer is complete: only one in the background can be cancelled", "id")
        return whole(sink, turn.response if self._act == "get" else self._items(turn))

    def _items(self, turn: Turn) -> bytes:
        """What the answer answers, as a list."""
        return item_page([_shown(number, each) for number, each in enumerate(turn.asked)], self._query)

    # --- with a provider ---

    async def _there(self, call: Call, sink: Sink) -> Part:
        renamer = Renamer(lambda found: self._id)
        if self._act == "get" and parameter(self._query, b"stream") == "true":
            return await self._stream(call, sink, renamer)
        if self._act == "delete":
            await self._close(call)
            await self._ask(call, b"DELETE")
            await self._premises.register.drop(self._id, self._owner)
            return whole(sink, write({"id": self._id, "object": "response", "deleted": True}))
        if self._act == "items":
            return whole(sink, await self._ask(call, b"GET", "input_items"))
        said = await self._ask(call, b"POST", "cancel") if self._act == "cancel" else await self._ask(call, b"GET")
        await self._settle(call, said)
        return whole(sink, renamer.change(said))

    async def _stream(self, call: Call, sink: Sink, renamer: Renamer) -> Part:
        wire, path = self._place()
        answer = await wire.send(call, b"GET", path + self._passed(), "openai_responses")
        try:
            renaming = RenamingSink(sink, renamer.change)
            more = [] if field(answer.head.headers, b"content-type") else [(b"content-type", b"text/event-stream")]
            last = renaming.last(await pass_through(answer, renaming, more, framed=False))
        finally:
            answer.close()
        await self._settle_streamed(call)
        return last

    async def _settle_streamed(self, call: Call) -> None:
        """An answer that was read to its end is counted before that is told: nobody may ever look at it again."""
        try:
            held = await self._premises.register.find(self._id, self._owner)
            if held is not None and not held.settled:
                wire, path = self._place()
                await self._settle(call, await wire.ask(call, b"GET", path, "openai_responses"))
        except GatewayError:
            call.flags.append("llm.not_settled")

    async def _ask(self, call: Call, method: bytes, *more: str) -> bytes:
        wire, path = self._place(*more)
        passed = self._passed() if method == b"GET" else b""
        return await wire.ask(call, method, path + passed, "openai_responses")

    def _place(self, *more: str) -> Any:
        provider = self._origin.provider
        path = at(self._premises.path(provider, RESPONSE), self._origin.id, *more)
        return self._premises.wires[provider], path

    def _passed(self) -> bytes:
        """What of the query goes on."""
        said = [
            each for each in self._query.split(b"&") if each.partition(b"=")[0].replace(b"%5B%5D", b"[]") in _PASSED
        ]
        if not said:
            return b""
        return (b"&" if b"?" in self._premises.path(self._origin.provider, RESPONSE) else b"?") + b"&".join(said)

    async def _settle(self, call: Call, said: bytes) -> None:
        """Count what an answer in the background has cost, once it has ended."""
        if text(read_object(said), "status") in UNDER_WAY:
            return
        held = await self._premises.register.find(self._id, self._owner)
        if held is not None:
            await count_response(call, self._premises, held, self._origin.provider, said)

    async def _close(self, call: Call) -> None:
        """See that an answer in the background is paid for before it is gone; raises InvalidParameter."""
        held = await self._premises.register.find(self._id, self._owner)
        if held is None or held.settled:
            return
        wire, path = self._place()
        said = await wire.ask(call, b"GET", path, "openai_responses")
        if text(read_object(said), "status") in UNDER_WAY:
            raise InvalidParameter("this is still being answered: cancel it first", "id")
        await self._settle(call, said)


def _shown(number: int, raw: bytes) -> dict[str, Any]:
    """An item of an ask as a list shows it."""
    item = _item(raw)
    kind = item.setdefault("type", "message")
    if kind == "message" and isinstance(item.get("content"), str):
        form = "output_text" if item.get("role") == "assistant" else "input_text"
        item["content"] = [{"type": form, "text": item["content"]}]
    item.setdefault("id", f"{'msg' if kind == 'message' else 'item'}_{number}")
    return item
