"""Asking a service about a credential: bounded in time and size, and without following anybody anywhere else."""

import asyncio
from urllib.parse import urlsplit

from msgspec import Struct

from trigate.core.errors import BadConfig, EgressDenied, GatewayError, IdentityUnavailable
from trigate.core.parts import Headers, field
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.settings import Timeouts, TlsSettings

LARGEST_ANSWER = 512 * 1024
"""Bytes; key sets and token descriptions are far smaller."""
RETRY_SECONDS = 1.0


class Reply(Struct, frozen=True):
    """What a service answered."""

    status: int
    headers: Headers
    body: bytes

    def field(self, name: bytes) -> str:
        """A header field as text, empty if there is none."""
        return (field(self.headers, name) or b"").decode("utf-8", "replace")


class Site:
    """One URL that is asked, made at load time if it is known then."""

    __slots__ = ("_client", "_endpoint", "_largest", "_loop", "_target", "url")

    def __init__(  # noqa: PLR0913 - whom to ask, and how
        self,
        url: str,
        client: Client,
        loop: asyncio.AbstractEventLoop,
        timeout: float,
        *,
        tls: TlsSettings | None = None,
        outside: bool = False,
        largest: int = LARGEST_ANSWER,
    ) -> None:
        """`timeout` in seconds, for all of it; raises BadConfig if the URL cannot be used, EgressDenied if it may not.

        `outside`: the URL comes from somebody else than the operator. `largest` is the most bytes of an answer.
        """
        self.url = url
        self._client = client
        self._loop = loop
        self._largest = largest
        self._endpoint, self._target = _split(url, client, _timeouts(timeout), tls, outside)

    async def ask(self, method: bytes, headers: Headers, body: bytes = b"", more: bytes = b"") -> Reply:
        """One request; `more` is added to the path. Raises IdentityUnavailable if there is no whole answer in time."""
        signal = Signal(self._loop)
        try:
            answer = await self._client.send(self._endpoint, method, self._target + more, headers, body, signal)
            try:
                return Reply(answer.head.status, answer.head.headers, await answer.read(self._largest))
            finally:
                answer.close()
        except GatewayError as error:
            raise unavailable() from error


def unavailable() -> IdentityUnavailable:
    """What a caller hears while nobody can be asked; who that is, is not the caller's business."""
    return IdentityUnavailable("the credential cannot be checked at the moment; try again", retry_after=RETRY_SECONDS)


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _split(
    url: str, client: Client, timeouts: Timeouts, tls: TlsSettings | None, outside: bool
) -> tuple[Endpoint, bytes]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.fragment:
        raise (EgressDenied if outside else BadConfig)("a URL to ask is http:// or https:// and has no fragment")
    endpoint = client.endpoint(f"{parts.scheme}://{parts.netloc}", outside=outside, timeouts=timeouts, tls=tls)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise BadConfig("the path of a URL to ask has characters that must be percent-encoded")
    return endpoint, target.encode("ascii")


def _timeouts(seconds: float) -> Timeouts:
    bound = Duration(seconds)
    return Timeouts(connect=bound, tls=bound, first_byte=bound, between_bytes=bound, total=bound)
