"""Envoy without access log, with as many worker threads as what it is compared with has workers."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from bench.leg import Leg
from bench.process import require
from bench.proxy import Peer
from bench.site import Site

_TYPES = "type.googleapis.com/envoy.extensions"
_TLS = f"{_TYPES}.transport_sockets.tls.v3"
_MANAGER = f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = f"{_TYPES}.filters.http.router.v3.Router"


class Envoy(Peer):
    """The yardstick of governed traffic; Envoy itself runs without any policy here."""

    def __init__(self, name: str = "Envoy", *, workers: int = 1) -> None:
        """With more workers than one it is asked only what is asked of others with as many."""
        self.name = name
        self.scenarios = () if workers == 1 else ("governed",)
        self._workers = workers

    def command(self, site: Site) -> list[str]:
        """Write envoy.json; Envoy comes as a wheel, so its binary may lie beside this interpreter."""
        beside = Path(sys.executable).parent / "envoy"
        program = str(beside) if beside.exists() else shutil.which("envoy") or require("envoy")
        config = site.write("envoy.json", json.dumps(render(site), indent=1))
        quiet = ["--log-level", "error", "--disable-hot-restart"]
        return [program, "-c", config, "--concurrency", str(self._workers), *quiet]


def render(site: Site) -> dict[str, Any]:
    """The bootstrap with one listener and one cluster for each leg."""
    resources = {
        "listeners": [_listener(leg, site) for leg in site.listen],
        "clusters": [_cluster(leg, site) for leg in site.listen],
    }
    return {"static_resources": resources}


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _listener(leg: Leg, site: Site) -> dict[str, Any]:
    chain: dict[str, Any] = {"filters": [{"name": "http", "typed_config": _connection_manager(leg)}]}
    if site.tls:
        chain["transport_socket"] = _inbound_tls(site)
    return {"name": leg.name, "address": _address(site.listen[leg]), "filter_chains": [chain]}


def _connection_manager(leg: Leg) -> dict[str, Any]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": leg.name, "timeout": "0s"}}
    return {
        "@type": _MANAGER,
        "stat_prefix": leg.name,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": _ROUTER}}],
        "stream_idle_timeout": "600s",
    }


def _cluster(leg: Leg, site: Site) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(site.upstream[leg])}}
    many = {"max_connections": 8192, "max_pending_requests": 8192, "max_requests": 8192}
    cluster: dict[str, Any] = {
        "name": leg.name,
        "connect_timeout": "5s",
        "load_assignment": {"cluster_name": leg.name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "circuit_breakers": {"thresholds": [many]},
    }
    if leg.tls:
        cluster["transport_socket"] = _outbound_tls(site)
    return cluster


def _inbound_tls(site: Site) -> dict[str, Any]:
    files = {
        "certificate_chain": {"filename": str(site.certificate.chain)},
        "private_key": {"filename": str(site.certificate.key)},
    }
    config = {"@type": f"{_TLS}.DownstreamTlsContext", "common_tls_context": {"tls_certificates": [files]}}
    return {"name": "tls", "typed_config": config}


def _outbound_tls(site: Site) -> dict[str, Any]:
    name = {"san_type": "DNS", "matcher": {"exact": "localhost"}}
    trust = {
        "trusted_ca": {"filename": str(site.certificate.authority)},
        "match_typed_subject_alt_names": [name],
    }
    common = {"validation_context": trust}
    config = {"@type": f"{_TLS}.UpstreamTlsContext", "sni": "localhost", "common_tls_context": common}
    return {"name": "tls", "typed_config": config}
