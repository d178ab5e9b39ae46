"""A holding crosses the bus as it is."""

import msgspec

from trigate.store.holding import Holding


def test_a_holding_survives_its_journey():
    held = Holding(id="file-1", kind="openai_files", owner="team/a", time=5, body=b'{"a":1}')
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(held), type=Holding) == held
    assert not held.settled
