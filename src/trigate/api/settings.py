"""Settings of the api lane: routes, and the services they lead to."""

import re
from ipaddress import ip_network
from typing import Literal

from trigate.core.settings import Settings, Size
from trigate.outbound.credential import Credential
from trigate.outbound.settings import Timeouts, TlsSettings

_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class RouteMatch(Settings):
    """What a request must look like to take a route; everything given must hold."""

    path: str = "/*"
    """`/a` exactly; `/a/*` for `/a` and all below; `/a/{id}` with a parameter for one segment; `regex: /v[0-9]+/` for
    the rest, matched from the start of the path, to its end only if the expression ends in `$`.
    """
    host: str = ""
    """Host name without port, or `*.example.com` for all names below; empty for any."""
    methods: tuple[str, ...] = ()
    """Methods such as `GET`; empty for any. `GET` includes `HEAD`."""
    headers: dict[str, str] = {}
    """Header fields and the value each must have; `*` for any value."""
    query: dict[str, str] = {}
    """Query parameters and the value each must have; `*` for any value."""

    def __post_init__(self) -> None:
        if self.path.startswith("regex:"):
            _compile(self.path.removeprefix("regex:").strip())
        elif not self.path.startswith("/"):
            raise ValueError("a path starts with `/` or with `regex:`")
        elif "*" in self.path.removesuffix("/*"):
            raise ValueError("`*` may stand only as the last segment of a path")
        elif not self.path.isascii() or any(c in self.path for c in " ?#\\"):
            raise ValueError("a path is written as it is sent: percent-encoded ASCII without `?`, `#`, `\\` or spaces")
        for name in self.headers:
            if not _FIELD_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a header field")


class Service(Settings):
    """One place a route leads to."""

    url: str
    """`http://`, `https://` or `unix:`; a path in it is put before the request's own."""
    weight: int = 1
    """Share of the traffic relative to the other targets; 0 takes it out, but keeps it for when the others fail."""

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError("a weight is 0 or more")


class Route(Settings):
    """A kind of request and where it goes."""

    targets: tuple[str | Service, ...]
    """The services, as URLs or as `{url, weight}`."""
    match: RouteMatch = RouteMatch()
    """Which requests take this route; the most specific route wins."""
    strip_prefix: str = ""
    """Taken off the front of the path before the request goes on, for example `/orders`."""
    rewrite: str = ""
    """The path sent on instead: `{name}` stands for a parameter of the match, `{*}` for what `/*` covered."""
    preserve_host: bool = False
    """Send the caller's Host instead of the target's."""
    upgrade: tuple[str, ...] = ()
    """Protocols the caller may upgrade to, such as `websocket`; any other upgrade is served as plain HTTP."""
    max_body: Size | None = None
    """Most bytes of a request body; bodies are never buffered, so none by default."""
    timeouts: Timeouts | None = None
    """Deadlines of the phases towards the service, in place of `outbound.timeouts`."""
    tls: TlsSettings | None = None
    """Verification and client certificate towards the service, in place of `outbound.tls`."""
    record: bool = True
    """Whether a call that ends well leaves a record in the access log and the ledger; what is refused or fails, and
    what a budget is charged for, always does. Turn it off where nobody is ever asked who did what, such as pictures.
    """
    credential: Credential | None = None
    """How the gateway proves itself to the services; a caller's own fields of the same names are not passed on."""

    def __post_init__(self) -> None:
        if not self.targets:
            raise ValueError("a route needs at least one target")
        if self.credential is not None:
            self.credential.check_is_common()
        if self.strip_prefix and self.rewrite:
            raise ValueError("use either strip_prefix or rewrite")
        if self.strip_prefix and not self.strip_prefix.startswith("/"):
            raise ValueError("strip_prefix starts with `/`")
        if self.rewrite and not self.rewrite.startswith("/"):
            raise ValueError("rewrite starts with `/`")
        if all(isinstance(each, Service) and each.weight == 0 for each in self.targets):
            raise ValueError("at least one target needs a weight above 0")
        known = {*re.findall(r"\{(\w+)\}", self.match.path), "*"}
        unknown = sorted(set(re.findall(r"\{([^}]*)\}", self.rewrite)) - known)
        if unknown:
            raise ValueError(f"rewrite uses {{{unknown[0]}}}, which the path does not capture")


class ApiSettings(Settings):
    """Service traffic."""

    routes: dict[str, Route] = {}
    """Routes by name; the name is what access rules and records show."""
    forwarded: Literal["x-forwarded", "forwarded", "both", "none"] = "x-forwarded"
    """How a service learns of the caller: `x-forwarded-*`, `forwarded` (RFC 7239), both or neither."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks such as `10.0.0.0/8` whose `x-forwarded-*` and `forwarded` are kept; those of all others are dropped."""

    def __post_init__(self) -> None:
        for network in self.trusted_proxies:
            ip_network(network)


def _compile(pattern: str) -> None:
    try:
        re.compile(pattern.encode())
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
