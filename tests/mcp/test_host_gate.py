"""The proxy of a sandbox: what is allowed goes through, what is not is refused and told."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.mcp.stage import sweeping
from tests.patience import PATIENCE
from trigate.core.deadlines import Deadlines
from trigate.mcp import host_gate
from trigate.mcp.host_gate import HostGate
from trigate.outbound.egress import Address, Egress
from trigate.outbound.resolver import Resolver
from trigate.outbound.settings import DnsSettings, EgressSettings


@asynccontextmanager
async def upstream() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says what it was told; its port."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heads
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def gate(folder: Path, *hosts: str, leads_to: str = "127.0.0.1") -> AsyncIterator[tuple[str, list[str]]]:
    """A gate; the path of its socket, and what it told."""

    async def look_up(name: str) -> list[Address]:
        if name == "nowhere.example":
            raise OSError("no such name")
        return [ipaddress.ip_address(leads_to)]

    notes: list[str] = []
    deadlines = Deadlines()
    resolver = Resolver(DnsSettings(), look_up)
    built = HostGate(hosts, Egress(EgressSettings()), resolver, deadlines, notes.append)
    path = str(folder / "gate")
    await built.open(path)
    async with sweeping(deadlines):
        try:
            yield path, notes
        finally:
            built.close()


async def ask(path: str, text: bytes) -> bytes:
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(text)
        answer = await reader.read()
        writer.close()
        return answer


async def test_a_tunnel_to_an_allowed_address_carries_both_ways(tmp_path: Path):
    async with upstream() as (port, heads), gate(tmp_path, f"127.0.0.1:{port}") as (path, _):
        said = b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\nhost: a\r\n\r\n" % port
        answer = await ask(path, said)
        assert answer.startswith(b"HTTP/1.1 200 Connected\r\n\r\nHTTP/1.1 200 OK")
        assert answer.endswith(b"hello")
        assert heads == [b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n"]


async def test_a_request_without_tls_is_sent_on_with_its_path(tmp_path: Path):
    async with upstream() as (port, heads), gate(tmp_path, f"127.0.0.1:{port}") as (path, _):
        said = b"GET http://127.0.0.1:%d/x?y=1 HTTP/1.1\r\nHost: a\r\nProxy-Authorization: b\r\n\r\n" % port
        assert (await ask(path, said)).endswith(b"hello")
        assert heads == [b"GET /x?y=1 HTTP/1.1\r\nconnection: close\r\nHost: a\r\n\r\n"]


async def test_what_is_not_listed_is_refused_and_told_once(tmp_path: Path):
    async with gate(tmp_path, "api.example.com") as (path, notes):
        for _ in range(3):
            assert (await ask(path, b"CONNECT evil.example:443 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 403 ")
        assert notes == ["wanted to connect to evil.example:443: which is not among its `hosts`"]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"])
async def test_an_allowed_name_that_leads_inside_is_refused(tmp_path: Path, address: str):
    async with gate(tmp_path, "api.example.com", leads_to=address) as (path, notes):
        assert (await ask(path, b"CONNECT api.example.com:443 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 403 ")
        assert len(notes) == 1


@pytest.mark.parametrize(
    "said",
    [
        b"CONNECT nowhere HTTP/1.1\r\n\r\n",
        b"CONNECT a:99999 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET http://u:p@a.example/ HTTP/1.1\r\n\r\n",
        b"GET http://a.example:x/ HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_what_asks_for_no_host_is_a_bad_request(tmp_path: Path, said: bytes):
    async with gate(tmp_path, "*:*") as (path, _):
        assert (await ask(path, said)).startswith(b"HTTP/1.1 400 ")


async def test_a_name_that_is_not_known_is_a_bad_gateway(tmp_path: Path):
    async with gate(tmp_path, "*") as (path, _):
        assert (await ask(path, b"CONNECT nowhere.example:443 HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 502 ")


async def test_a_head_without_end_and_one_that_never_comes_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(host_gate, "_SECONDS", 0.05)
    async with gate(tmp_path, "*") as (path, _):
        assert await ask(path, b"CONNECT " + b"x" * 40000) == b""
        try:
            assert await ask(path, b"CONN") == b""
        except ConnectionResetError:
            return
