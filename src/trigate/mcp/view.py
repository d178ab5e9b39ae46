"""What one endpoint shows of the servers, and under which names."""

import re
from collections.abc import Callable, Sequence

from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.settings import Endpoint, McpSettings

SEPARATOR = "__"
_REMEMBERED = 4096
"""Names whose answer is remembered; the names come from callers, so there is an end to it."""


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
        self._allow = _matcher(settings.allow if settings else ())
        self._deny = _matcher(settings.deny if settings else ())
        self._known: dict[str, bool] = {}

    def shows(self, server: str, kind: str, name: str) -> bool:
        """Whether callers of this endpoint see a server's thing; `kind` is tool, resource or prompt."""
        if self._allow is None and self._deny is None:
            return True
        full = f"server/{server}/{kind}/{name}"
        known = self._known.get(full)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[full] = self._decide(full)
        return known

    def _decide(self, full: str) -> bool:
        if self._deny is not None and self._deny(full):
            return False
        return self._allow is None or bool(self._allow(full))

    def expose(self, server: str, name: str) -> str:
        """The name under which a server's tool or prompt is shown: a function of the configuration alone."""
        return f"{server}{SEPARATOR}{name}" if self.prefix else name

    def owner(self, exposed: str, kind: str) -> tuple[str, str]:
        """Server and own name behind a shown name; raises Fault."""
        server, name = self._split(exposed)
        if not name or server not in self.servers or not self.shows(server, kind, name):
            raise Fault(INVALID_PARAMS, f"unknown {kind}: {exposed[:200]}")
        return server, name

    def _split(self, exposed: str) -> tuple[str, str]:
        if not self.prefix:
            return self.servers[0], exposed
        server, _, name = exposed.partition(SEPARATOR)
        return server, name


def views(settings: McpSettings) -> list[View]:
    """Every endpoint, first the one that shows every server."""
    scoped = [View(name, endpoint.servers, endpoint) for name, endpoint in settings.endpoints.items()]
    return [View("", tuple(settings.servers)), *scoped]


def _matcher(globs: Sequence[str]) -> Callable[[str], re.Match[str] | None] | None:
    if not globs:
        return None
    return re.compile("|".join(_pattern(each) for each in globs), re.DOTALL).fullmatch


def _pattern(glob: str) -> str:
    """`S/T` is short for `server/S/*/T`; `*` stands for any text, `/` included."""
    if not glob.startswith("server/"):
        server, _, name = glob.partition("/")
        glob = f"server/{server}/*/{name or '*'}"
    return ".*".join(re.escape(each) for each in glob.split("*"))
