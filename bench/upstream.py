"""Starts the upstreams of a run: nginx for canned answers, two small Python servers for streams and tools."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path

from bench import message, port
from bench.certificate import Certificate
from bench.leg import LEGS, Leg
from bench.process import running
from bench.program import program
from bench.proxies import nginx
from bench.site import Site

CANNED = {"page": ("text/plain", message.PLAIN_ANSWER), "chat": ("application/json", message.chat_answer())}


@contextlib.contextmanager
def upstreams(directory: Path, certificate: Certificate, core: int | None) -> Generator[Mapping[Leg, int]]:
    """All upstreams, accepting, and the port of each leg."""
    ports = {leg: port.free() for leg in LEGS}
    site = Site(directory, ports, ports, certificate)
    with contextlib.ExitStack() as stack:
        stack.enter_context(running(nginx.command(site, render(site)), directory, core))
        for kind, module in (("stream", "chat"), ("tool", "tool")):
            pair = [str(ports[leg]) for leg in LEGS if leg.kind == kind]
            stack.enter_context(running(_python(module, pair, certificate), directory, core))
        for number in ports.values():
            port.wait(number, 10)
        yield ports


def render(site: Site) -> str:
    """nginx.conf of the canned answers."""
    return nginx.preamble() + "".join(_server(leg, site) for leg in LEGS if leg.kind in CANNED) + "}\n"


def _server(leg: Leg, site: Site) -> str:
    kind, text = CANNED[leg.kind]
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    listen = nginx.listener(site.listen[leg], site, tls=leg.tls)
    return f"  server {{ {listen} location / {{ default_type {kind}; return 200 '{quoted}'; }} }}\n"


def _python(module: str, ports: list[str], certificate: Certificate) -> list[str]:
    files = ["--chain", str(certificate.chain), "--key", str(certificate.key)]
    return [*program(module), *ports, *files]
