"""Real sockets: who may connect, what TLS and the PROXY protocol tell, and how a server stops without losing anyone."""

import asyncio
import inspect
import os
import socket
import ssl
import stat
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop

from tests.inbound.dialogue import Handler, echo, request, surroundings
from tests.patience import PATIENCE
from trigate.core.clock import clock
from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming
from trigate.core.surroundings import Surroundings
from trigate.inbound.connection import SPARE_CONNECTIONS
from trigate.inbound.listener import Server, open_sockets
from trigate.inbound.settings import (
    CertificateSettings,
    InboundLimits,
    InboundSettings,
    ListenerSettings,
    ListenerTls,
)

Connect = Callable[..., Coroutine[Any, Any, tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


def on_both_loops(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on the loop of the standard library and on the one in use: they differ in when they tell what."""

    def run(loop: Callable[[], asyncio.AbstractEventLoop], **given: Any) -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(test(**given))

    run.__name__ = test.__name__
    added = inspect.Parameter("loop", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    run.__signature__ = inspect.Signature([added, *inspect.signature(test).parameters.values()])  # pyright: ignore
    loops = [asyncio.new_event_loop, uvloop.new_event_loop]
    return pytest.mark.parametrize("loop", loops, ids=["asyncio", "uvloop"])(run)


async def sweep(around: Surroundings) -> None:
    while True:
        await asyncio.sleep(0.02)
        around.deadlines.sweep(clock.monotonic())


@asynccontextmanager
async def serving(
    handler: Handler = echo, listen: Any = "127.0.0.1:0", max_connections: int = 100
) -> AsyncIterator[tuple[Server, Connect, list[socket.socket]]]:
    settings = InboundSettings(listen=listen, limits=InboundLimits(max_connections=max_connections))
    around = surroundings()
    server = Server(settings, handler, around)
    sockets = open_sockets(settings)
    sweeper = asyncio.ensure_future(sweep(around))

    async def connect(**more: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        name = sockets[0].getsockname()
        if isinstance(name, str):
            return await asyncio.open_unix_connection(name)
        return await asyncio.open_connection(name[0], name[1], **more)

    try:
        await server.start(sockets)
        yield server, connect, sockets
    finally:
        server.close()
        async with asyncio.timeout(PATIENCE):
            while server.connections:
                await asyncio.sleep(0.01)
        sweeper.cancel()
        for each in sockets:
            each.close()


async def ask(connect: Connect, raw: bytes, **more: Any) -> bytes:
    """Everything that is answered to `raw` on a connection of its own."""
    reader, writer = await connect(**more)
    writer.write(raw)
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    return answer


async def is_cut_off(connect: Connect, raw: bytes) -> bool:
    """Whether the connection ends without a byte of an answer."""
    try:
        return await ask(connect, raw) == b""
    except ConnectionError:
        return True


CLOSING = request("GET / HTTP/1.1", "Connection: close")


@on_both_loops
async def test_a_server_serves():
    async with serving() as (server, connect, _):
        assert (await ask(connect, CLOSING)).startswith(b"HTTP/1.1 200 OK\r\n")
        assert server.accepting


@on_both_loops
async def test_a_connection_that_is_kept_serves_again_and_again():
    async with serving() as (server, connect, _):
        reader, writer = await connect()
        for _ in range(3):
            writer.write(request("POST / HTTP/1.1", "Content-Length: 5", body=b"hello"))
            async with asyncio.timeout(PATIENCE):
                assert b"content-length: 5" in await reader.readuntil(b"\r\n\r\n")
                assert await reader.readexactly(5) == b"hello"
        assert server.connections == 1
        writer.close()


@on_both_loops
async def test_large_bodies_pass_both_ways_whole():
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        await sink.send(Head(200, []))
        while isinstance(part := await incoming.next(), Data):
            await sink.send(part)
        sink.finish(Data(b"end"))

    payload = os.urandom(1 << 20) * 5
    async with serving(handler) as (_, connect, _sockets):
        raw = request("POST / HTTP/1.0", f"Content-Length: {len(payload)}", body=payload)
        answer = await ask(connect, raw)
        assert answer.partition(b"\r\n\r\n")[2] == payload + b"end"


@on_both_loops
async def test_an_early_answer_reaches_a_caller_that_is_still_sending():
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        await sink.send(Head(413, []))
        sink.finish(Data(b"too large"))

    async with serving(handler) as (_, connect, _sockets):
        answer = await ask(connect, request("POST / HTTP/1.1", "Content-Length: 900000", body=b"x" * 500_000))
        assert answer.endswith(b"too large")


def endless(begun: asyncio.Event, ended: asyncio.Event) -> Handler:
    """A handler that never answers, and tells when it is begun and when it is ended."""

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    return handler


@on_both_loops
async def test_a_caller_that_closes_while_it_waits_is_noticed():
    begun, ended = asyncio.Event(), asyncio.Event()
    async with serving(endless(begun, ended)) as (_server, connect, _sockets):
        _, writer = await connect()
        writer.write(request())
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
            writer.close()
            await ended.wait()


@on_both_loops
async def test_a_caller_that_breaks_off_while_it_is_not_read_is_noticed_too():
    begun, ended = asyncio.Event(), asyncio.Event()
    async with serving(endless(begun, ended)) as (server, connect, _):
        _, writer = await connect()
        writer.write(request("POST / HTTP/1.1", "Content-Length: 9000000", body=b"x" * 500_000))
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
            (connection,) = server._service.connections
            while not connection._paused:  # type: ignore[attr-defined]
                await asyncio.sleep(0.01)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            await ended.wait()


@on_both_loops
async def test_an_aborted_answer_is_a_reset():
    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        await sink.send(Head(200, []))
        await sink.send(Data(b"half"))
        sink.flush()
        await come.wait()
        sink.abort()

    come = asyncio.Event()
    async with serving(handler) as (_, connect, _sockets), asyncio.timeout(PATIENCE):
        reader, writer = await connect()
        writer.write(request("GET / HTTP/1.0"))
        await reader.readuntil(b"half")
        come.set()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


@on_both_loops
async def test_a_unix_socket_is_for_its_owner_and_replaces_a_dead_one(tmp_path: Path):
    path = tmp_path / "gateway.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    async with serving(listen=f"unix:{path}") as (_, connect, _sockets):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert (await ask(connect, CLOSING)).startswith(b"HTTP/1.1 200 OK\r\n")
        with pytest.raises(OSError, match="cannot listen on unix:"):
            open_sockets(InboundSettings(listen=f"unix:{path}"))


def test_an_address_that_is_taken_is_named_and_nothing_stays_open():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match=f"cannot listen on {address}"):
            open_sockets(InboundSettings(listen=["127.0.0.1:0", address]))


@on_both_loops
async def test_a_drain_answers_what_is_under_way_closes_what_is_idle_and_lets_streams_end():
    gate = asyncio.Event()

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        await sink.send(Head(200, []))
        await sink.send(Data(b"first"))
        await gate.wait()
        sink.finish(Data(b"last"))

    async with serving(handler) as (server, connect, sockets):
        streaming, writer = await connect()
        writer.write(request())
        idle, idle_writer = await connect()
        async with asyncio.timeout(PATIENCE):
            await streaming.readuntil(b"first")
            while server.connections < 2:
                await asyncio.sleep(0.01)
            drained = asyncio.ensure_future(server.drain(30))
            assert await idle.read() == b""
            assert not drained.done()
            gate.set()
            assert (await streaming.read()).endswith(b"4\r\nlast\r\n0\r\n\r\n")
            await drained
        assert not server.accepting
        assert sockets[0].fileno() > 0
        writer.close()
        idle_writer.close()


@on_both_loops
async def test_a_successor_takes_over_the_same_sockets_without_a_refused_caller():
    async with serving() as (server, connect, sockets):
        address = sockets[0].getsockname()
        successor = Server(InboundSettings(listen=f"127.0.0.1:{address[1]}"), echo, surroundings())
        await successor.start(sockets)
        answers = [asyncio.ensure_future(ask(connect, CLOSING)) for _ in range(20)]
        drained = asyncio.ensure_future(server.drain(5))
        answers += [asyncio.ensure_future(ask(connect, CLOSING)) for _ in range(20)]
        async with asyncio.timeout(PATIENCE):
            for each in answers:
                assert b"200 OK" in await each
            await drained
            assert b"200 OK" in await ask(connect, CLOSING)
        successor.close()


@on_both_loops
async def test_a_drain_cuts_what_does_not_end_in_time():
    cancelled = asyncio.Event()

    async def handler(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        try:
            await sink.send(Head(200, []))
            sink.flush()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with serving(handler) as (server, connect, _):
        reader, writer = await connect()
        writer.write(request())
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"\r\n\r\n")
            await server.drain(0.1)
            await cancelled.wait()
            with pytest.raises(ConnectionResetError):
                await reader.read()
        assert server.connections == 0
        writer.close()


@on_both_loops
async def test_another_handler_serves_what_comes_from_now_on():
    async def other(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        await sink.send(Head(418, []))
        sink.finish(Data(b""))

    async with serving() as (server, connect, _):
        assert b" 200 " in await ask(connect, CLOSING)
        server.handler = other
        assert b" 418 " in await ask(connect, CLOSING)


@on_both_loops
async def test_callers_beyond_the_limit_get_503():
    async with serving(max_connections=1) as (_server, connect, _):
        first, writer = await connect()
        writer.write(request())
        async with asyncio.timeout(PATIENCE):
            await first.readuntil(b"\r\n\r\n")
        assert (await ask(connect, b"")).startswith(b"HTTP/1.1 503 ")
        writer.close()


async def who(request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
    """Answer who is calling, as the gateway sees it."""
    told = f"{peer.address} {peer.port} {peer.tls} {len(peer.certificate) > 0} {request.scheme.decode()}"
    await sink.send(Head(200, []))
    sink.finish(Data(told.encode()))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(tmp_path: Path, authority: trustme.CA) -> ListenerTls:
    signed = authority.issue_cert("a.example")
    signed.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    (tmp_path / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in signed.cert_chain_pems))
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    return ListenerTls(
        certificates=[
            CertificateSettings(certificate_file=str(tmp_path / "chain.pem"), key_file=str(tmp_path / "key.pem"))
        ],
        client_ca_file=str(tmp_path / "authority.pem"),
        client_certificates="optional",
    )


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@on_both_loops
async def test_over_tls_the_peer_and_its_certificate_are_known(tls: ListenerTls, authority: trustme.CA):
    async with serving(who, ListenerSettings(address="127.0.0.1:0", tls=tls)) as (_, connect, _sockets):
        answer = await ask(connect, CLOSING, ssl=trusting(authority), server_hostname="a.example")
        assert answer.endswith(b" True False https")
        known = trusting(authority)
        authority.issue_cert("caller@a.example").configure_cert(known)
        answer = await ask(connect, CLOSING, ssl=known, server_hostname="a.example")
        assert answer.endswith(b" True True https")


@on_both_loops
async def test_a_failed_handshake_leaves_nothing_behind(tls: ListenerTls):
    async with serving(who, ListenerSettings(address="127.0.0.1:0", tls=tls), max_connections=1) as (
        server,
        connect,
        _,
    ):
        for _ in range(3):
            assert b"HTTP" not in await ask(connect, CLOSING)
            with pytest.raises(ssl.SSLCertVerificationError):
                await ask(connect, CLOSING, ssl=ssl.create_default_context(), server_hostname="a.example")
        assert server.connections == 0


@on_both_loops
async def test_a_trusted_sender_says_who_is_calling_before_tls_too(tls: ListenerTls, authority: trustme.CA):
    plain = ListenerSettings(address="127.0.0.1:0", proxy_protocol=True, trusted_senders=["127.0.0.0/8"])
    line = b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 443\r\n"
    async with serving(who, plain) as (_, connect, _sockets):
        assert (await ask(connect, line + CLOSING)).endswith(b"\r\n\r\n192.0.2.7 4000 False False http")
        assert await is_cut_off(connect, CLOSING)
    async with serving(
        who, ListenerSettings(address="127.0.0.1:0", proxy_protocol=True, trusted_senders=["127.0.0.0/8"], tls=tls)
    ) as (_, connect, _sockets):
        reader, writer = await connect()
        writer.write(line)
        await writer.start_tls(trusting(authority), server_hostname="a.example")
        writer.write(CLOSING)
        async with asyncio.timeout(PATIENCE):
            assert (await reader.read()).endswith(b"192.0.2.7 4000 True False https")
        writer.close()


@on_both_loops
async def test_senders_whose_header_is_awaited_count_as_connections():
    plain = ListenerSettings(address="127.0.0.1:0", proxy_protocol=True, trusted_senders=["127.0.0.0/8"])
    line = b"PROXY UNKNOWN\r\n"
    async with serving(who, plain, max_connections=1) as (_, connect, _sockets):
        silent = [(await connect())[1] for _ in range(SPARE_CONNECTIONS + 1)]
        assert await is_cut_off(connect, line + CLOSING)
        for each in silent:
            each.transport.abort()
        async with asyncio.timeout(PATIENCE):
            while await is_cut_off(connect, line + CLOSING):
                await asyncio.sleep(0.01)


@on_both_loops
async def test_nobody_else_may_say_who_is_calling():
    strict = ListenerSettings(address="127.0.0.1:0", proxy_protocol=True, trusted_senders=["192.0.2.0/24"])
    async with serving(who, strict) as (server, connect, _):
        assert await is_cut_off(connect, b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 443\r\n" + CLOSING)
        assert server.connections == 0
