"""Every real route by every kind of caller is as it was reviewed."""

import asyncio
import difflib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.policy.access_table import CALLERS, Table, asked_at, write
from trigate.llm.address import OPERATIONS
from trigate.mcp.method import METHODS

FILE = Path(__file__).with_name("access_table.txt")
HARMLESS = {"auth.invalid", "access.denied", "route.not_found", "route.method_not_allowed", "model.not_found"}
"""Outcomes of what was not let through to anything."""


def cells() -> Iterator[tuple[str, str, str]]:
    """Row, caller and outcome of the table as it was reviewed."""
    row = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            row = line
            continue
        outcome, _, callers = line.strip().partition(": ")
        for caller in callers.split(", "):
            yield row, caller, outcome


async def test_the_table_is_as_it_was_reviewed():
    async with asyncio.timeout(4 * PATIENCE):
        found = await write()
    changes = list(difflib.unified_diff(FILE.read_text(encoding="utf-8").splitlines(), found.splitlines(), lineterm=""))
    assert changes == [], "review the changes; python -m tests.policy.access_table > tests/policy/access_table.txt"


async def test_every_route_of_every_lane_has_its_rows():
    table, titles = Table(), {row for row, _, _ in cells()}
    assert {caller for _, caller, _ in cells()} == set(CALLERS)
    assert table.config.api is not None
    for route in table.config.api.routes.values():
        assert f"GET {route.match.path.replace('*', '1')}" in titles
    for operation in OPERATIONS:
        assert not operation.path or f"POST {operation.path.decode()} shared" in titles
    for _, path in asked_at():
        assert f"POST {path.replace('MODEL', 'shared')} shared" in titles
    for path in table.mcp._places:
        for name in METHODS["modern"]:
            assert any(title.startswith(f"POST {path.decode()} {name}") for title in titles)
    for path in table.mcp._older._places:
        assert {f"GET {path.decode()}", f"POST {path.decode()} ping (unknown stream)"} <= titles
    for name in METHODS["legacy"]:
        assert any(title.startswith(f"POST /mcp {name}") and title.endswith("(session)") for title in titles)


def test_nobody_gets_or_learns_anything_without_a_credential():
    assert {outcome for _, caller, outcome in cells() if caller == "nobody"} == {"auth.invalid"}


@pytest.mark.parametrize(("tenant", "other"), [("acme", "globex"), ("globex", "acme")])
def test_no_tenant_reaches_anything_of_another(tenant: str, other: str):
    own = [(row, outcome) for row, caller, outcome in cells() if caller.startswith(tenant)]
    reached = {row for row, outcome in own if outcome not in HARMLESS}
    assert not [row for row in reached if any(f"{before}{other}" in row for before in (" /", "/v1/models/"))]
    assert not [row for row in reached if f" {other}-" in row]
    assert [row for row in reached if f" {tenant}-" in row]


def test_who_has_no_role_reaches_only_what_needs_no_rule():
    for row, caller, outcome in cells():
        if caller.endswith("-none") or caller == "stranger":
            assert outcome != "upstream.unreachable", row
