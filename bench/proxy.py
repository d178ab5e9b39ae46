"""What every proxy under measurement is: a name, ports and a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bench import port
from bench.leg import LEGS, Leg
from bench.load import CONNECTIONS
from bench.site import Site


class Proxy(Protocol):
    """One kind of proxy; `command` writes its configuration into the site and says how to run it."""

    name: str

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios it is measured in; all if empty."""
        ...

    @property
    def connections(self) -> int:
        """How many requests it is given at once; fewer for one that would answer none of them in time."""
        ...

    @property
    def least_seconds(self) -> float:
        """The shortest measurement that says something of it."""
        ...

    def ports(self) -> Mapping[Leg, int]:
        """The port on which callers reach each leg."""
        ...

    def command(self, site: Site) -> list[str]:
        """The command that serves the site in the foreground."""
        ...


class Peer:
    """A proxy that knows no lanes: one port for each upstream."""

    scenarios: tuple[str, ...] = ()
    connections = CONNECTIONS
    least_seconds = 0.0

    def ports(self) -> Mapping[Leg, int]:
        """A port of its own for each leg."""
        return {leg: port.free() for leg in LEGS}
