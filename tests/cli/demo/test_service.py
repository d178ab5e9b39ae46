"""The demo's service: greeting, echo, ticks."""

import pytest

from tests.cli.demo.visit import visit
from trigate.cli.demo.service import Service


async def test_it_greets():
    assert (await visit(Service(), b"GET", b"/hello")).json == {"message": "hello", "name": "world"}
    assert (await visit(Service(), b"GET", b"/hello?name=Ada")).json["name"] == "Ada"


async def test_it_echoes_what_it_received():
    echo = await visit(Service(), b"PUT", b"/echo?a=1&b=", "grüß".encode(), [(b"x-request-id", b"7")])
    assert echo.json == {
        "method": "PUT",
        "path": "/echo",
        "query": {"a": "1", "b": ""},
        "headers": {"x-request-id": "7"},
        "body": "grüß",
    }


async def test_it_ticks_as_often_as_asked():
    ticks = await visit(Service(pace=0), b"GET", b"/ticks?count=3")
    assert ticks.events == [{"tick": 1, "of": 3}, {"tick": 2, "of": 3}, {"tick": 3, "of": 3}]


@pytest.mark.parametrize("count", [b"0", b"-1", b"x", b"", b"9999", b"99999999999999999999", "٣".encode()])
async def test_it_does_not_tick_nonsense(count: bytes):
    refused = await visit(Service(pace=0), b"GET", b"/ticks?count=" + count)
    assert refused.status == 400
    assert refused.json["code"] == "request.invalid"


async def test_it_has_nothing_else():
    assert (await visit(Service(), b"GET", b"/other")).status == 404
