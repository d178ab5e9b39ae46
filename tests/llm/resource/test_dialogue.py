"""Conversations as they are kept."""

import json

import pytest

from tests.mcp.stage import LocalBus
from trigate.core.errors import PayloadTooLarge, VaultSealed
from trigate.core.shared import derive_alone
from trigate.llm.resource.dialogue import Dialogue, Dialogues, add, items_of, longer
from trigate.store.memory_shelf import MemoryShelf

HI = b'{"role":"user","content":"a canary"}'


def dialogues() -> Dialogues:
    return Dialogues(MemoryShelf(100, 2**20, 2**12), 60, derive_alone, LocalBus())


async def test_what_is_put_is_there_until_it_is_dropped():
    kept = dialogues()
    said = longer(Dialogue(5), items_of([HI]))
    await kept.put("n", "ann", said)
    assert await kept.get("n", "ann") == said
    assert await kept.drop("n")
    assert await kept.get("n", "ann") is None
    assert await kept.change("n", "ann", lambda found: found) is None


async def test_it_is_sealed_for_its_owner():
    kept = dialogues()
    await kept.put("n", "ann", longer(Dialogue(5), items_of([HI])))
    with pytest.raises(VaultSealed):
        await kept.get("n", "eve")


async def test_one_that_has_become_too_long_is_refused():
    kept = dialogues()
    await kept.put("n", "ann", Dialogue(5))
    long = json.dumps({"role": "user", "content": "x" * 5000}).encode()
    with pytest.raises(PayloadTooLarge):
        await kept.change("n", "ann", lambda found: longer(found, items_of([long])))
    assert not await add(kept, "n", "ann", [long])
    assert await kept.get("n", "ann") == Dialogue(5)


async def test_what_is_added_meanwhile_is_not_lost():
    kept = dialogues()
    await kept.put("n", "ann", Dialogue(5))
    assert await add(kept, "n", "ann", [HI])
    assert await add(kept, "n", "ann", [HI])
    found = await kept.get("n", "ann")
    assert found is not None
    assert [each.raw for each in found.items] == [HI, HI]


async def test_what_is_no_item_is_not_added():
    kept = dialogues()
    await kept.put("n", "ann", Dialogue(5))
    assert not await add(kept, "n", "ann", [b"5"])
    assert not await add(kept, "none", "ann", [HI])


def test_every_item_has_a_name_of_its_own():
    items = items_of(
        [HI, HI, b'{"type":"function_call_output","call_id":"c","output":"x"}', b'{"id":"rs_1","type":"reasoning"}']
    )
    assert [each.id.partition("_")[0] for each in items] == ["msg", "msg", "fco", "rs"]
    assert items[3].id == "rs_1"
    twice = longer(longer(Dialogue(5), items), items)
    assert len({each.id for each in twice.items}) == 8
