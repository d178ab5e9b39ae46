"""What a service is told of the caller: `x-forwarded-*`, `forwarded` (RFC 7239) and `via` (RFC 9110 §7.6.3)."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from trigate.core.errors import LoopDetected
from trigate.core.parts import Headers
from trigate.core.request import Peer, Request

TOLD = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-real-ip",
        b"via",
    }
)
"""Fields that this module alone writes; a caller's own are kept only if it is a trusted proxy."""
_LISTS = (b"forwarded", b"via", b"x-forwarded-for")


class Forwarded:
    """Writes the fields, according to settings and trust."""

    __slots__ = ("_classic", "_pseudonym", "_standard", "_trusted", "_verdicts")

    def __init__(self, style: str, trusted: Sequence[str], pseudonym: str) -> None:
        self._classic = style in ("x-forwarded", "both")
        self._standard = style in ("forwarded", "both")
        self._trusted = tuple(ip_network(network) for network in trusted)
        self._pseudonym = pseudonym.encode()
        self._verdicts: dict[str, bool] = {}

    def fields(self, request: Request, peer: Peer) -> Headers:
        """The fields to add; raises LoopDetected if the request has passed this gateway before."""
        given = _given(request)
        known = given if self._trusted and self._trusts(peer.address) else {}
        headers = [(b"via", self._via(given.get(b"via"), request.version))]
        if self._classic:
            headers += _classic(request, peer, known)
        if self._standard:
            headers.append((b"forwarded", _joined(known.get(b"forwarded"), _element(request, peer))))
        return headers

    def _via(self, given: bytes | None, version: bytes) -> bytes:
        own = b"%b %b" % (version, self._pseudonym)
        if given is None:
            return own
        if self._pseudonym in given:
            raise LoopDetected("this request has already passed this gateway; a route leads back to it")
        return b"%b, %b" % (given, own)

    def _trusts(self, address: str) -> bool:
        verdict = self._verdicts.get(address)
        if verdict is None:
            if len(self._verdicts) >= 4096:
                self._verdicts.clear()
            verdict = self._verdicts[address] = address != "unix" and any(
                ip_address(address) in network for network in self._trusted
            )
        return verdict


def _given(request: Request) -> dict[bytes, bytes]:
    """What the request tells already: lists over all their lines, in order (RFC 9110 §5.3), the rest by their last."""
    fields = request.fields
    if fields.keys().isdisjoint(_LISTS) or len(fields) == len(request.headers):
        return fields
    lines = {name: b", ".join(value for each, value in request.headers if each == name) for name in _LISTS}
    return fields | {name: value for name, value in lines.items() if name in fields}


def _classic(request: Request, peer: Peer, known: dict[bytes, bytes]) -> Headers:
    address = peer.address.encode()
    scheme = b"https" if peer.tls else b"http"
    headers = [
        (b"x-forwarded-for", _joined(known.get(b"x-forwarded-for"), address)),
        (b"x-forwarded-proto", known.get(b"x-forwarded-proto", scheme)),
        (b"x-forwarded-host", known.get(b"x-forwarded-host", request.authority)),
    ]
    if peer.server_port:
        headers.append((b"x-forwarded-port", known.get(b"x-forwarded-port", b"%d" % peer.server_port)))
    return headers


def _element(request: Request, peer: Peer) -> bytes:
    """One forwarded-element; IPv6 addresses are bracketed and quoted (RFC 7239 §6)."""
    node = peer.address.encode() if ":" not in peer.address else b'"[%b]"' % peer.address.encode()
    host = request.authority if b":" not in request.authority else b'"%b"' % request.authority
    return b"for=%b;host=%b;proto=%b" % (
        node if peer.address != "unix" else b"unknown",
        host,
        b"https" if peer.tls else b"http",
    )


def _joined(known: bytes | None, own: bytes) -> bytes:
    return own if known is None else b"%b, %b" % (known, own)
