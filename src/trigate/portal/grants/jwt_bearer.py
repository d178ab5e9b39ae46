"""The word of a trusted identity provider that a user may use the client here (ID-JAG, RFC 7523)."""

import os
from collections.abc import Mapping
from typing import Any

from trigate.core.clock import clock
from trigate.core.errors import GatewayError, Unauthenticated
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client as Wire
from trigate.policy.claim import find_claim
from trigate.policy.json_web_token import Expectation, Token, read_token
from trigate.policy.key_source import KeySource, Whence
from trigate.portal.archive import Archive
from trigate.portal.authorization_settings import TrustSettings
from trigate.portal.client import Client
from trigate.portal.client_proof import ALGORITHMS, LEEWAY, Clerk
from trigate.portal.grant import find_resource, narrow
from trigate.portal.mint import Mint
from trigate.portal.refused import Refused
from trigate.portal.resource import Resources
from trigate.store.directory import User
from trigate.store.login import Login

SECOND = 10**9
NAME = "jwt_bearer"
TYPES = ("oauth-id-jag+jwt",)
HOW = "id_jag"


class JwtBearer:
    """`grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer` with an identity assertion authorization grant."""

    def __init__(  # noqa: PLR0913, PLR0917 - whom it asks about what
        self, trust: tuple[TrustSettings, ...], archive: Archive, mint: Mint, resources: Resources, clerk: Clerk,
        wire: Wire, around: Surroundings,
    ) -> None:  # fmt: skip
        self._archive = archive
        self._mint = mint
        self._resources = resources
        self._clerk = clerk
        self._trust = {each.issuer: (each, _source(each, wire, around)) for each in trust}

    async def named(self, form: Mapping[str, str]) -> str:
        """See Grant: the provider says to whom it gave the assertion."""
        try:
            token = read_token(form.get("assertion", "").encode(), TYPES)
            await self._verify(token)
        except Unauthenticated:
            return ""
        return str(token.claims.get("client_id", ""))

    async def redeem(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """See Grant; there is no refresh token: the provider is asked again (ID-JAG, draft 01 §4.4)."""
        if client.method == "none":
            raise Refused("unauthorized_client", "a client that shows an assertion proves itself, too")
        if client.origin == "file" and NAME not in client.grants:
            raise Refused("unauthorized_client", "this client cannot show assertions")
        try:
            token = read_token(form.get("assertion", "").encode(), TYPES)
            settings, until = await self._verify(token)
        except Unauthenticated as error:
            raise Refused("invalid_grant", error.message) from None
        claims = token.claims
        if claims.get("client_id") != client.id:
            raise Refused("invalid_grant", "the assertion was given to another client")
        named = claims.get("resource", form.get("resource", ""))
        if "resource" in form and form["resource"].removesuffix("/") != str(named).removesuffix("/"):
            raise Refused("invalid_target", "the assertion is for another endpoint")
        resource = find_resource(self._resources, {"resource": str(named)} if named else {})
        user, row = await self._user(settings, claims)
        scope = narrow(form.get("scope", ""), narrow(str(claims.get("scope", "")), resource.scopes).split())
        try:
            await self._clerk.spend("id_jag", settings.issuer, claims.get("jti"), until)
        except Refused as refused:
            raise Refused("invalid_grant", refused.description) from None
        now = clock.wall_ns()
        login = Login(
            id=os.urandom(12).hex(), user=user, client=client.id, title=client.title,
            resource=self._resources.identifier(resource), scope=scope, how=HOW,
            organisation=row.organisation if row is not None else "", created=now, used=now,
            expires=now + int(self._mint.settings.access_token * SECOND),
        )  # fmt: skip
        await self._archive.begin(login)
        return await self._mint.tokens(login, row is not None)

    async def _verify(self, token: Token) -> tuple[TrustSettings, float]:
        """Whose word it is, and until when it is good; raises Unauthenticated."""
        trusted = self._trust.get(str(token.claims.get("iss")))
        if trusted is None or token.algorithm not in ALGORITHMS:
            raise Unauthenticated("the assertion comes from nobody who is trusted here")
        settings, source = trusted
        expected = Expectation(settings.issuer, frozenset((self._mint.url,)), LEEWAY)
        until = expected.check(token.claims, clock.wall_ns() / 1e9)
        if token.claims.get("aud") not in (self._mint.url, [self._mint.url]):
            raise Unauthenticated("the assertion is meant for others, too")
        try:
            keys = source.at_hand(token.algorithm, token.key_id) or await source.find(token.algorithm, token.key_id)
        except GatewayError:
            raise Refused("temporarily_unavailable", "the identity provider does not answer", 503) from None
        if not any(key.verifies(token.algorithm, token.signed, token.signature) for key in keys):
            raise Unauthenticated("the assertion is not signed by its issuer")
        return settings, until

    async def _user(self, settings: TrustSettings, claims: Mapping[str, Any]) -> tuple[str, User | None]:
        name = find_claim(claims, settings.user)
        if not isinstance(name, str) or not 0 < len(name) <= 256 or not name.isprintable():
            raise Refused("invalid_grant", "the assertion names no user")
        row = await self._archive.user(name)
        if row is None and settings.admit == "known":
            raise Refused("invalid_grant", "the user is not known here")
        return name, row


def _source(settings: TrustSettings, wire: Wire, around: Surroundings) -> KeySource:
    whence = Whence(settings.issuer, settings.jwks_url, 600.0, 30.0, 86400.0, settings.timeout, settings.tls)
    return KeySource(whence, wire, around, _nobody)


def _nobody() -> None:
    return
