"""What the `portal` section of the configuration says: the gateway's own public address, and what is offered there."""

from urllib.parse import urlsplit

from trigate.core.settings import Settings
from trigate.portal.authorization_settings import AuthorizationSettings
from trigate.portal.login_settings import LoginSettings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class PortalSettings(Settings):
    """The lane of public pages: whoever asks is anonymous, and may ask only so often."""

    url: str
    """Address by which clients and browsers reach this gateway, such as `https://gateway.example`; `http://` only for
    this machine's own loopback. Tokens, redirects and metadata name it, so every machine of a gateway has the same."""
    visits: int = 120
    """Most requests to public pages per minute from one address (IPv6: one /64 network), in each worker."""

    login: LoginSettings = LoginSettings()
    """How people prove to the portal who they are."""

    authorization_server: AuthorizationSettings | None = None
    """The built-in authorization server; without it people can log in, but clients get no tokens here."""

    def __post_init__(self) -> None:
        check_origin(self.url)
        if self.visits < 1:
            raise ValueError("`visits` is at least 1: to close the pages, leave `portal` out")


def check_origin(url: str) -> None:
    """Raises ValueError for what is no origin, or one that others could listen to."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or url != f"{parts.scheme}://{parts.netloc}".lower():
        raise ValueError(
            "`url` is an origin in lower case such as https://gateway.example, with no path or final slash"
        )
    if parts.username is not None or parts.password is not None:
        raise ValueError("`url` carries no user or password")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("`url` begins with https://: what people prove themselves with must not travel in the open")
