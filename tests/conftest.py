"""Programs the tests talk to: found on this machine, or named in a skip, which under CI is a failure."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SYSTEM_PATH = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
NODE_MODULES = ROOT / "node_modules"


def _missing(name: str, remedy: str) -> None:
    reason = f"{name} is not installed: {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """`program("nginx")` is the path of that program; without it the test is skipped by name, or fails under CI."""

    def find(name: str) -> str:
        path = shutil.which(name, path=SYSTEM_PATH)
        if path is None:
            _missing(name, "install it, or run `make test` as root on Debian")
        return str(path)

    return find


@pytest.fixture(scope="session")
def server_everything() -> list[str]:
    """The command that starts the MCP project's own test server; add `stdio` or `streamableHttp`."""
    script = NODE_MODULES / "@modelcontextprotocol" / "server-everything" / "dist" / "index.js"
    node = BIN / "node"
    if not (script.is_file() and node.is_file()):
        _missing("server-everything", "run `make test`")
    return [str(node), str(script)]


@pytest.fixture(scope="session")
def server_time() -> list[str]:
    """The command that starts a stdio MCP server in Python which tells the time."""
    command = BIN / "mcp-server-time"
    if not command.is_file():
        _missing("mcp-server-time", "run `make test`")
    return [str(command), "--local-timezone", "UTC"]
