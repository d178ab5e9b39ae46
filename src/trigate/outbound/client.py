"""The HTTP client of the gateway: endpoints are made at load time, calls cost what the wire costs."""

from collections.abc import Callable
from ssl import SSLContext

from msgspec import Struct

from trigate.core.errors import BadConfig, EgressDenied, GatewayError
from trigate.core.parts import Headers
from trigate.core.signal import Signal
from trigate.core.stream import Incoming, Sink
from trigate.core.surroundings import Surroundings
from trigate.outbound.answer import Answer
from trigate.outbound.connection import Connection
from trigate.outbound.credential import Credential
from trigate.outbound.dial import Route
from trigate.outbound.egress import Egress
from trigate.outbound.pool import Pool
from trigate.outbound.proving import Asked, Proving, Receipt, equip
from trigate.outbound.proxy import HttpProxy, proxy_for
from trigate.outbound.request import CHUNKED, NO_BODY, Block
from trigate.outbound.resolver import Resolver
from trigate.outbound.settings import DnsSettings, EgressSettings, OutboundSettings, PoolSettings, Timeouts, TlsSettings
from trigate.outbound.tls import Files, client_context, files_of
from trigate.outbound.upload import Upload
from trigate.outbound.url import Url, read_url

_REPEATABLE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE", b"PUT", b"DELETE"))
"""Idempotent methods (RFC 9110 §9.2.2)."""


class Unread(Struct):
    """The receipt of those who need none."""

    sent: bool = False


UNREAD: Receipt = Unread()


class Origin(Struct, frozen=True):
    """Everything that makes two endpoints share connections, or not."""

    url: Url
    outside: bool
    timeouts: tuple[float, float]
    pool: PoolSettings
    tls: TlsSettings | None
    files: Files | None
    proxy: HttpProxy | None
    egress: EgressSettings
    dns: DnsSettings
    bounds: tuple[int, int]


class Endpoint:
    """An upstream as a lane names it: made once, at load time."""

    __slots__ = (
        "absolute", "authority", "lines", "name", "names", "pool", "prefix", "proof", "secrets", "timeouts", "url",
    )  # fmt: skip

    def __init__(self, url: str, read: Url, pool: Pool, timeouts: Timeouts, proxy: HttpProxy | None) -> None:
        self.url = url
        self.name = pool.name
        """`host:port`, or the path of a socket."""
        self.authority = read.authority.encode("ascii")
        """What `Host` says unless a call says otherwise."""
        self.prefix = b"" if read.scheme == "unix" else read.path.encode("ascii")
        """Path of the URL without a final slash: callers put it before the target."""
        self.pool = pool
        self.timeouts = timeouts
        plain_proxy = proxy is not None and read.scheme == "http"
        self.absolute = b"http://" + self.authority if plain_proxy else b""
        """Put before the target where a proxy wants it in absolute form (RFC 9112 §3.2.2)."""
        self.lines = proxy.field if proxy is not None and plain_proxy else b""
        """Field lines of every request: what proves the gateway to a proxy, and to the upstream."""
        self.proof: Proving | None = None
        """What proves each request, where that is not always the same."""
        self.names = frozenset[bytes]()
        """The fields the credential sets: what a caller says in fields of these names must not be sent beside it."""
        self.secrets: Callable[[], tuple[bytes, ...]] = tuple
        """What must not stand in any answer at this moment."""


class Client:
    """Calls upstreams; holds no connections itself: pools live in the keep, over reloads."""

    def __init__(
        self, settings: OutboundSettings, surroundings: Surroundings, resolver: Resolver | None = None
    ) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._resolver = resolver or Resolver(settings.dns)
        self._egress = Egress(settings.egress)
        # Most upstreams are trusted by the same authorities, and each copy of those of the system takes a megabyte.
        self._contexts: dict[tuple[TlsSettings, Files | None], SSLContext] = {}

    def endpoint(
        self,
        url: str,
        *,
        outside: bool = False,
        timeouts: Timeouts | None = None,
        tls: TlsSettings | None = None,
        credential: Credential | None = None,
    ) -> Endpoint:
        """An upstream at `http(s)://host[:port][/prefix]` or `unix:/path`; `credential` proves every request to it.

        `outside`: the URL did not come from the operator's file, so it may lead to public addresses only. Raises
        BadConfig if the URL or its TLS files cannot be used, EgressDenied if it can be seen at once that it leads where
        it must not.
        """
        settings = self._settings
        timeouts = timeouts or settings.timeouts
        read = self._read(url, outside)
        proxy = proxy_for(read, settings.proxy)
        secure = _secured(read, tls or settings.tls, credential)
        origin = Origin(
            url=read if read.scheme == "unix" else Url(read.scheme, read.host, read.port, ""),
            outside=outside,
            timeouts=(float(timeouts.connect), float(timeouts.tls)),
            pool=settings.pool,
            tls=secure,
            files=files_of(secure) if secure else None,
            proxy=proxy,
            egress=settings.egress,
            dns=settings.dns,
            bounds=(int(settings.max_head), settings.max_fields),
        )
        pool = self._surroundings.keep.adopt("outbound.pool", origin, lambda: self._pool(origin, timeouts))
        made = Endpoint(url, read, pool, timeouts, proxy)
        if credential is not None:
            equip(made, credential, self, self._surroundings)
        return made

    async def send(  # noqa: PLR0913 - a request has these parts, and each of its phases may fail
        self,
        endpoint: Endpoint,
        method: bytes,
        target: bytes,
        headers: Headers | Block,
        body: bytes | Incoming,
        signal: Signal,
        *,
        sink: Sink | None = None,
        length: int | None = None,
        upgrade: bytes = b"",
        extra: bytes = b"",
        receipt: Receipt = UNREAD,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        """Send a request; returns when the final head of the answer is there, while a streamed body goes on in `more`.

        `headers` has no framing: that follows from `body`, and from `length` where an Incoming has a declared one.
        `Host` is the endpoint's unless `headers` has one; hop-by-hop fields are dropped; `expect: 100-continue` stays,
        and the body then waits for the upstream's consent. `upgrade` asks for another protocol; `extra` are whole field
        lines of the gateway's own making. Informational heads go to `sink`. `receipt` learns when the request goes out.
        `timeouts` hold in place of the endpoint's, but for connecting. Raises UpstreamFailed (UpstreamUnreachable,
        UpstreamTimeout, UpstreamProtocolError, EgressDenied), Overloaded, CredentialFailed, and what reading the
        caller's body raises.
        """
        if endpoint.proof is not None:
            asked = Asked(method, target, headers, body, signal, sink, length, upgrade, extra, receipt, timeouts)
            return await endpoint.proof.send(asked)
        incoming, payload = (None, body) if isinstance(body, bytes) else (body, b"")
        size = len(payload) if incoming is None else _size_of(incoming, length, upgrade)
        if endpoint.absolute:
            target = endpoint.absolute + target
        fields = headers if type(headers) is Block else Block(headers)  # pyright: ignore[reportArgumentType]
        head = fields.head(method, target, endpoint.authority, size, upgrade, extra + endpoint.lines)
        upload = None
        if incoming is not None and (size != NO_BODY or upgrade):
            upload = Upload(incoming, size, fields.waits(size))
        idle = endpoint.pool.idle
        connection = idle.pop() if idle else await endpoint.pool.lend(signal)
        answer = Answer(signal, method == b"HEAD", upgrade != b"", upload)
        try:
            connection.begin(answer, head, payload, timeouts or endpoint.timeouts)
            receipt.sent = True
            while upload is None and answer.final is None and answer.error is None and not answer.informational:
                await signal.wait()
            if answer.final is None or answer.informational:
                await answer.headed(sink)
        except GatewayError:
            answer.close()
            if not _may_repeat(connection, answer, method):
                raise
        except BaseException:
            answer.close()
            raise
        else:
            return answer
        connection = await endpoint.pool.lend(signal, fresh=True)
        return await _repeat(connection, answer, head, payload, timeouts or endpoint.timeouts, sink)

    def dispatch(  # noqa: PLR0913, PLR0917 - a request has these parts
        self, endpoint: Endpoint, method: bytes, target: bytes, fields: Block, body: bytes, signal: Signal, extra: bytes
    ) -> Answer | None:
        """Do what `send` begins with, for the commonest request: nothing of it is waited for, and a connection is idle.

        None if it is another one, and then nothing was done. The answer must have its final head, and no informational
        one, before it is used; `conclude` brings that about.
        """
        idle = endpoint.pool.idle
        if not idle or endpoint.proof is not None or endpoint.absolute:
            return None
        head = fields.head(method, target, endpoint.authority, len(body), b"", extra + endpoint.lines)
        answer = Answer(signal, method == b"HEAD", False, None)
        idle.pop().begin(answer, head, body, endpoint.timeouts)
        return answer

    async def conclude(  # noqa: PLR0913, PLR0917 - as it was dispatched, if it must be sent again
        self,
        answer: Answer,
        endpoint: Endpoint,
        method: bytes,
        target: bytes,
        fields: Block,
        body: bytes,
        extra: bytes,
        sink: Sink | None,
    ) -> Answer:
        """The answer to what was dispatched, or to its repetition; everything else as with `send`."""
        try:
            await answer.headed(sink)
        except GatewayError:
            answer.close()
            if answer.received or not answer.lost or method not in _REPEATABLE:
                raise
        except BaseException:
            answer.close()
            raise
        else:
            return answer
        connection = await endpoint.pool.lend(answer.signal, fresh=True)
        head = fields.head(method, target, endpoint.authority, len(body), b"", extra + endpoint.lines)
        return await _repeat(connection, answer, head, body, endpoint.timeouts, sink)

    def _read(self, url: str, outside: bool) -> Url:
        try:
            read = read_url(url)
        except ValueError as error:
            raise (EgressDenied(str(error)) if outside else BadConfig(f"upstream URL: {error}")) from None
        if outside and read.scheme == "unix":
            raise EgressDenied("a socket of this machine is not a public address")
        if read.scheme != "unix":
            self._egress.check_host(read.host, outside)
        return read

    def _pool(self, origin: Origin, timeouts: Timeouts) -> Pool:
        context = self._context(origin.tls, origin.files) if origin.tls else None
        server_name = (origin.tls.name if origin.tls else "") or origin.url.host
        route = Route(
            url=origin.url,
            outside=origin.outside,
            timeouts=timeouts,
            proxy=origin.proxy,
            context=context,
            server_name=server_name,
            egress=self._egress,
            resolver=self._resolver,
        )
        return Pool(route, self._settings, self._surroundings.deadlines)

    def _context(self, tls: TlsSettings, files: Files | None) -> SSLContext:
        found = self._contexts.get((tls, files))
        if found is None:
            found = self._contexts[tls, files] = client_context(tls)
        return found


def _secured(url: Url, settings: TlsSettings, credential: Credential | None) -> TlsSettings | None:
    """How the connection is secured, None if it is not; raises BadConfig if a certificate could never be shown."""
    made = credential.tls(settings) if credential is not None else settings
    if url.scheme == "https":
        return made
    if made is not settings:
        raise BadConfig(f"a client certificate needs an https address, which {url.scheme}: is not")
    return None


def _size_of(incoming: Incoming, length: int | None, upgrade: bytes) -> int:
    """How a streamed body is framed: by its declared length, in chunks, or not at all if there is none."""
    if length is not None:
        return length
    if upgrade or (incoming.ended and not incoming.size):
        return NO_BODY
    return CHUNKED


def _may_repeat(connection: Connection, answer: Answer, method: bytes) -> bool:
    """Whether the connection was stale, and the request may be sent again without being asked for (RFC 9110 §9.2.2)."""
    if not connection.reused or answer.received or not answer.lost:
        return False
    if answer.upload is not None and answer.upload.started:
        return False
    return method in _REPEATABLE


async def _repeat(
    connection: Connection, failed: Answer, head: bytes, payload: bytes, timeouts: Timeouts, sink: Sink | None
) -> Answer:
    """Send the request of `failed` once more, over a connection that nobody has used before."""
    answer = Answer(failed.signal, failed.bodyless, failed.upgrade, failed.upload)
    try:
        connection.begin(answer, head, payload, timeouts)
        await answer.headed(sink)
    except BaseException:
        answer.close()
        raise
    return answer
