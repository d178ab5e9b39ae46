"""Forged, stale and misdirected tokens against a running gateway and the keys of a real issuer: none gets through."""

import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.journeys.conftest import Gateway
from tests.policy.issuer import AUDIENCE, SigningKey, key_set, segment
from trigate.core.clock import clock

HASHES = {"HS256": "sha256", "HS512": "sha512"}
EVIL = SigningKey("evil", "RS256")


class Provider(ThreadingHTTPServer):
    """An OpenID provider, what an attacker has put beside it, and the service that all of it protects."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = SigningKey("first", "RS256")
        self.good = self.token(exp=now() + 86_400)
        """A token that the gateway accepts."""
        self.asked: list[str] = []

    def answer(self, path: str) -> str:
        """What stands at a path."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})
        return key_set(EVIL) if path.startswith("/evil") else key_set(self.key) if path == "/keys" else "served"

    def rotate(self) -> None:
        """Another key takes the place of the one that was."""
        self.key = SigningKey(f"after-{self.key.id}", "RS256")
        self.good = self.token(exp=now() + 86_400)

    def token(self, header: dict[str, Any] | None = None, key: SigningKey | None = None, **claims: Any) -> str:
        """A good token, but for what is told; of another `key` with the id of the good one."""
        signer = key or self.key
        return signer.token({"kid": self.key.id, **(header or {})}, **{"iss": self.url, **claims})

    def written(self, header: dict[str, Any], sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
        """A token of good claims, with any header and any signature."""
        claims = self.token().split(".")[1]
        signed = f"{segment({'kid': self.key.id, 'typ': 'JWT', **header})}.{claims}"
        return f"{signed}.{segment(sign(signed.encode()))}"

    def signed(self, header: dict[str, Any]) -> str:
        """A token of good claims and a good signature, with more in its header."""
        return self.written({"alg": "RS256", **header}, lambda signed: sign(self.key, signed))

    def shared(self, algorithm: str, secret: bytes, **header: Any) -> str:
        """A token whose signature is a code under a secret that anybody knows."""
        code = HASHES[algorithm]
        return self.written({"alg": algorithm, **header}, lambda signed: hmac.digest(secret, signed, code))

    def public(self, encoding: Encoding, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
        """The public key, as anybody can have it."""
        return self.key.private.public_key().public_bytes(encoding, form)


class Answering(BaseHTTPRequestHandler):
    """Answers for the provider."""

    server: Provider  # type: ignore[assignment] - the one server it is used with

    def do_GET(self) -> None:
        body = self.server.answer(self.path).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def now() -> int:
    return int(clock.wall_ns() / 1e9)


def sign(key: SigningKey, signed: bytes) -> bytes:
    """The signature of RS256."""
    return key.private.sign(signed, PKCS1v15(), SHA256())


def resigned(token: str, key: SigningKey) -> str:
    """The same header and claims under the signature of another key."""
    signed = token.rpartition(".")[0]
    return f"{signed}.{segment(sign(key, signed.encode()))}"


def bent(token: str) -> str:
    """The same token but for one letter in the midst of its signature."""
    head, _, signature = token.rpartition(".")
    middle = len(signature) // 2
    return f"{head}.{signature[:middle]}{'A' if signature[middle] != 'A' else 'B'}{signature[middle + 1 :]}"


def padded(token: str, size: int) -> str:
    return token + "A" * (size - len(token))


ATTACKS: dict[str, Callable[[Provider], str]] = {
    "no algorithm": lambda it: it.written({"alg": "none"}),
    "no algorithm, in other letters": lambda it: it.written({"alg": "nOnE"}),
    "no algorithm, with a signature": lambda it: it.written({"alg": "none"}, lambda _: b"x" * 256),
    "an empty algorithm": lambda it: it.written({"alg": ""}),
    "no signature": lambda it: it.written({"alg": "RS256"}),
    "the public key as a shared secret, PEM": lambda it: it.shared("HS256", it.public(Encoding.PEM)),
    "the public key as a shared secret, PEM without its end": lambda it: it.shared(
        "HS256", it.public(Encoding.PEM).strip()
    ),
    "the public key as a shared secret, DER": lambda it: it.shared("HS256", it.public(Encoding.DER)),
    "the public key as a shared secret, PKCS1": lambda it: it.shared(
        "HS512", it.public(Encoding.PEM, PublicFormat.PKCS1)
    ),
    "the public key as a shared secret, JSON": lambda it: it.shared("HS256", json.dumps(it.key.jwk).encode()),
    "an empty shared secret": lambda it: it.shared("HS256", b""),
    "a key id that is a path": lambda it: it.shared("HS256", b"", kid="../../../../../../dev/null"),
    "a key id that is a file": lambda it: it.shared("HS256", b"", kid="file:///dev/null"),
    "a key id that is a statement": lambda it: it.token({"kid": "x' UNION SELECT 'key'; --"}, EVIL),
    "a key id that is a command": lambda it: it.token({"kid": "|/bin/true"}, EVIL),
    "a key id that is an address": lambda it: it.token({"kid": f"{it.url}/evil/kid"}, EVIL),
    "a key id that is none": lambda it: it.written({"alg": "RS256", "kid": {"a": 1}}),
    "a key id without end": lambda it: it.token({"kid": "k" * 1000}, EVIL),
    "another's key under the right id": lambda it: it.token(key=EVIL),
    "jku": lambda it: it.token({"jku": f"{it.url}/evil/jku", "kid": EVIL.id}, EVIL),
    "jku under the right id": lambda it: it.token({"jku": f"{it.url}/evil/jku"}, EVIL),
    "x5u": lambda it: it.token({"x5u": f"{it.url}/evil/x5u", "kid": EVIL.id}, EVIL),
    "x5c": lambda it: it.token({"x5c": ["MIIB"], "kid": EVIL.id}, EVIL),
    "jwk": lambda it: it.token({"jwk": EVIL.jwk, "kid": EVIL.id}, EVIL),
    "jwk under the right id": lambda it: it.token({"jwk": EVIL.jwk}, EVIL),
    "another audience": lambda it: it.token(aud="https://other.example"),
    "other audiences": lambda it: it.token(aud=["https://other.example", f"{AUDIENCE}.evil.example"]),
    "no audience": lambda it: it.token(aud=None),
    "another issuer": lambda it: it.token(iss="https://evil.example"),
    "an issuer that looks alike": lambda it: it.token(iss=f"{it.url}/"),
    "no issuer": lambda it: it.token(iss=None),
    "expired": lambda it: it.token(exp=now() - 60),
    "no end": lambda it: it.token(exp=None),
    "an end that is no moment": lambda it: it.token(exp="9999999999"),
    "not before tomorrow": lambda it: it.token(nbf=now() + 86_400),
    "made tomorrow": lambda it: it.token(iat=now() + 86_400, exp=now() + 90_000),
    "crit": lambda it: it.signed({"crit": ["exp"]}),
    "crit of something unknown": lambda it: it.signed({"crit": ["x"], "x": 1}),
    "b64": lambda it: it.signed({"b64": False, "crit": ["b64"]}),
    "a token for something else": lambda it: it.signed({"typ": "logout+jwt"}),
    "huge": lambda it: it.token(filling="x" * 17_000),
    "a huge signature": lambda it: padded(it.token(), 17_000),
    "a look-alike of an accepted one, signed by another": lambda it: resigned(it.good, EVIL),
    "a look-alike of an accepted one, one letter changed": lambda it: bent(it.good),
    "a look-alike of an accepted one, cut": lambda it: it.good[:-4],
    "a look-alike of an accepted one, longer": lambda it: it.good + "AAAA",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """The provider, which serves until the last test is over."""
    made = Provider()
    thread = threading.Thread(target=made.serve_forever, name="provider")
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture(scope="module")
def running(provider: Provider, lasting_gateway: Callable[[str], Gateway]) -> Gateway:
    """A gateway that only tokens of the provider open, and that would read longer ones than it accepts."""
    jwt = {"kind": "jwt", "issuer": provider.url, "audience": [AUDIENCE], "cooldown": "50ms"}
    sections: dict[str, Any] = {
        "inbound": {"listen": "127.0.0.1:<port>", "limits": {"head": "64KiB", "line": "32KiB"}},
        "policy": {"authenticators": [jwt]},
        "api": {"routes": {"all": {"targets": [provider.url]}}},
    }
    return lasting_gateway("".join(f"{name}: {json.dumps(section)}\n" for name, section in sections.items()))


def accepted(running: Gateway, token: str) -> bool:
    """Whether a token opens the gateway; refused as it should be if it does not."""
    status, fields, body = running.ask("GET", "/protected", key=token)
    if status == 200:
        assert body == b"served"
        return True
    assert status == 401, body
    assert fields["www-authenticate"].startswith('Bearer realm="trigate", error="invalid_token"')
    assert token.encode() not in body
    return False


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_that_is_not_good_opens_nothing(running: Gateway, provider: Provider, attack: str) -> None:
    assert accepted(running, provider.good)  # and is remembered from now on
    before = provider.asked.count("/protected")
    token = ATTACKS[attack](provider)
    assert not accepted(running, token)
    assert not accepted(running, token)
    assert accepted(running, provider.good)
    assert provider.asked.count("/protected") == before + 1
    assert not [path for path in provider.asked if path.startswith("/evil")]
    assert token not in running.log


def test_a_key_that_was_rotated_away_takes_its_tokens_with_it(running: Gateway, provider: Provider) -> None:
    old, also_old = provider.good, provider.token(jti="never shown before")
    assert accepted(running, old)
    provider.rotate()
    running.until(lambda: accepted(running, provider.good))
    assert not accepted(running, old)
    assert not accepted(running, also_old)
