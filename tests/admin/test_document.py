"""Rules and limits through the admin API."""

from pathlib import Path

import pytest

from tests.admin.office import EDITOR, VIEWER, office
from trigate.admin.operator import Operator
from trigate.core.errors import BadRequest, Forbidden, UnknownName

RULE = {"team": "support", "allow": ["llm.*"]}
ACME, UMBRELLA = Operator("al", "editor", "acme"), Operator("um", "editor", "umbrella")


async def test_a_rule_is_kept_shown_exchanged_and_deleted(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.ask("PUT", "/v1/access/support", RULE, EDITOR)
        changed = await desk.ask("PUT", "/v1/access/support", {**RULE, "deny": ["mcp.*"]}, EDITOR)
        assert changed["body"]["deny"] == ["mcp.*"]
        assert [each["name"] for each in await desk.ask("GET", "/v1/access", None, VIEWER)] == ["support"]
        assert await desk.ask("DELETE", "/v1/access/support") == 204
        assert isinstance(await desk.refused("GET", "/v1/access/support"), UnknownName)


@pytest.mark.parametrize(
    "body", [{"allow": "x y z"}, {"tem": "a"}, {"team": "${HOME}", "allow": ["llm.*"]}, [1], {"when": "nonsense ("}]
)
async def test_what_the_file_could_not_hold_is_refused(tmp_path: Path, body: object) -> None:
    async with office(tmp_path) as desk:
        assert isinstance(await desk.refused("PUT", "/v1/access/x", body), BadRequest)
        assert await desk.ask("GET", "/v1/access") == []


async def test_rules_belong_to_the_organisation_of_their_maker(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        assert (await desk.ask("PUT", "/v1/access/ours", RULE, ACME))["organisation"] == "acme"
        assert await desk.ask("GET", "/v1/access", None, UMBRELLA) == []
        assert isinstance(await desk.refused("DELETE", "/v1/access/ours", by=UMBRELLA), UnknownName)
        assert isinstance(await desk.refused("PUT", "/v1/access/ours", RULE, VIEWER), Forbidden)
