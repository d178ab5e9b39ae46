"""Clients that `trigate connect` has written to find the gateway by what stands in their files."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.coding_agent import NOBODY, PACKAGES, SECONDS
from tests.journeys.conftest import Gateway
from trigate.cli.main import main

pytestmark = pytest.mark.proof

KEY = "tg-a-key-for-clients-that-are-connected"
CONFIG = f"""
policy: {{ keys: {{ dev: {{ secret: {KEY}, lanes: [mcp] }} }} }}
mcp: {{ servers: {{ demo: {{ command: [{sys.executable}, -m, trigate.cli.demo.tools] }} }} }}
"""
CLIENTS = {
    "claude-code": ("@anthropic-ai/claude-code/cli-wrapper.cjs", "Connected"),
    "gemini-cli": ("@google/gemini-cli/bundle/gemini.js", "Connected"),
    "codex": ("@openai/codex/bin/codex.js", "Bearer token"),
}
"""What Node runs, and what it then says of a server that it can use."""


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_finds_the_gateway_by_its_own_file(
    name: str, tmp_path: Path, gateway: Callable[[str], Gateway], monkeypatch: pytest.MonkeyPatch
):
    script, said = CLIENTS[name]
    if not (PACKAGES / script).is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{name} is missing: run `make proof`")
    running = gateway(CONFIG)
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(work)
    assert main(["connect", name, "--url", running.url, "--yes"]) == 0
    node = Path(sys.executable).parent / "node"
    environment = {
        "PATH": os.pathsep.join([str(node.parent), os.defpath]),
        "HOME": str(home),
        "TRIGATE_KEY": KEY,
        "HTTPS_PROXY": NOBODY,
        "NO_PROXY": "127.0.0.1",
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
    }
    done = subprocess.run(
        [str(node), str(PACKAGES / script), "mcp", "list"], cwd=work, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert f"{running.url}/mcp" in told
    assert said in told
    assert KEY not in "".join(path.read_text() for path in home.rglob("*") if path.suffix in {".json", ".toml"})
