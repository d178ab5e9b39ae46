"""The PROXY protocol: who is calling comes from a trusted sender in one exact form, or the connection ends."""

import asyncio
import socket
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inbound.dialogue import Wire
from trigate.core.clock import clock
from trigate.core.deadlines import Deadlines
from trigate.inbound.peer import Origin
from trigate.inbound.proxy_protocol import SIGNATURE, Malformed, ProxyHeader, read_header


def block(command: int, family: int, payload: bytes) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(payload)) + payload


V4 = block(0x21, 0x11, socket.inet_aton("192.0.2.7") + socket.inet_aton("192.0.2.8") + struct.pack("!HH", 4000, 443))
V6 = block(
    0x21,
    0x21,
    socket.inet_pton(socket.AF_INET6, "2001:db8::7") + bytes(16) + struct.pack("!HH", 4000, 443) + b"\x04\0\x01\0",
)
VALID: dict[bytes, Origin | None] = {
    b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 443\r\n": Origin("192.0.2.7", 4000),
    b"PROXY TCP6 2001:db8::7 ::1 4000 443\r\n": Origin("2001:db8::7", 4000),
    b"PROXY UNKNOWN\r\n": None,
    b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n": None,
    V4: Origin("192.0.2.7", 4000),
    V6: Origin("2001:db8::7", 4000),
    block(0x20, 0x00, b""): None,
    block(0x20, 0x11, bytes(12)): None,
    block(0x21, 0x31, bytes(216)): None,
}
MALFORMED = [
    b"GET / HTTP/1.1\r\n", b"proxy TCP4 192.0.2.7 192.0.2.8 4000 443\r\n", b"PROXY TCP4 192.0.2.7 192.0.2.8 4000\r\n",
    b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 65536\r\n", b"PROXY TCP4 192.0.2.7 192.0.2.8 04000 443\r\n",
    b"PROXY TCP4 2001:db8::7 ::1 4000 443\r\n", b"PROXY TCP6 192.0.2.7 192.0.2.8 4000 443\r\n",
    b"PROXY TCP4 192.0.2.007 192.0.2.8 4000 443\r\n", b"PROXY TCP4 a b 4000 443\r\n",
    b"PROXY UNKNOWNxyz\r\n", b"PROXY UNKNOWN4 192.0.2.7 192.0.2.8 1 2\r\n", b"PROXY UNKNOWN\t1\r\n",
    b"PROXY UDP4 192.0.2.7 192.0.2.8 1 2\r\n",
    b"PROXY  TCP4 192.0.2.7 192.0.2.8 4000 443\r\n", b"PROXY TCP4 192.0.2.7 192.0.2.8 4000 443 \r\n",
    b"PROXY " + b"a" * 200,
    block(0x11, 0x11, bytes(12)), block(0x22, 0x11, bytes(12)), block(0x21, 0x11, bytes(11)),
    block(0x21, 0x21, bytes(35)),
    block(0x21, 0x11, bytes(600)), SIGNATURE[:11] + b"\x0b",
]  # fmt: skip


@pytest.mark.parametrize("raw", VALID)
def test_a_header_tells_who_is_calling_however_it_is_cut(raw: bytes):
    for end in range(len(raw)):
        assert read_header(raw[:end]) is None
    assert read_header(raw + b"GET /") == (VALID[raw], len(raw))


@pytest.mark.parametrize("raw", MALFORMED)
def test_anything_else_is_refused(raw: bytes):
    with pytest.raises(Malformed):
        read_header(raw)


@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda tail: SIGNATURE + tail))
def test_no_bytes_whatever_do_anything_else(raw: bytes):
    try:
        found = read_header(raw)
    except Malformed:
        return
    assert found is None or found[1] <= len(raw)


class Inner(asyncio.Protocol):
    """What comes behind the header."""

    def __init__(self, origin: Origin | None) -> None:
        self.origin = origin
        self.raw = b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.raw += data


class Switching(Wire):
    """A wire whose protocol can be replaced."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol


def sender(trusted: bool = True) -> tuple[ProxyHeader, Switching, Deadlines]:
    deadlines = Deadlines()
    header = ProxyHeader(Inner, lambda name: trusted, deadlines, 5, lambda: None)
    wire = Switching()
    wire.protocol = header
    header.connection_made(wire)
    return header, wire, deadlines


async def test_the_rest_goes_to_the_protocol_behind():
    header, wire, deadlines = sender()
    header.data_received(V4[:20])
    header.data_received(V4[20:] + b"GET /")
    assert wire.protocol.origin == Origin("192.0.2.7", 4000)
    assert (wire.protocol.raw, wire.protocol.transport) == (b"GET /", wire)
    assert len(deadlines) == 0


async def test_a_malformed_header_an_untrusted_sender_and_a_slow_one_are_cut_off():
    header, wire, _ = sender()
    header.data_received(b"GET / HTTP/1.1\r\n\r\n")
    assert wire.aborted
    _, wire, deadlines = sender(trusted=False)
    assert wire.aborted
    assert len(deadlines) == 0
    _, wire, deadlines = sender()
    deadlines.sweep(clock.monotonic() + 6)
    assert wire.aborted
