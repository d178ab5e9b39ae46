"""What an operator sees of files that cannot be used, at the start and while the gateway serves."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.journeys.caller import Caller, head
from tests.journeys.conftest import Gateway
from tests.journeys.stage import Upstream, descriptors, eventually, listeners, worker
from tests.outbound.chaos import answer, expect, hang, reset, send, wait
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.scene import alive

TRIGATE = str(Path(sys.executable).parent / "trigate")
SPARE_DESCRIPTORS = 4

KEPT = {"", ".spool", ".db", ".db-wal", ".db-shm", ".key", ".token", ".lock"}
"""What a gateway leaves in its directory on purpose: the store, its keys, the spool, and files for locks."""


def _refused(folder: Path, text: str) -> str:
    """What `trigate serve` says of a file it cannot serve."""
    parts = [part for part in ("admin", "inbound") if not text.startswith(part)]
    places = "".join(f"{part}: {{ listen: 127.0.0.1:{free_port()} }}\n" for part in parts)
    (folder / "trigate.yaml").write_text(places + text)
    found = subprocess.run(
        [TRIGATE, "serve"], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    return found.stderr


def test_every_problem_of_every_lane_is_told_at_once(tmp_path: Path) -> None:
    told = _refused(
        tmp_path,
        "api: { routes: { a: { targets: [] }, b: { target: x } } }\n"
        "llm: { models: { m: { targets: nobody/x } }, keepalive: 3 }\n"
        "mcp: { servers: { s: { command: [a], url: 'http://b' } } }\n"
        "policy: { keys: { k: { secret: short-canary } } }\n",
    )
    for place in ("api.routes.a", "api.routes.b", "llm", "mcp.servers.s", "policy.keys.k"):
        assert place in told
    assert "short-canary" not in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("api: { routes: { a: { targets: ['http://a'] }, b: { targets: ['http://b'] } } }", "match the same requests"),
        ("api: { routes: { a: { targets: ['ftp://a'] } } }", "a URL starts with"),
        (
            "outbound: { tls: { ca_file: /nowhere.pem } }\napi: { routes: { a: { targets: ['https://a'] } } }",
            "nowhere.pem",
        ),
        ("inbound: { listen: { address: '127.0.0.1:0', tls: { certificates: [] } } }", "certificates"),
        ("policy: { keys: { k: { secret: '${NOT_SET_ANYWHERE}' } } }", "NOT_SET_ANYWHERE"),
    ],
)
def test_what_cannot_be_built_is_never_half_started(tmp_path: Path, text: str, said: str) -> None:
    assert said in _refused(tmp_path, text)


async def test_a_file_that_cannot_be_used_leaves_the_old_one_serving(gateway: Callable[[str], Gateway]) -> None:
    (listener,) = listeners(1)
    target = f"http://127.0.0.1:{listener.getsockname()[1]}"
    running = gateway(f"api: {{ routes: {{ a: {{ match: {{ path: /a }}, targets: ['{target}'] }} }} }}\n")
    before, go = worker(running), asyncio.Event()
    half = send(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf")
    async with (
        Upstream(listener, [expect(), half, wait(go), send(b"half"), answer(b"again")]),
        await Caller.connect(running.port) as caller,
    ):
        caller.send(head("GET", "/a"))
        await caller.until(b"half")
        running.write("api: { routes: { a: { match: { path: /b }, targetts: [x] } } }\n")
        running.process.send_signal(signal.SIGHUP)
        await eventually(lambda: "targetts" in running.log)
        go.set()
        await caller.until(b"half")
        caller.send(head("GET", "/a"))
        assert (await caller.answer()).body == b"again"
    assert worker(running).pid == before.pid


async def test_a_stopped_gateway_leaves_nothing_behind(gateway: Callable[[str], Gateway]) -> None:
    (listener,) = listeners(1)
    target = f"http://127.0.0.1:{listener.getsockname()[1]}"
    running = gateway(
        f"api: {{ routes: {{ a: {{ targets: ['{target}'] }} }} }}\n"
        f"mcp: {{ servers: {{ time: {{ command: ['{sys.executable}', -m, mcp_server_time], start: eager }} }} }}\n"
    )
    family = psutil.Process(running.process.pid).children(recursive=True)
    data = worker(running)
    before = descriptors(data)
    faulty = [expect(), send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"), reset()]
    async with Upstream(listener, faulty, [expect(), hang()], [answer()], repeat=True):
        for leaves in (False, True, False):
            async with await Caller.connect(running.port) as caller:
                caller.send(head("GET", "/x"))
                if not leaves:
                    await caller.answer()
    await eventually(lambda: len(running.records()) == 3)
    await eventually(lambda: descriptors(data) <= before + SPARE_DESCRIPTORS)
    family += [each for each in psutil.Process(running.process.pid).children(recursive=True) if each not in family]
    assert running.stop() == 0
    assert not any(map(alive, family))
    left = {str(path.relative_to(running.folder)) for path in running.folder.rglob("*") if path.is_file()}
    assert {each for each in left if not each.startswith("trigate-data/")} == {
        "trigate.yaml",
        "gateway.log",
        "access.log",
    }
    assert {Path(each).suffix for each in left if each.startswith("trigate-data/")} <= KEPT
    for port in (running.port, running.admin_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert os.path.exists(running.file)
