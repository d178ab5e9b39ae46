"""What one endpoint shows of the servers, and under which names."""

from collections.abc import Sequence

from trigate.core.wildcard import fits
from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.settings import Endpoint, McpSettings

SEPARATOR = "__"
_REMEMBERED = 4096
"""Names whose answer is remembered; the names come from callers, so there is an end to it."""
_LONGEST_REMEMBERED = 512
"""Letters of a name that is remembered, so that the end is one in bytes, too."""


class View:
    """An endpoint: its servers in order, and of each what it shows."""

    __slots__ = ("_allow", "_deny", "_known", "name", "prefix", "resource", "route", "servers")

    def __init__(self, name: str, servers: Sequence[str], settings: Endpoint | None = None) -> None:
        self.name = name
        self.route = f"mcp/{name}" if name else "mcp"
        self.resource = f"endpoint/{name or '*'}"
        """What actions that concern no single server are about."""
        self.servers = tuple(servers)
        self.prefix = settings is None or settings.prefix
        self._allow = _patterns(settings.allow if settings else ())
        self._deny = _patterns(settings.deny if settings else ())
        self._known: dict[str, bool] = {}

    def shows(self, server: str, kind: str, name: str) -> bool:
        """Whether callers of this endpoint see a server's thing; `kind` is tool, resource or prompt."""
        if not self._allow and not self._deny:
            return True
        full = f"server/{server}/{kind}/{name}"
        if len(full) > _LONGEST_REMEMBERED:
            return self._decide(full)
        known = self._known.get(full)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[full] = self._decide(full)
        return known

    def _decide(self, full: str) -> bool:
        if any(fits(full, each, 0) for each in self._deny):
            return False
        return not self._allow or any(fits(full, each, 0) for each in self._allow)

    def expose(self, server: str, name: str) -> str:
        """The name under which a server's tool or prompt is shown: a function of the configuration alone."""
        return f"{server}{SEPARATOR}{name}" if self.prefix else name

    def owner(self, exposed: str, kind: str) -> tuple[str, str]:
        """Server and own name behind a shown name; raises Fault."""
        server, name = self.split(exposed)
        if not name or server not in self.servers or not self.shows(server, kind, name):
            raise Fault(INVALID_PARAMS, f"unknown {kind}: {exposed[:200]}")
        return server, name

    def split(self, exposed: str) -> tuple[str, str]:
        """Server and own name as a shown name says them, whether there are such or not."""
        if not self.prefix:
            return self.servers[0], exposed
        server, _, name = exposed.partition(SEPARATOR)
        return server, name


def views(settings: McpSettings) -> list[View]:
    """Every endpoint, first the one that shows every server."""
    scoped = [View(name, endpoint.servers, endpoint) for name, endpoint in settings.endpoints.items()]
    return [View("", tuple(settings.servers)), *scoped]


def _patterns(globs: Sequence[str]) -> list[list[str]]:
    return [_pieces(each) for each in globs]


def _pieces(glob: str) -> list[str]:
    """`S/T` is short for `server/S/*/T`; `*` stands for any text, `/` included."""
    if not glob.startswith("server/"):
        server, _, name = glob.partition("/")
        glob = f"server/{server}/*/{name or '*'}"
    return glob.split("*")
