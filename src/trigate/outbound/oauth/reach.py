"""Documents and answers of servers whose addresses others gave: every address passes the egress rules."""

import asyncio
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from trigate.core.errors import CredentialFailed, EgressDenied, UpstreamFailed
from trigate.core.parts import Headers
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.egress import address_of
from trigate.outbound.settings import Timeouts

T = TypeVar("T")

LARGEST = 256 * 1024
"""Bytes of an answer."""
LONGEST_URL = 2048
_PROMPT = Timeouts(first_byte=Duration(10), between_bytes=Duration(10), total=Duration(20))
_FORM = b"application/x-www-form-urlencoded"


class Reply(msgspec.Struct, frozen=True):
    """Status and body."""

    status: int
    body: bytes


class Reach:
    """Fetches and posts; `own` are addresses that the operator's file names, which may lie inside."""

    def __init__(self, client: Client, *own: str) -> None:
        self._client = client
        self._own = frozenset(origin_of(each) for each in own if each)

    async def fetch(self, url: str, form: type[T]) -> T | None:
        """A JSON document; None if it is not there. Raises UpstreamFailed if nobody answers, or nonsense."""
        reply = await self._send(b"GET", url, [], b"")
        if reply.status != 200:
            if reply.status >= 500 or reply.status == 429:
                raise UpstreamFailed(f"{origin_of(url)} answered {reply.status} when it was asked for its metadata")
            return None
        try:
            return msgspec.json.decode(reply.body, type=form)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    async def post(self, url: str, body: bytes, fields: Headers | None = None, *, json: bool = False) -> Reply:
        """An answer to a form, or to a JSON body; raises UpstreamFailed."""
        kind = b"application/json" if json else _FORM
        return await self._send(b"POST", url, [(b"content-type", kind), *(fields or [])], body)

    def check(self, url: str) -> None:
        """Raises EgressDenied for an address that must not be used, also not by a browser."""
        parts = _split(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and self._is_near(url)):
            raise EgressDenied(f"{origin_of(url)} is not https")

    async def _send(self, method: bytes, url: str, fields: Headers, body: bytes) -> Reply:
        self.check(url)
        endpoint, target = self._endpoint(url)
        headers = [(b"accept", b"application/json"), *fields]
        signal = Signal(asyncio.get_running_loop())
        answer = await self._client.send(endpoint, method, target, headers, body, signal)
        try:
            return Reply(answer.head.status, await answer.read(LARGEST))
        finally:
            answer.close()

    def _endpoint(self, url: str) -> tuple[Endpoint, bytes]:
        parts = _split(url)
        outside = origin_of(url) not in self._own
        endpoint = self._client.endpoint(f"{parts.scheme}://{parts.netloc}", outside=outside, timeouts=_PROMPT)
        return endpoint, ((parts.path or "/") + (f"?{parts.query}" if parts.query else "")).encode()

    def _is_near(self, url: str) -> bool:
        """Whether no network lies between, or the operator's file says that this address is to be used as it is."""
        host = urlsplit(url).hostname or ""
        address = address_of(host)
        return origin_of(url) in self._own or host == "localhost" or (address is not None and address.is_loopback)


def origin_of(url: str) -> str:
    """Scheme and authority of an address, in lower case."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _split(url: str):
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise CredentialFailed("an address that the authorization server or the tool server gave cannot be used")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise CredentialFailed("an address that the authorization server or the tool server gave is none") from None
    if parts.username is not None or parts.fragment or not parts.hostname:
        raise CredentialFailed("an address that the authorization server or the tool server gave cannot be used")
    return parts
