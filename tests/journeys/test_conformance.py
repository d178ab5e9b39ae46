"""The official conformance suite, run through the gateway against the server that the MCP project tests it with."""

import json
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import NODE_MODULES, ROOT, missing
from tests.journeys.conftest import Gateway
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import refused, until

ARCHIVE = ROOT / ".cache" / "mcp-2.3.0.tar.gz"
PLACE = "mcp-2.3.0/examples/servers/everything-server/"
SUITE = NODE_MODULES / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
REQUIRED = {"2025-11-25": 30, "2026-07-28": 37}
LONGEST = 300.0
"""Seconds for a whole run."""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, of both eras, at its URL."""
    if not ARCHIVE.is_file():
        missing("the source of the MCP SDK", "run `make test` where there is a network")
    folder = tmp_path_factory.mktemp("everything")
    with tarfile.open(ARCHIVE) as archive:
        # of a source whose digest is pinned; `filter` is not known to every 3.11
        archive.extractall(folder, [each for each in archive if each.name.startswith(PLACE)])
    port, log = free_port(), folder / "log"
    command = [sys.executable, "-m", "mcp_everything_server.server", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder / PLACE, stdout=output, stderr=output)
    try:
        until(lambda: process.poll() is not None or not refused(port))
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        process.wait(PATIENCE)


@contextmanager
def before(server: str, folder: Path, workers: int) -> Iterator[str]:
    """A gateway before the server, which shows its tools under their own names; its URL."""
    mcp = {
        "servers": {"everything": {"url": server, "timeouts": {"list": "60s", "greet": "60s"}}},
        "endpoints": {"all": {"servers": ["everything"], "prefix": False}},
    }
    settings = {
        "inbound": {"listen": "127.0.0.1:<port>", "workers": workers},
        "policy": {"authenticators": [{"kind": "anonymous", "lanes": ["mcp"]}]},
        "mcp": mcp,
    }
    running = Gateway(folder, "\n".join(f"{key}: {json.dumps(value)}" for key, value in settings.items()) + "\n")
    try:
        running.until(running.ready)
        yield f"{running.url}/mcp/all"
    finally:
        running.stop()


def judge(node: str, url: str, revision: str, folder: Path) -> None:
    """Run what a revision requires; all of it must pass."""
    command = [node, str(SUITE), "server", "--url", url, "--requirements", revision, "-o", str(folder / "results")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST, check=False)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    required = told.partition("Not scored")[0]
    passed = [line for line in required.splitlines() if line.startswith("✓")]
    assert len(passed) >= REQUIRED[revision], told


@pytest.mark.parametrize("revision", REQUIRED)
def test_what_a_revision_requires_of_servers_holds_through_the_gateway(
    revision: str, everything: str, node: Callable[[str], str], tmp_path: Path
):
    with before(everything, tmp_path, workers=1) as url:
        judge(node("@modelcontextprotocol/conformance"), url, revision, tmp_path)


@pytest.mark.proof
@pytest.mark.parametrize("revision", REQUIRED)
def test_it_holds_whichever_of_four_workers_serves(
    revision: str, everything: str, node: Callable[[str], str], tmp_path: Path
):
    with before(everything, tmp_path, workers=4) as url:
        judge(node("@modelcontextprotocol/conformance"), url, revision, tmp_path)
