"""What one endpoint shows of the servers, and under which names."""

from collections.abc import Mapping, Sequence

from trigate.core.wildcard import fits
from trigate.mcp.fault import INVALID_PARAMS, Fault
from trigate.mcp.naming import LONGEST, is_coded, shown_name
from trigate.mcp.settings import Endpoint, McpSettings
from trigate.mcp.shape import Shape, shapes
from trigate.mcp.tool_settings import Tool

SEPARATOR = "__"
_REMEMBERED = 4096
"""Names whose answer is remembered; the names come from callers, so there is an end to it."""
_LONGEST_REMEMBERED = 512
"""Letters of a name that is remembered, so that the end is one in bytes, too."""
Shapes = Mapping[tuple[str, str], Shape]
"""By server and own name."""


class View:
    """An endpoint: its servers in order, and of each what it shows."""

    __slots__ = (
        "_allow",
        "_deny",
        "_included",
        "_known",
        "_own_servers",
        "_renamed",
        "_shapes",
        "instructions",
        "longest",
        "name",
        "prefix",
        "resource",
        "route",
        "servers",
        "several",
    )

    def __init__(
        self,
        name: str,
        servers: Sequence[str],
        settings: Endpoint | None = None,
        shapes: Shapes | None = None,
        included: "Sequence[View]" = (),
        longest: int = LONGEST,
    ) -> None:
        """Raises ValueError if two tools of a server are to have one name."""
        self.name = name
        self.route = f"mcp/{name}" if name else "mcp"
        self.resource = f"endpoint/{name or '*'}"
        """What actions that concern no single server are about."""
        self._own_servers: tuple[str, ...] = tuple(servers)
        self._included: tuple[View, ...] = tuple(included)
        further: list[str] = [server for each in included for server in each.servers]
        self.servers: tuple[str, ...] = tuple(dict.fromkeys([*servers, *further]))
        self.instructions = settings.instructions if settings is not None else ""
        """What callers are told to begin with."""
        self.several = len(self.servers) > 1
        self.prefix = settings is None or settings.prefix
        self.longest = longest
        """Letters of a name that is shown."""
        self._allow = _patterns(settings.allow if settings else ())
        self._deny = _patterns(settings.deny if settings else ())
        self._known: dict[str, bool] = {}
        self._shapes: dict[tuple[str, str], Shape] = {}
        for each in included:
            self._shapes |= each._shapes
        self._shapes |= shapes or {}
        self._renamed = _renamed(self._shapes)

    @property
    def paths(self) -> tuple[bytes, bytes]:
        """Where callers find it."""
        path = b"/" + self.route.encode()
        return path, path + b"/"

    def shows(self, server: str, kind: str, name: str) -> bool:
        """Whether callers of this endpoint see a server's thing; `kind` is tool, resource or prompt."""
        if not (self._allow or self._deny or self._included):
            return True
        full = f"server/{server}/{kind}/{name}"
        if len(full) > _LONGEST_REMEMBERED:
            return self._decide(full, server, kind, name)
        known = self._known.get(full)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[full] = self._decide(full, server, kind, name)
        return known

    def _decide(self, full: str, server: str, kind: str, name: str) -> bool:
        if any(fits(full, each, 0) for each in self._deny):
            return False
        if server in self._own_servers and (not self._allow or any(fits(full, each, 0) for each in self._allow)):
            return True
        return any(server in each.servers and each.shows(server, kind, name) for each in self._included)

    def shape(self, server: str, tool: str) -> Shape | None:
        """How a tool is shown, None if as its server shows it."""
        return self._shapes.get((server, tool)) if self._shapes else None

    def expose(self, server: str, name: str, kind: str = "tool") -> str:
        """The name under which a tool or prompt is shown: a function of the configuration and its own name alone."""
        prefix = f"{server}{SEPARATOR}" if self.prefix else ""
        if kind != "tool" or not self._shapes:
            return shown_name(prefix, name, self.longest)
        shape = self._shapes.get((server, name))
        if shape is not None and shape.rename:
            return shown_name(prefix, shape.rename, self.longest)
        return shown_name(prefix, name, self.longest, taken=(server, name) in self._renamed)

    def owner(self, exposed: str, kind: str) -> tuple[str, str]:
        """Server and own name behind a shown name; raises Fault.

        The own name is empty if only the server's list can tell it.
        """
        server, shown = self.split(exposed)
        if not shown or server not in self.servers:
            raise unknown(exposed, kind)
        name = self._renamed.get((server, shown), shown) if kind == "tool" else shown
        if self.expose(server, name, kind) != exposed:
            if is_coded(shown):
                return server, ""
            raise unknown(exposed, kind)
        if not self.shows(server, kind, name):
            raise unknown(exposed, kind)
        return server, name

    def split(self, exposed: str) -> tuple[str, str]:
        """Server and the rest of a shown name, whether there are such or not."""
        if not self.prefix:
            return self.servers[0], exposed
        server, _, name = exposed.partition(SEPARATOR)
        return server, name


def unknown(exposed: str, kind: str) -> Fault:
    """Nothing is shown under this name."""
    return Fault(INVALID_PARAMS, f"unknown {kind}: {exposed[:200]}")


def views(settings: McpSettings) -> list[View]:
    """Every endpoint, first the one that shows every server."""
    every = View("", tuple(settings.servers), None, _shapes(settings, settings.servers, {}), (), settings.longest_name)
    made: dict[str, View] = {}
    for name in settings.endpoints:
        _make(settings, name, made)
    return [every, *(made[name] for name in settings.endpoints)]


def _make(settings: McpSettings, name: str, made: dict[str, View]) -> View:
    if name not in made:
        endpoint = settings.endpoints[name]
        included = [_make(settings, each, made) for each in endpoint.include]
        own = _shapes(settings, endpoint.servers, endpoint.tools)
        made[name] = View(name, endpoint.servers, endpoint, own, included, settings.longest_name)
    return made[name]


def _shapes(settings: McpSettings, servers: Sequence[str] | Mapping[str, object], tools: Mapping[str, Tool]) -> Shapes:
    found: dict[tuple[str, str], Shape] = {}
    for server in dict.fromkeys([*servers, *(each.partition("/")[0] for each in tools)]):
        own = {name.partition("/")[2]: each for name, each in tools.items() if name.startswith(f"{server}/")}
        configured = settings.servers[server].tools
        found |= {(server, name): shape for name, shape in shapes(configured, own).items()}
    return found


def _renamed(shapes: Shapes) -> dict[tuple[str, str], str]:
    """The tool behind each new name."""
    found: dict[tuple[str, str], str] = {}
    for (server, own), shape in shapes.items():
        if shape.rename and found.setdefault((server, shape.rename), own) != own:
            both = f"{found[server, shape.rename]!r} and {own!r}"
            raise ValueError(f"tools {both} of server {server!r} are both renamed to {shape.rename!r}")
    return found


def _patterns(globs: Sequence[str]) -> list[list[str]]:
    return [_pieces(each) for each in globs]


def _pieces(glob: str) -> list[str]:
    """`S/T` is short for `server/S/*/T`; `*` stands for any text, `/` included."""
    if not glob.startswith("server/"):
        server, _, name = glob.partition("/")
        glob = f"server/{server}/*/{name or '*'}"
    return glob.split("*")
