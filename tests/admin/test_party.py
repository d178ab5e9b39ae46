"""Organisations, teams, users and agents through the admin API."""

import asyncio
from pathlib import Path

from tests.admin.office import ADMIN, EDITOR, VIEWER, office
from trigate.admin.desk import Desk
from trigate.admin.door import answer
from trigate.admin.operator import Operator
from trigate.admin.party import party_routes
from trigate.admin.route import Router
from trigate.core.errors import BadRequest, Forbidden, NameConflict, UnknownName
from trigate.outbound.oauth.order import CHANGED
from trigate.store.directory import Key
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings

ACME = Operator("al", "admin", "acme")


async def test_a_person_is_made_changed_and_deleted(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        made = await desk.ask("PUT", "/v1/users/ada", {"organisation": "acme", "teams": ["acme-team"]})
        assert made["teams"] == ["acme-team"]
        changed = await desk.ask("PUT", "/v1/users/ada", {"roles": ["batch"]})
        assert (changed["organisation"], changed["teams"], changed["roles"]) == ("acme", [], ["batch"])
        assert changed["created"] == made["created"]
        assert await desk.ask("DELETE", "/v1/users/ada") == 204
        assert isinstance(await desk.refused("GET", "/v1/users/ada"), UnknownName)


async def test_what_still_owns_something_is_not_deleted(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        await desk.ask("PUT", "/v1/agents/bot", {"team": "acme-team", "organisation": "acme"})
        assert isinstance(await desk.refused("DELETE", "/v1/teams/acme-team"), NameConflict)
        await desk.ask("DELETE", "/v1/agents/bot")
        await desk.ask("DELETE", "/v1/teams/acme-team")
        await desk.ask("DELETE", "/v1/organisations/acme")
        assert [each["name"] for each in await desk.ask("GET", "/v1/organisations")] == ["umbrella"]


async def test_an_operator_of_one_organisation_stays_in_it(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        assert [each["name"] for each in await desk.ask("GET", "/v1/teams", None, ACME)] == ["acme-team"]
        assert isinstance(await desk.refused("PUT", "/v1/organisations/other", {}, ACME), Forbidden)
        assert isinstance(await desk.refused("DELETE", "/v1/teams/umbrella-team", by=ACME), UnknownName)
        moved = await desk.refused("PUT", "/v1/teams/acme-team", {"organisation": "umbrella"}, ACME)
        assert isinstance(moved, UnknownName | NameConflict)


async def test_roles_bound_what_an_operator_does(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        assert isinstance(await desk.refused("PUT", "/v1/users/eve", {}, VIEWER), Forbidden)
        for role in ("admin", "viewer", "", "a/b"):
            assert isinstance(await desk.refused("PUT", "/v1/users/eve", {"roles": [role]}), BadRequest)
        by_key = Operator("ci", "editor", "", Key(id="1", name="ci", prefix="", digest=b"", roles=("editor", "batch")))
        await desk.ask("PUT", "/v1/users/eve", {"roles": ["batch"]}, by_key)
        assert isinstance(await desk.refused("PUT", "/v1/users/eve", {"roles": ["boss"]}, by_key), Forbidden)
        assert isinstance(await desk.refused("PUT", "/v1/organisations/x", {}, EDITOR), Forbidden)


async def test_what_the_file_says_of_a_name_is_not_had_by_taking_the_name(tmp_path: Path) -> None:
    mentioned = {word: frozenset(("platform",)) for word in ("team", "user", "agent", "key", "role")}
    async with office(tmp_path, mentioned=mentioned) as desk:
        for method, path, body in (
            ("PUT", "/v1/teams/platform", {}),
            ("PUT", "/v1/users/platform", {}),
            ("PUT", "/v1/agents/platform", {}),
            ("PUT", "/v1/users/eve", {"roles": ["platform"]}),
            ("POST", "/v1/keys", {"name": "platform"}),
            ("POST", "/v1/keys", {"name": "ci", "roles": ["platform"]}),
        ):
            assert isinstance(await desk.refused(method, path, body, ACME), Forbidden)
        await desk.ask("PUT", "/v1/teams/platform", {"organisation": "acme"})
        await desk.ask("PUT", "/v1/teams/platform", {}, ACME)
        await desk.ask("POST", "/v1/keys", {"name": "ci", "team": "platform"}, ACME)


async def test_workers_are_told_whose_connections_ended_with_them(tmp_path: Path) -> None:
    told = list[tuple[str, bytes]]()

    async def announce(service: str, opening: bytes) -> None:
        told.append((service, opening))

    async with office(tmp_path) as desk:
        await desk.ask("PUT", "/v1/users/ada", {"organisation": "acme"})
        await desk.ask("PUT", "/v1/connections/it/users/ada", {"key": "canary-key"})
        keeper = Keeper(StoreSettings(directory=str(tmp_path)), asyncio.get_running_loop())
        router = Router(party_routes(Desk(keeper, lambda: None), {}, announce))
        await answer(router, ADMIN, "DELETE", ("/v1/users/ada", ""), b"")
        assert told == [(CHANGED, b"it\0acme/user/ada")]
        assert await desk.ask("GET", "/v1/connections") == []
        keeper.drain()
