"""What can be asked for tokens: the endpoints of the mcp lane, each a protected resource of its own (RFC 9728)."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct


class Resource(Struct, frozen=True):
    """One endpoint."""

    path: str
    """Such as `/mcp/engineering`."""
    servers: tuple[str, ...] = ()
    """Names of the servers behind it, for people to read."""
    scopes: tuple[str, ...] = ()
    """What tokens for it can be limited to."""
    issuers: tuple[str, ...] = ()
    """Whose tokens are accepted, beside those of the gateway itself."""
    shows: Callable[[str, str], bool] | None = None
    """Whether a server's tool is shown there; None if all are."""


class Resources:
    """All of them, by their identifier: the gateway's address and the path (RFC 8707)."""

    __slots__ = ("_known", "_url")

    def __init__(self, url: str, known: Iterable[Resource]) -> None:
        self._url = url
        self._known: Mapping[str, Resource] = {url + each.path: each for each in known}

    def identifier(self, resource: Resource) -> str:
        """What tokens for it name as their audience."""
        return self._url + resource.path

    def find(self, identifier: str) -> Resource | None:
        """The endpoint of this identifier; a slash at its end is forgiven, since clients differ there."""
        return self._known.get(identifier) or self._known.get(identifier.removesuffix("/"))

    def at(self, path: str) -> Resource | None:
        """The endpoint at this path."""
        return self._known.get(self._url + path)
