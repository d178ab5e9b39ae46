"""Requests signed by their sender (RFC 9421)."""

from collections.abc import Awaitable

from msgspec import Struct, structs

from trigate.core.clock import clock
from trigate.core.errors import Overloaded, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.request import Request
from trigate.core.settings import Duration, Size
from trigate.policy.authenticator import Authenticator, Circumstances, Identify
from trigate.policy.content_digest import body_check
from trigate.policy.credential import Credential
from trigate.policy.inquiry import unavailable
from trigate.policy.message_signature import SignatureKey, Verify, names, nonce_digest, signature_base, verifier
from trigate.policy.nonces import Full, Nonces
from trigate.policy.structured_field import InnerList, Item, Member, read_dictionary
from trigate.store.counter import CountersLost, Witness

_FIELDS = frozenset((b"signature", b"signature-input"))
_IMPLIED = {
    "@target-uri": frozenset(("@scheme", "@authority", "@path", "@query", "@request-target")),
    "@request-target": frozenset(("@path", "@query")),
}
"""What covers other components, too."""
LONGEST_NONCE = 256
_USED = "its nonce was used before"
EVERY_TIME = 0.0
"""A moment that has passed: what was decided on a signed head never serves for the next request with the same head."""


class Signature(Authenticator):
    """Accepts requests with `signature-input` and `signature` made by one of `keys`.

    A signature must cover `required` and, of a request with a body, `content-digest`; the body is then read whole and
    compared before anything of it goes on. It must be young, and its nonce must not have been seen before: by any
    worker of this machine, nor since the last start; with counters in Redis, by any machine that shares them.
    """

    keys: dict[str, SignatureKey]
    """Keys by the `keyid` of their signatures."""
    required: tuple[str, ...] = ("@method", "@authority", "@path", "@query")
    """Components that must be signed; `@target-uri` and `@request-target` count for their parts."""
    require_digest: bool = True
    """Whether the body must be covered by a signed `content-digest`; if not, anybody in between can exchange it."""
    require_nonce: bool = True
    """Whether a signature must hold a `nonce`; if not, requests without one can be repeated within `max_age`."""
    max_age: Duration = Duration(300)
    """How old a signature may be, whatever it says of its own expiry."""
    leeway: Duration = Duration(5)
    """How far clocks may differ."""
    tag: str = ""
    """What the parameter `tag` must be; empty: anything."""
    max_body: Size = Size(1024 * 1024)
    """Largest body whose digest is compared."""
    nonces: int = 100_000
    """Most nonces remembered; when there are more within `max_age`, further requests must wait. Another number begins
    with none.
    """

    def __post_init__(self) -> None:
        if any(not each or each != each.lower() for each in self.required):
            raise ValueError("components are written in lower case, such as `@method` or `content-type`")

    def open(self, given: Circumstances) -> Identify:
        """Read the keys."""
        around, most = given.surroundings, self.nonces
        nonces = around.keep.adopt("policy.nonces", most, lambda: Nonces(around.share, most))
        return _Verifier(self, nonces, given.witness).identify


class _Key(Struct, frozen=True):
    """A key ready for use."""

    id: str
    algorithm: str
    verify: Verify
    principal: Principal


class _Verifier:
    """Verifies each request anew."""

    def __init__(self, settings: Signature, nonces: Nonces, witness: Witness | None) -> None:
        self._settings = settings
        self._keys = {name: _key(name, key) for name, key in settings.keys.items()}
        self._nonces = nonces
        self._witness = witness

    def identify(self, exchange: Exchange) -> Principal | Awaitable[Principal] | None:
        """See `Identify`."""
        request = exchange.request
        if b"signature-input" not in request.fields and b"signature" not in request.fields:
            return None
        key, covered, signature = self._chosen(request)
        until = self._check_parameters(key, covered)
        self._check_coverage(request, covered)
        try:
            signed = signature_base(request, covered)
        except ValueError:
            raise _refusal("it covers something that is not here, or cannot be signed here") from None
        if not key.verify(signed, signature):
            raise _refusal("it is not that of its key over this request")
        if "content-digest" in names(covered):
            exchange.body_check = body_check(request.fields[b"content-digest"], self._settings.max_body)
        nonce = self._use_up(key, covered, until)
        exchange.credentials = _FIELDS
        if self._witness is None or not nonce:
            return key.principal
        return self._ask_others(self._witness, key, nonce, until)

    def _chosen(self, request: Request) -> tuple[_Key, InnerList, bytes]:
        """The first signature whose key is known."""
        inputs, signatures = _members(request, b"signature-input"), _members(request, b"signature")
        for label, covered in inputs.items():
            signature = signatures.get(label)
            if not isinstance(covered, InnerList) or not isinstance(signature, Item):
                continue
            key = self._keys.get(str(covered.parameters.get("keyid", "")))
            if key is not None and isinstance(signature.value, bytes):
                return key, covered, signature.value
        raise _refusal("its key is not known")

    def _check_parameters(self, key: _Key, covered: InnerList) -> float:
        """Until when it is good, in wall-clock seconds (RFC 9421 §2.3)."""
        settings, stated, now = self._settings, covered.parameters, clock.wall_ns() / 1e9
        created, expires = stated.get("created"), stated.get("expires", float("inf"))
        if type(created) is not int or isinstance(expires, bool | str | bytes):
            raise _refusal("it does not say when it was made")
        until = min(created + settings.max_age, expires)
        if created - settings.leeway > now or until + settings.leeway <= now:
            raise _refusal("it is too old, or not valid yet")
        if stated.get("alg", key.algorithm) != key.algorithm:
            raise _refusal("it names an algorithm that is not its key's")
        if settings.tag and stated.get("tag") != settings.tag:
            raise _refusal("it was made for something else")
        return until + settings.leeway

    def _check_coverage(self, request: Request, covered: InnerList) -> None:
        whole = names(covered)
        implied = whole.union(*(_IMPLIED[each] for each in whole if each in _IMPLIED))
        missing = [each for each in self._settings.required if each not in implied]
        has_body = request.fields.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in request.fields
        if has_body and self._settings.require_digest and "content-digest" not in whole:
            missing.append("content-digest")
        if request.user and "x-trigate-user" not in whole:
            missing.append("x-trigate-user")
        if missing:
            raise _refusal(f"it does not cover {', '.join(missing)}")
        if request.upgrade and "content-digest" in whole:
            raise _refusal("a request that changes protocols has no body to cover")

    def _use_up(self, key: _Key, covered: InnerList, until: float) -> bytes:
        """Remember the nonce, for it is good for one request; its digest, empty if there need be none."""
        nonce = covered.parameters.get("nonce")
        if nonce is None and not self._settings.require_nonce:
            return b""
        if not isinstance(nonce, str) or not 0 < len(nonce) <= LONGEST_NONCE:
            raise _refusal("it holds no nonce")
        digest = nonce_digest(key.id, nonce)
        try:
            if not self._nonces.first(digest, until, clock.wall_ns() / 1e9):
                raise _refusal(_USED)
        except Full:
            raise Overloaded("too many signed requests at the moment; try again", retry_after=1.0) from None
        return digest

    async def _ask_others(self, witness: Witness, key: _Key, nonce: bytes, until: float) -> Principal:
        """Whether another machine has seen the nonce, whose clock may be behind this one's."""
        seconds = until - clock.wall_ns() / 1e9 + self._settings.leeway
        try:
            if not await witness.first(nonce.hex(), seconds):
                raise _refusal(_USED)
        except CountersLost:
            raise unavailable() from None
        return key.principal


def _members(request: Request, name: bytes) -> dict[str, Member]:
    text = b", ".join(value for field, value in request.headers if field == name)
    try:
        return read_dictionary(text.decode("ascii"))
    except ValueError:
        raise _refusal(f"`{name.decode()}` cannot be read") from None


def _key(name: str, key: SignatureKey) -> _Key:
    principal = Principal(
        f"signature:{name}",
        frozenset(key.lanes),
        key.user,
        key.agent,
        key.team,
        key.organisation,
        frozenset(key.roles),
        expires=EVERY_TIME,
    )
    if key.may_act_for_users:
        principal = structs.replace(principal, standing=Credential(may_act_for_users=True))
    return _Key(name, key.algorithm, verifier(key), principal)


def _refusal(reason: str) -> Unauthenticated:
    return Unauthenticated(
        f"the signature is not accepted: {reason}", headers=((b"www-authenticate", b'Signature realm="trigate"'),)
    )
