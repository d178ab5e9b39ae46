"""How clients prove themselves, and how nobody else does."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.policy.issuer import SigningKey, key_set
from tests.portal.house import URL, house, read
from tests.portal.house_client import REDIRECT, agree, logged_in, redeem, renew
from tests.portal.test_client_document import GOOD, ID, Web
from trigate.core.clock import clock
from trigate.core.settings import Secret
from trigate.portal import client_document, client_key_set
from trigate.portal.authorization_settings import AuthorizationSettings, ClientSettings
from trigate.portal.client import Client
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


async def nobody(form: object) -> str:
    return ""


async def test_each_client_proves_itself_as_it_is_registered(tmp_path: Path):
    async with clerk(tmp_path) as it:
        assert (await it.identify(visit(), {"client_id": "public"}, nobody)).id == "public"
        assert (await it.identify(basic("secret", SECRET), {}, nobody)).id == "secret"
        assert (await it.identify(visit(), {"client_id": "secret", "client_secret": SECRET}, nobody)).id == "secret"
        assert (await it.identify(visit(), assertion(), nobody)).id == "keys"
        assert (await it.identify(visit(), assertion(aud=f"{URL}/oauth/token", jti="two"), nobody)).id == "keys"


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
            await it.identify(sent, form, nobody)
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
            await it.identify(visit(), assertion(**claims), nobody)
        assert refused.value.error == "invalid_client"


async def test_an_assertion_is_good_once(tmp_path: Path):
    async with clerk(tmp_path) as it:
        form = assertion()
        await it.identify(visit(), form, nobody)
        with pytest.raises(Refused, match="used before"):
            await it.identify(visit(), form, nobody)


async def test_one_way_at_a_time(tmp_path: Path):
    async with clerk(tmp_path) as it:
        with pytest.raises(Refused) as refused:
            await it.identify(basic("secret", SECRET), {"client_secret": SECRET}, nobody)
        assert refused.value.error == "invalid_request"
        with pytest.raises(Refused):
            await it.identify(visit(), {**assertion(), "client_assertion_type": "other"}, nobody)


async def test_keys_at_an_address_are_fetched_once_and_anew_when_they_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    id, place = "https://client.example/meta", "https://client.example/keys"
    described = {
        "client_id": id, "redirect_uris": list(CB), "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": place,
    }  # fmt: skip
    web, numbers = Web(), iter(range(100))
    web.put(id, described)
    web.put(place, json.loads(key_set(KEY)))
    monkeypatch.setattr(client_document, "Site", web.site)

    async def vouched(form: object) -> str:
        return id

    async with house(tmp_path) as built:
        premises = built.office.premises
        documents = ClientDocuments(premises.client, premises.around)
        it = Clerk((documents,), documents, built.office.archive, URL)

        async def prove(key: SigningKey) -> Client:
            form = assertion(key, iss=id, sub=id, jti=str(next(numbers)))
            return await it.identify(visit(), form, vouched)

        for _ in range(3):
            assert (await prove(KEY)).id == id
        assert web.asked == [id, place]
        newer = SigningKey("newer")
        web.put(place, json.loads(key_set(newer)))
        for _ in range(3):
            with pytest.raises(Refused):
                await prove(newer)  # it was fetched a moment ago
        assert web.asked == [id, place]
        later = clock.monotonic() + client_key_set.AGAIN_SECONDS + 1
        monkeypatch.setattr(clock, "monotonic", lambda: later)
        assert (await prove(newer)).id == id
        assert web.asked == [id, place, place]


async def test_nobodys_document_is_fetched_for_a_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    web = Web()
    web.put(ID, GOOD)
    monkeypatch.setattr(client_document, "Site", web.site)
    async with house(tmp_path, authorization_server=AuthorizationSettings()) as built:
        for form in (
            {"grant_type": "authorization_code", "code": "guess"},
            {"grant_type": "refresh_token", "refresh_token": "tgr_a.0.b"},
        ):
            answer = await built.post("/oauth/token", {**form, "client_id": ID})
            assert (answer.status, read(answer)["error"]) == (400, "invalid_grant")
        proof = {"client_assertion_type": ASSERTION, "client_assertion": KEY.token(None, iss=ID, sub=ID, aud=URL)}
        answer = await built.post("/oauth/token", {"grant_type": "authorization_code", "code": "guess", **proof})
        assert answer.status == 400
        assert (await built.post("/oauth/revoke", {"client_id": ID, "token": "guess"})).status == 200
        assert web.asked == []


async def test_a_client_that_a_person_let_in_is_looked_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    web = Web()
    web.put(ID, {**GOOD, "redirect_uris": [REDIRECT]})
    monkeypatch.setattr(client_document, "Site", web.site)
    async with house(tmp_path, authorization_server=AuthorizationSettings()) as built:
        told = read(await redeem(built, ID, (await agree(await logged_in(built), ID))["code"]))
        assert (await renew(built, ID + "x", told["refresh_token"])).status == 400
        assert (await renew(built, ID, told["refresh_token"])).status == 200
        assert (await built.post("/oauth/revoke", {"client_id": ID, "token": told["access_token"]})).status == 200
        assert read(await renew(built, ID, told["refresh_token"]))["error"] == "invalid_grant"
        assert set(web.asked) == {ID}
