"""The TLS layer: handshakes, ends in order and out of order, pausing, half-close, deadlines."""

import asyncio
import contextlib
import ssl
from typing import Any

import pytest
import trustme

from tests.patience import PATIENCE
from trigate.core.buffer import READ_BYTES
from trigate.core.deadlines import Deadlines
from trigate.core.tls import TlsLayer, TlsTransport, TlsTruncated, harden

AUTHORITY = trustme.CA()


def server_context() -> ssl.SSLContext:
    context = harden(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    AUTHORITY.issue_cert("gateway.test").configure_cert(context)
    return context


def client_context(trust: bool = True) -> ssl.SSLContext:
    context = harden(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    if trust:
        AUTHORITY.configure_trust(context)
    return context


class Wire(asyncio.Transport):
    """One end of a byte pipe between two protocols; what is written arrives at the next turn of the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.peer: Wire
        self.protocol: Any
        self.inbox: list[bytes] = []
        self.writes = 0
        self.closing = self.reading_paused = self.cut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.closing:
            self.writes += 1
            self.peer.inbox.append(bytes(data))
            self.loop.call_soon(self.peer.deliver)

    def deliver(self) -> None:
        if self.reading_paused or self.closing:
            return
        while self.inbox and not self.reading_paused:
            self.protocol.data_received(self.inbox.pop(0))
        if self.peer.closing and not self.inbox and not self.closing and not self.protocol.eof_received():
            self.close()

    def pause_reading(self) -> None:
        self.reading_paused = True

    def resume_reading(self) -> None:
        self.reading_paused = False
        self.loop.call_soon(self.deliver)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            self.loop.call_soon(self.protocol.connection_lost, None)
            self.loop.call_soon(self.peer.deliver)

    def abort(self) -> None:
        self.cut = True
        self.close()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 7) if name == "peername" else default


class Speaker(asyncio.Protocol):
    """The inner protocol: keeps what it hears."""

    def __init__(self) -> None:
        self.transport: TlsTransport
        self.heard: list[bytes] = []
        self.ended = 0
        self.lost: list[Exception | None] = []
        self.stays_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, TlsTransport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard.append(data)

    def eof_received(self) -> bool:
        self.ended += 1
        return self.stays_open

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


class Pair:
    """A client and a server that speak TLS over a pipe."""

    def __init__(self, *, trust: bool = True, name: str = "gateway.test") -> None:
        self.deadlines = Deadlines()
        self.failed: list[tuple[str, Exception]] = []
        self.client, self.server = Speaker(), Speaker()
        self.made: list[str] = []
        self.near, self.far = Wire(), Wire()
        self.near.peer, self.far.peer = self.far, self.near
        self.near.protocol = self.layer("client", self.client, client_context(trust), False, name)
        self.far.protocol = self.layer("server", self.server, server_context(), True, None)

    def layer(self, who: str, inner: Speaker, context: ssl.SSLContext, server_side: bool, name: str | None) -> TlsLayer:
        def make() -> Speaker:
            self.made.append(who)
            return inner

        def failed(error: Exception) -> None:
            self.failed.append((who, error))

        return TlsLayer(make, context, server_side, name, self.deadlines, 5, on_failed=failed)

    async def connect(self) -> "Pair":
        self.far.protocol.connection_made(self.far)
        self.near.protocol.connection_made(self.near)
        await turns()
        return self


async def turns(count: int = 30) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_both_ends_speak_after_the_handshake_and_no_deadline_is_left():
    pair = await Pair().connect()
    pair.client.transport.write(b"ping")
    pair.server.transport.writelines([b"po", b"ng"])
    await turns()
    assert (pair.server.heard, pair.client.heard) == ([b"ping"], [b"pong"])
    assert (sorted(pair.made), pair.failed, len(pair.deadlines)) == (["client", "server"], [], 0)


async def test_one_write_inside_is_one_write_of_the_raw_transport():
    pair = await Pair().connect()
    before = pair.near.writes
    pair.client.transport.write(b"x" * 100_000)
    await turns()
    assert pair.near.writes == before + 1
    assert b"".join(pair.server.heard) == b"x" * 100_000
    assert max(map(len, pair.server.heard)) <= READ_BYTES + 16 * 1024


async def test_small_records_that_came_together_are_handed_on_together():
    pair = await Pair().connect()
    pair.far.pause_reading()
    for _ in range(10):
        pair.client.transport.write(b"event")
    pair.far.inbox[:] = [b"".join(pair.far.inbox)]
    pair.far.resume_reading()
    await turns()
    assert pair.server.heard == [b"event" * 10]


async def test_close_is_told_by_close_notify_and_ends_in_order():
    pair = await Pair().connect()
    pair.client.transport.write(b"last words")
    pair.client.transport.close()
    await turns()
    assert (pair.server.heard, pair.server.ended, pair.server.lost) == ([b"last words"], 1, [None])
    assert pair.client.lost == [None]
    assert pair.client.transport.is_closing()


async def test_a_cut_without_close_notify_is_never_a_clean_end():
    pair = await Pair().connect()
    pair.client.transport.write(b"half a")
    await turns()
    pair.client.transport.abort()
    await turns()
    assert pair.server.ended == 0
    assert isinstance(pair.server.lost[0], TlsTruncated)


async def test_one_direction_can_end_while_the_other_goes_on():
    pair = Pair()
    pair.server.stays_open = True
    await pair.connect()
    pair.client.transport.write_eof()
    await turns()
    assert (pair.server.ended, pair.server.lost) == (1, [])
    pair.server.transport.write(b"still here")
    await turns()
    assert pair.client.heard == [b"still here"]
    pair.client.transport.write(b"dropped")
    pair.server.transport.close()
    await turns()
    assert pair.client.ended == 1
    assert pair.server.heard == []


async def test_while_paused_nothing_is_handed_on_and_nothing_is_lost():
    pair = await Pair().connect()
    pair.server.transport.pause_reading()
    pair.client.transport.write(b"a" * 300_000)
    pair.client.transport.close()
    await turns()
    assert pair.server.heard == []
    pair.server.transport.resume_reading()
    assert pair.server.heard == []  # never from within the caller
    await turns()
    assert b"".join(pair.server.heard) == b"a" * 300_000
    assert pair.server.ended == 1


async def test_pausing_from_within_data_received_holds_the_rest_back():
    pair = await Pair().connect()

    def hear(data: bytes) -> None:
        pair.server.heard.append(data)
        pair.server.transport.pause_reading()

    pair.server.data_received = hear
    pair.client.transport.write(b"a" * 300_000)
    await turns()
    first = len(pair.server.heard[0])
    assert len(pair.server.heard) == 1
    assert first <= READ_BYTES + 16 * 1024
    pair.server.transport.resume_reading()
    await turns()
    assert len(pair.server.heard) == 2


@pytest.mark.parametrize(("trust", "name"), [(False, "gateway.test"), (True, "other.test")])
async def test_a_peer_that_cannot_prove_its_name_is_refused(trust: bool, name: str):
    pair = await Pair(trust=trust, name=name).connect()
    assert [(who, type(error)) for who, error in pair.failed if who == "client"] == [
        ("client", ssl.SSLCertVerificationError)
    ]
    assert "client" not in pair.made
    assert len(pair.deadlines) == 0


async def test_a_peer_that_speaks_no_tls_is_refused_once():
    pair = Pair()
    pair.far.protocol.connection_made(pair.far)
    pair.far.inbox.append(b"GET / HTTP/1.1\r\n\r\n")
    pair.near.protocol = asyncio.Protocol()
    pair.far.deliver()
    pair.far.protocol.data_received(b"more")
    await turns()
    assert [who for who, _ in pair.failed] == ["server"]
    assert isinstance(pair.failed[0][1], ssl.SSLError)
    assert pair.made == []


async def test_a_stalled_handshake_ends_at_its_deadline():
    pair = Pair()
    pair.near.protocol = asyncio.Protocol()
    pair.far.protocol.connection_made(pair.far)
    assert len(pair.deadlines) == 1
    pair.deadlines.sweep(float("inf"))
    await turns()
    assert isinstance(pair.failed[0][1], TimeoutError)
    assert (pair.far.cut, len(pair.deadlines), pair.made) == (True, 0, [])


async def test_a_peer_that_leaves_during_the_handshake_is_a_failure():
    pair = Pair()
    pair.near.protocol = asyncio.Protocol()
    pair.far.protocol.connection_made(pair.far)
    pair.far.protocol.eof_received()
    pair.far.protocol.connection_lost(None)
    assert len(pair.failed) == 1
    assert pair.made == []


async def test_a_damaged_record_breaks_the_connection():
    pair = await Pair().connect()
    pair.client.transport.write(b"secret")
    record = bytearray(pair.far.inbox[0])
    record[-1] ^= 1
    pair.far.inbox[0] = bytes(record)
    await turns()
    assert pair.server.heard == []
    assert isinstance(pair.server.lost[0], ssl.SSLError)


async def test_writing_after_a_damaged_record_says_nothing_and_raises_nothing():
    pair = await Pair().connect()
    pair.client.transport.write(b"secret")
    record = bytearray(pair.far.inbox[0])
    record[-1] ^= 1
    pair.far.inbox[0] = bytes(record)
    pair.far.deliver()
    writes = pair.far.writes
    pair.server.transport.write(b"answer")
    pair.server.transport.writelines([b"an", b"swer"])
    pair.server.transport.write_eof()
    await turns()
    assert pair.far.writes == writes
    assert pair.client.heard == []
    assert [type(each) for each in pair.server.lost] == [ssl.SSLError]


async def test_a_write_that_tls_refuses_breaks_the_connection_off(monkeypatch: pytest.MonkeyPatch):
    pair = await Pair().connect()

    class Broken:
        def write(self, data: bytes) -> int:
            raise ssl.SSLError(1, "protocol is shutdown")

    monkeypatch.setattr(pair.server.transport, "_tls", Broken())
    pair.server.transport.write(b"answer")
    assert pair.server.transport.is_closing()
    await turns()
    assert [type(each) for each in pair.server.lost] == [ssl.SSLError]


async def test_what_the_inner_protocol_may_ask():
    pair = await Pair().connect()
    info = pair.client.transport.get_extra_info
    assert info("peername") == ("192.0.2.1", 7)
    assert info("ssl_object").version() == "TLSv1.3"
    assert info("peercert_der")[:1] == b"\x30"
    assert pair.server.transport.get_extra_info("peercert_der") == b""
    assert info("nothing", 5) == 5
    assert pair.client.transport.can_write_eof()


async def test_renegotiation_and_old_versions_are_off():
    context = server_context()
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


async def test_layers_can_be_stacked():
    pair = await Pair().connect()
    deadlines, inner, outer = Deadlines(), Speaker(), Speaker()
    far = TlsLayer(lambda: outer, server_context(), True, None, deadlines, 5)
    near = TlsLayer(lambda: inner, client_context(), False, "gateway.test", deadlines, 5)
    pair.server.transport.set_protocol(far)
    pair.client.transport.set_protocol(near)
    far.connection_made(pair.server.transport)
    near.connection_made(pair.client.transport)
    await turns()
    inner.transport.write(b"deep")
    await turns()
    assert outer.heard == [b"deep"]
    assert pair.client.transport.get_protocol() is near


async def test_over_real_sockets_a_megabyte_crosses_both_ways():
    loop, deadlines = asyncio.get_running_loop(), Deadlines()
    done, speaker = asyncio.Event(), Speaker()

    def server() -> asyncio.BaseProtocol:
        return TlsLayer(Echo, server_context(), True, None, deadlines, 5)

    def hear(data: bytes) -> None:
        speaker.heard.append(data)
        if sum(map(len, speaker.heard)) >= 1_000_000:
            done.set()

    speaker.data_received = hear
    listener = await loop.create_server(server, "127.0.0.1", 0)

    def client() -> TlsLayer:
        return TlsLayer(lambda: speaker, client_context(), False, "gateway.test", deadlines, 5)

    port = listener.sockets[0].getsockname()[1]
    raw, _ = await loop.create_connection(client, "127.0.0.1", port)
    with contextlib.closing(raw):
        while not hasattr(speaker, "transport"):
            await asyncio.sleep(0.001)
        speaker.transport.write(b"m" * 1_000_000)
        await asyncio.wait_for(done.wait(), PATIENCE)
    listener.close()
    await listener.wait_closed()


class Echo(Speaker):
    """Says back what it hears."""

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
