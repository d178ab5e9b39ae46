"""The official conformance suite judges the gateway as a client: what it says to servers, and how it logs in."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import NODE_MODULES, ROOT

SUITE = NODE_MODULES / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
LONGEST = 120.0
"""Seconds for one scenario."""
BOTH = (
    "metadata-default", "metadata-var1", "metadata-var2", "metadata-var3", "basic-cimd", "scope-from-www-authenticate",
    "scope-from-scopes-supported", "scope-omitted-when-undefined", "scope-step-up", "scope-retry-limit",
    "token-endpoint-auth-basic", "token-endpoint-auth-post", "token-endpoint-auth-none", "pre-registration",
)  # fmt: skip
NEWER = (
    "resource-mismatch", "offline-access-scope", "offline-access-not-supported", "authorization-server-migration",
    "iss-supported", "iss-not-advertised", "iss-supported-missing", "iss-wrong-issuer", "iss-unexpected",
    "iss-normalized", "metadata-issuer-mismatch",
)  # fmt: skip
OF_LOGIN = [
    *((f"auth/{each}", revision) for each in BOTH for revision in ("2025-11-25", "2026-07-28")),
    *((f"auth/{each}", "2026-07-28") for each in NEWER),
]
OF_CALLS = [
    ("initialize", "2025-11-25"), ("tools_call", "2025-11-25"), ("elicitation-sep1034-client-defaults", "2025-11-25"),
    ("sse-retry", "2025-11-25"), ("tools_call", "2026-07-28"),
    ("request-metadata", "2026-07-28"), ("sep-2322-client-request-state", "2026-07-28"),
    ("http-standard-headers", "2026-07-28"), ("http-custom-headers", "2026-07-28"),
    ("http-invalid-tool-headers", "2026-07-28"), ("json-schema-ref-no-deref", "2026-07-28"),
]  # fmt: skip
SOME = [
    ("auth/metadata-var2", "2025-11-25"), ("elicitation-sep1034-client-defaults", "2025-11-25"),
    ("sse-retry", "2025-11-25"), ("auth/scope-step-up", "2026-07-28"),
]  # fmt: skip
COUNTS = {"2025-11-25": 18, "2026-07-28": 32}


def judge(node: str, scenario: str, revision: str, folder: Path) -> None:
    """Run a scenario: the suite plays the server, and runs the command that puts a gateway before it."""
    command = f"{sys.executable} -m tests.journeys.conformance.client"
    options = ["--command", command, "--scenario", scenario, "--spec-version", revision, "-o", str(folder)]
    done = subprocess.run(
        [node, str(SUITE), "client", *options], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST, check=False
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "OVERALL: PASSED" in told, told


@pytest.mark.parametrize("revision", COUNTS)
def test_every_scenario_that_a_revision_requires_of_clients_is_run(revision: str, node: Callable[[str], str]):
    node("@modelcontextprotocol/conformance")
    text = (SUITE.parents[1] / "requirements" / f"{revision}.yaml").read_text(encoding="utf-8")
    required = yaml.safe_load(text)["client"]
    run = [scenario for scenario, of in OF_LOGIN + OF_CALLS if of == revision]
    assert sorted(run) == sorted(required)
    assert len(run) == COUNTS[revision]


@pytest.mark.parametrize(("scenario", "revision"), SOME)
def test_the_gateway_does_as_clients_should(scenario: str, revision: str, node: Callable[[str], str], tmp_path: Path):
    judge(node("@modelcontextprotocol/conformance"), scenario, revision, tmp_path)


@pytest.mark.proof
@pytest.mark.parametrize(("scenario", "revision"), OF_LOGIN)
def test_whatever_a_server_s_login_does_the_gateway_does_what_clients_must(
    scenario: str, revision: str, node: Callable[[str], str], tmp_path: Path
):
    judge(node("@modelcontextprotocol/conformance"), scenario, revision, tmp_path)


@pytest.mark.proof
@pytest.mark.parametrize(("scenario", "revision"), OF_CALLS)
def test_what_the_gateway_says_to_servers_is_what_clients_must_say(
    scenario: str, revision: str, node: Callable[[str], str], tmp_path: Path
):
    judge(node("@modelcontextprotocol/conformance"), scenario, revision, tmp_path)
