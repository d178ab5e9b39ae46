"""A caller that says exactly what a test wants, and reads answers by the rules of another implementation (h11)."""

import asyncio
import ssl
import struct
from socket import SO_LINGER, SOL_SOCKET
from typing import Self

import h11

from tests.journeys.conftest import KEY
from tests.patience import PATIENCE


class Got:
    """One answer as it came."""

    def __init__(self) -> None:
        self.status = 0
        self.fields: dict[str, str] = {}
        self.informational: list[int] = []
        self.body = b""
        self.trailers: dict[str, str] = {}
        self.whole = False
        """The answer ended as its head said it would; anything else is visibly broken."""
        self.raw = b""


class Caller:
    """One connection to the gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.rest = b""
        """Received and not yet read."""

    @classmethod
    async def connect(cls, port: int, tls: ssl.SSLContext | None = None, name: str | None = None) -> Self:
        """A caller on loopback."""
        opening = asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name if tls else None)
        return cls(*await asyncio.wait_for(opening, PATIENCE))

    @classmethod
    async def connect_unix(cls, path: str) -> Self:
        """A caller on a Unix socket."""
        return cls(*await asyncio.wait_for(asyncio.open_unix_connection(path), PATIENCE))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()
        await asyncio.sleep(0)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)

    async def receive(self, most: int = 65536) -> bytes:
        """Bytes that came, `most` of them at once; b"" at the end. Raises ConnectionResetError."""
        if self.rest:
            data, self.rest = self.rest, b""
            return data
        return await asyncio.wait_for(self.reader.read(most), PATIENCE)

    async def until(self, needle: bytes) -> bytes:
        """Everything up to and including `needle`."""
        received = b""
        while needle not in received:
            piece = await self.receive()
            assert piece, f"the connection ended before {needle!r} came; what came is {received!r}"
            received += piece
        end = received.index(needle) + len(needle)
        self.rest = received[end:]
        return received[:end]

    async def closed(self) -> tuple[bytes, bool]:
        """What still came until the connection ended, and whether it ended by a reset."""
        received = b""
        while True:
            try:
                piece = await self.receive()
            except (ConnectionResetError, BrokenPipeError):
                return received, True
            if not piece:
                return received, False
            received += piece

    async def answer(self, method: str = "GET") -> Got:
        """The next answer; never raises for a broken one, which is not `whole`."""
        parser, got = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20), Got()
        parser.send(h11.Request(method=method, target="/", headers=[("host", "h")]))
        parser.send(h11.EndOfMessage())
        try:
            while not got.whole:
                await self._take(parser, got)
        except (h11.RemoteProtocolError, ConnectionError):
            return got
        self.rest = parser.trailing_data[0]
        return got

    async def _take(self, parser: h11.Connection, got: Got) -> None:
        event = parser.next_event()
        match event:
            case h11.NEED_DATA:
                data = await self.receive()
                got.raw += data
                parser.receive_data(data)
            case h11.InformationalResponse():
                got.informational.append(event.status_code)
            case h11.Response():
                got.status = event.status_code
                got.fields = _fields(event.headers)
            case h11.Data():
                got.body += event.data
            case h11.EndOfMessage():
                got.trailers = _fields(event.headers)
                got.whole = True
            case _:
                raise h11.RemoteProtocolError("the connection ended")

    def finish(self) -> None:
        """Leave with FIN."""
        self.writer.close()

    def half_close(self) -> None:
        """Say that no more comes, and go on listening."""
        self.writer.write_eof()

    def reset(self) -> None:
        """Leave with RST."""
        socket = self.writer.get_extra_info("socket")
        socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def _fields(headers: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:  # type: ignore[attr-defined]
        text = value.decode("latin-1")
        key = name.decode().lower()
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def head(method: str, path: str, *fields: str, key: str = KEY, version: str = "1.1", host: str = "h") -> bytes:
    """The head of a request, with a key and a host unless told otherwise."""
    lines = [f"{method} {path} HTTP/{version}"]
    lines += [f"Host: {host}"] if host else []
    lines += [f"Authorization: Bearer {key}"] if key else []
    return "\r\n".join([*lines, *fields, "", ""]).encode("latin-1")
