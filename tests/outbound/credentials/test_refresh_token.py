"""A refresh token that is exchanged for access tokens."""

import asyncio

from tests.outbound.chaos import surroundings_of
from tests.outbound.credentials.test_client_credentials import lines
from tests.outbound.issuer import Issuer, make_client
from trigate.core.settings import Secret
from trigate.outbound.credentials.refresh_token import RefreshToken


async def test_a_refresh_token_that_was_exchanged_is_not_used_again() -> None:
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
            tokens.rejected(await lines(tokens))
        assert [each["refresh_token"] for each in issuer.asked] == ["r1", "r2", "r2"]
        assert issuer.asked[0]["client_id"] == "c"
