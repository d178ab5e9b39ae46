"""The public keys."""

from pathlib import Path

from tests.portal.house import house, read
from trigate.portal.authorization_settings import AuthorizationSettings


async def test_nothing_of_a_key_but_its_public_half_is_shown(tmp_path: Path):
    async with house(tmp_path, authorization_server=AuthorizationSettings()) as built:
        (key,) = read(await built.visit("GET", "/oauth/keys"))["keys"]
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert (await built.visit("OPTIONS", "/oauth/keys")).status == 204
