"""Batches: asks that a provider answers in its own time, for less money."""

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, structs

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.parts import Part
from trigate.core.stream import Incoming, Sink
from trigate.core.turn import NEXT_TURN
from trigate.llm.errand import Errand
from trigate.llm.error import InvalidParameter
from trigate.llm.member import Members, read_members, write_members
from trigate.llm.resource.admission import admit, deposit, release
from trigate.llm.resource.bearer import bearer_of
from trigate.llm.resource.family import ANTHROPIC, OPENAI, Family
from trigate.llm.resource.handle import unknown
from trigate.llm.resource.keepsake import Delete, KeptErrand, ListKept, ReadContent
from trigate.llm.resource.kept import Kept, Object, read_kept, read_object, text, write
from trigate.llm.resource.plan import BY_NAME, Plan, rewritten
from trigate.llm.resource.premises import Premises, owner_in
from trigate.llm.resource.progress import look, show_batch
from trigate.llm.resource.unwrap import resolver
from trigate.llm.resource.upload import LINES_PER_TURN, chosen_provider
from trigate.llm.resource.wire import at, whole
from trigate.store.holding import Holding

if TYPE_CHECKING:
    from types import CoroutineType

KNOWN = frozenset({"input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"})
MOST_REFRESHED = 20
"""Batches that the provider is asked about for one list; the others are shown as they were seen last."""
_REQUEST = frozenset({"custom_id", "params"})
_texts = msgspec.json.Decoder(list[Raw]).decode


class CreateBatch(Errand):
    """A new batch: `POST /v1/batches`, of asks that were sent as a file."""

    __slots__ = ("_file", "_members", "_owner", "_premises", "_provider", "_raw")

    def __init__(self, premises: Premises, exchange: Exchange, body: bytes) -> None:
        """Raises BadRequest, HandleUnknown."""
        members = self._members = read_members(body, KNOWN)
        self._file = text(members, "input_file_id")
        if not self._file:
            raise InvalidParameter("name the file with the asks in `input_file_id`", "input_file_id")
        self._owner, origin = premises.open(exchange, "file", self._file)
        self._premises = premises
        self._provider, self._raw = origin.provider, origin.id
        super().__init__(Action("llm.batches.create", f"provider/{self._provider}"))

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Ask policy for every model, then the provider."""
        return self._forward(call, sink)

    async def _forward(self, call: Call, sink: Sink) -> Part:
        premises, members = self._premises, self._members
        held = await premises.register.find(self._file, self._owner)
        if held is None:
            raise unknown("file")
        kept = read_kept(held.body)
        if not kept.shares:
            raise InvalidParameter("this file was not sent with the purpose `batch`", "input_file_id")
        if text(members, "endpoint") != kept.url:
            raise InvalidParameter(f"`endpoint` must be that of the asks in the file: {kept.url}", "endpoint")
        await admit(call, premises, self._provider, kept.shares)
        body = write_members({**members, "input_file_id": Raw(write(self._raw))})
        return await begin(
            call, premises, OPENAI, self._provider, self._owner, body, Kept(Raw(), kept.shares, kept.url), sink
        )


class CreateMessageBatch(Errand):
    """A new batch: `POST /v1/messages/batches`, with its asks."""

    __slots__ = ("_body", "_members", "_owner", "_premises", "_provider")

    def __init__(self, premises: Premises, exchange: Exchange, body: bytes) -> None:
        """Raises BadRequest."""
        self._members = read_members(body, frozenset({"requests"}))
        self._owner = owner_in(exchange, premises)
        self._premises = premises
        self._provider = chosen_provider(premises, ANTHROPIC.batches, exchange.request.query)
        super().__init__(Action("llm.batches.create", f"provider/{self._provider}"))

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Ask policy for every model, then the provider."""
        return self._forward(call, sink)

    async def _forward(self, call: Call, sink: Sink) -> Part:
        premises, provider = self._premises, self._provider
        plan = Plan(call, premises, provider, resolver(premises, self._owner, provider))
        requests = await _rewritten(plan, self._members)
        await admit(call, premises, provider, plan.shares)
        body = write_members({**self._members, "requests": Raw(b"[%b]" % b",".join(requests))})
        return await begin(call, premises, ANTHROPIC, provider, self._owner, body, Kept(Raw(), plan.shares), sink)


async def _rewritten(plan: Plan, members: Members) -> list[bytes]:
    """The asks as the provider gets them; raises BadRequest."""
    try:
        requests = _texts(members["requests"])
        found: list[bytes] = []
        for count, raw in enumerate(requests, 1):
            request = read_members(bytes(raw), _REQUEST)
            found.append(
                rewritten(request, "params", plan.add(BY_NAME["anthropic_messages"], bytes(request["params"])))
            )
            if not count % LINES_PER_TURN:
                await NEXT_TURN
    except (KeyError, msgspec.DecodeError):
        raise InvalidParameter("`requests` must be a list of `custom_id` and `params`", "requests") from None
    if not found:
        raise InvalidParameter("a batch must not be empty", "requests")
    return found


async def begin(  # noqa: PLR0913, PLR0917 - all that a batch is made of
    call: Call, premises: Premises, family: Family, provider: str, owner: str, body: bytes, kept: Kept, sink: Sink
) -> Part:
    """Have the provider begin with a batch, and remember whose it is."""
    holds = await deposit(call, premises, provider, kept.shares)
    try:
        shown = await _begun(call, premises, family, provider, owner, body, kept)
    except BaseException:
        release(holds)
        raise
    premises.caretaker.keep(text(shown, "id"), provider, structs.replace(kept, bearer=bearer_of(call.principal)), holds)
    return whole(sink, write(shown))


async def _begun(  # noqa: PLR0913, PLR0917 - as above
    call: Call, premises: Premises, family: Family, provider: str, owner: str, body: bytes, kept: Kept
) -> Object:
    wire, path = premises.wires[provider], premises.path(provider, family.batches)
    said = await wire.ask(call, b"POST", path, family.dialect, body)
    shown = show_batch(call, premises, owner, provider, read_object(said))
    held = Kept(Raw(write(shown)), kept.shares, kept.url, bearer_of(call.principal))
    holding = Holding(id=text(shown, "id"), kind=family.batches, owner=owner, body=write(held))
    try:
        await premises.register.put(holding)
    except GatewayError:
        raw = text(read_object(said), "id")
        await wire.ask(call, b"POST", at(path, raw, "cancel"), family.dialect)
        raise
    return shown


class LookAtBatch(KeptErrand):
    """`GET` of a batch; the first look after its end counts what it has cost."""

    __slots__ = ()

    async def run(self, call: Call, sink: Sink) -> Part:
        """What the provider says of it now."""
        held = await self.held()
        return whole(sink, await look(call, self.premises, self.family, held, self.origin, sink))


class CancelBatch(KeptErrand):
    """`POST …/cancel`."""

    __slots__ = ()

    async def run(self, call: Call, sink: Sink) -> Part:
        """Have the provider end it; what has been answered is still paid for."""
        await self.held()
        said = read_object(await self.ask(call, b"POST", "cancel"))
        return whole(sink, write(show_batch(call, self.premises, self.owner, self.origin.provider, said)))


class DeleteBatch(Delete):
    """`DELETE` of a batch: the provider has nothing to say of its cost afterwards."""

    __slots__ = ()

    async def run(self, call: Call, sink: Sink) -> Part:
        """Delete it, once it is paid for."""
        held = await self.held()
        if not held.settled:
            await look(call, self.premises, self.family, held, self.origin, sink)
        return await super().run(call, sink)


class ReadResults(ReadContent):
    """`GET /v1/messages/batches/{id}/results`."""

    __slots__ = ()
    part = "results"

    async def run(self, call: Call, sink: Sink) -> Part:
        """The results, once they are paid for."""
        held = await self.held()
        if not held.settled:
            await look(call, self.premises, self.family, held, self.origin, sink)
        return await super().run(call, sink)


class ListBatches(ListKept):
    """`GET` of all batches; those under way are asked for anew, as far as there are not too many."""

    __slots__ = ("_asked", "_sink")

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """List them."""
        self._sink = sink
        self._asked = 0
        return super().forward(call, incoming, sink)

    async def refreshed(self, call: Call, holding: Holding) -> Raw:
        """How far it is; as it was seen last if the provider does not say."""
        if not holding.settled and self._asked < MOST_REFRESHED:
            self._asked += 1
            premises = self._premises
            try:
                origin = premises.handles.open("batch", holding.owner, holding.id)
                if origin.provider in premises.wires:
                    return Raw(await look(call, premises, self._family, holding, origin, self._sink))
            except GatewayError:
                pass
        return read_kept(holding.body).object
