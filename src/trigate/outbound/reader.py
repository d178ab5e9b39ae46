"""Reads answers off a connection: the parser's callbacks, and everything it does not check by itself."""

import asyncio
from typing import Protocol

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from trigate.core.errors import GatewayError, StreamBroken, UpstreamProtocolError
from trigate.core.parts import Head, Headers, field
from trigate.outbound.answer import Answer
from trigate.outbound.response import NAMES, Hop, check_reason, learn, safe_trailers, weigh

SLICE_BYTES = 16 * 1024
"""Most bytes of a head that are parsed before its size is looked at."""
MAX_INFORMATIONAL = 32
"""Informational heads accepted before the final one."""
MAX_CHUNKS = 512
"""Pieces of a body that are kept apart; more of them become one."""


class Bounds(Protocol):
    """What is accepted of an answer, and from whom."""

    idle_seconds: float
    max_head: int
    max_fields: int
    name: str


class Reader(asyncio.BufferedProtocol):
    """What reads into the bound `Answer`; which exchange that is, and when, is the connection's affair."""

    __slots__ = (
        "_answer", "_begun", "_between", "_bounds", "_done", "_excess", "_fields", "_hop", "_modern", "_overhead",
        "_parser", "_raw", "_reason", "_reusable", "_violation", "_weighed",
    )  # fmt: skip

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._answer: Answer | None = None
        self._parser = HttpResponseParser(self)
        self._weighed = Hop()
        self._forget()

    def _forget(self) -> None:
        """Forget the last answer that was parsed; needed only if there was one."""
        self._fields: Headers = []
        self._hop: Headers = []
        self._reason = b""
        self._violation = ""
        self._overhead = self._begun = 0
        self._between = self._done = self._excess = self._modern = self._raw = self._reusable = False

    def _fail(self, error: GatewayError) -> None:
        """End the exchange with `error`, and the connection."""
        raise NotImplementedError

    def _let_go(self, answer: Answer) -> None:
        """The upstream wants the body."""
        raise NotImplementedError

    # parser callbacks

    def on_message_begin(self) -> None:
        """A head begins: the first one, or one after an informational one; any other is uncalled for."""
        if self._done:
            self._excess = True
            raise ValueError
        self._fields = []
        self._hop = []
        self._reason = b""
        self._begun += 1

    def on_status(self, reason: bytes) -> None:
        """The reason phrase."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field line of the head or the trailers."""
        lower = NAMES.get(name) or learn(name)
        if value and value[-1] <= 32:
            value = value.rstrip(b" \t")
        if lower is not None:
            self._fields.append((lower, value))
        else:
            self._hop.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """A head is complete: frozen here, so that trailers cannot change it."""
        answer, parser = self._answer, self._parser
        if answer is None or self._done:
            raise ValueError
        status = parser.get_status_code()
        hop = self._weighed = weigh("1.1" if self._modern else parser.get_http_version(), self._hop)
        fields = self._fields
        if not 100 <= status <= 599 or len(fields) > self._bounds.max_fields:
            self._refuse("an invalid status or too many header fields")
        if hop.named:
            fields = [pair for pair in fields if pair[0] not in hop.named]
        head = Head(status, fields, check_reason(self._reason))
        if status < 200:
            self._inform(answer, head)
            return
        answer.final = head
        self._fields = []
        self._between = hop.chunked
        if answer.bodyless or status in (204, 304):
            self._bodyless(answer, head)

    def _bodyless(self, answer: Answer, head: Head) -> None:
        self._done = True
        if head.status == 204:  # RFC 9110 §8.6: no length, whatever the upstream says
            head.headers = [pair for pair in head.headers if pair[0] != b"content-length"]
        if answer.bodyless:
            self._reusable = self._weighed.persists
            self._parser = HttpResponseParser(self)  # the old one waits for the body that HEAD leaves out

    def on_chunk_header(self) -> None:
        """The size of a chunk is known: its payload, or after the last one the trailers come."""
        self._between = False

    def on_chunk_complete(self) -> None:
        """A chunk is over, and the parser ready for the next."""
        self._between = True

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        answer = self._answer
        if self._done or answer is None:
            self._excess = True
            return
        answer.chunks.append(data)
        answer.buffered += len(data)

    def on_message_complete(self) -> None:
        """An answer is complete, or an informational head."""
        answer = self._answer
        if answer is None or answer.final is None or self._raw:
            return
        if not answer.bodyless:
            self._done = True
            self._reusable = self._parser.should_keep_alive()
            if self._fields:
                answer.trailers = safe_trailers(self._fields)

    # inside

    def _read_head(self, answer: Answer, data: bytes | memoryview) -> None:
        if not answer.received:
            answer.received = True
            self._modern = data[:9] == b"HTTP/1.1 "
            if not self._modern and data[0] != 72:  # "H": the parser would also take RTSP and ICE, and empty lines
                self._fail(self._malformed("not an HTTP answer"))
                return
        size = len(data)
        if size <= SLICE_BYTES:
            self._feed(data)
            if answer.final is None:
                self._measure(answer, size)
            return
        for start in range(0, size, SLICE_BYTES):
            if self._answer is not answer:
                return
            piece = data[start : start + SLICE_BYTES]
            if answer.final is None or self._done:
                self._feed(piece)
                self._measure(answer, len(piece))
            else:
                self._read_body(answer, data[start:])
                return

    def _measure(self, answer: Answer, size: int) -> None:
        """Bound what comes before the final head, however it is cut into pieces."""
        if answer.final is None and self._answer is answer:
            self._overhead += size
            bounds = self._bounds
            if self._overhead > bounds.max_head or len(self._fields) > bounds.max_fields:
                self._fail(
                    self._malformed(f"a head of more than {bounds.max_head} bytes or {bounds.max_fields} fields")
                )

    def _read_body(self, answer: Answer, data: bytes | memoryview) -> None:
        before = answer.buffered
        self._feed(data)
        if answer.buffered != before:
            self._overhead = 0
            if len(answer.chunks) > MAX_CHUNKS:
                answer.chunks = [b"".join(answer.chunks)]
        elif not self._done and self._answer is answer:
            self._overhead += len(data)
            bounds = self._bounds
            if self._overhead > bounds.max_head or len(self._fields) > bounds.max_fields:
                self._fail(self._malformed(f"trailers or chunk extensions of more than {bounds.max_head} bytes"))

    def _feed(self, data: bytes | memoryview) -> None:
        try:
            self._parser.feed_data(data)
            if self._between and data[-1:] != b"\n":
                self._between = False  # part of a size line came, and is in the parser
        except HttpParserUpgrade as upgrade:
            self._switch(data[upgrade.args[0] :])
        except HttpParserError as error:
            if self._done:
                self._excess = True
            else:
                self._fail(self._malformed(self._violation or str(error.__context__ or error)))

    def _inform(self, answer: Answer, head: Head) -> None:
        if self._begun > MAX_INFORMATIONAL:
            self._refuse(f"more than {MAX_INFORMATIONAL} informational heads")
        if head.status == 101:
            protocol = field(self._hop, b"upgrade")
            if protocol is None or not answer.upgrade:
                self._refuse("a switch of protocols that was not asked for")
            head.headers += [(b"connection", b"upgrade"), (b"upgrade", protocol or b"")]
            answer.final = head
            self._raw = True
            return
        self._modern = False  # known of this head only
        if head.status == 100 and answer.upload is not None and answer.upload.held:
            self._let_go(answer)  # reading on is the consent: the caller is told once, if it still waits
            return
        head.headers = [pair for pair in head.headers if pair[0] != b"content-length"]
        answer.informational.append(head)

    def _switch(self, rest: bytes | memoryview) -> None:
        answer = self._answer
        if answer is None:
            return
        if answer.upload is not None:
            answer.upload.switch()
        if len(rest):
            answer.chunks.append(bytes(rest))
            answer.buffered += len(rest)

    def _refuse(self, violation: str) -> None:
        """From within a parser callback: stop parsing."""
        self._violation = violation
        raise ValueError(violation)

    def _malformed(self, what: str) -> GatewayError:
        kind = UpstreamProtocolError if self._headless() else StreamBroken
        return kind(f"{self._bounds.name} sent an invalid answer: {what}")

    def _ends_by_closing(self, answer: Answer) -> bool:
        """Whether nothing but the end of the connection says where the body ends (RFC 9112 §6.3)."""
        final = answer.final
        return final is not None and not self._weighed.chunked and field(final.headers, b"content-length") is None

    def _headless(self) -> bool:
        return self._answer is None or self._answer.final is None
