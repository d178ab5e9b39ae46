"""The addresses of conversations."""

import pytest

from tests.llm.resource.office import Office
from trigate.core.request import Request
from trigate.llm.resource.conversation_desk import ADDRESSES


def request(method: bytes, path: bytes) -> Request:
    return Request(method, path, path, b"", b"gateway", [], {})


@pytest.mark.parametrize(("method", "path", "act"), ADDRESSES)
async def test_every_address_is_one_with_and_without_a_prefix(method: bytes, path: bytes, act: str):
    office = Office()
    for prefix in (b"", b"/openai"):
        made = request(method, prefix + path.replace(b"{id}", b"x").replace(b"{item}", b"y"))
        match = office.desk.conversations.match(office.lane, made)
        assert match is not None
        assert match.route == act


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        (b"GET", b"/v1/conversations", b"POST"),
        (b"PUT", b"/v1/conversations/x", b"GET, POST, DELETE"),
        (b"POST", b"/v1/conversations/x/items/y", b"GET, DELETE"),
    ],
)
async def test_another_method_is_refused(method: bytes, path: bytes, allowed: bytes):
    office = await Office().ask(path=path, method=method)
    assert (office.status, office.headers[b"allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path", [b"/v1/conversations/", b"/v1/conversations/x/other", b"/v1/conversations/x/items/y/z"]
)
async def test_anything_else_is_not_there(path: bytes):
    assert (await Office().ask(path=path)).status == 404


async def test_where_none_are_kept_none_are_made():
    office = Office()
    office.desk._dialogues = None
    office.open()
    made = await office.ask({}, b"/v1/conversations", b"POST")
    assert (made.status, made.error["code"]) == (404, "model.not_offered")


async def test_a_body_is_json():
    office = await Office().ask(b"{}", b"/v1/conversations", b"POST", [(b"content-type", b"text/plain")])
    assert office.status == 415
