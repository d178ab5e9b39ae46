"""Conversations that callers of Responses make themselves, and that answers are added to; the gateway keeps them."""

import os
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Raw, Struct, structs

from trigate.core.bus import Bus, BusStream
from trigate.core.errors import GatewayError, PayloadTooLarge
from trigate.core.shared import Derive
from trigate.core.shelf import Shelf
from trigate.llm.resource.turn import take_turn

PURPOSE = "llm dialogues"
_PLACE = "dialogue"
_NEAR_ID = 24
_PREFIXES = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
}
"""What identifiers of items begin with, by their type; others with `item`."""


class Item(Struct, frozen=True, array_like=True):
    """One thing that was said."""

    id: str
    """As lists call it."""
    raw: bytes
    """As it was said."""


class Dialogue(Struct, frozen=True):
    """All of it."""

    created: int
    """Seconds since the epoch."""
    metadata: bytes = b"{}"
    """A JSON object."""
    items: tuple[Item, ...] = ()


class _Said(Struct):
    id: str | None = None
    type: str = "message"


_said = msgspec.json.Decoder(_Said).decode
_read = msgspec.msgpack.Decoder(Dialogue).decode


class Dialogues:
    """By their names, each sealed for its owner."""

    __slots__ = ("_bus", "_derive", "_seconds", "_shelf")

    def __init__(self, shelf: Shelf, seconds: float, derive: Derive, bus: Bus) -> None:
        self._shelf = shelf
        self._seconds = seconds
        self._derive = derive
        self._bus = bus

    async def put(self, name: str, owner: str, dialogue: Dialogue) -> None:
        """Keep it, for the whole time again; raises StoreUnavailable, and PayloadTooLarge if it has become too long."""
        from trigate.store.seal import seal  # noqa: PLC0415 - loads the cipher when the first one is kept

        sealed = seal(self._derive(PURPOSE), msgspec.msgpack.encode(dialogue), _PLACE, owner, name)
        if not await self._shelf.put(f"d-{name}", sealed, self._seconds):
            raise PayloadTooLarge("this conversation has become too long to be kept: begin another one")

    async def get(self, name: str, owner: str) -> Dialogue | None:
        """None if there is none any more; raises StoreUnavailable."""
        from trigate.store.seal import unseal  # noqa: PLC0415 - as above

        found = await self._shelf.get(f"d-{name}")
        if found is None:
            return None
        return _read(unseal(self._derive(PURPOSE), found, _PLACE, owner, name))

    async def change(self, name: str, owner: str, change: Callable[[Dialogue], Dialogue]) -> Dialogue | None:
        """Make something else of it as it is now; None if there is none any more. Raises what `put` does.

        To be called by who has taken it: another change meanwhile would be lost.
        """
        found = await self.get(name, owner)
        if found is None:
            return None
        changed = change(found)
        try:
            await self.put(name, owner, changed)
        except PayloadTooLarge:
            await self.put(name, owner, found)  # a shelf forgets what was there before it refuses what is too large
            raise
        return changed

    async def drop(self, name: str) -> bool:
        """Forget it; whether there was one. Raises StoreUnavailable."""
        return await self._shelf.drop(f"d-{name}")

    async def take(self, name: str) -> BusStream:
        """Nobody else is to be answered in it, or to change it, until this is closed; raises what `take_turn` does."""
        return await take_turn(self._bus, name)


def items_of(said: Sequence[bytes | Raw]) -> tuple[Item, ...]:
    """Things that were said, each with the identifier that it has or gets; raises ValueError for what is no item."""
    return tuple(Item(_id_of(_said(bytes(raw))), bytes(raw)) for raw in said)


def _id_of(said: _Said) -> str:
    if said.id and len(said.id) <= 200 and said.id.isprintable():
        return said.id
    return f"{_PREFIXES.get(said.type, 'item')}_{os.urandom(_NEAR_ID).hex()}"


def longer(dialogue: Dialogue, items: tuple[Item, ...]) -> Dialogue:
    """The same with more said, each thing under a name of its own."""
    known = {each.id for each in dialogue.items}
    fresh: list[Item] = []
    for each in items:
        fresh.append(each if each.id not in known else Item(f"item_{os.urandom(_NEAR_ID).hex()}", each.raw))
        known.add(each.id)
    return structs.replace(dialogue, items=(*dialogue.items, *fresh))


async def add(dialogues: Dialogues, name: str, owner: str, said: Sequence[bytes]) -> bool:
    """Add what was asked and answered; False if that cannot be done any more."""
    try:
        return await dialogues.change(name, owner, lambda found: longer(found, items_of(said))) is not None
    except (GatewayError, ValueError):
        return False
