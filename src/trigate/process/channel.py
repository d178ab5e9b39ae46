"""The line between the supervisor and one of its children: small typed messages, and file descriptors with them."""

import array
import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

MESSAGE_BYTES = 64 * 1024
DESCRIPTORS = 64
BEAT_SECONDS = 1.0
_ANCILLARY = socket.CMSG_SPACE(DESCRIPTORS * array.array("i").itemsize)


class Ready(Struct, tag=True):
    """Child: serving."""


class Beat(Struct, tag=True):
    """Child, every second: its event loop turns."""


class Prepare(Struct, tag=True):
    """Supervisor: build this configuration beside the one in use. Its text is the first file that comes along."""

    number: int
    listen: list[str] = []
    """Addresses of the listening sockets that come after the text, if those of the admin port change."""


class Prepared(Struct, tag=True):
    """Child: built; `problem` says why it was not."""

    number: int
    problem: str = ""


class Commit(Struct, tag=True):
    """Supervisor: exchange the configuration in use for the prepared one."""

    number: int


class Abort(Struct, tag=True):
    """Supervisor: forget the prepared configuration."""

    number: int


class Attach(Struct, tag=True):
    """Supervisor: the socket of a message bus link comes along."""

    worker: str = ""
    """How the worker at one end of it is addressed, which is the other end for the control process."""


class Lead(Struct, tag=True):
    """Supervisor to control: no other control process delivers records any more, begin."""


class Retire(Struct, tag=True):
    """Supervisor to control: a successor serves operators; deliver no more, go on for the workers that know you."""


class Retired(Struct, tag=True):
    """Control: delivers no more."""


class Drain(Struct, tag=True):
    """Supervisor: take nothing new, finish, and exit."""


class State(Struct, tag=True):
    """Supervisor to control: what it knows of the gateway."""

    ready: int
    """Data workers that serve."""
    workers: int
    """Data workers there should be."""
    generation: int
    """How many configurations have been taken since the start, the first included."""
    problem: str = ""
    """Why the newest configuration was not taken, empty if it was."""
    draining: bool = False


Order = Prepare | Commit | Abort | Attach | Drain | State | Lead | Retire
Report = Ready | Prepared | Beat | Retired

_encode = msgspec.json.encode
_decode_order: Callable[[bytes], Order] = msgspec.json.Decoder(Order).decode
_decode_report: Callable[[bytes], Report] = msgspec.json.Decoder(Report).decode


def pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a new line: the supervisor's, the child's."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    theirs.setblocking(False)
    return ours, theirs


def send_order(line: socket.socket, order: Order, descriptors: Sequence[int] = ()) -> None:
    """Send without waiting; raises OSError if the child is gone or has stopped listening."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    line.sendmsg([_encode(order)], rights)


def read_report(line: socket.socket) -> Report | None:
    """The next report; None when the child is gone. Raises BlockingIOError if there is none yet."""
    message = line.recv(MESSAGE_BYTES)
    return _decode_report(message) if message else None


class ChildLine:
    """The child's end, on its event loop; when the supervisor goes, so does the child, at once."""

    def __init__(self, line: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        self._line = line
        self._loop = loop
        self.orders: asyncio.Queue[tuple[Order, list[int]]] = asyncio.Queue()
        loop.add_reader(line.fileno(), self._read)

    def report(self, report: Report) -> None:
        """Tell the supervisor."""
        self._line.send(_encode(report))

    def beat(self) -> None:
        """Say from now on every second that the event loop turns."""
        with contextlib.suppress(BlockingIOError):  # a supervisor that does not read asks nobody for signs of life
            self.report(Beat())
        self._loop.call_later(BEAT_SECONDS, self.beat)

    def close(self) -> None:
        """Stop listening."""
        self._loop.remove_reader(self._line.fileno())

    def _read(self) -> None:
        message, ancillary, _, _ = self._line.recvmsg(MESSAGE_BYTES, _ANCILLARY, socket.MSG_CMSG_CLOEXEC)
        if not message:
            os._exit(1)  # an orphan serves nobody: the supervisor owns the sockets
        descriptors = array.array("i", b"".join(rights for _, _, rights in ancillary))
        self.orders.put_nowait((_decode_order(message), list(descriptors)))
