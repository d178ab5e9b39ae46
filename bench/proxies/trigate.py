"""Trigate with one worker, all three lanes, and what a default installation does: keys, access, records."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bench import port
from bench.leg import LEGS, Leg
from bench.message import SECRET
from bench.site import Site


class Trigate:
    """The product, driven from outside by its command and its file."""

    name = "Trigate"

    def ports(self) -> Mapping[Leg, int]:
        """One port for everything."""
        number = port.free()
        return {leg: number for leg in LEGS}

    def command(self, site: Site) -> list[str]:
        """Write trigate.yaml."""
        config = site.write("trigate.yaml", yaml.safe_dump(render(site), sort_keys=False))
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
        "api": {"routes": {leg.name: _route(leg, site) for leg in LEGS if leg.kind == "page"}},
        "llm": _llm(site),
        "mcp": {"servers": {leg.name: {"url": f"{site.url(leg)}/mcp"} for leg in LEGS if leg.kind == "tool"}},
    }


def _inbound(site: Site) -> dict[str, Any]:
    address = f"127.0.0.1:{site.listen[LEGS[0]]}"
    if not site.tls:
        return {"listen": address}
    files = {"certificate_file": str(site.certificate.chain), "key_file": str(site.certificate.key)}
    return {"listen": {"address": address, "tls": {"certificates": [files]}}}


def _policy() -> dict[str, Any]:
    return {
        "authenticators": [{"kind": "api_key"}, {"kind": "anonymous", "lanes": ["api"]}],
        "keys": {"bench": {"secret": SECRET, "lanes": ["api", "llm", "mcp"]}},
    }


def _route(leg: Leg, site: Site) -> dict[str, Any]:
    return {"match": {"path": f"/{leg.name}/*"}, "targets": [site.url(leg)]}


def _llm(site: Site) -> dict[str, Any]:
    legs = [leg for leg in LEGS if leg.kind in ("chat", "stream")]
    providers = {
        leg.name: {"kind": "openai", "base_url": f"{site.url(leg)}/v1", "api_key": "sk-upstream"} for leg in legs
    }
    models = {leg.name: {"targets": [f"{leg.name}/gpt-4o"]} for leg in legs}
    idle = {f"idle{leg.name}": {"targets": [f"{leg.name}/idle"]} for leg in legs if leg.kind == "stream"}
    return {"providers": providers, "models": models | idle}
