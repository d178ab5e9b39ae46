"""Key sets of clients: fetched over a protected way, once, and remembered within bounds."""

import asyncio
import json

import pytest

from tests.policy.issuer import SigningKey, key_set
from trigate.core.clock import clock
from trigate.policy.inquiry import Reply
from trigate.portal import client_key_set
from trigate.portal.client_key_set import KeySets, freshness
from trigate.portal.refused import Refused, unknown_client

PLACE = "https://client.example/keys"
KEY = SigningKey("k")


class Web:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.body = key_set(KEY).encode()

    async def ask(self, url: str) -> Reply:
        self.asked.append(url)
        await asyncio.sleep(0)
        if not self.body:
            raise unknown_client()
        return Reply(200, [(b"cache-control", b"max-age=3600")], self.body)


def sets(web: Web) -> KeySets:
    return KeySets(asyncio.get_running_loop(), web.ask)


async def test_a_set_is_fetched_once_for_all_who_wait():
    web = Web()
    known = sets(web)
    found = await asyncio.gather(*(known.keys(PLACE) for _ in range(5)))
    assert [[key.id for key in each] for each in found] == [["k"]] * 5
    assert [key.id for key in await known.keys(PLACE, again=True)] == ["k"]
    assert web.asked == [PLACE]


async def test_it_is_fetched_anew_when_its_time_is_over_or_it_may_have_changed(monkeypatch: pytest.MonkeyPatch):
    web = Web()
    known, begun = sets(web), clock.monotonic()
    await known.keys(PLACE)
    for seconds, again, count in ((31, False, 1), (31, True, 2), (3599, False, 2), (7300, False, 3)):
        monkeypatch.setattr(clock, "monotonic", lambda seconds=seconds: begun + seconds)
        await known.keys(PLACE, again=again)
        assert len(web.asked) == count


async def test_what_cannot_be_fetched_or_read_is_not_asked_for_at_once_again():
    for body in (b"", b"no keys", json.dumps({"keys": 7}).encode()):
        web = Web()
        web.body = body
        known = sets(web)
        assert list(await known.keys(PLACE)) == []
        assert list(await known.keys(PLACE, again=True)) == []
        assert len(web.asked) == 1


async def test_keys_that_are_known_stay_good_while_others_cannot_be_had(monkeypatch: pytest.MonkeyPatch):
    web = Web()
    known, begun = sets(web), clock.monotonic()
    await known.keys(PLACE)
    web.body = b""
    monkeypatch.setattr(clock, "monotonic", lambda: begun + 31)
    assert [key.id for key in await known.keys(PLACE, again=True)] == ["k"]
    assert [key.id for key in await known.keys(PLACE)] == ["k"]
    assert len(web.asked) == 2


async def test_keys_come_over_a_protected_way():
    with pytest.raises(Refused, match="unprotected"):
        await sets(Web()).keys("http://client.example/keys")


async def test_how_many_are_fetched_at_once_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_key_set, "MOST_UNDER_WAY", 1)
    known = sets(Web())
    found = await asyncio.gather(known.keys(PLACE), known.keys(PLACE + "2"), return_exceptions=True)
    assert [isinstance(each, Refused) for each in found] == [False, True]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(b"", 600), (b"max-age=5", 60), (b"public, max-age=700", 700), (b"max-age=999999", 86400), (b"s-max-age=5", 600)],
)
def test_how_long_an_answer_may_be_used_is_bounded(said: bytes, seconds: float):
    assert freshness(Reply(200, [(b"cache-control", said)], b"")) == seconds
