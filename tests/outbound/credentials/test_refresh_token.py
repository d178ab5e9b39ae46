"""A refresh token that is exchanged for access tokens."""

import asyncio

import pytest

from tests.outbound.chaos import surroundings_of
from tests.outbound.credentials.test_client_credentials import lines
from tests.outbound.issuer import Issuer, make_client
from trigate.core.clock import clock
from trigate.core.settings import Secret
from trigate.outbound.credentials.refresh_token import RefreshToken


async def test_a_refresh_token_that_was_exchanged_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    began, hours = clock.monotonic(), iter(range(0, 3600 * 1000, 3600))
    monkeypatch.setattr(clock, "monotonic", lambda: began + next(hours))
    answers = [
        (200, {"access_token": "a1", "expires_in": 3600, "refresh_token": "r2"}),
        (200, {"access_token": "a2", "expires_in": 3600}),
        (200, {"access_token": "a3", "expires_in": 3600}),
    ]
    async with Issuer(*answers) as issuer:
        kind = RefreshToken(token_url=f"{issuer.url}/t", refresh_token=Secret("r1"), client_id="c")
        client, around = make_client(), surroundings_of(asyncio.get_running_loop())
        tokens = kind.open(client, client.endpoint("http://127.0.0.1:1"), around)
        for _ in range(3):
            await lines(tokens)
        assert [each["refresh_token"] for each in issuer.asked] == ["r1", "r2", "r2"]
        # A reload makes another client; what the server gave since the start is not lost.
        other = make_client()
        assert kind.open(other, other.endpoint("http://127.0.0.1:1"), around) is tokens
        await lines(tokens)
        assert issuer.asked[-1]["refresh_token"] == "r2"
        assert len(issuer.talks) == 2, "it still asks through the client of the old configuration"
        assert issuer.asked[0]["client_id"] == "c"
