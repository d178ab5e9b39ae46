"""What an ask refers to that was kept before it, and what is kept of its answer."""

from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct, structs

from trigate.core.call import Call
from trigate.core.errors import GatewayError
from trigate.core.exchange import Exchange
from trigate.core.parts import Data, Part
from trigate.core.stream import Sink
from trigate.core.tasks import spawn
from trigate.core.usage import Usage
from trigate.llm.error import InvalidParameter
from trigate.llm.extent import BYTES_PER_TOKEN, Extent
from trigate.llm.goal import Goal
from trigate.llm.member import Members
from trigate.llm.operation import Address, Ask, read_flag
from trigate.llm.operations.openai_responses import OPERATION as RESPONSES
from trigate.llm.resource.bearer import bearer_of
from trigate.llm.resource.chronicle import Chronicle, Turn, fresh_name
from trigate.llm.resource.conversation import name_of
from trigate.llm.resource.dialogue import Dialogues, add
from trigate.llm.resource.handle import HandleUnknown, Origin, handles_in, replace_handles, unknown
from trigate.llm.resource.kept import Kept, Share, text, write
from trigate.llm.resource.plan import most_cost
from trigate.llm.resource.premises import Premises, owner_in
from trigate.llm.resource.progress import UNDER_WAY, sheet_of
from trigate.llm.resource.rename import Renamer, RenamingSink, read_response
from trigate.llm.resource.retelling import Retelling
from trigate.llm.resource.unwrap import kind_of
from trigate.llm.resource.within import within
from trigate.llm.way import find_way
from trigate.store.holding import Holding

OWN = ""
"""In place of a provider: the gateway keeps it."""
RESPONSE = "openai_responses"
PREVIOUS = "previous_response_id"
NULL = Raw(b"null")
_items = msgspec.json.Decoder(list[Raw]).decode
_named = msgspec.json.Decoder(str).decode


class _Reference(Struct):
    id: str


_object = msgspec.json.Decoder(_Reference).decode

Forward = Callable[[Sink], Coroutine[Any, Any, Part]]
"""Lets a target answer."""


class Recall(Struct):
    """Of one ask."""

    owner: str
    provider: str = ""
    """What the ask refers to lies there: nobody else can answer it."""
    previous: str = ""
    """The turn of ours that it goes on from."""
    keeps: bool = False
    """The answer is to be kept."""
    background: bool = False
    dialogue: str = ""
    """The name of the conversation that it is part of."""
    called: str = ""
    """What the caller calls that."""
    asked: list[bytes] = []
    """Everything it answers, as items."""
    own: list[bytes] = []
    """What of that the ask itself says, where it is part of a conversation."""
    names: dict[bytes, bytes] = {}
    """Names of ours by those of the provider, as JSON."""

    def bare(self) -> "Recall | None":
        """What is left of it for whoever is asked with all that was said before: who alone can answer."""
        return Recall(self.owner, self.provider) if self.provider else None


class Memory:
    """Of one configuration."""

    __slots__ = ("_chronicle", "_dialogues", "_premises")

    def __init__(self, premises: Premises, chronicle: Chronicle | None, dialogues: Dialogues | None = None) -> None:
        """`chronicle` and `dialogues` are None where the gateway keeps no conversations."""
        self._premises = premises
        self._chronicle = chronicle
        self._dialogues = dialogues

    def understand(self, exchange: Exchange, address: Address, body: bytes) -> Ask:
        """The ask with what it refers to as its provider knows it; raises BadRequest, HandleUnknown."""
        recall = Recall(owner_in(exchange, self._premises))
        if handles_in(body):
            body = replace_handles(body, lambda found: self._resolve(recall, found))
        ask = address.operation.decode(body, address)
        if address.operation is RESPONSES:
            self._understand_response(ask, recall)
        else:
            if ask.members.get("conversation", NULL) != NULL and ask.operation.dialect == RESPONSE:
                raise InvalidParameter("a conversation can only be gone on with", "conversation")
            if PREVIOUS in ask.members:
                self._understand_previous(ask, recall)
        if recall.provider or recall.previous or recall.keeps or recall.background or recall.dialogue:
            ask.recall = recall
        return ask

    def narrow(self, ask: Ask, goals: Iterable[Any]) -> Iterable[Any]:
        """The targets that can answer; the iterator raises HandleUnknown or InvalidParameter if there is none."""
        recall: Recall | None = ask.recall
        if recall is not None and recall.dialogue and self._premises.calls is not None:
            return (Retelling(ask.model, self._premises.lane(), self._premises.calls),)
        if recall is None or not (recall.provider or recall.background):
            return goals
        return self._narrowed(ask, recall, goals)

    async def forward(self, call: Call, ask: Ask, recall: Recall, sink: Sink, forward: Forward) -> Part:
        """Let a target answer what was said so far, and keep what it says."""
        if recall.dialogue and self._dialogues is not None:
            return await self._converse(self._dialogues, call, ask, recall, sink, forward)
        if recall.previous or recall.keeps:
            await self._remember(ask, recall)
        if not recall.keeps:
            return await forward(sink)
        return await self._renamed(call, ask, recall, sink, forward)

    async def _renamed(
        self, call: Call, ask: Ask, recall: Recall, sink: Sink, forward: Forward, tell: Callable[[bytes], bytes] = bytes
    ) -> Part:
        """Give the answer a name of ours, and keep it; `tell` changes what the caller gets of it."""
        name = fresh_name()
        renamer = Renamer(lambda found: self._name(call, ask, recall, name, found), recall.names)
        renaming = RenamingSink(sink, renamer.change if tell is bytes else lambda data: tell(renamer.change(data)))
        spent = structs.replace(call.usage) if recall.background else call.usage
        try:
            last = renaming.last(await forward(renaming))
        except BaseException:
            if recall.background and renamer.id:
                self._leave(call, ask, recall, renamer.id, spent)
            raise
        if renamer.id and isinstance(last, Data):
            await self._keep(call, ask, recall, name, last.payload, spent)
        return last

    async def _converse(
        self, dialogues: Dialogues, call: Call, ask: Ask, recall: Recall, sink: Sink, forward: Forward
    ) -> Part:
        """The same within a conversation that is read first, and added to when the answer is there."""
        turn = await dialogues.take(recall.dialogue)
        try:
            found = await dialogues.get(recall.dialogue, recall.owner)
            if found is None:
                raise unknown("conversation")
            recall.own = _as_items(ask.members.get("input"))
            recall.asked = [*(each.raw for each in found.items), *recall.own]
            ask.say({**ask.members, "input": Raw(b"[%b]" % b",".join(recall.asked))})
            ask.extend(ask.operation.extent(ask.members, self._premises.media))
            return await self._renamed(call, ask, recall, sink, forward, lambda data: within(data, recall.called))
        finally:
            turn.close()

    # --- what it refers to ---

    def _resolve(self, recall: Recall, found: str) -> str:
        kind = kind_of(found)
        if kind == "conversation":
            return found  # where it means one, it is looked at for itself
        origin = self._premises.handles.open(kind, recall.owner, found)
        if origin.provider == OWN:
            recall.previous = origin.id
            return found
        if recall.provider and recall.provider != origin.provider:
            raise HandleUnknown("this ask refers to what lies with different providers: nobody can answer it")
        recall.provider = origin.provider
        recall.names[b'"%b"' % origin.id.encode()] = b'"%b"' % found.encode()
        return origin.id

    def _understand_response(self, ask: Ask, recall: Recall) -> None:
        members = ask.members
        recall.background = read_flag(members, "background")
        self._understand_conversation(ask, recall)
        stored = bytes(members.get("store", b"true")) != b"false"
        recall.keeps = (stored or recall.background) and (self._chronicle is not None or bool(self._keepers()))
        self._understand_previous(ask, recall)

    def _understand_conversation(self, ask: Ask, recall: Recall) -> None:
        """The conversation that it is part of, which says what came before by itself."""
        if ask.members.get("conversation", NULL) == NULL:
            return
        recall.called = conversation_in(ask.members)
        if self._dialogues is None:
            raise unknown("conversation")  # a provider's own identifier would open for every tenant of its account
        recall.dialogue = name_of(self._premises.handles.open("conversation", recall.owner, recall.called))
        if recall.background or ask.members.get(PREVIOUS, NULL) != NULL:
            message = "neither `background` nor `previous_response_id` goes together with `conversation` here"
            raise InvalidParameter(message, "conversation")
        ask.say({name: raw for name, raw in ask.members.items() if name != "conversation"})

    def _understand_previous(self, ask: Ask, recall: Recall) -> None:
        """What it goes on from, also where that is to be counted or made shorter."""
        members = ask.members
        if text(members, PREVIOUS) and not (recall.previous or recall.provider):
            raise unknown("response")  # a provider's own identifier would open for every tenant of its account
        if recall.previous:
            if self._chronicle is None:
                raise unknown("response")
            size = int(recall.previous.partition(".")[2])
            ask.members = {name: raw for name, raw in members.items() if name != PREVIOUS}
            extent = ask.extent(self._premises.media)
            ask.extend(Extent(extent.most + size, extent.likely + size // BYTES_PER_TOKEN))

    def _keepers(self) -> list[str]:
        wires = self._premises.wires
        return [name for name, wire in wires.items() if wire.site.provider.keeps_responses()]

    def _narrowed(self, ask: Ask, recall: Recall, goals: Iterable[Goal]) -> Iterator[Goal]:
        none = True
        for goal in goals:
            provider, _, model = goal.name.partition("/")
            fits = recall.provider in ("", provider)
            if fits and (not recall.background or self._is_kept(ask, provider, model)):
                none = False
                yield goal
        if none and recall.provider:
            raise HandleUnknown(f"what this refers to lies with provider {recall.provider!r}: name a model of it")
        if none:
            raise InvalidParameter("no provider of this model answers in the background", "background")

    def _is_kept(self, ask: Ask, provider: str, model: str) -> bool:
        """Whether the provider itself keeps the answer."""
        wire = self._premises.wires.get(provider)
        if wire is None or not wire.site.provider.keeps_responses():
            return False
        way = find_way(ask.operation, wire.site.provider, model)
        return way is not None and way.direct

    # --- what was said, and what is said ---

    async def _remember(self, ask: Ask, recall: Recall) -> None:
        """Put what was said before in front of the ask, once for all attempts; raises HandleUnknown."""
        if recall.asked or self._chronicle is None or recall.provider:
            return
        own = _as_items(ask.members.get("input"))
        turn = await self._chronicle.get(key_of(recall.previous), recall.owner) if recall.previous else None
        if turn is None:
            if recall.previous:
                raise unknown("response")
            recall.asked = own
            return
        recall.asked = [*turn.asked, *turn.said, *own]
        ask.say({**ask.members, "input": Raw(b"[%b]" % b",".join(recall.asked))})

    def _name(self, call: Call, ask: Ask, recall: Recall, name: str, found: str) -> str:
        """What the answer is called: where it lies is known by who gives it."""
        provider, _, model = call.target.partition("/")
        if not recall.dialogue and self._is_kept(ask, provider, model):
            return self._premises.handles.wrap("response", recall.owner, Origin(provider, found))
        if self._chronicle is None:
            return found
        size = sum(map(len, recall.asked))
        return self._premises.handles.wrap("response", recall.owner, Origin(OWN, f"resp_{name}.{size}"))

    async def _keep(self, call: Call, ask: Ask, recall: Recall, name: str, data: bytes, spent: Usage) -> None:
        provider, _, model = call.target.partition("/")
        found = read_response(data, streamed=ask.streamed)
        if found is None:
            return
        raw, response = found
        if not recall.dialogue and self._is_kept(ask, provider, model):
            if response.status in UNDER_WAY:
                await self._begin(call, ask, recall, response.id, raw, spent)
            return
        said = [bytes(each) for each in response.output]
        kept = True
        if self._chronicle is not None and recall.keeps:
            kept = await self._chronicle.put(name, recall.owner, Turn(bytes(raw), recall.asked, said))
        if self._dialogues is not None and recall.dialogue:
            kept &= await add(self._dialogues, recall.dialogue, recall.owner, [*recall.own, *said])
        if not kept:
            call.flags.append("llm.not_kept")

    async def _begin(self, call: Call, ask: Ask, recall: Recall, id: str, raw: Raw, spent: Usage) -> None:
        """An answer in the background: what it costs is known when it is looked at; until then that is `spent`."""
        call.usage = spent
        try:
            await self._premises.register.put(_holding(self._premises, call, ask, recall, id, raw))
        except GatewayError:
            call.flags.append("llm.not_kept")
            call.usage.unpriced = True

    def _leave(self, call: Call, ask: Ask, recall: Recall, id: str, spent: Usage) -> None:
        """Its stream has ended before it: it goes on without a listener, and is counted when it is looked at."""
        call.usage = spent
        raw = Raw(write({"id": id, "object": "response", "status": "in_progress"}))
        put = self._premises.register.put(_holding(self._premises, call, ask, recall, id, raw))
        # The call ends now, and may have been cancelled: it cannot wait for the store any more.
        spawn(put, "to remember an answer in the background")


def _holding(premises: Premises, call: Call, ask: Ask, recall: Recall, id: str, raw: Raw) -> Holding:
    provider, _, model = call.target.partition("/")
    share = Share(ask.model, RESPONSE, model, 1, -1)
    sheet = sheet_of(premises, provider, share)
    if sheet is not None:
        share = structs.replace(share, cost=most_cost(ask, sheet.price(), premises.media))
    kept = Kept(raw, (share,), bearer=bearer_of(call.principal))
    return Holding(id=id, kind=RESPONSE, owner=recall.owner, body=write(kept))


def conversation_in(members: Members) -> str:
    """What the member `conversation` names: an identifier, or an object with one; raises InvalidParameter."""
    try:
        return _named(members["conversation"])
    except msgspec.DecodeError:
        pass
    try:
        return _object(members["conversation"]).id
    except msgspec.DecodeError:
        raise InvalidParameter("`conversation` is an id, or an object with an `id`", "conversation") from None


def key_of(previous: str) -> str:
    """The name of a turn, within its identifier."""
    return previous.removeprefix("resp_").partition(".")[0]


def _as_items(raw: Raw | None) -> list[bytes]:
    """The input of an ask as a list; what cannot be read is left to whoever answers."""
    said = bytes(raw) if raw is not None else b"null"
    if said == b"null":
        return []
    if said[:1] == b'"':
        return [b'{"role":"user","content":%b}' % said]
    try:
        return [bytes(each) for each in _items(said)]
    except msgspec.DecodeError:
        return [said]
