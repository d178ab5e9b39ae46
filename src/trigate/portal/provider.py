"""Logging in at an OpenID provider: sent there with PKCE, state and nonce, and believed only what its keys sign."""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, TypeGuard
from urllib.parse import quote_plus, urlencode

import msgspec
from msgspec import Struct

from trigate.core.clock import clock
from trigate.core.errors import Forbidden, GatewayError, Unauthenticated
from trigate.core.parts import Headers
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.policy.claim import find_claim
from trigate.policy.inquiry import Reply, Site, origin, unavailable
from trigate.policy.json_web_token import Expectation, read_token
from trigate.policy.key_source import DESCRIPTION, KeySource, Whence
from trigate.policy.strict_json import read_object
from trigate.portal.archive import Archive
from trigate.portal.grants.authorization_code import challenge_of
from trigate.portal.login_settings import ProviderSettings
from trigate.portal.session import Session

KIND = "errand"
ERRAND_SECONDS = 600.0
MOST_ERRANDS = 10_000
FRESH_SECONDS = 600.0
LEEWAY = 30.0
ALGORITHMS = frozenset(("RS256", "PS256", "ES256", "ES384", "EdDSA"))
CALLBACK = "/oauth/callback"


class Errand(Struct, frozen=True):
    """Somebody on the way to a provider and back."""

    provider: str
    next: str
    verifier: str
    nonce: str
    browser: str
    """Digest of what the browser carried when it left: it must be the same one that comes back."""


read_errand = msgspec.json.Decoder(Errand).decode


class Provider:
    """One provider."""

    def __init__(
        self, name: str, settings: ProviderSettings, url: str, archive: Archive, wire: Client, around: Surroundings
    ) -> None:
        self.name = name
        self._settings = settings
        self._callback = url + CALLBACK
        self._archive = archive
        self._wire = wire
        self._loop = around.loop
        self._described: dict[str, Any] = {}
        self._until = 0.0
        whence = Whence(settings.issuer, "", 600.0, 30.0, 86400.0, settings.timeout, settings.tls)
        self._keys = KeySource(whence, wire, around, _nobody)

    async def leave(self, browser: str, target: str) -> str:
        """Where the browser goes to log in; it comes back with the state that is kept here."""
        described = await self._describe()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        errand = Errand(self.name, target, verifier, nonce, digest_browser(browser))
        await self._archive.keep(KIND, state, ERRAND_SECONDS, errand, most=MOST_ERRANDS)
        fields = {
            "response_type": "code", "client_id": self._settings.client_id, "redirect_uri": self._callback,
            "scope": " ".join(self._settings.scopes), "state": state, "nonce": nonce,
            "code_challenge": challenge_of(verifier), "code_challenge_method": "S256",
        }  # fmt: skip
        place = described["authorization_endpoint"]
        return f"{place}{'&' if '?' in place else '?'}{urlencode(fields)}"

    async def receive(self, errand: Errand, fields: Mapping[str, str]) -> Session:
        """Who came back; raises Unauthenticated, Forbidden, IdentityUnavailable."""
        described = await self._describe()
        self._check_issuer(described, fields)  # first: another's error message is shown to nobody (RFC 9207 §2.4)
        if "error" in fields or "code" not in fields:
            raise Unauthenticated("the identity provider has let nobody in")
        granted = await self._redeem(described, errand, fields["code"])
        claims = await self._claims(errand, granted["id_token"].encode())
        if find_claim(claims, self._settings.user) is None:
            claims = {**await self._ask_more(described, granted, claims), **claims}
        return await self._session(claims)

    def _check_issuer(self, described: Mapping[str, Any], fields: Mapping[str, str]) -> None:
        """RFC 9207: an answer of one provider is never taken to another (mix-up)."""
        said = fields.get("iss", "")
        if said != self._settings.issuer and (said or described.get("authorization_response_iss_parameter_supported")):
            raise Unauthenticated("the answer comes from another identity provider")

    async def _redeem(self, described: Mapping[str, Any], errand: Errand, code: str) -> Mapping[str, Any]:
        """What the provider gives for a code: an ID token, and most often an access token."""
        settings = self._settings
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._callback,
            "code_verifier": errand.verifier, "client_id": settings.client_id,
        }  # fmt: skip
        headers: Headers = [
            (b"content-type", b"application/x-www-form-urlencoded"), (b"accept", b"application/json"),
        ]  # fmt: skip
        if settings.client_secret is not None:
            pair = f"{quote_plus(settings.client_id)}:{quote_plus(settings.client_secret.reveal())}"
            headers.append((b"authorization", b"Basic " + b64encode(pair.encode())))
        reply = await self._site(described["token_endpoint"]).ask(b"POST", headers, urlencode(form).encode())
        granted = _read(reply)
        if not isinstance(granted.get("id_token"), str):
            raise Unauthenticated("the identity provider has given no ID token")
        return granted

    async def _ask_more(
        self, described: Mapping[str, Any], granted: Mapping[str, Any], claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What the provider says at its UserInfo endpoint of the same subject (OpenID Connect Core 1.0 §5.3, §5.4).

        Providers that follow the specification to the letter leave names and addresses out of the ID token.
        """
        place, token = described.get("userinfo_endpoint"), granted.get("access_token")
        if not self._may_ask(place) or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            return {}
        headers: Headers = [(b"authorization", b"Bearer " + token.encode()), (b"accept", b"application/json")]
        told = _read(await self._site(place).ask(b"GET", headers))
        return told if "sub" in claims and told.get("sub") == claims["sub"] else {}

    async def _claims(self, errand: Errand, raw: bytes) -> Mapping[str, Any]:
        """What the ID token says, proved (OpenID Connect Core 1.0 §3.1.3.7)."""
        token = read_token(raw, ("", "jwt"))
        expected = Expectation(self._settings.issuer, frozenset((self._settings.client_id,)), LEEWAY)
        expected.check(token.claims, clock.wall_ns() / 1e9)
        if token.algorithm not in ALGORITHMS:
            raise Unauthenticated("the ID token is signed by an algorithm that is not accepted")
        keys = self._keys.at_hand(token.algorithm, token.key_id)
        keys = keys or await self._keys.find(token.algorithm, token.key_id)
        if not any(key.verifies(token.algorithm, token.signed, token.signature) for key in keys):
            raise Unauthenticated("the ID token is not signed by its issuer")
        party = token.claims.get("azp", self._settings.client_id)
        nonce = str(token.claims.get("nonce", ""))
        if party != self._settings.client_id or not hmac.compare_digest(nonce.encode(), errand.nonce.encode()):
            raise Unauthenticated("the ID token was given for another login")
        return token.claims

    async def _session(self, claims: Mapping[str, Any]) -> Session:
        name = find_claim(claims, self._settings.user)
        if not isinstance(name, str) or not 0 < len(name) <= 256 or not name.isprintable():
            raise Forbidden("the identity provider does not say who you are; ask the operator of this gateway")
        if self._settings.user == "email" and claims.get("email_verified") not in (True, "true"):
            raise Forbidden("the identity provider does not say that it has verified your address")
        row = await self._archive.user(name)
        if row is None and self._settings.admit == "known":
            raise Forbidden("you are not known here; ask the operator of this gateway")
        organisation = row.organisation if row is not None else ""
        return Session(user=name, how=self.name, organisation=organisation, known=row is not None)

    async def _describe(self) -> Mapping[str, Any]:
        """OpenID Connect Discovery 1.0 §4; the issuer of the description must be the one that was asked."""
        if self._described and clock.monotonic() < self._until:
            return self._described
        try:
            reply = await self._site(self._settings.issuer.rstrip("/") + DESCRIPTION).ask(b"GET", [])
            described = read_object(reply.body) if reply.status == 200 else {}
        except (GatewayError, ValueError):
            described = {}
        if self._fits(described):
            self._described, self._until = described, clock.monotonic() + FRESH_SECONDS
        elif not self._described:
            raise unavailable()
        return self._described

    def _fits(self, described: Mapping[str, Any]) -> bool:
        places = [described.get(name) for name in ("authorization_endpoint", "token_endpoint")]
        return described.get("issuer") == self._settings.issuer and all(map(self._may_ask, places))

    def _may_ask(self, place: object) -> TypeGuard[str]:
        if not isinstance(place, str) or not place.isascii():
            return False
        return place.startswith("https:") or origin(place) == origin(self._settings.issuer)

    def _site(self, url: str) -> Site:
        settings = self._settings
        outside = origin(url) != origin(settings.issuer)
        return Site(url, self._wire, self._loop, settings.timeout, tls=settings.tls, outside=outside)


def _read(reply: Reply) -> Mapping[str, Any]:
    try:
        return read_object(reply.body) if reply.status == 200 else {}
    except ValueError:
        return {}


def digest_browser(browser: str) -> str:
    """What is kept of the browser."""
    return sha256(b"trigate browser " + browser.encode()).hexdigest()


def _nobody() -> None:
    return
