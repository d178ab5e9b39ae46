"""What the settings open is there, and what they do not is not."""

from pathlib import Path

from tests.portal.house import house, read
from trigate.core.settings import Secret
from trigate.portal.authorization_settings import AuthorizationSettings, ClientSettings, TrustSettings

PLACE = "/.well-known/oauth-authorization-server"


async def test_by_default_clients_may_register_and_be_described(tmp_path: Path):
    async with house(tmp_path, authorization_server=AuthorizationSettings()) as built:
        told = read(await built.visit("GET", PLACE))
        assert told["client_id_metadata_document_supported"] is True
        assert told["registration_endpoint"].endswith("/oauth/register")
        assert told["grant_types_supported"] == ["authorization_code", "refresh_token"]


async def test_what_is_closed_is_neither_told_nor_there(tmp_path: Path):
    closed = AuthorizationSettings(registration=False, client_documents=False)
    async with house(tmp_path, authorization_server=closed) as built:
        told = read(await built.visit("GET", PLACE))
        assert told["client_id_metadata_document_supported"] is False
        assert "registration_endpoint" not in told
        assert built.places.find(b"/oauth/register") is None
        answer = await built.post("/oauth/token", {"grant_type": "refresh_token", "client_id": "https://c.example/x"})
        assert read(answer)["error"] == "invalid_client"


async def test_further_grants_are_there_for_those_who_may_use_them(tmp_path: Path):
    server = AuthorizationSettings(
        clients={"batch": ClientSettings(grants=("client_credentials",), secret=Secret("a-long-secret-of-a-client"))},
        trust=(TrustSettings(issuer="https://idp.example"),),
    )
    async with house(tmp_path, authorization_server=server) as built:
        told = read(await built.visit("GET", PLACE))
        assert told["grant_types_supported"][2:] == [
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ]
        assert told["authorization_grant_profiles_supported"] == ["urn:ietf:params:oauth:grant-profile:id-jag"]
