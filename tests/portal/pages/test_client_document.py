"""The gateway describes itself as a client of others."""

import msgspec

from trigate.portal.pages.client_document import ClientDocument
from trigate.portal.visit import Visit


async def test_its_address_is_its_name():
    page = ClientDocument("https://g.example")
    visit = Visit(page="client_document", method="GET", path="/connect/client.json")
    described = msgspec.json.decode((await page.answer(visit)).body)
    assert described["client_id"] == "https://g.example/connect/client.json"
    assert described["redirect_uris"] == ["https://g.example/connect/callback"]
    assert described["grant_types"] == ["authorization_code", "refresh_token"]
    assert described["token_endpoint_auth_method"] == "none"
    assert (await page.answer(Visit(page="x", method="OPTIONS", path="/"))).status == 204
