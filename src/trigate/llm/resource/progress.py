"""How far a batch is, as its owner is shown it; and what it has cost, once it has ended."""

from typing import Any

from msgspec import Raw, structs

from trigate.core.call import Call
from trigate.core.errors import GatewayError
from trigate.core.stream import Collector, Sink
from trigate.core.usage import Usage
from trigate.llm.address import without_drop_in
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.resource.admission import charge
from trigate.llm.resource.bill import Bill
from trigate.llm.resource.family import ANTHROPIC, Family
from trigate.llm.resource.handle import Origin
from trigate.llm.resource.kept import Kept, Object, Share, read_kept, read_object, text, write
from trigate.llm.resource.line import LineReader
from trigate.llm.resource.premises import Premises
from trigate.llm.resource.wire import at
from trigate.llm.sheet import Sheet
from trigate.store.holding import Holding

RESPONSES = "openai_responses"
UNDER_WAY = frozenset({"queued", "in_progress"})
SWEPT = "llm.swept"
"""Flag of what was counted by the gateway itself, since nobody has looked."""
_FILES = ("input_file_id", "output_file_id", "error_file_id")


async def look(call: Call, premises: Premises, family: Family, held: Holding, origin: Origin, sink: Sink) -> bytes:
    """A batch as its owner is shown it; one that has ended is paid for first."""
    kept = read_kept(held.body)
    if held.settled and text(read_object(bytes(kept.object)), family.status) in family.ended:
        return bytes(kept.object)  # nothing will change any more
    wire, path = premises.wires[origin.provider], premises.path(origin.provider, family.batches)
    said = await wire.ask(call, b"GET", at(path, origin.id), family.dialect)
    batch = read_object(said)
    shown = write(show_batch(call, premises, held.owner, origin.provider, batch))
    if not held.settled and text(batch, family.status) in family.ended:
        await settle(call, premises, family, held, kept, origin, batch, sink)
    if shown != bytes(kept.object):
        await premises.register.note(held.id, held.owner, write(structs.replace(kept, object=Raw(shown))))
    return shown


async def settle(  # noqa: PLR0913, PLR0917 - all that a bill is made of
    call: Call,
    premises: Premises,
    family: Family,
    held: Holding,
    kept: Kept,
    origin: Origin,
    batch: Object,
    sink: Sink,
    *flags: str,
) -> None:
    """Count what a batch has cost: once, whoever looks first; raises what the provider says instead of results."""
    sheets = [sheet_of(premises, origin.provider, share) for share in kept.shares]
    bill = Bill(kept.shares, sheets, premises.settings.batch_price)
    for path in _results(premises, family, origin, batch):
        await _read(call, premises, family, origin.provider, path, bill)
    before, sink.detached = sink.detached, True  # a caller who leaves now has it counted all the same
    try:
        if await premises.register.settle(held.id, held.owner):
            for share, used in bill.totals():
                await charge(call, premises, origin.provider, share, used, *flags)
        premises.caretaker.release(held.id)
    finally:
        sink.detached = before


async def settle_batch(call: Call, premises: Premises, family: Family, held: Holding, origin: Origin) -> None:
    """Count what a batch has cost that nobody looks at, if it has ended; raises what the provider says."""
    wire, path = premises.wires[origin.provider], premises.path(origin.provider, family.batches)
    batch = read_object(await wire.ask(call, b"GET", at(path, origin.id), family.dialect))
    if text(batch, family.status) in family.ended:
        sink = Collector(call.exchange.signal)
        await settle(call, premises, family, held, read_kept(held.body), origin, batch, sink, SWEPT)


async def settle_response(call: Call, premises: Premises, held: Holding, origin: Origin) -> None:
    """The same for an answer in the background."""
    wire, path = premises.wires[origin.provider], premises.path(origin.provider, RESPONSES)
    said = await wire.ask(call, b"GET", at(path, origin.id), RESPONSES)
    await count_response(call, premises, held, origin.provider, said, SWEPT)


async def count_response(
    call: Call, premises: Premises, held: Holding, provider: str, said: bytes, *flags: str
) -> None:
    """Count what an answer in the background has cost, once, if what the provider says of it is the end."""
    if held.settled or text(read_object(said), "status") in UNDER_WAY:
        return
    if not await premises.register.settle(held.id, held.owner):
        return
    (share,) = read_kept(held.body).shares
    used, tally = Usage(), find_chat_dialect(RESPONSES).read_tally(said)
    if tally is None:
        used.estimated = True
    else:
        tally.add_to(used)
        sheet = sheet_of(premises, provider, share)
        if sheet is not None:
            price = sheet.price()
            used.cost = price.cost(used, tally.media) + (price.fee(used.units or {}) or 0)
        used.unpriced = sheet is None
    await charge(call, premises, provider, share, used, *flags)
    premises.caretaker.release(held.id)


def _results(premises: Premises, family: Family, origin: Origin, batch: Object) -> list[bytes]:
    """Where the answers of a batch lie."""
    if family is ANTHROPIC:
        path = premises.path(origin.provider, family.batches)
        return [at(path, origin.id, "results")] if text(batch, "results_url") else []
    output = text(batch, "output_file_id")
    return [at(premises.path(origin.provider, family.files), output, "content")] if output else []


async def _read(call: Call, premises: Premises, family: Family, provider: str, path: bytes, bill: Bill) -> None:
    answer = await premises.wires[provider].send(call, b"GET", path, family.dialect)
    reader = LineReader(premises.max_answer)
    try:
        while data := await answer.more():
            for line in reader.feed(data):
                bill.add(line)
        for line in reader.finish():
            bill.add(line)
    finally:
        answer.close()


def sheet_of(premises: Premises, provider: str, share: Share) -> Sheet | None:
    """The prices of a share's model; None if they are not known, also because it is not configured any more."""
    try:
        places = premises.places(share.asked)
    except GatewayError:
        return None
    return next((each.sheet for each in places if (each.provider, each.model) == (provider, share.model)), None)


def show_batch(call: Call, premises: Premises, owner: str, provider: str, batch: Object) -> Object:
    """A provider's batch as its owner is shown it."""
    wrap = premises.handles.wrap
    id = wrap("batch", owner, Origin(provider, text(batch, "id")))
    shown: dict[str, Any] = {"id": id}
    for name in _FILES:
        if found := text(batch, name):
            shown[name] = wrap("file", owner, Origin(provider, found))
    if text(batch, "results_url"):
        shown["results_url"] = _own_address(call, id)
    return {**batch, **{name: Raw(write(value)) for name, value in shown.items()}}


def _own_address(call: Call, id: str) -> str:
    """Where the caller finds the results: here, by the name under which it knows the gateway."""
    request = call.exchange.request
    prefix = request.path[: len(request.path) - len(without_drop_in(request.path)[0])].decode()
    return f"{request.scheme.decode()}://{request.authority.decode()}{prefix}/v1/messages/batches/{id}/results"
