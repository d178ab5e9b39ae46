"""The description of the authorization server (RFC 8414)."""

from pathlib import Path

import pytest

from tests.portal.house import URL, house, read
from trigate.portal.authorization_settings import AuthorizationSettings


@pytest.mark.parametrize("place", ["oauth-authorization-server", "openid-configuration"])
async def test_it_says_all_that_clients_insist_on(tmp_path: Path, place: str):
    async with house(tmp_path, authorization_server=AuthorizationSettings()) as built:
        answer = await built.visit("GET", f"/.well-known/{place}")
        told = read(answer)
        assert told["issuer"] == URL
        assert told["code_challenge_methods_supported"] == ["S256"]
        assert told["authorization_response_iss_parameter_supported"] is True
        assert dict(answer.headers)[b"access-control-allow-origin"] == b"*"
        for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"):
            assert built.places.find(told[name].removeprefix(URL).encode()) is not None
        assert (await built.visit("OPTIONS", f"/.well-known/{place}")).status == 204
