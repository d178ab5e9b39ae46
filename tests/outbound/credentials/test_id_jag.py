"""The identity provider vouches for the caller, and the server's authorization server believes it."""

import pytest

from tests.outbound.credentials.test_token_exchange import lines, proof
from tests.outbound.oauth.authority import Authority, token
from trigate.core.errors import CredentialFailed
from trigate.core.settings import Secret
from trigate.outbound.credentials.id_jag import IdJag
from trigate.outbound.exchange import ASSERTION_GRANT, GRANT, type_of


def kind(authority: Authority) -> IdJag:
    return IdJag(
        provider_token_url=f"{authority.url}/idp",
        provider_client_id="at-provider",
        issuer="https://as.example",
        token_url=f"{authority.url}/token",
        client_id="at-server",
        client_secret=Secret("canary"),
        resource="https://s.example/mcp",
        scope=("a",),
    )


async def test_an_assertion_is_had_and_redeemed() -> None:
    async with Authority() as authority:
        authority.documents["/idp"] = [token("assertion", issued_token_type=type_of("id-jag"), token_type="N_A")]
        authority.tokens(token("x1"))
        assert await lines(proof(kind(authority), "t1")) == b"authorization: Bearer x1\r\n"
        (vouched,), (redeemed,) = authority.posted("/idp"), authority.posted("/token")
        assert vouched.form == {
            "grant_type": GRANT,
            "requested_token_type": type_of("id-jag"),
            "audience": "https://as.example",
            "resource": "https://s.example/mcp",
            "scope": "a",
            "subject_token": "t1",
            "subject_token_type": type_of("id_token"),
            "client_id": "at-provider",
        }
        assert redeemed.form == {
            "grant_type": ASSERTION_GRANT,
            "assertion": "assertion",
            "resource": "https://s.example/mcp",
            "scope": "a",
        }
        assert b"t1" not in redeemed.body


async def test_something_else_than_an_assertion_goes_nowhere() -> None:
    async with Authority() as authority:
        authority.documents["/idp"] = [token("access", issued_token_type=type_of("access_token"))]
        with pytest.raises(CredentialFailed, match="something else"):
            await lines(proof(kind(authority), "t1"))
        assert authority.posted("/token") == []
