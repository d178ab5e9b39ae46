"""Callers known by their certificates."""

import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.policy.authenticators.test_api_key import exchange
from tests.policy.circumstances import given
from trigate.core.clock import clock
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.request import Peer
from trigate.policy.authenticators.client_certificate import ClientCertificate
from trigate.policy.certificate import Holder

END = datetime.datetime(2035, 1, 1, tzinfo=datetime.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(*common_names: str, uris: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> bytes:
    """DER of a certificate with these names."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each) for each in common_names])
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(END)
    )
    others = [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, names)]
    if others:
        built = built.add_extension(x509.SubjectAlternativeName(others), critical=False)
    return built.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def shown(der: bytes) -> Exchange:
    made = exchange()
    made.peer = Peer("127.0.0.1", tls=True, certificate=der)
    return made


def found(der: bytes, *callers: Holder) -> Principal | None:
    principal = ClientCertificate(callers=callers).open(given({}))(shown(der))
    assert principal is None or isinstance(principal, Principal)
    return principal


def test_a_holder_is_known_by_the_common_name() -> None:
    principal = found(certificate("ops-7"), Holder(common_name="ops-*", agent="{common_name}", team="ops"))
    assert principal is not None
    assert (principal.key, principal.agent, principal.team) == ("certificate:ops-7", "ops-7", "ops")
    assert principal.expires == END.timestamp()


def test_a_holder_is_known_by_other_names_and_by_the_whole_certificate() -> None:
    der = certificate(uris=("spiffe://example.org/agents/bot",), names=("bot.example",))
    by_uri = found(der, Holder(uri="spiffe://example.org/agents/*", agent="{uri}"))
    by_name = found(der, Holder(dns="*.example", user="robot@{dns}"))
    digest = x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256()).hex(":").upper()
    by_digest = found(der, Holder(fingerprint=digest, user="ada"))
    assert by_uri is not None
    assert by_name is not None
    assert by_digest is not None
    assert (by_uri.agent, by_name.user, by_digest.user) == (
        "spiffe://example.org/agents/bot",
        "robot@bot.example",
        "ada",
    )


@pytest.mark.parametrize(
    ("der", "holder"),
    [
        (certificate("ops"), Holder(common_name="ops-*", user="x")),
        (certificate("a", "b"), Holder(common_name="a", user="x")),
        (certificate(names=("a.example", "b.example")), Holder(dns="*.example", user="{dns}")),
        (certificate("a"), Holder(common_name="a", dns="*", user="x")),
        (certificate("a"), Holder(fingerprint="00" * 32, user="x")),
        (certificate("spiffe://example.org/a"), Holder(uri="spiffe://*", user="x")),
        (certificate("a\u200bb"), Holder(common_name="*", user="{common_name}")),
        (b"nonsense", Holder(common_name="*", user="x")),
        (b"", Holder(common_name="*", user="x")),
    ],
)
def test_a_certificate_that_does_not_fit_is_left_to_the_next_authenticator(der: bytes, holder: Holder) -> None:
    assert found(der, holder) is None


def test_the_first_entry_that_fits_decides() -> None:
    principal = found(certificate("a"), Holder(common_name="b", user="x"), Holder(common_name="a", user="y"),
                      Holder(common_name="*", user="z"))  # fmt: skip
    assert principal is not None
    assert principal.user == "y"


def test_a_certificate_is_read_once_and_not_beyond_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    identify = ClientCertificate(callers=(Holder(common_name="a", user="x"),)).open(given({}))
    made = shown(certificate("a"))
    first = identify(made)
    assert first is not None
    assert identify(made) is first
    late = int(END.timestamp() + 1) * 10**9
    monkeypatch.setattr(clock, "wall_ns", lambda: late)
    assert identify(made) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"user": "x"},
        {"common_name": "a"},
        {"common_name": "a", "user": "{dns}"},
        {"uri": "a", "agent": "{common_name}"},
    ],
)
def test_an_entry_that_says_too_little_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        Holder(**settings)


def test_names_cannot_bring_in_other_names() -> None:
    principal = found(
        certificate("{dns}", names=("root",)), Holder(common_name="*", dns="root", user="u-{common_name}")
    )
    assert principal is not None
    assert principal.user == "u-dns}"
