"""The addresses of the portal: a closed list, and nothing else of the gateway is public."""

from collections.abc import Iterable

from msgspec import Struct

from trigate.portal.settings import PortalSettings

READ = ("GET",)
ASKED = ("POST", "OPTIONS")
FORM = ("GET", "POST")
SHOWN = ("GET", "OPTIONS")


class Address(Struct, frozen=True):
    """One public page."""

    page: str
    """The file in `pages` that serves it."""
    path: str
    """The path; one that ends in `/*` stands for everything below it, too."""
    methods: tuple[str, ...] = READ


ALWAYS = (
    Address("client_document", "/connect/client.json", SHOWN),
    Address("connect_return", "/connect/callback"),
    Address("connect_key", "/connect/key/*", FORM),
    Address("connect", "/connect/*", FORM),
    Address("protected_resource", "/.well-known/oauth-protected-resource", SHOWN),
    Address("protected_resource", "/.well-known/oauth-protected-resource/*", SHOWN),
    Address("login", "/oauth/login", FORM),
    Address("logout", "/oauth/logout", FORM),
)
SERVER = (
    Address("authorization_server", "/.well-known/oauth-authorization-server", SHOWN),
    Address("authorization_server", "/.well-known/openid-configuration", SHOWN),
    Address("key_set", "/oauth/keys", SHOWN),
    Address("authorize", "/oauth/authorize", FORM),
    Address("token", "/oauth/token", ASKED),
    Address("revoke", "/oauth/revoke", ASKED),
)
PROVIDERS = (Address("provider_login", "/oauth/login/*"), Address("provider_login", "/oauth/callback"))
REGISTRATION = (Address("register", "/oauth/register", ASKED),)


def addresses(settings: PortalSettings) -> tuple[Address, ...]:
    """The public pages of this configuration."""
    found = ALWAYS if not settings.login.providers else (*ALWAYS, *PROVIDERS)
    server = settings.authorization_server
    if server is None:
        return found
    return (*found, *SERVER, *(REGISTRATION if server.registration else ()))


class Places:
    """Finds the page of a path."""

    __slots__ = ("_below", "_exact")

    def __init__(self, known: Iterable[Address]) -> None:
        self._exact = {each.path.encode(): each for each in known if not each.path.endswith("/*")}
        self._below = [(each.path.removesuffix("*").encode(), each) for each in known if each.path.endswith("/*")]

    def find(self, path: bytes) -> Address | None:
        """The page at this path, None if it is not the portal's."""
        found = self._exact.get(path)
        if found is not None:
            return found
        return next((each for beginning, each in self._below if path.startswith(beginning)), None)
