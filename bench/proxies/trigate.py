"""Trigate with one worker, all three lanes, and what a default installation does: keys, access, records."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import port
from bench.leg import LEGS, Leg
from bench.load import CONNECTIONS
from bench.message import GOVERNED, SECRET
from bench.program import program as upstream
from bench.site import Site


class Trigate:
    """The product, driven from outside by its command and its file."""

    connections = CONNECTIONS
    least_seconds = 0.0

    def __init__(self, name: str = "Trigate", *, workers: int = 1, keys: int = 1, rules: int = 1) -> None:
        """`keys` lie in the store beside the one that calls, `rules` in the file beside the one that lets it."""
        self.name = name
        self.scenarios: tuple[str, ...] = () if (workers, keys, rules) == (1, 1, 1) else ("governed",)
        self._workers = workers
        self._keys = keys
        self._rules = rules

    def ports(self) -> Mapping[Leg, int]:
        """One port for everything."""
        number = port.free()
        return {leg: number for leg in LEGS}

    def command(self, site: Site) -> list[str]:
        """Write trigate.yaml, and fill the store."""
        rendered = render(site)
        rendered["inbound"]["workers"] = self._workers
        rendered["policy"]["access"] += [_other_rule(number) for number in range(1, self._rules)]
        config = site.write("trigate.yaml", json.dumps(rendered))
        if self._keys > 1:
            _fill(site, self._keys)
        return [*program(), "serve", "-c", config]


def program() -> list[str]:
    """The installed command beside this interpreter, else the module."""
    beside = Path(sys.executable).parent / "trigate"
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "trigate"]


def render(site: Site) -> dict[str, Any]:
    """The configuration, with every route, model and server once in plain and once with TLS upstream."""
    return {
        "inbound": _inbound(site),
        "admin": {"listen": f"127.0.0.1:{port.free()}"},
        "outbound": {"tls": {"ca_file": str(site.certificate.authority)}},
        "policy": _policy(),
        "api": {"routes": _routes(site)},
        "llm": _llm(site),
        "mcp": {"servers": _servers(site)},
    }


def _servers(site: Site) -> dict[str, Any]:
    """For each leg a server of either era; those on pipes are the same for both."""
    servers: dict[str, Any] = {}
    for leg in LEGS:
        if leg.kind == "tool":
            servers[leg.name] = {"url": f"{site.url(leg)}/mcp"}
            servers[f"{leg.name}older"] = {"url": f"{site.url(leg)}/older", "era": "legacy"}
            servers[f"{leg.name}pipe"] = {"command": upstream("pipe")}
            servers[f"{leg.name}olderpipe"] = {"command": [*upstream("pipe"), "--older"], "era": "legacy"}
    return servers


def _inbound(site: Site) -> dict[str, Any]:
    address = f"127.0.0.1:{site.listen[LEGS[0]]}"
    if not site.tls:
        return {"listen": address}
    files = {"certificate_file": str(site.certificate.chain), "key_file": str(site.certificate.key)}
    return {"listen": {"address": address, "tls": {"certificates": [files]}}}


def _policy() -> dict[str, Any]:
    governed = {"secret": GOVERNED, "lanes": ["llm"], "team": "bench", "organisation": "bench"}
    plenty = 10**12
    return {
        "authenticators": [{"kind": "api_key"}, {"kind": "anonymous", "lanes": ["api"]}],
        "keys": {"bench": {"secret": SECRET, "lanes": ["api", "llm", "mcp"]}, "governed": governed},
        "access": [{"team": "bench", "allow": ["llm.* model/*"], "deny": ["llm.* model/secret-*"]}],
        "access_default": "allow",
        "limits": [
            {"kind": "rate", "key": "governed", "per": "key", "requests": plenty, "window": "1m"},
            {"kind": "rate", "key": "governed", "per": "team", "tokens": plenty, "window": "1m"},
            {"kind": "concurrency", "key": "governed", "per": "key", "max": 10_000},
            {"kind": "budget", "key": "governed", "per": "organisation", "usd": 10**6, "window": "month"},
        ],
    }


def _other_rule(number: int) -> dict[str, Any]:
    return {"team": f"team-{number}", "allow": [f"llm.* model/{number}-*"], "deny": [f"mcp.* server/{number}-*"]}


def _fill(site: Site, keys: int) -> None:
    """Put keys into the store before the gateway starts, in one transaction: the command makes one at a time."""
    program = (
        "import sys; from trigate.config.load import load; from trigate.store.store import Store\n"
        "from trigate.store.identity import Actor; from trigate.store.directory import Key\n"
        "store = Store(load(sys.argv[1]).store)\n"
        "rows = [Key(id='', name=f'key-{n}', prefix='', digest=b'') for n in range(int(sys.argv[2]))]\n"
        "store.change(Actor('bench'), lambda identity: [identity.create_key(row) for row in rows])\n"
    )
    command = [sys.executable, "-c", program, "trigate.yaml", str(keys)]
    subprocess.run(command, cwd=site.directory, check=True, timeout=300)


def _routes(site: Site) -> dict[str, Any]:
    """Each service twice: as the peers serve it, which write no log, and with a record of every call."""
    routes: dict[str, Any] = {}
    for leg in LEGS:
        if leg.kind == "page":
            routes[leg.name] = {"match": {"path": f"/{leg.name}/*"}, "targets": [site.url(leg)], "record": False}
            kept = {"match": {"path": f"/{leg.name}/kept/*"}, "targets": [site.url(leg)]}
            routes[f"{leg.name}-kept"] = kept
    return routes


def _llm(site: Site) -> dict[str, Any]:
    legs = [leg for leg in LEGS if leg.kind in ("chat", "stream")]
    providers = {
        leg.name: {"kind": "openai", "base_url": f"{site.url(leg)}/v1", "api_key": "sk-upstream"} for leg in legs
    }
    models = {leg.name: {"targets": [f"{leg.name}/gpt-4o"], "price": {"input": "2.50", "output": "10"}} for leg in legs}
    idle = {f"idle{leg.name}": {"targets": [f"{leg.name}/idle"]} for leg in legs if leg.kind == "stream"}
    return {"providers": providers, "models": models | idle}
