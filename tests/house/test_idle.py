"""What a gateway at rest has loaded, all its processes together: nothing joins it unnoticed."""

import http.client
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.process.scene import Gateway, until

ONE = "http://127.0.0.1:9"
LANES: dict[str, Any] = {
    "policy": {
        "keys": {"one": {"secret": "tg-0123456789abcdef0123456789", "lanes": ["api", "llm", "mcp"], "team": "a"}},
        "access": [{"team": "a", "allow": ["llm.*"]}],
        "limits": [
            {"kind": "rate", "per": "key", "requests": 10, "window": "1m"},
            {"kind": "budget", "per": "team", "usd": 5, "window": "month"},
        ],
    },
    "api": {"routes": {"a": {"match": {"path": "/a/*"}, "targets": [ONE]}}},
    "llm": {
        "providers": {"openai": {"kind": "openai", "base_url": f"{ONE}/v1", "api_key": "sk-upstream"}},
        "models": {"fast": {"targets": ["openai/gpt-4o"], "price": {"input": "2.50", "output": "10"}}},
    },
    "mcp": {"servers": {"tools": {"url": f"{ONE}/mcp"}}},
}
"""Three lanes, as most files have them, and nothing that needs more than that."""
DISTRIBUTIONS = {"httptools", "msgspec", "pyyaml", "trigate", "typing-extensions", "uvloop"}
PACKAGES = {
    "trigate", "trigate.admin", "trigate.api", "trigate.cli", "trigate.config", "trigate.core", "trigate.inbound",
    "trigate.llm", "trigate.llm.cache", "trigate.llm.dialects", "trigate.llm.dialects.bedrock_converse",
    "trigate.llm.dialects.gemini_content", "trigate.llm.dialects.openai_chat", "trigate.llm.operations",
    "trigate.llm.passthrough", "trigate.llm.realtime",
    "trigate.llm.resource", "trigate.llm.strategies", "trigate.llm.tasks",
    "trigate.mcp", "trigate.mcp.listening", "trigate.mcp.sandboxes", "trigate.mcp.transports",
    "trigate.outbound", "trigate.outbound.oauth",
    "trigate.policy", "trigate.policy.authenticators", "trigate.policy.consent", "trigate.policy.limiting",
    "trigate.policy.limits", "trigate.policy.measure",
    "trigate.process", "trigate.store", "trigate.store.counters", "trigate.store.depots", "trigate.telemetry",
}  # fmt: skip
"""Another one may join if every gateway needs it, or be loaded by those that do."""
HEAVY = {
    "csv", "curses", "dataclasses", "doctest", "email.message", "html", "http.client", "http.server",
    "importlib.metadata", "importlib.resources", "multiprocessing", "optparse", "pdb", "pickle", "profile",
    "sqlite3", "sysconfig", "unittest", "urllib.request", "xml", "zipfile", "zoneinfo",
}  # fmt: skip
"""Of the standard library, with hundreds of kilobytes each."""
_LINE = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every module that any process has imported once all of them serve and the store was looked at; but those that
    are found by their name alone, as lanes and kinds are: of them what they import.
    """
    command = [sys.executable, "-X", "importtime", "-m", "trigate", "serve", "-c"]
    with Gateway(tmp_path_factory.mktemp("idle"), command, more=LANES) as gateway:
        until(lambda: _is_ready(gateway))
        assert gateway.stop() == 0
        return set(_LINE.findall(gateway.log()))


def _is_ready(gateway: Gateway) -> bool:
    try:
        return gateway.probe()[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def test_every_process_was_heard(loaded: set[str]):
    heard = {"trigate.process.supervisor", "trigate.process.control", "trigate.store.tally"}
    assert heard | {"trigate.api.router", "trigate.llm.router", "trigate.mcp.front"} <= loaded


def test_it_has_loaded_no_other_distribution(loaded: set[str]):
    owners = packages_distributions()
    tops = {name.partition(".")[0] for name in loaded}
    # What begins with an underscore belongs to another one, or to how this Python was installed.
    found = {owner for top in tops if not top.startswith("_") for owner in owners.get(top, ())}
    assert {owner.lower().replace("_", "-") for owner in found} <= DISTRIBUTIONS, "load it where it is used"


def test_it_has_loaded_no_other_package_of_its_own(loaded: set[str]):
    assert {name.rpartition(".")[0] for name in loaded if name.startswith("trigate.")} <= PACKAGES


def test_it_has_loaded_nothing_heavy_of_the_standard_library(loaded: set[str]):
    assert loaded & HEAVY == set()


def test_it_has_begun_no_database(tmp_path: Path):
    with Gateway(tmp_path, [sys.executable, "-m", "trigate", "serve", "-c"], more=LANES) as gateway:
        until(lambda: _is_ready(gateway))
        assert list((tmp_path / "data").glob("*.db*")) == []
