"""Where a proxy runs: its directory, its ports, the upstreams' ports and the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.certificate import Certificate
from bench.leg import Leg


@dataclass(frozen=True)
class Site:
    """What a proxy's configuration is rendered from. `tls` asks for TLS towards the callers too."""

    directory: Path
    listen: Mapping[Leg, int]
    upstream: Mapping[Leg, int]
    certificate: Certificate
    tls: bool = False

    def url(self, leg: Leg) -> str:
        """The upstream's address; a name, not a number, so that its certificate can be verified."""
        return f"{leg.scheme}://{'localhost' if leg.tls else '127.0.0.1'}:{self.upstream[leg]}"

    def write(self, name: str, text: str) -> str:
        """Write a file of the proxy and return its path."""
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return str(path)
