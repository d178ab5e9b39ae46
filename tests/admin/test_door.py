"""The admin port: probes for everybody, the API for operators."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.admin.test_health import Answer
from trigate.admin.api import Ruling, routes
from trigate.admin.desk import Desk
from trigate.admin.door import Door
from trigate.admin.drain import drain_route
from trigate.admin.health import Check, Health
from trigate.admin.operator import Operators
from trigate.admin.route import Ask, Route, Router
from trigate.admin.settings import AdminSettings, AdminToken
from trigate.config.amendment import check_document, read_limit
from trigate.core.ids import Ids
from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.settings import Secret
from trigate.core.signal import Signal
from trigate.core.stream import WholeIncoming
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings

TOKEN = "an-operators-token"
SETTINGS = AdminSettings(tokens={"ada": AdminToken(secret=Secret(TOKEN), role="admin")})


async def broken(ask: Ask) -> None:
    raise RuntimeError("canary")


class Scene:
    """The door over a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.keeper = Keeper(StoreSettings(directory=str(folder)), asyncio.get_running_loop())
        self.changes = self.drains = 0
        desk = Desk(self.keeper, self._changed)
        ruling = Ruling((), read_limit, check_document)
        further = [drain_route(self._drain), Route("GET", "/v1/broken", "viewer", broken)]
        router = Router([*routes(desk, ruling, StoreSettings(directory=str(folder))), *further])
        health = Health(lambda: [Check("workers", ok=True)], Ids())
        self.door = Door(health, Operators(SETTINGS, folder), desk, router, Ids())

    async def ask(self, method: str, path: str, token: str = TOKEN, body: Any = None) -> tuple[int, Any]:
        """Status and JSON."""
        signal = Signal(asyncio.get_running_loop())
        edge = Answer(signal)
        fields = {b"authorization": f"Bearer {token}".encode()} if token else {}
        request = Request(method.encode(), path.encode(), path.encode(), b"", b"h", list(fields.items()), fields)
        payload = b"" if body is None else msgspec.json.encode(body)
        await self.door(request, Peer("127.0.0.1"), WholeIncoming(signal, payload), edge)  # type: ignore[arg-type]
        head, data = edge.parts
        assert isinstance(head, Head)
        assert isinstance(data, Data)
        return head.status, msgspec.json.decode(data.payload) if data.payload else None

    def _changed(self) -> None:
        self.changes += 1

    def _drain(self) -> None:
        self.drains += 1


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.keeper.drain()


async def test_probes_need_no_token(scene: Scene) -> None:
    assert await scene.ask("GET", "/livez", token="") == (200, {"status": "live"})


@pytest.mark.parametrize("token", ["", "x", TOKEN + "x", "tg_" + "x" * 40])
async def test_nothing_else_is_told_without_a_token(scene: Scene, token: str) -> None:
    for method, path in (("GET", "/v1/keys"), ("GET", "/v1/none"), ("POST", "/v1/drain"), ("GET", "/")):
        status, problem = await scene.ask(method, path, token)
        assert (status, problem["code"]) == (401, "auth.invalid")
    assert scene.drains == 0


async def test_a_key_with_a_role_opens_it_until_it_is_revoked(scene: Scene) -> None:
    status, made = await scene.ask("POST", "/v1/keys", body={"name": "ci", "roles": ["viewer"]})
    assert status == 201
    assert (await scene.ask("GET", "/v1/keys", made["secret"]))[0] == 200
    assert (await scene.ask("DELETE", "/v1/keys/ci", made["secret"]))[0] == 403
    assert (await scene.ask("DELETE", "/v1/keys/ci"))[0] == 204
    assert (await scene.ask("GET", "/v1/keys", made["secret"]))[0] == 401
    assert scene.changes == 2


async def test_a_key_opens_it_only_from_where_it_may_be_used(scene: Scene) -> None:
    for name, address, status in (("far", "10.0.0.0/8", 403), ("near", "127.0.0.1", 200)):
        _, made = await scene.ask("POST", "/v1/keys", body={"name": name, "roles": ["viewer"], "addresses": [address]})
        assert (await scene.ask("GET", "/v1/keys", made["secret"]))[0] == status


async def test_a_key_without_a_role_does_not(scene: Scene) -> None:
    _, made = await scene.ask("POST", "/v1/keys", body={"name": "ci"})
    assert (await scene.ask("GET", "/v1/keys", made["secret"]))[0] == 401


async def test_the_gateway_is_drained_on_order(scene: Scene) -> None:
    assert await scene.ask("POST", "/v1/drain") == (200, {"status": "draining"})
    assert scene.drains == 1


async def test_a_fault_is_told_by_its_number_only(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    status, problem = await scene.ask("GET", "/v1/broken")
    assert status == 500
    assert "canary" not in str(problem)
