"""A refresh token that is exchanged for access tokens."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.outbound.chaos import surroundings_of
from tests.outbound.credentials.test_client_credentials import lines
from tests.outbound.issuer import Issuer, make_client
from tests.outbound.local_bus import DictSafe, LocalBus
from trigate.core.clock import clock
from trigate.core.errors import BadConfig
from trigate.core.settings import Secret
from trigate.core.shared import derive_alone
from trigate.outbound.credentials.refresh_token import RefreshToken
from trigate.outbound.renewer import Renewer

KIND = RefreshToken(token_url="http://127.0.0.1:1/t", refresh_token=Secret("r1"))


async def test_workers_use_one_token_and_its_successors(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [clock.monotonic()]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    answers = [
        (200, {"access_token": "a1", "expires_in": 3600, "refresh_token": "r2"}),
        (200, {"access_token": "a2", "expires_in": 3600}),
        (200, {"access_token": "a3", "expires_in": 3600}),
    ]
    async with Issuer(*answers) as issuer:
        client = make_client()
        bus = LocalBus(Renewer(DictSafe(), client, derive_alone).serve)
        kind = replace(KIND, token_url=f"{issuer.url}/t", client_id="c", scope=("use", "read"))
        loop = asyncio.get_running_loop()
        workers = [
            kind.open(client, client.endpoint("http://127.0.0.1:1"), replace(surroundings_of(loop), bus=bus))
            for _ in range(2)
        ]
        for number in (1, 2, 3):
            assert [await lines(each) for each in workers] == [b"authorization: Bearer a%d\r\n" % number] * 2
            moment[0] += 3600
        assert [each["refresh_token"] for each in issuer.asked] == ["r1", "r2", "r2"]
        assert (issuer.asked[0]["client_id"], issuer.asked[0]["scope"]) == ("c", "use read")
        assert issuer.asked[0]["grant_type"] == "refresh_token"


async def test_a_reload_keeps_what_there_is() -> None:
    client, around = make_client(), surroundings_of(asyncio.get_running_loop())
    endpoint = client.endpoint("http://127.0.0.1:1")
    assert KIND.open(client, endpoint, around) is KIND.open(make_client(), endpoint, around)


async def test_an_address_that_cannot_be_used_is_told_when_the_file_is_read() -> None:
    client, around = make_client(), surroundings_of(asyncio.get_running_loop())
    with pytest.raises(BadConfig):
        replace(KIND, token_url="ftp://x").open(client, client.endpoint("http://127.0.0.1:1"), around)
