"""The PROXY protocol, versions 1 and 2: a trusted balancer in front says who is calling."""

import asyncio
import ipaddress
import re
import struct
from collections.abc import Callable
from typing import cast

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.inbound.peer import Origin

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
"""First bytes of a version 2 header."""
LINE_BYTES = 107
"""Longest version 1 header."""
BLOCK_BYTES = 536
"""Longest version 2 payload taken: addresses and a few extensions; senders must fit into one segment."""

_LINE = re.compile(rb"PROXY (TCP4|TCP6) (\S+) (\S+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})")


class Malformed(ValueError):
    """What a trusted sender sent is no PROXY protocol header."""


def read_header(raw: bytes) -> tuple[Origin | None, int] | None:
    """The caller (None where the sender speaks for itself) and the header's length; None if more must arrive.

    Raises Malformed.
    """
    if raw[:12] == SIGNATURE[: len(raw)]:
        return _read_block(raw)
    if raw[:6] == b"PROXY "[: len(raw)]:
        return _read_text(raw)
    raise Malformed("the connection does not begin with a PROXY protocol header")


def _read_text(raw: bytes) -> tuple[Origin | None, int] | None:
    end = raw.find(b"\r\n", 0, LINE_BYTES)
    if end < 0:
        if len(raw) >= LINE_BYTES:
            raise Malformed("the PROXY line is too long")
        return None
    line = raw[:end]
    if line == b"PROXY UNKNOWN" or line.startswith(b"PROXY UNKNOWN "):
        return None, end + 2
    found = _LINE.fullmatch(line)
    if found is None or max(int(found[4]), int(found[5])) > 65535:
        raise Malformed("the PROXY line is malformed")
    _address(found[3], found[1])
    return Origin(_address(found[2], found[1]), int(found[4])), end + 2


def _address(text: bytes, family: bytes) -> str:
    try:
        address = ipaddress.ip_address(text.decode("ascii"))
    except ValueError as error:
        raise Malformed("the PROXY line holds no IP address") from error
    if address.version != (4 if family == b"TCP4" else 6):
        raise Malformed("the PROXY line's address is not of the family it names")
    return str(address)


def _read_block(raw: bytes) -> tuple[Origin | None, int] | None:
    if len(raw) < 16:
        return None
    version, family, size = struct.unpack_from("!BBH", raw, 12)
    if version not in (0x20, 0x21) or size > BLOCK_BYTES:
        raise Malformed("the PROXY block has an unknown version or command, or is too long")
    if len(raw) < 16 + size:
        return None
    return (_read_addresses(family, raw[16 : 16 + size]) if version == 0x21 else None), 16 + size


def _read_addresses(family: int, block: bytes) -> Origin | None:
    """Family and transport in one byte: 0x11 TCP over IPv4, 0x21 TCP over IPv6; others carry no address for us."""
    width = {0x11: 4, 0x21: 16}.get(family)
    if width is None:
        return None
    if len(block) < 2 * width + 4:
        raise Malformed("the PROXY block is too short for its addresses")
    (port,) = struct.unpack_from("!H", block, 2 * width)
    return Origin(str(ipaddress.ip_address(block[:width])), port)


class ProxyHeader(asyncio.Protocol):
    """Reads the header, then gives the connection to the protocol that `following` makes."""

    def __init__(
        self,
        following: Callable[[Origin | None], asyncio.BaseProtocol],
        trusted: Callable[[object], bool],
        deadlines: Deadlines,
        seconds: float,
        on_over: Callable[[], None],
    ) -> None:
        """`on_over` is called once: when the header was read, or the sender has gone without one."""
        self._following = following
        self._trusted = trusted
        self._deadlines = deadlines
        self._seconds = seconds
        self._on_over = on_over
        self._raw = b""
        self.deadline = NEVER

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Reset at once whoever is not trusted to say who is calling."""
        self._transport = cast(asyncio.Transport, transport)
        self.deadline = clock.monotonic() + self._seconds
        self._deadlines.add(self)
        if not self._trusted(transport.get_extra_info("peername")):
            self.expire()

    def data_received(self, data: bytes) -> None:
        """Take in a piece of the header."""
        self._raw += data
        try:
            found = read_header(self._raw)
        except Malformed:
            self.expire()
            return
        if found is not None:
            self._hand_over(*found)

    def connection_lost(self, exc: Exception | None) -> None:
        """The sender is gone."""
        self._deadlines.discard(self)
        self._on_over()

    def expire(self) -> None:
        """Malformed, untrusted or too slow."""
        self._deadlines.discard(self)
        self._transport.abort()

    def _hand_over(self, origin: Origin | None, length: int) -> None:
        self._deadlines.discard(self)
        self._on_over()
        inner = self._following(origin)
        self._transport.set_protocol(inner)
        inner.connection_made(self._transport)
        rest = self._raw[length:]
        if rest:
            inner.data_received(rest)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
