"""Conversations that the gateway keeps for callers of Responses whose answers come from providers that keep none."""

import os

import msgspec
from msgspec import Struct

from trigate.core.errors import GatewayError
from trigate.core.shared import Derive
from trigate.core.shelf import Shelf

PURPOSE = "llm conversations"
_PLACE = "conversation"
_NEAR_KEY = 24


class Turn(Struct, frozen=True):
    """One answer, and everything that was said before it."""

    response: bytes
    """As its caller got it."""
    asked: list[bytes]
    """What it answers, from the beginning of the conversation, as items."""
    said: list[bytes]
    """What it says, as items."""


class Chronicle:
    """Turns by their names, each sealed for its owner."""

    __slots__ = ("_derive", "_seconds", "_shelf")

    def __init__(self, shelf: Shelf, seconds: float, derive: Derive) -> None:
        self._shelf = shelf
        self._seconds = seconds
        self._derive = derive

    async def put(self, name: str, owner: str, turn: Turn) -> bool:
        """Keep a turn; False if that cannot be done."""
        from trigate.store.seal import seal  # noqa: PLC0415 - loads the cipher when the first one is kept

        sealed = seal(self._derive(PURPOSE), msgspec.msgpack.encode(turn), _PLACE, owner, name)
        try:
            return await self._shelf.put(name, sealed, self._seconds)
        except GatewayError:
            return False

    async def get(self, name: str, owner: str) -> Turn | None:
        """The turn of this name, None if there is none any more; raises StoreUnavailable."""
        from trigate.store.seal import unseal  # noqa: PLC0415 - as above

        found = await self._shelf.get(name)
        if found is None:
            return None
        return msgspec.msgpack.decode(unseal(self._derive(PURPOSE), found, _PLACE, owner, name), type=Turn)

    async def drop(self, name: str) -> bool:
        """Forget it; whether there was one. Raises StoreUnavailable."""
        return await self._shelf.drop(name)


def fresh_name() -> str:
    """A name that nobody has used."""
    return os.urandom(_NEAR_KEY).hex()
