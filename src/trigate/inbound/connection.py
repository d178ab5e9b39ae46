"""One connection of a caller: requests in order, one exchange at a time, and every way in which it can end."""

import asyncio
import re

from trigate.core.clock import clock
from trigate.core.deadlines import NEVER
from trigate.core.errors import BadRequest, GatewayError, HeadTooLarge, InternalError, Overloaded, RequestTimeout
from trigate.core.signal import Signal
from trigate.core.strand import Strand
from trigate.core.stream import NoIncoming, WholeIncoming
from trigate.inbound.answer import CONTINUE
from trigate.inbound.body import UNREAD_BYTES, CallerBody
from trigate.inbound.framing import Chunked, Counted, Framing, Raw
from trigate.inbound.head import Opening, read_opening
from trigate.inbound.link import LOOK_SECONDS, Link
from trigate.inbound.peer import Origin
from trigate.inbound.service import Service
from trigate.inbound.sink import CallerSink
from trigate.inbound.target import read_line

PIPELINED_BYTES = 16 * 1024
"""With this much behind a request that is being served, the connection is read no more."""
GRACE_SECONDS = 0.5
"""How long an idle connection still takes a request that is on its way when the gateway is told to stop."""
PROBE_SECONDS = 0.02
"""How long after its half-close a caller is asked whether it is still there: two sweeps later that is known."""
SPARE_CONNECTIONS = 64
"""Callers beyond the limit that are told so at once; those beyond these are cut off."""

_HOPELESS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n|\Z)")
"""What no head contains, so that there is no point in waiting for its end."""


class Connection(Link):
    """HTTP/1.1 and HTTP/1.0 over any stream transport (RFC 9112)."""

    __slots__ = (
        "_body", "_continue", "_framing", "_head", "_keep_alive", "_line_read", "_opening", "_probed", "_raw",
        "_scanned", "_scheme", "_sink", "_unheard",
    )  # fmt: skip

    def __init__(self, service: Service, origin: Origin | None = None) -> None:
        super().__init__(service, origin)
        self._raw = b""
        """Bytes received and not yet understood."""
        self._head = b""
        """The last head, with the line that ends it: callers that come again often repeat it to the byte."""
        self._opening: Opening | None = None
        """What it was understood to mean."""
        self._scanned = 0
        """Where in them the end of the head is looked for next."""
        self._line_read = False
        self._sink: CallerSink | None = None
        self._body: CallerBody | None = None
        self._framing: Framing | None = None
        """How the body that is being received is framed; None between bodies."""
        self._keep_alive = True
        self._continue = False
        """The caller waits for `100 Continue`."""
        self._probed = False
        """A half-closed caller was asked whether it is there."""
        self._unheard = False
        """The caller may be sending what nobody will read."""

    # the transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller connected."""
        super().connection_made(transport)
        service = self._service
        self._scheme = b"https" if self.peer.tls else b"http"
        self._wait(service.timeouts.head)
        excess = len(service.connections) - service.limits.max_connections
        if excess > SPARE_CONNECTIONS:
            self.reset()
        elif excess > 0:
            self._refuse(Overloaded("too many connections are open", retry_after=1))

    def buffer_updated(self, nbytes: int) -> None:
        """Take in what the loop has read."""
        data = self._service.buffer[:nbytes]
        if self._sink is None and not self._raw and not self._closing:
            if data == self._head and self._opening is not None and self._opening.bodiless:
                self._open(self._opening, b"")  # as `_begin` would
            else:
                self._begin(data)
        else:
            self.data_received(data)

    def data_received(self, data: bytes) -> None:
        """Take in bytes of the caller."""
        if self._closing:
            self._hear_out(len(data))
            return
        raw = self._raw + data if self._raw else data
        if self._body is not None and self._framing is not None:
            self._receive(raw, self._body, self._framing)
        elif self._sink is None:
            self._begin(raw)
        else:
            self._raw = raw
            if len(raw) >= PIPELINED_BYTES:
                self._pause()

    def eof_received(self) -> bool:
        """The caller sends no more: it may have left, or wait for the answer to a whole request (RFC 9112 §9.6).

        Before the answer begins it is given the benefit of the doubt, except over TLS, where nobody closes only half.
        In the middle of an answer it has left: the next write that would tell may be a long time off.
        """
        self._eof = True
        sink = self._sink
        if self._closing or (sink is None and not self._raw):
            return False
        if sink is None:
            self._refuse(BadRequest("the request ended before its head was complete"))
            return True
        if isinstance(self._framing, Raw):
            self._end_body()
            return True
        if self._framing is not None or sink.committed or self.peer.tls:
            self._leave()
            self.reset()
            return False
        self._wait(PROBE_SECONDS)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, for whatever reason."""
        super().connection_lost(exc)
        self._raw = b""
        self._leave()

    def resume_writing(self) -> None:
        """The caller reads again."""
        super().resume_writing()
        if self._sink is not None:
            self._sink.signal.notify()

    # heads

    def _begin(self, raw: bytes) -> None:
        """Serve the request at the start of `raw`, if its head is complete."""
        opening = self._opening
        try:
            if opening is not None and raw.startswith(self._head):
                self._open(opening, raw[len(self._head) :])
                return
            end = raw.find(b"\r\n\r\n", self._scanned)
            if end < 0 or raw[:2] == b"\r\n":
                self._await_head(raw)
                return
            if end > self._service.limits.head:
                raise HeadTooLarge(f"the head is larger than {self._service.limits.head} bytes")
            opening = read_opening(raw[:end], self._service.limits, self._scheme)
            self._opening, self._head = opening, raw[: end + 4]
            self._open(opening, raw[end + 4 :])
        except GatewayError as error:
            self._refuse(error)

    def _await_head(self, raw: bytes) -> None:
        """Wait for the rest of a head, unless it can never become one."""
        limits = self._service.limits
        if raw[:2] == b"\r\n" and not self._line_read:
            self._line_read = True  # one empty line before a request is ignored (RFC 9112 §2.2)
            self._scanned = 0
            self._begin(raw[2:])
            return
        if len(raw) > limits.head + 4:
            raise HeadTooLarge(f"the head is larger than {limits.head} bytes")
        if _HOPELESS.search(raw, max(0, self._scanned - 1)):
            raise BadRequest("the head contains a control character, or a line that does not end in CR LF")
        line, found, _ = raw.partition(b"\r\n")
        if found:
            read_line(line, limits.target)
        if self._eof:
            raise BadRequest("the request ended before its head was complete")
        if not self._raw:
            self._wait(self._service.timeouts.head)
        self._raw = raw
        self._scanned = max(0, len(raw) - 3)

    # exchanges

    def _open(self, opening: Opening, rest: bytes) -> None:
        """Run the exchange that a head opens, once what came with it has been taken in."""
        service = self._service
        signal = Strand(service.loop)
        sink = CallerSink(signal, self, opening.head_only, opening.modern)
        self._keep_alive = opening.keep_alive
        self._raw = rest
        self._scanned = 0
        self._line_read = False
        if opening.bodiless:
            incoming = NoIncoming(signal)
        elif opening.length == len(rest) and not opening.request.upgrade:
            incoming = WholeIncoming(signal, rest)
            self._raw = b""
        else:
            incoming = self._open_body(signal, opening, rest)
        self._sink = sink
        if self._framing is None:
            self._patience = NEVER
            self.deadline = self._stall_until
            if self._eof:
                self._wait(PROBE_SECONDS)
        serving = service.serve(opening.request, self.peer, incoming, sink)
        if service.careful:
            sink.task = signal
            signal.begin(serving, at_once=not self._raw)  # or a thousand pipelined ones would lie on one stack
        else:
            sink.task = asyncio.Task(serving, loop=service.loop)

    def _open_body(self, signal: Signal, opening: Opening, rest: bytes) -> CallerBody:
        body = self._body = CallerBody(self, signal, opening.length)
        self._continue = opening.expects
        self._framing = Counted(opening.length) if opening.length >= 0 else Chunked(self._service.limits)
        self._raw = self._framing.feed(rest, body)
        self._after_piece(body)
        return body

    def _receive(self, raw: bytes, body: CallerBody, framing: Framing) -> None:
        """Take in a piece of the body that is being received."""
        try:
            self._raw = framing.feed(raw, body)
        except GatewayError as error:
            self._spoil(body, error)
        else:
            self._after_piece(body)

    def _after_piece(self, body: CallerBody) -> None:
        if body.whole:
            self._framing = None
            self._wait(NEVER)
        elif body.unread >= UNREAD_BYTES:
            self._pause()
        elif not isinstance(self._framing, Raw):
            self._wait(self._service.timeouts.body_idle)

    def _spoil(self, body: CallerBody, error: GatewayError) -> None:
        """The body cannot be understood from here on: the exchange hears of it, and nothing more is read."""
        self._framing = None
        self._unheard = True
        self._keep_alive = False
        body.fail(error)
        self._pause()

    def _end_body(self) -> None:
        self._framing = None
        if self._body is not None:
            self._body.complete([])

    # what the exchange asks for

    @property
    def closes(self) -> bool:
        """No further request will be answered on the connection."""
        return not self._keep_alive or self._service.draining or self._framing is not None

    def date_line(self) -> bytes:
        """The `date` field of this second."""
        return self._service.date_line

    def await_body(self) -> None:
        """The exchange waits for the caller's body."""
        sink = self._sink
        if sink is None:
            return
        sink.flush()
        if self._continue and not sink.committed:
            self._continue = False
            self.transport.write(CONTINUE)

    def body_taken(self) -> None:
        """The exchange has read what was there."""
        if self._paused and self._framing is not None:
            self._resume()
            self._wait(NEVER if isinstance(self._framing, Raw) else self._service.timeouts.body_idle)

    def switch(self) -> None:
        """Everything from here on is another protocol."""
        if self._body is None or self._framing is not None:
            raise InternalError("an answer switches protocols although the request did not ask for it")
        self._body.reopen()
        self._keep_alive = False
        framing = self._framing = Raw()
        self._wait(NEVER)
        self._receive(self._raw, self._body, framing)
        if self._eof:
            self._end_body()

    def answered(self, keep_alive: bool) -> None:
        """The answer is written: go on with the next request, or end."""
        if keep_alive and not self.closes:
            self.go_on()
            return
        self._sink = self._body = None
        if self._framing is not None or self._raw or self._unheard:
            self._linger()
        else:
            self._finish()

    def go_on(self) -> None:
        """The answer is written: serve the next request, or wait for it unless the caller sends no more."""
        self._sink = self._body = None
        raw = self._raw
        if self._eof and not raw:
            self._finish()
            return
        if self._paused:
            self._resume()
        patience = self._patience = clock.monotonic() + self._service.timeouts.keep_alive
        self.deadline = patience if patience < self._stall_until else self._stall_until
        if raw:
            self._raw = b""
            self._begin(raw)

    # ends

    def _leave(self) -> None:
        """The caller is gone: so is its exchange, unless it said that it goes on."""
        sink, body = self._sink, self._body
        self._sink = self._body = self._framing = None
        if sink is None:
            return
        sink.left = True
        if body is not None:
            body.fail(BadRequest("the caller left before its request was complete"))
        sink.signal.notify()
        if sink.task is None:
            return
        if sink.detached:
            self._service.detach(sink.task)
        else:
            sink.task.cancel()

    def _refuse(self, error: GatewayError) -> None:
        """Answer a request that no handler will see, and end."""
        self._body = self._framing = None
        self.transport.write(self._service.refusal(self.peer, error))
        self._linger()

    def _linger(self) -> None:
        """Close, but let the caller read its answer first."""
        self._raw = b""
        self._framing = None
        super()._linger()

    # time

    def _expire_reading(self) -> None:
        """The caller was silent for too long, or nobody knows whether it is still there."""
        if self._paused:
            self._look()
        elif self._sink is None:
            self._expire_idle()
        elif self._body is not None and self._framing is not None:
            self._wait(NEVER)
            self._spoil(self._body, RequestTimeout("the rest of the body did not come in time"))
        else:
            self._probe()

    def _expire_idle(self) -> None:
        if self._raw:
            self._refuse(RequestTimeout("the head of the request did not come in time"))
        else:
            self._finish()

    def _look(self) -> None:
        if self.broken():
            self.reset()
        else:
            self._wait(LOOK_SECONDS)

    def _probe(self) -> None:
        """After a half-close, an unasked-for `100 Continue` finds out whether the caller is still there: where nobody
        listens any more, it is answered by a reset (RFC 9110 §15.2 obliges every client to take it).
        """
        self._wait(NEVER)
        sink = self._sink
        if not self._eof or sink is None or not sink.modern:
            return
        if self.broken():
            self.reset()
        elif not sink.committed or self._probed:
            self._wait(0)
            if not self._probed:
                self._probed = True
                self.transport.write(CONTINUE)

    def drain(self) -> None:
        """The gateway is told to stop: the answer under way is the last; an idle connection gets a short grace."""
        if self._sink is None and not self._closing:
            self._wait(GRACE_SECONDS)

    def stop(self) -> None:
        """Nothing is waited for any more."""
        self._leave()
        self.reset()
