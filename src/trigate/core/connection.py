"""What somebody allowed the gateway to do in their name at another server, as the store lists it."""

from urllib.parse import quote

from msgspec import Struct

from trigate.core.principal import Principal


class Subject(Struct, frozen=True):
    """Whose a connection is: a user's, a team's, an agent's, or the gateway's own."""

    organisation: str = ""
    team: str = ""
    user: str = ""
    key: str = ""
    """A credential of nobody in particular, which is taken for a person of its own; beside a user, the one that named
    it as the end user for whom it acts."""
    agent: str = ""
    """A program with a name of its own, whichever key it comes with: no key of the same name is taken for it."""

    @property
    def name(self) -> str:
        """What tells subjects apart: no two of them spell alike."""
        parts = [self.organisation]
        if self.user:
            parts += ["end", self.key, self.user] if self.key else ["user", self.user]
        elif self.team:
            parts += ["team", self.team]
        elif self.agent:
            parts += ["agent", self.agent]
        elif self.key:
            parts += ["key", self.key]
        else:
            return "gateway"
        return "/".join(quote(each, safe=" @") for each in parts)

    @property
    def logs_in(self) -> bool:
        """Whether it is somebody whom the gateway itself can ask who they are."""
        return bool(self.user or self.team) and not self.key and not self.agent

    @property
    def shown(self) -> str:
        """How people are told whose it is."""
        if self.user:
            return f"user {self.user}" + (f" of {self.key}" if self.key else "")
        if self.team:
            return f"team {self.team}"
        if self.agent:
            return f"agent {self.agent}"
        return f"key {self.key}" if self.key else "the gateway"


GATEWAY = Subject()
"""Everybody shares what is the gateway's own."""


def person(principal: Principal) -> Subject:
    """Who calls: the end user if there is one, else the agent's or key's own name."""
    organisation = principal.organisation
    if principal.on_behalf_of:
        return Subject(organisation, user=principal.on_behalf_of, key=principal.key)
    if principal.user:
        return Subject(organisation, user=principal.user)
    if principal.agent:
        return Subject(organisation, agent=principal.agent)
    return Subject(organisation, key=principal.key)


class Connection(Struct, frozen=True, kw_only=True):
    """One connection; what proves it lies sealed beside it."""

    id: str
    server: str
    """The configured name of the server it is for."""
    subject: str
    """`Subject.name`."""
    kind: str
    """`oauth`, or `key` for one that its owner gave."""
    organisation: str = ""
    team: str = ""
    user: str = ""
    issuer: str = ""
    """The authorization server that gave the tokens; empty for keys."""
    scope: str = ""
    """What was granted, as far as it was said."""
    created: int = 0
    """Nanoseconds since the epoch."""
    changed: int = 0
