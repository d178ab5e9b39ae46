"""Connections through the admin API."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from tests.admin.office import office
from trigate.admin.connection import Connections
from trigate.admin.desk import Desk
from trigate.admin.operator import Operator
from trigate.admin.route import Ask
from trigate.core.connection import Connection, Subject
from trigate.core.errors import BadRequest, Forbidden, UnknownName
from trigate.outbound import user_key
from trigate.outbound.oauth.order import CHANGED, SERVICE, Ended, Given, Lead, Revoke, read_order
from trigate.store.connection_row import put_connection
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

ROOT, ACME = Operator("root", "admin"), Operator("ac", "editor", "acme")


def fill(folder: Path) -> dict[str, str]:
    """One connection of each organisation, and one of the gateway's; ids by subject."""
    store, ids = Store(StoreSettings(directory=str(folder))), dict[str, str]()
    for subject in (Subject("acme", user="ada"), Subject("umbrella", user="al"), Subject()):
        row = Connection(
            id="", server="it", subject=subject.name, kind="oauth", organisation=subject.organisation, user=subject.user
        )
        with store.vault("gateway") as vault:
            ids[subject.name] = put_connection(vault, row, "canary-token").id
    store.close()
    return ids


async def test_connections_are_listed_without_what_proves_them_and_revoked(tmp_path: Path):
    ids = fill(tmp_path)
    async with office(tmp_path) as desk:
        rows = await desk.ask("GET", "/v1/connections")
        assert [each["subject"] for each in rows] == ["acme/user/ada", "gateway", "umbrella/user/al"]
        assert "canary" not in str(rows)
        (one,) = await desk.ask("GET", "/v1/connections", user="ada")
        done = await desk.ask("DELETE", f"/v1/connections/{one['id']}")
        assert "end by themselves" in done["problem"]
        assert len(await desk.ask("GET", "/v1/connections")) == 2
        assert isinstance(await desk.refused("DELETE", f"/v1/connections/{ids['acme/user/ada']}"), UnknownName)


async def test_an_operator_of_one_organisation_sees_and_ends_its_own(tmp_path: Path):
    ids = fill(tmp_path)
    async with office(tmp_path) as desk:
        assert [each["user"] for each in await desk.ask("GET", "/v1/connections", None, ACME)] == ["ada"]
        for other in ("umbrella/user/al", "gateway"):
            refused = await desk.refused("DELETE", f"/v1/connections/{ids[other]}", by=ACME)
            assert isinstance(refused, UnknownName | Forbidden)
        await desk.ask("DELETE", f"/v1/connections/{ids['acme/user/ada']}", None, ACME)


@pytest.mark.parametrize("problem", ["", "https://as.example answered 503"])
async def test_a_gateway_that_runs_takes_the_tokens_back_and_tells_its_workers(tmp_path: Path, problem: str):
    ids, told = fill(tmp_path), list[tuple[str, bytes]]()

    async def announce(service: str, opening: bytes) -> None:
        told.append((service, opening))

    async def consult(service: str, opening: bytes) -> bytes | None:
        assert service == SERVICE
        assert read_order(opening) == Revoke(ids["acme/user/ada"], "operator:root")
        return msgspec.msgpack.encode(Ended("it", problem))

    keeper = Keeper(StoreSettings(directory=str(tmp_path)), asyncio.get_running_loop())
    route = Connections(Desk(keeper, lambda: None), announce, consult).routes()[1]
    done = await route.serve(Ask(ROOT, {"id": ids["acme/user/ada"]}, {}, b""))
    assert done["problem"] == problem
    assert told == [(CHANGED, b"it\0acme/user/ada")]
    keeper.drain()


async def test_the_link_to_what_is_everybodys_is_for_operators_of_the_whole_gateway(tmp_path: Path):
    given = Given(link="https://g.example/connect/x")

    async def consult(service: str, opening: bytes) -> bytes | None:
        assert (service, read_order(opening)) == (SERVICE, Lead("it"))
        return msgspec.msgpack.encode(given)

    keeper = Keeper(StoreSettings(directory=str(tmp_path)), asyncio.get_running_loop())
    route = Connections(Desk(keeper, lambda: None), None, consult).routes()[2]
    assert (route.method, route.role) == ("POST", "editor")
    assert await route.serve(Ask(ROOT, {"server": "it"}, {}, b"")) == {"server": "it", "link": given.link}
    with pytest.raises(Forbidden):
        await route.serve(Ask(ACME, {"server": "it"}, {}, b""))
    given = Given(problem="none that operators connect")
    with pytest.raises(BadRequest, match="none that"):
        await route.serve(Ask(ROOT, {"server": "it"}, {}, b""))
    keeper.drain()


async def test_a_key_of_a_user_is_kept_and_never_shown(tmp_path: Path):
    async with office(tmp_path) as desk:
        await desk.ask("PUT", "/v1/users/ada", {"organisation": "acme"})
        await desk.ask("PUT", "/v1/users/boss", {"organisation": "acme", "roles": ["batch"]})
        place = "/v1/connections/notes/users/ada"
        assert await desk.ask("PUT", place, {"key": "canary"}, ACME) == {"server": "notes", "subject": "acme/user/ada"}
        (row,) = await desk.ask("GET", "/v1/connections", None, ACME)
        assert (row["kind"], row["user"]) == ("key", "ada")
        assert "canary" not in str(row)
        umbrella = Operator("um", "editor", "umbrella")
        assert isinstance(await desk.refused("PUT", place, {"key": "k"}, umbrella), UnknownName)
        assert isinstance(await desk.refused("PUT", place, {"key": "a b\n"}, ACME), BadRequest)
        assert isinstance(await desk.refused("PUT", "/v1/connections/notes/users/eve", {"key": "k"}), UnknownName)
        done = await desk.ask("DELETE", f"/v1/connections/{row['id']}", None, ACME)
        assert done["problem"] == ""


@pytest.mark.parametrize("problem", ["", "server 'notes' is none that takes keys"])
async def test_a_gateway_that_runs_says_whether_the_server_wants_keys(tmp_path: Path, problem: str):
    told = list[tuple[str, bytes]]()

    async def announce(service: str, opening: bytes) -> None:
        told.append((service, opening))

    async def consult(service: str, opening: bytes) -> bytes | None:
        assert service == user_key.SERVICE
        return user_key.encode(user_key.Given(problem=problem))

    async with office(tmp_path) as desk:
        await desk.ask("PUT", "/v1/users/ada", {})
    keeper = Keeper(StoreSettings(directory=str(tmp_path)), asyncio.get_running_loop())
    served = Connections(Desk(keeper, lambda: None), announce, consult)
    asked = Ask(ROOT, {"server": "notes", "user": "ada"}, {}, b'{"key":"k"}')
    try:
        if problem:
            with pytest.raises(BadRequest, match="none that takes"):
                await served.add(asked)
            assert told == []
        else:
            await served.add(asked)
            assert told == [(CHANGED, b"notes\0/user/ada")]
    finally:
        keeper.drain()
