"""Access tokens that run out: asked for once however many calls wait, and the old one used while it works."""

import asyncio
import copy
import random
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import CredentialFailed, GatewayError, UpstreamFailed
from trigate.core.parts import Headers
from trigate.core.settings import Duration
from trigate.core.signal import Signal
from trigate.core.surroundings import Surroundings
from trigate.core.tasks import spawn
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import Outgoing
from trigate.outbound.settings import Timeouts

LARGEST_ANSWER = 256 * 1024
EARLY_SECONDS = 60.0
"""A token is renewed this long before it runs out, or at a fifth of its life if that is shorter."""
DEFAULT_LIFE = 300.0
"""Seconds, where the server does not say (RFC 6749 §5.1 leaves it open)."""
RETRY_SECONDS = 5.0
"""After a failure the next attempt waits this long, unless there is no token at all."""


class Token(Struct, frozen=True):
    """An access token as a token endpoint gives it (RFC 6749 §5.1)."""

    access_token: str
    expires_in: float | None = None
    refresh_token: str | None = None


PROMPT = Timeouts(first_byte=Duration(10), between_bytes=Duration(10), total=Duration(20))
"""Calls wait for a token endpoint, so it must not take as long as a model."""

Fetch = Callable[[str], Awaitable[Token]]
"""Gets a new token, given the one that an upstream has just rejected, empty if none was; raises GatewayError."""


class AccessTokens:
    """Proves requests by a bearer token (outbound.credential.Proof); one per credential and process."""

    optional = False
    """Whether a request may go without, if there is none."""

    def __init__(self, name: str, fetch: Fetch) -> None:
        """`name` is what messages call the credential."""
        self._name = name
        self.fetch = fetch
        self._rejected = ""
        self._lines = b""
        self._token = b""
        self._renew_at = self._ends_at = 0.0
        self._fetching: asyncio.Future[None] | None = None
        self._failure: GatewayError | None = None
        self._rejected_at = float("-inf")
        self.body_limit = 0

    def lines(self, request: Outgoing) -> bytes | Awaitable[bytes]:
        """The `authorization` field; a token that will soon run out is renewed beside the calls that still use it."""
        now = clock.monotonic()
        if now < self._renew_at:
            return self._lines
        fetching = self._begin()
        return self._lines if now < self._ends_at else self._wait(fetching)

    def rejected(self, lines: bytes) -> bool:
        """Forget the token if it is still the one that was rejected; the next call gets another.

        Not again within a few seconds: an upstream that rejects every token would have the server asked for each call.
        """
        if lines == self._lines:
            now = clock.monotonic()
            if now < self._rejected_at + RETRY_SECONDS:
                return False
            self._rejected_at, self._rejected = now, self._token.decode()
            self._lines, self._token, self._renew_at, self._ends_at = b"", b"", 0.0, 0.0
        return True

    def secrets(self) -> tuple[bytes, ...]:
        """The token."""
        return (self._token,) if self._token else ()

    def drain(self) -> None:
        """Nothing is held that must be ended: a request under way ends by its own deadlines."""

    async def _wait(self, fetching: "asyncio.Future[None]") -> bytes:
        while not fetching.done():
            # A future of one's own: a call that is cancelled must not cancel the request that others wait for.
            own = fetching.get_loop().create_future()
            fetching.add_done_callback(lambda _, own=own: own.done() or own.set_result(None))
            await own
        if self._failure is None and (self._lines or self.optional):
            return self._lines
        raise copy.copy(self._failure or CredentialFailed(f"no access token could be had for {self._name}"))

    def _begin(self) -> "asyncio.Future[None]":
        if self._fetching is None:
            self._fetching = spawn(self._run(), f"an access token for {self._name}")
        return self._fetching

    async def _run(self) -> None:
        try:
            self._use(await self.fetch(self._rejected))
            self._failure, self._rejected = None, ""
        except GatewayError as error:
            self._failure = error
            self._renew_at = min(self._ends_at, clock.monotonic() + RETRY_SECONDS)
        finally:
            self._fetching = None

    def _use(self, token: Token) -> None:
        text = token.access_token
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise CredentialFailed(f"the access token for {self._name} is not one that fits into a header field")
        life = DEFAULT_LIFE if token.expires_in is None else max(0.0, token.expires_in)
        early = min(EARLY_SECONDS, life / 5)
        now = clock.monotonic()
        self._token = text.encode()
        self._lines = b"authorization: Bearer %b\r\n" % self._token
        self._ends_at = now + life
        # Many gateways that started together must not all come back in the same second.
        self._renew_at = now + life - early * random.uniform(1.0, 1.5)  # noqa: S311 - spread, not secrecy


def share(settings: object, name: str, fetch: Fetch, surroundings: Surroundings) -> AccessTokens:
    """One source of tokens for all endpoints with these settings; it outlives reloads, and then asks by the new way."""
    tokens = surroundings.keep.adopt("outbound.token", settings, lambda: AccessTokens(name, fetch))
    tokens.fetch = fetch
    return tokens


class TokenEndpoint:
    """Asks a token endpoint (RFC 6749 §3.2)."""

    def __init__(self, name: str, client: Client, url: str) -> None:
        """Raises BadConfig for a URL that cannot be used."""
        self._name = name
        self._client = client
        self._endpoint: Endpoint = client.endpoint(url, timeouts=PROMPT)

    async def ask(self, form: dict[str, str], fields: Headers | None = None) -> Token:
        """A token for a grant; raises UpstreamFailed, or CredentialFailed if the server refuses the grant."""
        endpoint, loop = self._endpoint, asyncio.get_running_loop()
        headers = [
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"accept", b"application/json"),
            *(fields or []),
        ]
        answer = await self._client.send(
            endpoint, b"POST", endpoint.prefix or b"/", headers, urlencode(form).encode(), Signal(loop)
        )
        try:
            body = await answer.read(LARGEST_ANSWER)
        finally:
            answer.close()
        status = answer.head.status
        if 400 <= status < 500 and status not in (408, 429):
            raise CredentialFailed(f"the token endpoint of {self._name} refused: {_reason(body)}")
        if status != 200:
            raise UpstreamFailed(f"the token endpoint of {self._name} answered {status}")
        try:
            return msgspec.json.decode(body, type=Token, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise UpstreamFailed(f"the token endpoint of {self._name} answered something that is no token") from None


class _Refusal(Struct):
    error: str = ""


def _reason(body: bytes) -> str:
    """The error code (RFC 6749 §5.2); never the description, which may quote what was sent."""
    try:
        code = msgspec.json.decode(body, type=_Refusal).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        code = ""
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) <= 64 else "without a reason"
