"""One HTTP/1.1 connection to an upstream: one exchange at a time, strict about what comes back."""

import asyncio
import mmap
import struct
from socket import SO_LINGER, SOL_SOCKET
from typing import Protocol

from trigate.core.batch import batched
from trigate.core.buffer import receive_buffer
from trigate.core.clock import clock
from trigate.core.deadlines import NEVER, Deadlines
from trigate.core.errors import (
    GatewayError,
    StreamBroken,
    UpstreamFailed,
    UpstreamProtocolError,
    UpstreamTimeout,
    overdue,
)
from trigate.outbound.answer import HIGH_WATER, Answer
from trigate.outbound.chunk import whole_chunk
from trigate.outbound.memory import Known, learn
from trigate.outbound.reader import SLICE_BYTES, Bounds, Reader
from trigate.outbound.settings import Timeouts

HOLD_SECONDS = 1.0
"""How long a body waits for `100 Continue` (RFC 9110 §10.1.1: not forever)."""
_BY_RESET = struct.pack("ii", 1, 0)


class Owner(Bounds, Protocol):
    """The pool a connection belongs to."""

    deadlines: Deadlines

    def release(self, connection: "Connection") -> None: ...
    def lost(self, connection: "Connection") -> None: ...


class Connection(Reader):
    """Reads answers into whichever `Answer` is bound; unbound, any byte or end closes it."""

    __slots__ = (
        "_known", "_limit", "_opened", "_owner", "_paused", "_room", "_timeouts", "_unsent", "address", "counted",
        "deadline", "reused", "transport", "writable",
    )  # fmt: skip

    def __init__(self, owner: Owner, opened: "asyncio.Future[Connection]") -> None:
        super().__init__(owner)
        self._owner = owner
        self._opened = opened
        self._room = receive_buffer()
        self.reused = False
        """It has carried an exchange before."""
        self.counted = False
        """The pool counts it among its open ones."""
        self.writable = True
        self._paused = False
        self.address = ""
        self.deadline = NEVER
        self._known: Known | None = None

    # the transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The way is open, TLS and tunnels included."""
        self.transport = batched(transport)
        peer = transport.get_extra_info("peername")
        self.address = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else str(peer or "")
        self._owner.deadlines.add(self)
        if not self._opened.done():
            self._opened.set_result(self)

    def get_buffer(self, sizehint: int) -> mmap.mmap:
        """Where the loop reads to."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Take in what the loop has read."""
        self.data_received(self._room[:nbytes])

    def data_received(self, data: bytes) -> None:
        """Take in bytes of an answer."""
        answer = self._answer
        if self._between and answer is not None and answer.taker is not None and (start := whole_chunk(data)):
            # A piece of a stream that came whole: nothing of it is parsed, nothing waits.
            self._overhead = 0
            deadline = clock.monotonic() + self._timeouts.between_bytes
            self.deadline = deadline if deadline < self._limit else self._limit
            payload = data[start:-2]
            if not answer.taker(payload, data):
                answer.keep(payload)
            return
        known = self._known
        if known is not None and answer is not None and not answer.received and known.recognise(answer, data):
            self._weighed = known.hop
            self._finish(answer, True)
        elif answer is None:
            self._shut()  # RFC 9112 §9.2: nobody asked
        else:
            self._receive(answer, data)

    def _receive(self, answer: Answer, data: bytes) -> None:
        """Have the parser read."""
        if answer.final is None:
            self._begin_answer(answer, data)
        elif self._raw:
            answer.chunks.append(data)
            answer.buffered += len(data)
        else:
            self._read_body(answer, data)
        if self._answer is not answer:
            return
        if self._done:
            self._finish(answer, self._reusable and not self._excess)
        elif answer.final is not None:
            self._progressed(answer)
        elif answer.informational:
            answer.signal.notify()

    def _begin_answer(self, answer: Answer, data: bytes) -> None:
        """Read a head, and keep it in mind if it came in one piece with the whole answer."""
        first = not answer.received
        self._read_head(answer, data)
        if first and self._done and self._reusable and not self._excess and self._begun == 1:
            self._known = learn(answer, data, self._weighed)

    def eof_received(self) -> bool:
        """The upstream will send no more; a tunnel still takes bytes."""
        answer = self._answer
        if answer is None:
            self._shut()
            return False
        if self._raw:
            answer.done = True
            answer.signal.notify()
            return True
        if self._ends_by_closing(answer):
            self._finish(answer, False)
        else:
            answer.lost = True
            self._fail(self._cut("closed the connection"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.deadline = NEVER
        self._owner.deadlines.discard(self)
        answer = self._answer
        if answer is not None and answer.error is None and not answer.done:
            answer.lost = True
            answer.reset = isinstance(exc, ConnectionResetError | BrokenPipeError)
            answer.error = self._cut("reset the connection" if answer.reset else "broke the connection off")
            self._unbind(answer)
            answer.signal.notify()
        self._answer = None
        self._owner.lost(self)

    def pause_writing(self) -> None:
        """The upstream takes no more at the moment."""
        self.writable = False
        self._unsent = self.transport.get_write_buffer_size()
        self._rearm()

    def resume_writing(self) -> None:
        """The upstream takes more."""
        self.writable = True
        self._rearm()
        if self._answer is not None:
            self._answer.signal.notify()

    # the exchange's side

    def begin(self, answer: Answer, request: bytes, body: bytes, timeouts: Timeouts) -> None:
        """Bind `answer` and send the request's head and whatever of its body is at hand."""
        answer.source = self
        answer.address = self.address
        self._timeouts = timeouts
        self._answer = answer
        if self._begun:
            self._forget()
        now = clock.monotonic()
        total = timeouts.total
        limit = self._limit = NEVER if total is None else now + total
        if len(body) > SLICE_BYTES:
            self.transport.writelines([request, body])
        else:
            self.transport.write(request + body if body else request)
        upload = answer.upload
        if upload is not None:
            upload.attach(self)
            self._rearm()
        elif self.writable:
            patience = now + timeouts.first_byte
            self.deadline = patience if patience < limit else limit

    def write(self, pieces: list[bytes]) -> None:
        """Send pieces of the request's body."""
        if not self.transport.is_closing():
            self.transport.writelines(pieces)

    def write_eof(self) -> None:
        """Tell the upstream of a tunnel that no more comes."""
        if not self.transport.is_closing() and self.transport.can_write_eof():
            self.transport.write_eof()

    def uploaded(self) -> None:
        """The request was sent in full: the upstream's time begins."""
        self._rearm()

    def released(self) -> None:
        """The body waits for consent no more."""
        self._rearm()

    def resume(self) -> None:
        """There is room for more of the answer."""
        if self._paused and self._answer is not None:
            self._paused = False
            self.transport.resume_reading()
            self._rearm()

    def leave(self) -> None:
        """The exchange ends before the answer has: the upstream is to know at once."""
        if self._answer is not None:
            self._answer = None
            self.deadline = NEVER
            self.abort()

    def abort(self) -> None:
        """Reset the connection (RST, not FIN: what was cut must not look complete)."""
        socket = self.transport.get_extra_info("socket")
        if socket is not None and not self.transport.is_closing() and isinstance(socket.getsockname(), tuple):
            socket.setsockopt(SOL_SOCKET, SO_LINGER, _BY_RESET)
        self.transport.abort()

    def close(self) -> None:
        """Close an unused connection."""
        self.deadline = NEVER
        self.transport.close()

    def rest(self, now: float) -> None:
        """Nothing to do until lent again."""
        self.reused = True
        rest, most = self._weighed.rest, self._owner.idle_seconds
        self.deadline = now + (rest if rest < most else most)

    def expire(self) -> None:
        """A phase took too long, or the connection was unused for long enough."""
        answer = self._answer
        now = clock.monotonic()
        if answer is None:
            self._shut()
        elif now >= self._limit:
            self._fail(overdue("total", f"{self._owner.name} took longer than {self._timeouts.total:g} s altogether"))
        elif answer.upload is not None and answer.upload.held:
            self._let_go(answer)
        elif not self.writable and self.transport.get_write_buffer_size() < self._unsent:
            self._unsent = self.transport.get_write_buffer_size()
            self._rearm()
        else:
            self._fail(self._overdue(answer))

    def _overdue(self, answer: Answer) -> UpstreamTimeout:
        name, timeouts = self._owner.name, self._timeouts
        if not self.writable:
            return overdue("between_bytes", f"{name} took nothing of the request for {timeouts.between_bytes:g} s")
        if answer.final is None:
            return overdue("first_byte", f"{name} did not begin to answer within {timeouts.first_byte:g} s")
        if self._raw:
            return overdue("tunnel", f"{name} sent nothing for {timeouts.tunnel:g} s")
        return overdue("between_bytes", f"{name} sent nothing for {timeouts.between_bytes:g} s")

    # inside

    def _let_go(self, answer: Answer) -> None:
        if answer.upload is not None:
            answer.upload.held = False
        self._rearm()
        answer.signal.notify()

    def _progressed(self, answer: Answer) -> None:
        """Something of the body came: stop reading if enough is waiting, and begin the next phase."""
        if answer.buffered >= HIGH_WATER and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._rearm()
        answer.progressed()

    def _rearm(self) -> None:
        """Set the deadline of the phase the exchange is in now."""
        answer = self._answer
        if answer is not None:
            self.deadline = min(clock.monotonic() + self._patience(answer), self._limit)

    def _patience(self, answer: Answer) -> float:
        """Seconds the present phase may last."""
        upload, timeouts = answer.upload, self._timeouts
        if not self.writable:
            return timeouts.between_bytes
        if self._raw:
            return NEVER if self._paused else timeouts.tunnel
        if upload is not None and not upload.finished:
            return HOLD_SECONDS if upload.held else NEVER  # the caller's own deadlines run
        if answer.final is None:
            return timeouts.first_byte
        return NEVER if self._paused else timeouts.between_bytes

    def _finish(self, answer: Answer, reusable: bool) -> None:
        """The answer is all here: give the connection back if it can carry another exchange."""
        answer.done = True
        upload = answer.upload
        self._answer = answer.source = None
        self.deadline = NEVER
        if not self.writable or (upload is not None and not upload.finished):
            self.abort()
        elif reusable:
            if self._paused:
                self._read_on()
            self._owner.release(self)
        else:
            self.close()
        answer.signal.resume()

    def _read_on(self) -> None:
        self._paused = False
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def _fail(self, error: GatewayError) -> None:
        answer = self._answer
        if answer is not None:
            self._unbind(answer)
            answer.error = error
            answer.signal.notify()
            self.abort()

    def _unbind(self, answer: Answer) -> None:
        self._answer = None
        answer.source = None
        self.deadline = NEVER

    def _shut(self) -> None:
        """Take an unused connection out of the pool at once, before it can be lent again."""
        self._owner.lost(self)
        self.close()

    def _cut(self, what: str) -> GatewayError:
        answer = self._answer
        if self._headless() and not (answer is not None and answer.received):
            return UpstreamFailed(f"{self._owner.name} {what} before it answered")
        kind = UpstreamProtocolError if self._headless() else StreamBroken
        return kind(f"{self._owner.name} {what} within its answer")
