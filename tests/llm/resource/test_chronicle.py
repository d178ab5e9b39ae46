"""Turns are kept sealed: for their owner, under their name."""

import pytest

from trigate.core.errors import StoreUnavailable, VaultSealed
from trigate.core.shared import derive_alone
from trigate.llm.resource.chronicle import Chronicle, Turn, fresh_name
from trigate.store.memory_shelf import MemoryShelf

TURN = Turn(b'{"id":"resp_1"}', [b'{"role":"user"}'], [b"{}"])


def shelf() -> MemoryShelf:
    return MemoryShelf(10, 2**16, 2**12)


async def test_a_turn_comes_back_to_its_owner():
    chronicle = Chronicle(shelf(), 60, derive_alone)
    assert await chronicle.put("a", "ann", TURN)
    assert await chronicle.get("a", "ann") == TURN
    with pytest.raises(VaultSealed):
        await chronicle.get("a", "eve")
    assert await chronicle.get("b", "ann") is None
    assert await chronicle.drop("a")
    assert await chronicle.get("a", "ann") is None


async def test_nothing_of_it_can_be_read_on_the_shelf():
    kept = shelf()
    await Chronicle(kept, 60, derive_alone).put("a", "ann", TURN)
    assert b"resp_1" not in (await kept.get("a") or b"resp_1")


async def test_what_is_too_large_or_cannot_be_kept_is_told():
    assert not await Chronicle(shelf(), 60, derive_alone).put("a", "ann", Turn(b"x" * 5000, [], []))

    class Down(MemoryShelf):
        async def put(self, key: str, value: bytes, seconds: float) -> bool:
            raise StoreUnavailable("not now")

    assert not await Chronicle(Down(1, 1, 1), 60, derive_alone).put("a", "ann", TURN)


def test_names_are_never_the_same():
    assert len({fresh_name() for _ in range(100)}) == 100
