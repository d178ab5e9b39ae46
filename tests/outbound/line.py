"""A connection without a socket: bytes go in by hand, and what it does to its transport is kept."""

import asyncio
from typing import Any

from trigate.core.deadlines import Deadlines
from trigate.core.signal import Signal
from trigate.outbound.answer import Answer
from trigate.outbound.connection import Connection
from trigate.outbound.settings import Timeouts
from trigate.outbound.upload import Upload


class Wire:
    """The transport of a connection under test."""

    def __init__(self) -> None:
        self.sent = b""
        self.reading = True
        self.closed = self.aborted = self.ended = False
        self.unsent = 0

    def write(self, data: bytes) -> None:
        self.sent += data

    def writelines(self, pieces: list[bytes]) -> None:
        self.sent += b"".join(pieces)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 80) if name == "peername" else default

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True


class Owner:
    """A pool that only takes notes."""

    name = "up.example:80"

    def __init__(self) -> None:
        self.idle_seconds = 60.0
        self.max_head = 64 * 1024
        self.max_fields = 256
        self.deadlines = Deadlines()
        self.released: list[Connection] = []
        self.gone: list[Connection] = []

    def release(self, connection: Connection) -> None:
        self.released.append(connection)

    def lost(self, connection: Connection) -> None:
        self.gone.append(connection)


class Line:
    """One connection, its transport, its owner, and a loop that never runs."""

    def __init__(self) -> None:
        self.loop: Any = _Loop()
        self.owner, self.wire = Owner(), Wire()
        opened: Any = _Future()
        self.connection = Connection(self.owner, opened)
        self.connection.connection_made(self.wire)  # type: ignore[arg-type]

    def begin(
        self,
        *,
        bodyless: bool = False,
        upgrade: bool = False,
        upload: Upload | None = None,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        answer = Answer(Signal(self.loop), bodyless, upgrade, upload)
        self.connection.begin(answer, b"", b"", timeouts or Timeouts())
        return answer

    @property
    def reused(self) -> bool:
        return self.owner.released == [self.connection] and not self.wire.is_closing()


class _Future:
    def done(self) -> bool:
        return False

    def set_result(self, value: object) -> None:
        del value


class _Loop:
    def create_future(self) -> "asyncio.Future[None]":
        raise AssertionError("nothing waits here")
