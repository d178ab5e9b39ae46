"""Signed requests: of each kind of key, complete, young, and never twice."""

import base64
import hmac
import json
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.policy.authenticators.test_api_key import exchange
from tests.policy.circumstances import given
from trigate.core.clock import clock
from trigate.core.errors import Forbidden, IdentityUnavailable, Overloaded, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Duration, Secret
from trigate.core.shared import share_alone
from trigate.core.stream import WholeIncoming
from trigate.core.surroundings import Keep
from trigate.policy.admission import admitting
from trigate.policy.authenticator import Identify
from trigate.policy.authenticators.signature import Signature
from trigate.policy.message_signature import SignatureKey
from trigate.process.keep import LivingThings
from trigate.store.counter import CountersLost, Witness

SECRET = "shared-secret-of-at-least-32-bytes!"
SHARED = SignatureKey(algorithm="hmac-sha256", secret=Secret(SECRET), agent="bot", team="ops")
COVERED = ("@method", "@authority", "@path", "@query")
NOW = 1_800_000_000


@pytest.fixture(autouse=True)
def held_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still."""
    monkeypatch.setattr(clock, "wall_ns", lambda: NOW * 10**9)


def opened(keep: Keep | None = None, witness: Witness | None = None, **settings: Any) -> Identify:
    surroundings = SimpleNamespace(keep=keep or LivingThings().begin(), share=share_alone)
    made = Signature(**{"keys": {"k": SHARED}, **settings})
    return made.open(given({}, surroundings=surroundings, witness=witness))


def shared(signed: bytes) -> bytes:
    return hmac.digest(SECRET.encode(), signed, "sha256")


def asked(body: bytes = b"", query: bytes = b"a=1") -> Exchange:
    """A request without a signature."""
    made = exchange(host="gateway.example", content_type="text/plain")
    request = made.request
    request.method, request.authority = b"POST", b"gateway.example"
    request.path, request.query, request.target = b"/a", query, b"/a?" + query
    if body:
        digest = base64.b64encode(sha256(body).digest())
        set_field(made, b"content-length", b"%d" % len(body))
        set_field(made, b"content-digest", b"sha-256=:%b:" % digest)
    return made


def set_field(made: Exchange, name: bytes, value: bytes) -> None:
    made.request.headers = [pair for pair in made.request.headers if pair[0] != name] + [(name, value)]
    made.request.fields[name] = value


VALUES = {
    "@method": lambda request: request.method,
    "@authority": lambda request: request.authority,
    "@path": lambda request: request.path,
    "@query": lambda request: b"?" + request.query,
    "@target-uri": lambda request: b"http://" + request.authority + request.target,
    "@request-target": lambda request: request.target,
    "x-trigate-user": lambda request: request.user,
}


def sign(
    made: Exchange, covered: tuple[str, ...] = COVERED, maker: Any = shared, nonce: str | None = "n1", **more: Any
) -> Exchange:
    """Sign as a client would: written apart from the code under test."""
    stated = {"created": NOW, "keyid": "k", "nonce": nonce, **more}
    written = "".join(f";{name}={json.dumps(value)}" for name, value in stated.items() if value is not None)
    parameters = f"({' '.join(json.dumps(each) for each in covered)}){written}"
    request = made.request
    values = [VALUES[each](request) if each in VALUES else request.fields[each.encode()] for each in covered]
    lines = [b'"%b": %b' % (each.encode(), value) for each, value in zip(covered, values, strict=True)]
    base = b"\n".join([*lines, f'"@signature-params": {parameters}'.encode()])
    set_field(made, b"signature-input", f"sig1={parameters}".encode())
    set_field(made, b"signature", b"sig1=:%b:" % base64.b64encode(maker(base)))
    return made


def refused(identify: Identify, made: Exchange) -> str:
    with pytest.raises(Unauthenticated) as error:
        identify(made)
    return error.value.message


def test_a_signed_request_names_its_sender_and_is_never_decided_once_for_all() -> None:
    made = sign(asked())
    found = opened()(made)
    assert isinstance(found, Principal)
    assert (found.key, found.agent, found.team) == ("signature:k", "bot", "ops")
    assert found.expires < NOW
    assert made.credentials == {b"signature", b"signature-input"}


def pem(public: Any) -> str:
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def side_by_side(der: bytes, size: int) -> bytes:
    r, s = decode_dss_signature(der)
    return r.to_bytes(size) + s.to_bytes(size)


ED = ed25519.Ed25519PrivateKey.generate()
P256, P384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
PSS = padding.PSS(padding.MGF1(hashes.SHA512()), 64)
KINDS: dict[str, tuple[Any, Any]] = {
    "ed25519": (ED.public_key(), ED.sign),
    "ecdsa-p256-sha256": (P256.public_key(), lambda base: side_by_side(P256.sign(base, ec.ECDSA(hashes.SHA256())), 32)),
    "ecdsa-p384-sha384": (P384.public_key(), lambda base: side_by_side(P384.sign(base, ec.ECDSA(hashes.SHA384())), 48)),
    "rsa-pss-sha512": (RSA.public_key(), lambda base: RSA.sign(base, PSS, hashes.SHA512())),
    "rsa-v1_5-sha256": (RSA.public_key(), lambda base: RSA.sign(base, padding.PKCS1v15(), hashes.SHA256())),
}


@pytest.mark.parametrize("algorithm", KINDS)
def test_every_kind_of_key_proves_its_own_signatures_alone(algorithm: Any) -> None:
    public, maker = KINDS[algorithm]
    identify = opened(keys={"k": SignatureKey(algorithm=algorithm, public_key=pem(public), user="ada")})
    assert isinstance(identify(sign(asked(), maker=maker, alg=algorithm)), Principal)
    refused(identify, sign(asked(), maker=shared, nonce="n2"))
    refused(identify, sign(asked(), maker=lambda base: maker(base + b"x"), nonce="n3"))
    refused(identify, sign(asked(), maker=maker, alg="hmac-sha256", nonce="n4"))


@pytest.mark.parametrize(
    ("algorithm", "settings"),
    [
        ("hmac-sha256", {}),
        ("hmac-sha256", {"secret": Secret("short")}),
        ("hmac-sha256", {"secret": Secret(SECRET), "public_key": "x"}),
        ("ed25519", {"secret": Secret(SECRET)}),
        ("ed25519", {"public_key": "nonsense"}),
        ("ed25519", {"public_key": pem(P256.public_key())}),
        ("ecdsa-p256-sha256", {"public_key": pem(P384.public_key())}),
        ("rsa-pss-sha512", {"public_key": pem(ED.public_key())}),
    ],
)
def test_a_key_that_does_not_fit_its_algorithm_is_refused_at_load(algorithm: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        SignatureKey(algorithm=algorithm, **settings)


@pytest.mark.parametrize(
    "change",
    [
        {"method": b"GET"},
        {"path": b"/b"},
        {"query": b"a=2"},
        {"authority": b"evil.example"},
    ],
)
def test_nothing_that_was_signed_can_be_changed(change: dict[str, bytes]) -> None:
    made = sign(asked())
    for name, value in change.items():
        setattr(made.request, name, value)
    refused(opened(), made)


@pytest.mark.parametrize("left_out", COVERED)
def test_everything_required_must_be_signed(left_out: str) -> None:
    covered = tuple(each for each in COVERED if each != left_out)
    assert left_out in refused(opened(), sign(asked(), covered))


def test_a_whole_target_covers_its_parts() -> None:
    assert opened()(sign(asked(), ("@method", "@target-uri"))) is not None
    assert opened()(sign(asked(), ("@method", "@authority", "@request-target"))) is not None


async def test_a_body_must_be_signed_and_be_the_one_that_was() -> None:
    assert "content-digest" in refused(opened(), sign(asked(b"hello")))
    made = sign(asked(b"hello"), (*COVERED, "content-digest"))
    assert opened()(made) is not None
    assert made.body_check is not None
    assert await made.body_check(WholeIncoming(made.signal, b"hello")) is not None
    with pytest.raises(Unauthenticated):
        await made.body_check(WholeIncoming(made.signal, b"hullo"))
    chunked = asked()
    set_field(chunked, b"transfer-encoding", b"chunked")
    assert "content-digest" in refused(opened(), sign(chunked))


@pytest.mark.parametrize(
    "more",
    [
        {"created": NOW - 301 - 5},
        {"created": NOW + 6},
        {"expires": NOW - 5},
        {"created": None},
        {"created": True},
        {"expires": "x"},
    ],
)
def test_a_signature_that_is_too_old_or_too_young_is_refused(more: dict[str, Any]) -> None:
    refused(opened(), sign(asked(), **more))


def test_a_request_is_good_once() -> None:
    identify = opened()
    assert identify(sign(asked())) is not None
    assert "nonce" in refused(identify, sign(asked()))
    assert identify(sign(asked(), nonce="n2")) is not None
    assert "nonce" in refused(identify, sign(asked(), nonce=None))
    assert "nonce" in refused(identify, sign(asked(), nonce=""))
    assert opened(require_nonce=False)(sign(asked(), nonce=None)) is not None


def test_a_reload_does_not_make_it_good_again() -> None:
    kept = LivingThings()
    before, after = kept.begin(), kept.begin()
    assert opened(before)(sign(asked())) is not None
    identify = opened(after, max_age=Duration(200), keys={"k": SHARED, "new": SHARED})
    kept.commit(after)
    assert "nonce" in refused(identify, sign(asked()))


class Elsewhere:
    """Another machine, which has heard of some nonces, or cannot be asked."""

    def __init__(self, answer: bool | CountersLost) -> None:
        self.answer = answer
        self.asked: list[float] = []

    async def first(self, name: str, seconds: float) -> bool:
        self.asked.append(seconds)
        if isinstance(self.answer, CountersLost):
            raise self.answer
        return self.answer


async def outcome(identify: Identify, made: Exchange) -> Principal:
    found = identify(made)
    assert found is not None
    assert not isinstance(found, Principal)
    principal = await found
    assert principal is not None
    return principal


async def test_a_request_is_good_on_one_machine_only() -> None:
    fresh, used, lost = Elsewhere(True), Elsewhere(False), Elsewhere(CountersLost("gone"))
    assert (await outcome(opened(witness=fresh), sign(asked()))).key == "signature:k"
    assert fresh.asked[0] >= 305  # max_age, and the leeway of either clock
    with pytest.raises(Unauthenticated, match="nonce"):
        await outcome(opened(witness=used), sign(asked()))
    with pytest.raises(IdentityUnavailable):
        await outcome(opened(witness=lost), sign(asked()))


async def test_what_this_machine_has_seen_is_asked_of_no_other() -> None:
    fresh = Elsewhere(True)
    identify = opened(witness=fresh)
    await outcome(identify, sign(asked()))
    assert "nonce" in refused(identify, sign(asked()))
    assert len(fresh.asked) == 1


def test_a_forged_request_does_not_use_up_a_nonce() -> None:
    identify = opened()
    refused(identify, sign(asked(), maker=lambda _: b"forged"))
    assert identify(sign(asked())) is not None


def test_nonces_are_bounded_and_forgotten_when_they_are_old(monkeypatch: pytest.MonkeyPatch) -> None:
    identify = opened(nonces=2)
    for nonce in ("a", "b"):
        assert identify(sign(asked(), nonce=nonce)) is not None
    with pytest.raises(Overloaded):
        identify(sign(asked(), nonce="c"))
    monkeypatch.setattr(clock, "wall_ns", lambda: (NOW + 400) * 10**9)
    assert identify(sign(asked(), nonce="c", created=NOW + 400)) is not None


def test_a_tag_must_be_the_one_asked_for() -> None:
    identify = opened(tag="gateway")
    refused(identify, sign(asked(), tag="elsewhere"))
    refused(identify, sign(asked()))
    assert identify(sign(asked(), tag="gateway")) is not None


def test_an_end_user_must_be_signed_for_and_its_key_must_be_one_that_may() -> None:
    may = SignatureKey(algorithm="hmac-sha256", secret=Secret(SECRET), agent="bot", may_act_for_users=True)
    identify = admitting(opened(keys={"k": may}))
    made = asked()
    made.request.user = b"ada"
    assert "x-trigate-user" in refused(identify, sign(made))
    found = identify(sign(made, (*COVERED, "x-trigate-user")))
    assert isinstance(found, Principal)
    assert found.on_behalf_of == "ada"
    with pytest.raises(Forbidden):
        admitting(opened())(sign(made, (*COVERED, "x-trigate-user")))


def test_what_carries_no_signature_is_left_to_the_next_authenticator() -> None:
    assert opened()(asked()) is None


@pytest.mark.parametrize(
    ("inputs", "signatures"),
    [
        (b"", b"sig1=:AAAA:"),
        (b"sig1", b"sig1=:AAAA:"),
        (b'sig1=("@method");keyid="other";created=1', b"sig1=:AAAA:"),
        (b'sig1=("@method");keyid="k"', b"sig2=:AAAA:"),
        (b'sig1=("@method");keyid="k"', b"sig1=1"),
        (b"\xff", b"sig1=:AAAA:"),
        (b'sig1=("@method" "@method");keyid="k";created=1800000000;nonce="n"', b"sig1=:AAAA:"),
        (b'sig1=("@authority" "@path" "@query" "@method";req);keyid="k";created=1800000000;nonce="n"', b"sig1=:AAAA:"),
        (b'sig1=(1);keyid="k";created=1800000000;nonce="n"', b"sig1=:AAAA:"),
    ],
)
def test_what_cannot_be_read_as_a_signature_is_refused(inputs: bytes, signatures: bytes) -> None:
    made = asked()
    set_field(made, b"signature-input", inputs)
    set_field(made, b"signature", signatures)
    refused(opened(), made)
    refused(opened(required=()), made)
