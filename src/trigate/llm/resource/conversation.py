"""What can be asked about conversations that callers make themselves: make, look, change, add, take away, forget."""

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, Struct, structs

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.parts import Part
from trigate.core.stream import Incoming, Sink
from trigate.llm.errand import Errand
from trigate.llm.error import InvalidParameter
from trigate.llm.resource.chronicle import fresh_name
from trigate.llm.resource.dialogue import Dialogue, Dialogues, Item, items_of, longer
from trigate.llm.resource.handle import HandleUnknown, Origin, unknown
from trigate.llm.resource.item_page import item_page, write_items
from trigate.llm.resource.kept import write
from trigate.llm.resource.premises import Premises, owner_in
from trigate.llm.resource.wire import whole

if TYPE_CHECKING:
    from types import CoroutineType

OWN = Action("llm.conversations.create", "conversation/own")
MOST_ADDED = 20
"""Items that can be sent at once, as OpenAI has it."""
MOST_NOTES = 16
LONGEST_NOTE = 64, 512
"""Characters of a name in the metadata, and of what it stands for."""


class _Body(Struct):
    items: list[Raw] | None = None
    metadata: dict[str, str] | None = None


_body = msgspec.json.Decoder(_Body).decode
_item = msgspec.json.Decoder(dict[str, Any]).decode


class ConversationErrand(Errand):
    """About one conversation, or one to be made."""

    __slots__ = ("_act", "_added", "_dialogues", "_id", "_item", "_name", "_notes", "_owner", "_premises", "_query")

    def __init__(  # noqa: PLR0913, PLR0917 - all that such an ask says
        self, premises: Premises, dialogues: Dialogues, exchange: Exchange, act: str, id: str, item: str, body: bytes
    ) -> None:
        """`act`: the action, whose last word says what is to be done. Raises HandleUnknown, InvalidParameter."""
        super().__init__(Action(act, OWN.resource))
        self._premises = premises
        self._dialogues = dialogues
        self._act = act.rpartition(".")[2]
        self._id = id
        self._item = item
        self._query = exchange.request.query
        self._name = ""
        self._added, self._notes = _understood(body) if self._act in {"create", "update", "add"} else ((), None)
        if id:
            self._owner, origin = premises.open(exchange, "conversation", id, own=True)
            self._name = name_of(origin)
        else:
            self._owner = owner_in(exchange, premises)

    def forward(self, call: Call, incoming: Incoming, sink: Sink) -> "CoroutineType[Any, Any, Part]":
        """Do it."""
        return self._run(call, sink)

    async def _run(self, call: Call, sink: Sink) -> Part:
        call.target = "conversations"
        if self._act == "create":
            return whole(sink, await self._create())
        if self._act == "items":
            return whole(sink, self._shown(await self._found()))
        if self._act == "get":
            return whole(sink, self._told(await self._found()))
        turn = await self._dialogues.take(self._name)
        try:
            return whole(sink, await (self._forget() if self._act == "delete" else self._alter()))
        finally:
            turn.close()

    async def _forget(self) -> bytes:
        await self._found()
        await self._dialogues.drop(self._name)
        return write({"id": self._id, "object": "conversation.deleted", "deleted": True})

    async def _alter(self) -> bytes:
        changed = await self._dialogues.change(self._name, self._owner, self._change)
        if changed is None:
            raise unknown("conversation")
        if self._act != "add":
            return self._told(changed)
        return write_items([*map(shown, changed.items[len(changed.items) - len(self._added) :])])

    async def _create(self) -> bytes:
        name = fresh_name()
        notes = write(self._notes or {})
        dialogue = longer(Dialogue(clock.wall_ns() // 10**9, notes), self._added)
        await self._dialogues.put(name, self._owner, dialogue)
        self._id = self._premises.handles.wrap("conversation", self._owner, Origin("", f"conv_{name}"))
        return self._told(dialogue)

    async def _found(self) -> Dialogue:
        found = await self._dialogues.get(self._name, self._owner)
        if found is None:
            raise unknown("conversation")
        return found

    def _change(self, dialogue: Dialogue) -> Dialogue:
        if self._act == "update":
            return structs.replace(dialogue, metadata=write(self._notes or {}))
        if self._act == "add":
            return longer(dialogue, self._added)
        left = tuple(each for each in dialogue.items if each.id != self._item)
        if len(left) == len(dialogue.items):
            raise _no_item()
        return structs.replace(dialogue, items=left)

    def _told(self, dialogue: Dialogue) -> bytes:
        said = {"id": self._id, "object": "conversation", "created_at": dialogue.created}
        return write({**said, "metadata": Raw(dialogue.metadata)})

    def _shown(self, dialogue: Dialogue) -> bytes:
        """One item, or a page of them."""
        if self._item:
            found = next((each for each in dialogue.items if each.id == self._item), None)
            if found is None:
                raise _no_item()
            return write(shown(found))
        return item_page([*map(shown, dialogue.items)], self._query)


def name_of(origin: Origin) -> str:
    """The name of a conversation, of what is behind its identifier."""
    return origin.id.removeprefix("conv_")


def shown(item: Item) -> dict[str, Any]:
    """An item as a list shows it."""
    said = _item(item.raw)
    if said.setdefault("type", "message") == "message":
        content = said.get("content")
        if isinstance(content, str):
            form = "output_text" if said.get("role") == "assistant" else "input_text"
            text: dict[str, Any] = {"type": form, "text": content}
            said["content"] = [text | ({"annotations": []} if form == "output_text" else {})]
        said.setdefault("status", "completed")
    return {**said, "id": item.id}


def _understood(body: bytes) -> tuple[tuple[Item, ...], dict[str, str] | None]:
    """The items and the metadata of a body; raises InvalidParameter."""
    try:
        said = _body(body or b"{}")
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidParameter(f"the body is not what it should be: {error}", "items") from None
    notes = said.metadata
    if notes is not None and (len(notes) > MOST_NOTES or any(_too_long(*each) for each in notes.items())):
        raise InvalidParameter("`metadata` has at most 16 names of 64 characters, with texts of 512", "metadata")
    if len(said.items or ()) > MOST_ADDED:
        raise InvalidParameter(f"send at most {MOST_ADDED} items at once", "items")
    try:
        items = items_of(said.items or ())
        for each in items:
            _item(each.raw)
    except (ValueError, RecursionError):
        raise InvalidParameter("each of `items` must be an item of OpenAI's Responses", "items") from None
    return items, notes


def _too_long(name: str, text: str) -> bool:
    return len(name) > LONGEST_NOTE[0] or len(text) > LONGEST_NOTE[1]


def _no_item() -> HandleUnknown:
    return HandleUnknown("there is no item of this id in the conversation")
