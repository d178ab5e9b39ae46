"""What the file may say about servers and endpoints."""

from typing import Any

import pytest

from trigate.core.settings import Duration, Secret
from trigate.mcp.sandboxes.container import Container
from trigate.mcp.sandboxes.plain import Plain
from trigate.mcp.settings import Endpoint, McpSettings, Processes, Server
from trigate.outbound.credentials.header import Header

IMAGE = f"a/b@sha256:{'0' * 64}"
URL = Server(url="http://a.example/mcp")


def test_an_image_needs_no_command():
    assert Server(sandbox=Container(image=IMAGE)).command == ()


@pytest.mark.parametrize("name", ["a__b", "a_", "__", "", "a b", "a/b", "ä", "x" * 49])
def test_a_name_that_could_not_be_told_from_its_tools_is_refused(name: str):
    with pytest.raises(ValueError, match="name"):
        McpSettings(servers={name: URL})


@pytest.mark.parametrize("name", ["a", "a-b", "a_b", "A9", "_a", "x" * 48])
def test_other_names_are_fine(name: str):
    assert McpSettings(servers={name: URL}).servers[name] is URL


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"command": ("x",), "url": "http://a"},
        {"url": "ftp://a"},
        {"url": "http://"},
        {"url": "http://user:secret@a/"},
        {"url": "http://a/#x"},
        {"url": "http://a", "env": {"A": Secret("b")}},
        {"url": "http://a", "cwd": "/"},
        {"url": "http://a", "sandbox": Plain()},
        {"sandbox": Plain()},
        {"url": "http://a", "sandbox": Container(image=IMAGE)},
        {"url": "http://a", "headers": {"Mcp-Session-Id": Secret("x")}},
        {"url": "http://a", "headers": {"Host": Secret("x")}},
        {"url": "http://a", "headers": {"a b": Secret("x")}},
        {"url": "http://a", "headers": {"a": Secret("x\r\ny: z")}},
        {"command": ("",)},
        {"command": ("a\0b",)},
        {"command": ("a",), "headers": {"a": Secret("x")}},
        {"command": ("a",), "env": {"A=B": Secret("x")}},
        {"command": ("a",), "credential": Header(value=Secret("secret"))},
        {"url": "http://a", "credential": Header(value=Secret("secret")), "headers": {"Authorization": Secret("x")}},
    ],
)
def test_a_server_that_makes_no_sense_is_refused_without_showing_secrets(fields: dict[str, Any]):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message differs by case
        Server(**fields)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"servers": ()},
        {"servers": ("a", "a")},
        {"servers": ("a", "b"), "prefix": False},
    ],
)
def test_an_endpoint_that_makes_no_sense_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValueError):  # noqa: PT011 - the message differs by case
        Endpoint(**fields)


def test_an_endpoint_shows_servers_that_there_are():
    with pytest.raises(ValueError, match="not configured"):
        McpSettings(servers={"a": URL}, endpoints={"e": Endpoint(servers=("b",))})


def test_no_endpoint_takes_the_address_of_old_callers():
    with pytest.raises(ValueError, match="/mcp/sse"):
        McpSettings(servers={"a": URL}, endpoints={"sse": Endpoint(servers=("a",))})


@pytest.mark.parametrize("origin", ["app.example", "https://app.example/", "https://", "*", "null"])
def test_an_origin_is_scheme_and_host(origin: str):
    with pytest.raises(ValueError, match="origin"):
        McpSettings(allowed_origins=(origin,))
    assert McpSettings(allowed_origins=("https://app.example:8443",))


@pytest.mark.parametrize("fields", [{"most": 0}, {"warm": 17}, {"warm": -1}, {"idle": Duration(0)}])
def test_processes_that_make_no_sense_are_refused(fields: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(fields))):
        Processes(**fields)


def test_processes_of_callers_end_when_they_are_idle_and_the_one_of_all_does_not():
    assert (Processes().idle, Processes(per="principal").idle) == (None, 600)
    with pytest.raises(ValueError, match="belong to a server with a `command`"):
        Server(url="http://a", processes=Processes(per="session"))
