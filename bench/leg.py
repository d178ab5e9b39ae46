"""The legs to the upstreams: which upstream, in plain or with TLS."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["page", "chat", "stream", "tool"]
KINDS: tuple[Kind, ...] = ("page", "chat", "stream", "tool")


class Leg(NamedTuple):
    """One upstream address as a proxy sees it."""

    kind: Kind
    tls: bool

    @property
    def name(self) -> str:
        """A word that is valid as a name in every proxy's configuration."""
        return f"{self.kind}{'tls' if self.tls else ''}"

    @property
    def scheme(self) -> str:
        """The scheme of its URL."""
        return "https" if self.tls else "http"


LEGS = tuple(Leg(kind, tls) for kind in KINDS for tls in (False, True))
