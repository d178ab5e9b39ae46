"""Settings of the built-in authorization server: who gets tokens for which endpoints, and how long they live."""

import re
from typing import Literal

from trigate.core.settings import Duration, Secret, Settings
from trigate.outbound.settings import TlsSettings
from trigate.policy.json_web_key import read_key_set
from trigate.policy.scope import SCOPES
from trigate.portal.redirection import check_redirect

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
GrantName = Literal["authorization_code", "client_credentials", "jwt_bearer"]


class ClientSettings(Settings):
    """A client that is known beforehand; its name here is its client id."""

    title: str = ""
    """What people read when they are asked; by default its name."""
    redirect_uris: tuple[str, ...] = ()
    """Where browsers are led back to, exactly; the port of a loopback address may be another one (RFC 8252 §7.3)."""
    secret: Secret | None = None
    """What it proves itself with at the token endpoint (`client_secret_basic` or `client_secret_post`)."""
    keys: str = ""
    """Its public keys, a JSON Web Key Set, best as `${file:keys.json}`: it proves itself by `private_key_jwt` then."""
    grants: tuple[GrantName, ...] = ("authorization_code",)
    """How it may get tokens: in the name of people who log in, in its own (`client_credentials`), and in that of
    people whom a trusted identity provider vouches for (`jwt_bearer`). The last two need a secret or keys."""
    endpoints: tuple[str, ...] = ("*",)
    """Endpoints it may get tokens for in its own name: `mcp` for the whole gateway, `mcp/NAME`; `*` is any text."""
    scopes: tuple[str, ...] = SCOPES
    """What tokens in its own name can do there at most."""

    def __post_init__(self) -> None:
        if self.secret is not None and (self.keys or len(self.secret.reveal()) < 16):
            raise ValueError("a client has `keys`, or a `secret` of at least 16 characters")
        if self.keys and not read_key_set(self.keys.encode()):
            raise ValueError("`keys` holds no public key that can be used")
        for uri in self.redirect_uris:
            check_redirect(uri)
        if "authorization_code" in self.grants and not self.redirect_uris:
            raise ValueError("a client for people needs `redirect_uris`")
        if set(self.grants) - {"authorization_code"} and self.secret is None and not self.keys:
            raise ValueError("a client that asks in its own name needs a `secret` or `keys`")


class TrustSettings(Settings):
    """An identity provider of the enterprise, whose word about a user is taken in place of a login (ID-JAG)."""

    issuer: str
    """What `iss` must be, exactly; its keys are found by its description."""
    jwks_url: str = ""
    """Where its keys are, if it does not say so itself."""
    user: str = "sub"
    """Claim with the name of the user."""
    admit: Literal["known", "anyone"] = "known"
    """`known`: only users of the store; `anyone`: whomever the provider vouches for."""
    timeout: Duration = Duration(5)
    """Longest time for asking it."""
    tls: TlsSettings | None = None
    """Whom to trust when asking it, where `outbound.tls` is not right."""


class AuthorizationSettings(Settings):
    """The built-in authorization server (OAuth 2.1): MCP clients log people in with nothing else installed."""

    access_token: Duration = Duration(600)
    """How long an access token is good."""
    idle: Duration = Duration(30 * 86400)
    """A login that is not used for so long ends."""
    life: Duration = Duration(90 * 86400)
    """A login ends after this in any case."""
    grace: Duration = Duration(60)
    """The refresh token before the present one still gets the present one for so long, for a client whose network
    failed at the wrong moment; later it proves a theft, and ends the login."""
    key_life: Duration = Duration(30 * 86400)
    """The key that signs tokens is exchanged after this."""
    registration: bool = True
    """Let clients register themselves (RFC 7591), for those that know no client metadata documents."""
    max_clients: int = 1000
    """Most clients that registered themselves; those nobody logged in with are forgotten after a day, or
    sooner if further ones need their room."""
    client_documents: bool = True
    """Take clients whose id is the `https://` address of a document that describes them."""
    clients: dict[str, ClientSettings] = {}
    """Clients known beforehand, by client id."""
    trust: tuple[TrustSettings, ...] = ()
    """Identity providers whose assertions (ID-JAG) are taken in place of a login."""

    def __post_init__(self) -> None:
        if not 30 <= self.access_token <= 86400:
            raise ValueError("`access_token` lies between 30s and 1d")
        if not self.access_token <= self.idle <= self.life:
            raise ValueError("`access_token`, `idle` and `life` are each no longer than the next")
        if not 0 <= self.grace <= 3600:
            raise ValueError("`grace` is at most 1h")
        if not self.key_life >= 3600:
            raise ValueError("`key_life` is at least 1h")
        for name in self.clients:
            if not _NAME.fullmatch(name):
                raise ValueError(f"client {name!r}: a client id has 1 to 64 of A-Z a-z 0-9 _ . -")
