"""HAProxy with one thread, no log, upstream connections shared and kept."""

from __future__ import annotations

from bench.leg import Leg
from bench.process import require
from bench.proxy import Peer
from bench.site import Site

_PREAMBLE = """\
global
  nbthread 1
  maxconn 8192
defaults
  mode http
  no log
  option http-keep-alive
  option http-no-delay
  http-reuse always
  timeout connect 5s
  timeout client 600s
  timeout server 600s
"""


class Haproxy(Peer):
    """A second yardstick in C."""

    name = "HAProxy"

    def command(self, site: Site) -> list[str]:
        """Write haproxy.cfg."""
        return [require("haproxy"), "-db", "-f", site.write("haproxy.cfg", render(site))]


def render(site: Site) -> str:
    """haproxy.cfg with one frontend and one backend for each leg."""
    return _PREAMBLE + "".join(_pair(leg, site) for leg in site.listen)


def _pair(leg: Leg, site: Site) -> str:
    inbound = f" ssl crt {site.certificate.bundle}" if site.tls else ""
    trust = f"ca-file {site.certificate.authority} sni str(localhost) verifyhost localhost"
    outbound = f" ssl verify required {trust}" if leg.tls else ""
    return f"""\
frontend in{leg.name}
  bind 127.0.0.1:{site.listen[leg]} backlog 4096{inbound}
  default_backend {leg.name}
backend {leg.name}
  server one 127.0.0.1:{site.upstream[leg]} pool-max-conn 4096{outbound}
"""
