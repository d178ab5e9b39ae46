"""Keys through the admin API."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.admin.office import ADMIN, EDITOR, VIEWER, office
from trigate.admin.key import covers
from trigate.admin.operator import Operator
from trigate.core.clock import clock
from trigate.core.errors import BadRequest, Forbidden, NameConflict, UnknownName
from trigate.store.directory import Key

ACME = Operator("al", "editor", "acme")
UMBRELLA = Operator("um", "editor", "umbrella")


async def test_a_secret_is_shown_once_and_never_again(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        made = await desk.ask("POST", "/v1/keys", {"name": "ci", "team": "acme-team"}, EDITOR)
        secret = made["secret"]
        assert secret.startswith(made["key"]["prefix"])
        assert made["key"]["organisation"] == "acme"
        shown = str([await desk.ask("GET", "/v1/keys"), await desk.ask("GET", "/v1/keys/ci")])
        assert secret not in shown
        assert "digest" not in shown
        assert not [path for path in tmp_path.iterdir() if secret.encode() in path.read_bytes()]


async def test_a_key_is_shown_with_the_team_of_its_agent_wherever_that_moves(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.ask("PUT", "/v1/teams/night", {"organisation": "acme"})
        await desk.ask("PUT", "/v1/agents/bot", {"team": "acme-team"})
        made = await desk.ask("POST", "/v1/keys", {"name": "ci", "agent": "bot"}, EDITOR)
        assert made["key"]["team"] == "acme-team"
        await desk.ask("PUT", "/v1/agents/bot", {"team": "night"})
        assert (await desk.ask("GET", "/v1/keys/ci"))["team"] == "night"
        assert [each["name"] for each in await desk.ask("GET", "/v1/keys", team="night")] == ["ci"]
        assert await desk.ask("GET", "/v1/keys", team="acme-team") == []
        assert (await desk.ask("POST", "/v1/keys/ci/rotate", {}))["key"]["team"] == "night"


async def test_a_rotated_key_has_another_secret_and_the_same_name(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        first = await desk.ask("POST", "/v1/keys", {"name": "ci"})
        second = await desk.ask("POST", "/v1/keys/ci/rotate", {"grace": 60})
        assert first["secret"] != second["secret"]
        assert first["key"]["id"] == second["key"]["id"]
        for grace in (-1, 1e300):
            assert isinstance(await desk.refused("POST", "/v1/keys/ci/rotate", {"grace": grace}), BadRequest)


async def test_a_revoked_key_is_listed_only_on_demand(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.ask("POST", "/v1/keys", {"name": "ci"})
        assert await desk.ask("DELETE", "/v1/keys/ci") == 204
        assert await desk.ask("GET", "/v1/keys") == []
        (found,) = await desk.ask("GET", "/v1/keys", all="true")
        assert found["state"] == "revoked"
        assert isinstance(await desk.refused("POST", "/v1/keys/ci/rotate", {}), NameConflict)


async def test_an_operator_of_one_organisation_neither_sees_nor_touches_another(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.ask("POST", "/v1/keys", {"name": "ours"}, ACME)
        assert (await desk.ask("GET", "/v1/keys/ours", None, ACME))["organisation"] == "acme"
        assert await desk.ask("GET", "/v1/keys", None, UMBRELLA) == []
        for method, path, body in (
            ("GET", "/v1/keys/ours", None),
            ("DELETE", "/v1/keys/ours", None),
            ("POST", "/v1/keys/ours/rotate", {}),
            ("POST", "/v1/keys", {"name": "theirs", "team": "acme-team"}),
            ("POST", "/v1/keys", {"name": "theirs", "organisation": "acme"}),
        ):
            assert isinstance(await desk.refused(method, path, body, UMBRELLA), UnknownName)


async def test_a_viewer_changes_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.ask("POST", "/v1/keys", {"name": "ci"})
        assert len(await desk.ask("GET", "/v1/keys", None, VIEWER)) == 1
        for method, path in (("POST", "/v1/keys"), ("DELETE", "/v1/keys/ci"), ("POST", "/v1/keys/ci/rotate")):
            assert isinstance(await desk.refused(method, path, {"name": "x"}, VIEWER), Forbidden)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"lanes": ["llm", "mcp"]}, Forbidden),
        ({"lanes": ["llm"], "models": ["*"]}, Forbidden),
        ({"lanes": ["llm"], "models": ["gpt-5", "claude-1"]}, Forbidden),
        ({"lanes": ["llm"], "models": ["gpt-*"], "may_act_for_users": True}, Forbidden),
        ({"lanes": ["llm"], "models": ["gpt-*"], "roles": ["admin"]}, Forbidden),
        ({"lanes": ["llm"], "models": ["gpt-5"], "roles": ["viewer"]}, None),
        ({"lanes": ["llm"], "models": ["gpt-*"], "roles": ["editor", "writer"]}, None),
        ({"lanes": ["llm"], "models": ["gpt-*"], "roles": ["owner"]}, Forbidden),
    ],
)
async def test_a_key_never_grants_more_than_its_maker_holds(
    tmp_path: Path, wanted: dict[str, object], error: type[Exception] | None
) -> None:
    roles = ("editor", "writer")
    held = Key(id="1", name="maker", prefix="", digest=b"", lanes=("llm",), models=("gpt-*",), roles=roles)
    maker = Operator("maker", "editor", "", held)
    async with office(tmp_path) as desk:
        if error is None:
            await desk.ask("POST", "/v1/keys", {"name": "ci", **wanted}, maker)
        else:
            assert isinstance(await desk.refused("POST", "/v1/keys", {"name": "ci", **wanted}, maker), error)


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({}, Forbidden),
        ({"expires_in": 60}, Forbidden),
        ({"addresses": ["10.1.0.0/24"]}, Forbidden),
        ({"expires_in": 60, "addresses": ["10.1.0.0/24", "192.0.2.1"]}, Forbidden),
        ({"expires_in": 60, "addresses": ["10.0.0.0/8"]}, Forbidden),
        ({"expires_in": 60, "addresses": ["::/0"]}, Forbidden),
        ({"expires_in": 7200, "addresses": ["10.1.0.0/24"]}, Forbidden),
        ({"expires_in": 60, "addresses": ["10.1.0.0/24", "10.1.2.3"]}, None),
    ],
)
async def test_a_key_neither_outlives_its_maker_nor_works_from_more_places(
    tmp_path: Path, wanted: dict[str, object], error: type[Exception] | None
) -> None:
    until = clock.wall_ns() + 3600 * 10**9
    held = Key(id="1", name="maker", prefix="", digest=b"", expires=until, addresses=("10.1.0.0/16",))
    maker = Operator("maker", "editor", "", held)
    async with office(tmp_path) as desk:
        if error is None:
            await desk.ask("POST", "/v1/keys", {"name": "ci", **wanted}, maker)
        else:
            assert isinstance(await desk.refused("POST", "/v1/keys", {"name": "ci", **wanted}, maker), error)


async def test_nobody_learns_the_secret_of_a_key_that_may_more(tmp_path: Path) -> None:
    held = Key(id="1", name="maker", prefix="", digest=b"", models=("gpt-*",))
    maker = Operator("maker", "editor", "", held)
    async with office(tmp_path) as desk:
        await desk.ask("POST", "/v1/keys", {"name": "wide"})
        await desk.ask("POST", "/v1/keys", {"name": "narrow", "models": ["gpt-5"]})
        assert isinstance(await desk.refused("POST", "/v1/keys/wide/rotate", {}, maker), Forbidden)
        await desk.ask("POST", "/v1/keys/narrow/rotate", {}, maker)


async def test_an_editor_does_not_lock_out_an_admin(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.ask("POST", "/v1/keys", {"name": "boss", "roles": ["admin"]})
        assert isinstance(await desk.refused("DELETE", "/v1/keys/boss", None, EDITOR), Forbidden)
        assert await desk.ask("DELETE", "/v1/keys/boss", None, ADMIN) == 204


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"name": ""},
        {"name": "a/b"},
        {"name": "jwt:ada"},
        {"name": "anonymous"},
        {"name": " a"},
        {"name": "a\n"},
        {"name": "x" * 129},
        {"name": "a", "expires_in": -1},
        {"name": "a", "expires_in": 1e300},
        {"name": "a", "addresses": ["10.0.0.1/8"]},
        {"name": "a", "lanes": ["ssh"]},
        {"name": "a", "secret": "mine"},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(tmp_path: Path, wanted: dict[str, object]) -> None:
    async with office(tmp_path) as desk:
        assert isinstance(await desk.refused("POST", "/v1/keys", wanted, ADMIN), BadRequest)
        assert await desk.ask("GET", "/v1/keys") == []


@given(st.lists(st.text("ab*", max_size=4), max_size=3), st.text("ab*", max_size=4), st.text("ab", max_size=6))
def test_what_is_covered_fits_nothing_that_is_not_held(held: list[str], wanted: str, text: str) -> None:
    from trigate.policy.glob import Globs

    if covers(held, wanted) and Globs([wanted]).fit(text):
        assert Globs(held).fit(text)
