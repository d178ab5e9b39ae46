"""To which calls a limit applies: by who calls, and by what the call does to which resource."""

from collections.abc import Sequence

from msgspec import Struct

from trigate.core.action import Action
from trigate.core.principal import Principal
from trigate.policy.glob import Globs

LANES = frozenset({"api", "llm", "mcp"})


class Deed(Struct, frozen=True, eq=False):
    """What a call does: one entry of `on`."""

    action: Globs
    resource: Globs | None

    def fits(self, action: Action) -> bool:
        """Whether it is this."""
        return self.action.fit(action.name) and (self.resource is None or self.resource.fit(action.resource))


class Selector(Struct, frozen=True, eq=False):
    """Fits if each part does; a part that was not written fits everything."""

    deeds: tuple[Deed, ...] = ()
    who: tuple[tuple[str, Globs], ...] = ()
    """Fields of the principal, and what they must be."""
    roles: Globs | None = None
    resources: Globs | None = None
    organisation: str = ""
    """The only organisation it may concern; of limits that belong to one."""

    def fits(self, principal: Principal, action: Action) -> bool:
        """Whether the limit applies to what this caller does here."""
        if self.organisation and principal.organisation != self.organisation:
            return False
        return (
            (not self.deeds or any(each.fits(action) for each in self.deeds))
            and all(globs.fit(getattr(principal, name)) for name, globs in self.who)
            and (self.roles is None or any(map(self.roles.fit, principal.roles)))
            and (self.resources is None or self.resources.fit(action.resource))
        )


def deed(text: str) -> Deed:
    """`LANE`, or `ACTION` with globs, each with an optional `RESOURCE`; raises ValueError for anything else."""
    words = text.split()
    if not 1 <= len(words) <= 2:
        raise ValueError(f"{text!r} is not a lane, or an action such as mcp.tools.call, with at most one resource")
    name, *resource = words
    if "." not in name and "*" not in name and name not in LANES:
        raise ValueError(f"{name!r} is neither a lane ({', '.join(sorted(LANES))}) nor an action such as llm.chat")
    return Deed(Globs([f"{name}.*" if name in LANES else name]), Globs(resource) if resource else None)


def resources(**globs: Sequence[str]) -> Globs | None:
    """Globs of whole resources for names of models, servers, tools and routes; None if there are no names."""
    patterns = {"model": "model/{}", "server": "server/{}/*", "tool": "server/{}/tool/{}", "route": "route/{}"}
    found = [patterns[kind].format(*_parts(kind, name)) for kind, names in globs.items() for name in names]
    return Globs(found) if found else None


def _parts(kind: str, name: str) -> tuple[str, ...]:
    if kind != "tool":
        return (name,)
    server, slash, tool = name.partition("/")
    return (server, tool) if slash else ("*", name)
