"""What every test may use: programs to talk to, and a tripwire around the suite."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import tripwire
from trigate.core.clock import clock

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SYSTEM_PATH = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
NODE_MODULES = ROOT / "node_modules"

tripwire.set_up()

# Whoever runs the suite may have chosen to outlive a terminal; what is tested here has not.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes says something about the machine, not about the code. Where a change is judged, the examples
# are the same every time; where one is made, each run looks at others.
settings.register_profile(
    "bounded", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("bounded")


@pytest.fixture(autouse=True)
def nothing_leaves_the_machine() -> Iterator[None]:
    """Fail a test during which something tried to connect to another machine, even if it was caught."""
    yield
    tried = tripwire.tripped.copy()
    tripwire.tripped.clear()
    assert tried == []


def missing(name: str, remedy: str) -> None:
    """Skip by name, or fail under CI, where nothing may be missing."""
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
            missing(name, "install it, or run `make test` as root on Debian")
        return str(path)

    return find


@pytest.fixture(scope="session")
def server_everything() -> list[str]:
    """The command that starts the MCP project's own test server; add `stdio` or `streamableHttp`."""
    script = NODE_MODULES / "@modelcontextprotocol" / "server-everything" / "dist" / "index.js"
    node = BIN / "node"
    if not (script.is_file() and node.is_file()):
        missing("server-everything", "run `make test`")
    return [str(node), str(script)]


@pytest.fixture(scope="session")
def node() -> Callable[[str], str]:
    """`node("openai")` is the path of Node, which has that package; else the test is skipped, or fails under CI."""

    def find(package: str) -> str:
        if not ((NODE_MODULES / package).is_dir() and (BIN / "node").is_file()):
            missing(package, "run `make test`")
        return str(BIN / "node")

    return find


@pytest.fixture(scope="session")
def server_time() -> list[str]:
    """The command that starts a stdio MCP server in Python which tells the time."""
    command = BIN / "mcp-server-time"
    if not command.is_file():
        missing("mcp-server-time", "run `make test`")
    return [str(command), "--local-timezone", "UTC"]


@pytest.fixture(autouse=True)
def _clock_is_given_back() -> Iterator[None]:
    """A test that holds the clock holds it for itself alone."""
    before = clock.monotonic, clock.wall_ns
    yield
    clock.monotonic, clock.wall_ns = before
