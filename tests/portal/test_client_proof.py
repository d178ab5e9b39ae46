"""How clients prove themselves, and how nobody else does."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.policy.issuer import SigningKey, key_set
from tests.portal.house import URL, house
from trigate.core.clock import clock
from trigate.core.settings import Secret
from trigate.portal.authorization_settings import ClientSettings
from trigate.portal.client_document import ClientDocuments
from trigate.portal.client_proof import ASSERTION, Clerk
from trigate.portal.file_client import FileClients
from trigate.portal.refused import Refused
from trigate.portal.visit import Visit

CB = ("https://client.example/cb",)
SECRET = "a-long secret:of%a+client"
KEY, OTHER = SigningKey("k"), SigningKey("k")
CLIENTS = {
    "public": ClientSettings(redirect_uris=CB),
    "secret": ClientSettings(redirect_uris=CB, secret=Secret(SECRET)),
    "keys": ClientSettings(grants=("client_credentials",), keys=key_set(KEY)),
}


@asynccontextmanager
async def clerk(folder: Path) -> AsyncIterator[Clerk]:
    async with house(folder) as built:
        premises = built.office.premises
        documents = ClientDocuments(premises.client, premises.around)
        yield Clerk((FileClients(CLIENTS),), documents, built.office.archive, URL)


def visit(authorization: str = "") -> Visit:
    fields = {"authorization": authorization} if authorization else {}
    return Visit(page="token", method="POST", path="/oauth/token", fields=fields)


def basic(id: str, secret: str) -> Visit:
    return visit("Basic " + base64.b64encode(f"{quote_plus(id)}:{quote_plus(secret)}".encode()).decode())


def assertion(key: SigningKey = KEY, header: dict[str, Any] | None = None, **claims: Any) -> dict[str, str]:
    now = int(clock.wall_ns() / 1e9)
    lasts = claims.pop("lasts", 60)
    made = {"iss": "keys", "sub": "keys", "aud": URL, "jti": "one", "exp": now + lasts, "iat": now, **claims}
    return {"client_assertion_type": ASSERTION, "client_assertion": key.token(header, **made)}


async def test_each_client_proves_itself_as_it_is_registered(tmp_path: Path):
    async with clerk(tmp_path) as it:
        assert (await it.identify(visit(), {"client_id": "public"})).id == "public"
        assert (await it.identify(basic("secret", SECRET), {})).id == "secret"
        assert (await it.identify(visit(), {"client_id": "secret", "client_secret": SECRET})).id == "secret"
        assert (await it.identify(visit(), assertion())).id == "keys"
        assert (await it.identify(visit(), assertion(aud=f"{URL}/oauth/token", jti="two"))).id == "keys"


NOBODY: list[tuple[Visit, dict[str, str]]] = [
    (visit(), {}),
    (visit(), {"client_id": "other"}),
    (visit(), {"client_id": "secret"}),
    (visit(), {"client_id": "keys"}),
    (visit(), {"client_id": "secret", "client_secret": "guess"}),
    (visit(), {"client_id": "public", "client_secret": "guess"}),
    (visit(), {"client_id": "keys", "client_secret": "guess"}),
    (basic("secret", "guess"), {}),
    (basic("secret", SECRET), {"client_id": "public"}),
    (visit("Basic %%%"), {}),
    (visit("Bearer x"), {}),
]


@pytest.mark.parametrize(("sent", "form"), NOBODY, ids=lambda each: "")
async def test_nobody_else_is_that_client(tmp_path: Path, sent: Visit, form: dict[str, str]):
    async with clerk(tmp_path) as it:
        with pytest.raises(Refused) as refused:
            await it.identify(sent, form)
        assert (refused.value.error, refused.value.status) == ("invalid_client", 401)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "other"}, {"sub": "secret"}, {"sub": None}, {"aud": "https://other.example"}, {"aud": None},
        {"exp": None}, {"exp": 1}, {"jti": None}, {"jti": ""}, {"lasts": 5000}, {"key": OTHER},
        {"header": {"typ": "oauth-id-jag+jwt"}}, {"header": {"kid": "unknown"}},
    ],
    ids=lambda each: str(each)[:30],
)  # fmt: skip
async def test_an_assertion_that_is_not_quite_right_proves_nothing(tmp_path: Path, claims: dict[str, Any]):
    async with clerk(tmp_path) as it:
        with pytest.raises(Refused) as refused:
            await it.identify(visit(), assertion(**claims))
        assert refused.value.error == "invalid_client"


async def test_an_assertion_is_good_once(tmp_path: Path):
    async with clerk(tmp_path) as it:
        form = assertion()
        await it.identify(visit(), form)
        with pytest.raises(Refused, match="used before"):
            await it.identify(visit(), form)


async def test_one_way_at_a_time(tmp_path: Path):
    async with clerk(tmp_path) as it:
        with pytest.raises(Refused) as refused:
            await it.identify(basic("secret", SECRET), {"client_secret": SECRET})
        assert refused.value.error == "invalid_request"
        with pytest.raises(Refused):
            await it.identify(visit(), {**assertion(), "client_assertion_type": "other"})
