"""Requests as bytes on the wire."""

from __future__ import annotations

import http.client
import itertools
import ssl

from bench.message import CALL_ID, Request


def encode(request: Request, host: str) -> bytes:
    """The request as HTTP/1.1 bytes."""
    body = request.body.encode()
    fields = {"Host": host, **request.headers}
    if body:
        fields["Content-Length"] = str(len(body))
    lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def numbered(request: Request, count: int) -> list[str]:
    """The bodies of so many requests in a row; all are the same one unless the body carries a call id."""
    if CALL_ID not in request.body:
        return [request.body]
    return [request.body.replace(CALL_ID, str(number)) for number in itertools.islice(itertools.count(1001), count)]


def probe(request: Request, port: int, context: ssl.SSLContext | None = None) -> str:
    """Send it once; an empty text when the answer is as expected, else what was wrong."""
    try:
        return _probe(request, port, context)
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"


def _probe(request: Request, port: int, context: ssl.SSLContext | None) -> str:
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    else:
        connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=context)
    try:
        body = numbered(request, 1)[0].encode() or None
        connection.request(request.method, request.path, body, dict(request.headers))
        answer = connection.getresponse()
        text = answer.read(400).decode(errors="replace")
    finally:
        connection.close()
    if answer.status == 200 and request.marker in text:
        return ""
    return f"answer {answer.status}: {text[:200]}"
