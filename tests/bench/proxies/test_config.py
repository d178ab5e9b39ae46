"""Each proxy's own checker accepts the configuration that the bench writes for it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bench import certificate, port
from bench.leg import LEGS
from bench.proxies.envoy import Envoy
from bench.proxies.fastmcp import FastMcp
from bench.proxies.haproxy import Haproxy
from bench.proxies.nginx import Nginx
from bench.proxies.trigate import Trigate, render
from bench.proxy import Proxy
from bench.site import Site
from tests.patience import PATIENCE


def site(proxy: Proxy, directory: Path, *, tls: bool) -> Site:
    upstream = {leg: port.free() for leg in LEGS}
    return Site(directory, proxy.ports(), upstream, certificate.issue(directory), tls)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("proxy", "program", "check"),
    [
        (Nginx(), "nginx", ["-t"]),
        (Haproxy(), "haproxy", ["-c"]),
        (Envoy(), "envoy", ["--mode", "validate"]),
    ],
)
def test_a_peer_accepts_its_configuration(
    proxy: Proxy, program: str, check: list[str], tls: bool, tmp_path: Path
) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    command = [*proxy.command(site(proxy, tmp_path, tls=tls)), *check]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("tls", [False, True])
def test_trigate_accepts_its_configuration(tls: bool, tmp_path: Path) -> None:
    command = Trigate().command(site(Trigate(), tmp_path, tls=tls))
    serve = command.index("serve")
    check = [*command[:serve], "check", *command[serve + 1 :]]
    ended = subprocess.run(check, check=False, capture_output=True, text=True, timeout=PATIENCE, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_envoy_has_as_many_threads_as_what_it_is_compared_with_has_workers(tmp_path: Path) -> None:
    one, four = Envoy(), Envoy("Envoy-4", workers=4)
    threads = [peer.command(site(peer, tmp_path, tls=False)) for peer in (one, four)]
    assert [command[command.index("--concurrency") + 1] for command in threads] == ["1", "4"]
    assert four.scenarios == Trigate("Trigate-4", workers=4).scenarios


def test_trigate_has_every_upstream_on_one_port(tmp_path: Path) -> None:
    ours = Trigate()
    config = render(site(ours, tmp_path, tls=False))
    assert len(set(ours.ports().values())) == 1
    routes = config["api"]["routes"]
    assert set(routes) == {"page", "pagetls", "page-kept", "pagetls-kept"}
    assert not routes["page"]["record"]
    assert "record" not in routes["page-kept"]
    assert len(config["policy"]["limits"]) == 4
    kinds = ("", "older", "pipe", "olderpipe")
    assert set(config["mcp"]["servers"]) == {f"{leg}{kind}" for leg in ("tool", "tooltls") for kind in kinds}
    assert set(config["llm"]["models"]) == {"chat", "chattls", "stream", "streamtls", "idlestream", "idlestreamtls"}


def test_fastmcp_serves_one_tool_server_in_plain(tmp_path: Path) -> None:
    peer = FastMcp()
    command = peer.command(site(peer, tmp_path, tls=False))
    assert len(peer.ports()) == 1
    assert command[2].endswith("/prefixed")
    compile(Path(command[1]).read_text(), "proxy.py", "exec")
