"""Clients of the file."""

from tests.policy.issuer import SigningKey, key_set
from trigate.core.settings import Secret
from trigate.portal.authorization_settings import ClientSettings
from trigate.portal.file_client import FileClients

CB = ("https://client.example/cb",)


async def test_each_proves_itself_as_it_is_written():
    clients = FileClients(
        {
            "public": ClientSettings(redirect_uris=CB),
            "secret": ClientSettings(redirect_uris=CB, secret=Secret("a-long-secret-of-a-client"), title="Title"),
            "keys": ClientSettings(grants=("client_credentials",), keys=key_set(SigningKey("k"))),
        }
    )
    found = {name: await clients.find(name) for name in ("public", "secret", "keys", "other")}
    assert {name: each and each.method for name, each in found.items()} == {
        "public": "none",
        "secret": "client_secret_basic",
        "keys": "private_key_jwt",
        "other": None,
    }
    assert found["secret"] is not None
    assert found["secret"].title == "Title"
    assert "refresh_token" in found["secret"].grants
    assert found["keys"] is not None
    assert "refresh_token" not in found["keys"].grants
