"""Clients that register themselves: bounded, forgotten if nobody logs in with them."""

from pathlib import Path

import pytest

from tests.portal.house import house
from trigate.core.clock import clock
from trigate.portal.refused import Refused
from trigate.portal.registered_client import FIRST_SECONDS, RegisteredClients

WANTED = {"redirect_uris": ["https://client.example/cb"], "client_name": "Name"}


async def test_a_client_is_known_again_and_its_secret_is_told_once(tmp_path: Path):
    async with house(tmp_path) as built:
        clients = RegisteredClients(built.office.archive, 10, 1000.0)
        told = await clients.register(WANTED)
        found = await clients.find(told["client_id"])
        assert found is not None
        assert (found.title, found.origin, found.method) == ("Name", "registered", "client_secret_basic")
        assert told["client_secret"] not in repr(found)
        assert await clients.find("client-other") is None
        assert await clients.find("other") is None
        public = await clients.register({**WANTED, "token_endpoint_auth_method": "none"})
        assert "client_secret" not in public


async def test_there_is_an_end_to_how_many_there_are(tmp_path: Path):
    async with house(tmp_path) as built:
        clients = RegisteredClients(built.office.archive, 1, 10 * FIRST_SECONDS)
        unused, used = [(await clients.register(WANTED))["client_id"] for _ in range(2)]
        assert await clients.find(unused) is None  # nobody logged in with it, so it makes room
        found = await clients.find(used)
        assert found is not None
        await clients.use(found)
        with pytest.raises(Refused) as refused:
            await clients.register(WANTED)
        assert refused.value.status == 503


async def test_what_there_is_not_is_refused(tmp_path: Path):
    async with house(tmp_path) as built:
        clients = RegisteredClients(built.office.archive, 1, 1000.0)
        with pytest.raises(Refused):
            await clients.register({**WANTED, "token_endpoint_auth_method": "private_key_jwt"})


async def test_one_that_is_used_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with house(tmp_path) as built:
        clients = RegisteredClients(built.office.archive, 10, 10 * FIRST_SECONDS)
        unused, used = [(await clients.register(WANTED))["client_id"] for _ in range(2)]
        found = await clients.find(used)
        assert found is not None
        await clients.use(found)
        later = clock.wall_ns() + int((FIRST_SECONDS + 1) * 1e9)
        monkeypatch.setattr(clock, "wall_ns", lambda: later)
        assert await clients.find(unused) is None
        assert await clients.find(used) is not None
