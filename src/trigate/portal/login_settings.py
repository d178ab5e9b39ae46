"""How people prove to the portal who they are."""

import re
from typing import Literal

from trigate.core.settings import Duration, Secret, Settings
from trigate.outbound.settings import TlsSettings

_NAME = re.compile(r"[a-z0-9-]{1,32}")


class ProviderSettings(Settings):
    """An OpenID provider at which people log in (authorization code flow with PKCE)."""

    issuer: str
    """Its issuer identifier; keys and endpoints are found by its description (OpenID Connect Discovery 1.0)."""
    client_id: str
    """Under which it knows this gateway; the redirect URI to register there is `PORTAL_URL/oauth/callback`."""
    client_secret: Secret | None = None
    """The client's secret; left out for a public client."""
    title: str = ""
    """What the button says; by default the provider's name here."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    """What is asked for."""
    user: str = "email"
    """Claim of the ID token with the name of the user. An address that the provider has not verified is refused."""
    admit: Literal["known", "anyone"] = "known"
    """`known`: only users of the store (`trigate users`); `anyone`: whomever the provider lets in."""
    timeout: Duration = Duration(5)
    """Longest time for asking it."""
    tls: TlsSettings | None = None
    """Whom to trust when asking it, where `outbound.tls` is not right."""

    def __post_init__(self) -> None:
        if not self.issuer.startswith(("https://", "http://")):
            raise ValueError("`issuer` is a URL")
        if "openid" not in self.scopes:
            raise ValueError("`scopes` includes `openid`: without it there is no ID token")


class LoginSettings(Settings):
    """Ways for people to log in at the portal."""

    passwords: bool = True
    """Users of the store may log in with the password set by `trigate users password`."""
    keys: bool = True
    """Whoever holds an API key of a user may log in with it; what the key may not, that login may not either."""
    providers: dict[str, ProviderSettings] = {}
    """OpenID providers by name."""
    session: Duration = Duration(8 * 3600)
    """How long a browser is known after logging in."""

    def __post_init__(self) -> None:
        for name in self.providers:
            if not _NAME.fullmatch(name) or name in ("password", "key"):
                raise ValueError(f"provider {name!r}: a name has 1 to 32 of a-z 0-9 -, and is not `password` or `key`")
        if not 60 <= self.session <= 30 * 86400:
            raise ValueError("`session` lies between 1m and 30d")
