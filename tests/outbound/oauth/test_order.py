"""Orders cross the bus whole, and show nothing on the way."""

import pytest

from tests.outbound.local_bus import LocalBus
from trigate.core.bus import BusStream
from trigate.core.connection import Subject
from trigate.core.errors import UpstreamFailed
from trigate.outbound.oauth.challenge import Challenge
from trigate.outbound.oauth.order import Given, Revoke, Wanted, ask, encode, read_order

WANTED = Wanted("it", Subject("o", user="ada"), "canary", Challenge("e", "s", "m"))


@pytest.mark.parametrize("order", [WANTED, Wanted("it", Subject()), Revoke("id", "root")])
def test_an_order_is_read_as_it_was_written(order: Wanted | Revoke):
    assert read_order(encode(order)) == order


async def test_an_answer_comes_back() -> None:
    async def serve(stream: BusStream, opening: bytes) -> None:
        assert read_order(opening) == WANTED
        await stream.send(encode(Given("canary", 5.0)))

    given = await ask(LocalBus(serve), WANTED, Given)
    assert given == Given("canary", 5.0)
    assert "canary" not in repr(given)


async def test_where_nobody_answers_that_is_said() -> None:
    async def leave(stream: BusStream, opening: bytes) -> None:
        return

    for bus in (LocalBus(None), LocalBus(leave)):
        with pytest.raises(UpstreamFailed):
            await ask(bus, WANTED, Given)
