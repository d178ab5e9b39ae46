"""Logins and passwords through the admin API."""

from pathlib import Path

import pytest

from tests.admin.office import office
from trigate.admin.operator import Operator
from trigate.core.clock import clock
from trigate.core.errors import BadRequest, Forbidden, UnknownName
from trigate.policy.password import hash_password, read_hash
from trigate.store.directory import Key
from trigate.store.login import Login
from trigate.store.login_row import begin_login
from trigate.store.password_row import find_password
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

ACME = Operator("ac", "editor", "acme")
HOLDER = Operator("ho", "editor", "acme", Key(id="k", name="ho", prefix="tg_", digest=b""))


def begin(folder: Path) -> None:
    """One login of each organisation."""
    store = Store(StoreSettings(directory=str(folder)))
    for number, name in enumerate(("acme", "umbrella")):
        with store.writing("power_safe") as connection:
            begin_login(
                connection,
                Login(
                    id=f"of-{name}",
                    user=f"user-of-{name}",
                    client="https://client.example/meta",
                    resource="https://gateway.example/mcp",
                    scope="mcp:tools",
                    how="password",
                    organisation=name,
                    created=number,
                    expires=clock.wall_ns() + 10**12,
                ),
            )
    store.close()


async def test_logins_are_listed_and_revoked(tmp_path: Path):
    begin(tmp_path)
    async with office(tmp_path) as desk:
        assert [each["id"] for each in await desk.ask("GET", "/v1/logins")] == ["of-umbrella", "of-acme"]
        (one,) = await desk.ask("GET", "/v1/logins", user="user-of-acme")
        assert one["client"] == "https://client.example/meta"
        await desk.ask("DELETE", "/v1/logins/of-acme")
        assert [each["id"] for each in await desk.ask("GET", "/v1/logins")] == ["of-umbrella"]


async def test_an_operator_of_one_organisation_sees_and_revokes_its_own(tmp_path: Path):
    begin(tmp_path)
    async with office(tmp_path) as desk:
        assert [each["id"] for each in await desk.ask("GET", "/v1/logins", None, ACME)] == ["of-acme"]
        assert isinstance(await desk.refused("DELETE", "/v1/logins/of-umbrella", by=ACME), UnknownName)
        await desk.ask("DELETE", "/v1/logins/of-acme", None, ACME)


def kept(folder: Path, user: str) -> str:
    store = Store(StoreSettings(directory=str(folder)))
    try:
        with store.reading() as connection:
            return find_password(connection, user)
    finally:
        store.close()


async def test_a_password_is_kept_as_the_hash_it_came_as(tmp_path: Path):
    hashed = hash_password("correct horse")
    async with office(tmp_path) as desk:
        await desk.ask("PUT", "/v1/users/ada", {})
        await desk.ask("PUT", "/v1/users/ada/password", {"hash": hashed})
        assert read_hash(kept(tmp_path, "ada")).fits(b"correct horse")
        await desk.ask("PUT", "/v1/users/ada/password", {"hash": ""})
        assert kept(tmp_path, "ada") == ""


@pytest.mark.parametrize(
    ("user", "hashed", "operator", "error"),
    [
        ("ada", "plain text", ACME, BadRequest),
        ("eve", "", ACME, UnknownName),
        ("boss", "", HOLDER, Forbidden),
        ("ada", "", Operator("um", "editor", "umbrella"), UnknownName),
    ],
)
async def test_not_everybody_gets_a_password_from_everybody(
    tmp_path: Path, user: str, hashed: str, operator: Operator, error: type[Exception]
):
    async with office(tmp_path) as desk:
        await desk.ask("PUT", "/v1/users/ada", {"organisation": "acme"})
        await desk.ask("PUT", "/v1/users/boss", {"organisation": "acme", "roles": ["batch"]})
        refused = await desk.refused("PUT", f"/v1/users/{user}/password", {"hash": hashed}, operator)
        assert isinstance(refused, error)
