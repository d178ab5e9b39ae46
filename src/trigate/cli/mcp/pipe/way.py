"""Requests to a gateway over connections that are kept; one thread uses one at a time."""

import http.client
import select
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlsplit

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 120.0
"""A gateway says a comment on silent streams every fifteen seconds, and answers everything else before long."""
_PIECE = 65_536
_LARGEST = 64 * 2**20


class Answer(Protocol):
    """An answer under way."""

    status: int

    def field(self, name: str) -> str:
        """A header field, empty without it."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes; raises OSError if it breaks off."""
        ...

    def close(self) -> None:
        """Let go of it, whole or not; may be called by another thread."""
        ...


class Way(Protocol):
    """The way to one address."""

    def ask(self, method: str, fields: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request; raises OSError."""
        ...

    def close(self) -> None:
        """Close what nobody uses."""
        ...


class HttpWay:
    """Over HTTP/1.1."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._fields = {"authorization": f"Bearer {key}"} if key else {}
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def ask(self, method: str, fields: Mapping[str, str], body: bytes = b"") -> "HttpAnswer":
        """Send a request over a connection that nobody uses; raises OSError."""
        connection = self._take()
        try:
            connection.request(method, self._target, body or None, {**self._fields, **fields})
            return HttpAnswer(self, connection, connection.getresponse())
        except http.client.HTTPException as error:
            connection.close()
            raise ConnectionError(f"the gateway did not answer: {type(error).__name__}") from None
        except BaseException:
            connection.close()
            raise

    def give_back(self, connection: http.client.HTTPConnection) -> None:
        """An answer over it was read whole."""
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _take(self) -> http.client.HTTPConnection:
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                # What can be read now can only be the end: the gateway has closed it.
                if connection.sock is not None and not select.select([connection.sock], [], [], 0)[0]:
                    return connection
                connection.close()
        if self._context is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_SECONDS)
        else:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=CONNECT_SECONDS, context=self._context
            )
        connection.connect()
        connection.sock.settimeout(SILENCE_SECONDS)
        return connection


class HttpAnswer:
    """An answer, read by one thread."""

    def __init__(
        self, way: HttpWay, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> None:
        self.status = response.status
        self._way = way
        self._connection = connection
        self._socket = connection.sock
        self._response = response
        self._whole = False
        self._closing = threading.Lock()
        """Taken by who closes it first: a connection that is given back twice is used by two requests at once."""

    def field(self, name: str) -> str:
        """See Answer."""
        return self._response.headers.get(name, "")

    def pieces(self) -> Iterator[bytes]:
        """See Answer."""
        size = 0
        try:
            while piece := self._response.read1(_PIECE):
                size += len(piece)
                if size > _LARGEST and not self.field("content-type").startswith("text/event-stream"):
                    raise ConnectionError("the gateway's answer is larger than any message")
                yield piece
        except (http.client.HTTPException, ValueError, AttributeError) as error:
            raise ConnectionError(f"the answer broke off: {type(error).__name__}") from None
        self._whole = True

    def close(self) -> None:
        """See Answer."""
        if not self._closing.acquire(blocking=False):
            return
        if self._whole and not self._response.will_close:
            self._response.close()
            self._way.give_back(self._connection)
            return
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads
        self._response.close()
        self._connection.close()
