"""The addresses of kept things: these and no others, each with its methods."""

import pytest

from tests.llm.resource.office import CLAUDE, Office, settings
from trigate.llm.resource.desk import ADDRESSES
from trigate.llm.state_settings import StateSettings


@pytest.mark.parametrize(("method", "path", "act"), ADDRESSES)
async def test_every_address_is_one_with_and_without_a_prefix(method: bytes, path: bytes, act: str):
    office = Office()
    for prefix in (b"", b"/openai"):
        request = _request(method, prefix + path.replace(b"{id}", b"x"))
        match = office.desk.match(office.lane, request)
        assert match.route == act


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        (b"PUT", b"/v1/files", b"POST, GET"),
        (b"POST", b"/v1/files/x", b"GET, DELETE"),
        (b"DELETE", b"/v1/batches/x", b"GET"),
        (b"GET", b"/v1/batches/x/cancel", b"POST"),
    ],
)
async def test_another_method_is_refused(method: bytes, path: bytes, allowed: bytes):
    office = await Office().ask(path=path, method=method)
    assert office.status == 405
    assert dict(office.headers)[b"allow"] == allowed


@pytest.mark.parametrize("path", [b"/v1/files/x/y", b"/v1/files/", b"/v1/batches/x/results", b"/v1/files/x/content/z"])
async def test_anything_else_is_not_there(path: bytes):
    assert (await Office().ask(path=path)).status == 404


async def test_a_batch_is_json():
    office = await Office().ask(b"{}", b"/v1/batches", b"POST", [(b"content-type", b"text/plain")])
    assert office.status == 415


async def test_errors_are_told_in_the_callers_dialect():
    office = await Office().ask(path=b"/v1/files/x", headers=CLAUDE)
    assert office.json["type"] == "error"


async def test_a_provider_that_is_not_there_is_told_when_the_file_is_loaded():
    with pytest.raises(ValueError, match="there is no provider"):
        Office(llm=settings(state=StateSettings(files="opena")))


def _request(method: bytes, path: bytes):
    from trigate.core.request import Request

    return Request(method, path, path, b"", b"gateway", [], {})
