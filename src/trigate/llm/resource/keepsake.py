"""What can be asked about one thing that is kept, or about all of them: look, read, delete, list."""

from typing import TYPE_CHECKING, Any

from msgspec import Raw, structs

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.exchange import Exchange
from trigate.core.parts import Part
from trigate.core.stream import Incoming, Sink
from trigate.llm.errand import Errand
from trigate.llm.resource.family import Family, deleted, read_span, write_list
from trigate.llm.resource.handle import unknown
from trigate.llm.resource.kept import read_kept, read_object, text, write
from trigate.llm.resource.premises import Premises, owner_in
from trigate.llm.resource.upload import show_file
from trigate.llm.resource.wire import at, pass_through, whole
from trigate.store.holding import Holding

if TYPE_CHECKING:
    from types import CoroutineType


MOST = 10_000
"""Files that are looked through for those with one purpose."""


class KeptErrand(Errand):
    """An errand about one thing of the caller's own."""

    __slots__ = ("family", "id", "kind", "operation", "origin", "owner", "premises")

    def __init__(self, premises: Premises, family: Family, exchange: Exchange, id: str, act: str) -> None:
        """Raises HandleUnknown."""
        self.premises = premises
        self.family = family
        self.id = id
        is_file = act.startswith("llm.files.")
        self.kind, self.operation = ("file", family.files) if is_file else ("batch", family.batches)
        self.owner, self.origin = premises.open(exchange, self.kind, id)
        super().__init__(Action(act, f"provider/{self.origin.provider}"))

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Run it."""
        return self.run(call, sink)

    async def run(self, call: Call, sink: Sink) -> Part:
        """See core.lane.Lane.forward."""
        raise NotImplementedError

    async def ask(self, call: Call, method: bytes, *more: str) -> bytes:
        """What the provider says of it."""
        premises, provider = self.premises, self.origin.provider
        path = at(premises.path(provider, self.operation), self.origin.id, *more)
        return await premises.wires[provider].ask(call, method, path, self.family.dialect)

    async def held(self) -> Holding:
        """What is remembered of it; raises HandleUnknown if that is nothing any more."""
        found = await self.premises.register.find(self.id, self.owner)
        if found is None:
            raise unknown(self.kind)
        return found


class LookAtFile(KeptErrand):
    """`GET /v1/files/{id}`."""

    __slots__ = ()

    async def run(self, call: Call, sink: Sink) -> Part:
        """What the provider says of it now."""
        file = read_object(await self.ask(call, b"GET"))
        return whole(sink, write(show_file(self.premises, self.owner, self.origin.provider, file)))


class ReadContent(KeptErrand):
    """`GET /v1/files/{id}/content`, and the results of a batch."""

    __slots__ = ()
    part = "content"
    """What the provider calls it in the path."""

    async def run(self, call: Call, sink: Sink) -> Part:
        """The bytes, as they come."""
        premises, provider = self.premises, self.origin.provider
        path = at(premises.path(provider, self.operation), self.origin.id, self.part)
        answer = await premises.wires[provider].send(call, b"GET", path, self.family.dialect)
        try:
            return await pass_through(answer, sink, self.family.sniffing)
        finally:
            answer.close()


class Delete(KeptErrand):
    """`DELETE` of something that is kept."""

    __slots__ = ()

    async def run(self, call: Call, sink: Sink) -> Part:
        """First at the provider, then here."""
        await self.ask(call, b"DELETE")
        await self.premises.register.drop(self.id, self.owner)
        return whole(sink, write(deleted(self.family, self.kind, self.id)))


class ListKept(Errand):
    """`GET` of a list: the caller's own alone, as it was seen last."""

    __slots__ = ("_family", "_kind", "_owner", "_premises", "_purpose", "_span")

    def __init__(self, premises: Premises, family: Family, exchange: Exchange, act: str, purpose: str = "") -> None:
        """`purpose`: what files are for, if only some are wanted. Raises InvalidParameter."""
        super().__init__(Action(act, "provider/*"))
        self._premises = premises
        self._family = family
        self._kind = family.files if act == "llm.files.list" else family.batches
        self._purpose = purpose
        self._owner = owner_in(exchange, premises)
        self._span = read_span(family, exchange.request, self._kind)

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """List them."""
        return self._forward(call, sink)

    async def _forward(self, call: Call, sink: Sink) -> Part:
        call.target = "register"
        span = self._span
        page, purpose = span.page, self._purpose
        if purpose:
            page = structs.replace(page, limit=MOST)
        found = await self._premises.register.list(self._kind, self._owner, page)
        if purpose:
            found = [each for each in found if text(read_object(read_kept(each.body).object), "purpose") == purpose]
        shown = [(each.id, await self.refreshed(call, each)) for each in found[: span.page.limit]]
        return whole(sink, write_list(self._family, span, shown))

    async def refreshed(self, call: Call, holding: Holding) -> Raw:
        """What a list shows of one."""
        return read_kept(holding.body).object
