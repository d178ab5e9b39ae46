"""Every address of the admin API, and the least role it takes; the table is the promise."""

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE
from trigate.admin.api import Ruling, Running, open_door, open_offline
from trigate.admin.health import Health
from trigate.admin.settings import AdminSettings
from trigate.config.amendment import check_document, read_limit
from trigate.core.ids import Ids
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings
from trigate.telemetry.meter import Meter

RULING = Ruling((), read_limit, check_document)

TABLE = """
DELETE /v1/cache                editor
DELETE /v1/access/{name}        editor
DELETE /v1/agents/{name}        editor
DELETE /v1/connections/{id}     editor
DELETE /v1/keys/{name}          editor
DELETE /v1/limits/{name}        editor
DELETE /v1/logins/{id}          editor
DELETE /v1/organisations/{name} admin
DELETE /v1/teams/{name}         editor
DELETE /v1/users/{name}         editor
GET    /v1/access               viewer
GET    /v1/access/{name}        viewer
GET    /metrics                 viewer
GET    /v1/agents               viewer
GET    /v1/agents/{name}        viewer
GET    /v1/approvals            viewer
GET    /v1/approvals/{id}       editor
GET    /v1/budgets              viewer
GET    /v1/connections          viewer
GET    /v1/feedback             viewer
GET    /v1/feedback/sums        viewer
GET    /v1/keys                 viewer
GET    /v1/keys/{name}          viewer
GET    /v1/limits               viewer
GET    /v1/limits/{name}        viewer
GET    /v1/logins               viewer
GET    /v1/logs                 viewer
GET    /v1/logs/{id}            admin
GET    /v1/organisations        viewer
GET    /v1/organisations/{name} viewer
GET    /v1/pins                 viewer
GET    /v1/teams                viewer
GET    /v1/teams/{name}         viewer
GET    /v1/usage                viewer
GET    /v1/users                viewer
GET    /v1/users/{name}         viewer
POST   /v1/connections/{server}/link editor
PUT    /v1/connections/{server}/users/{user} editor
POST   /v1/drain                admin
PUT    /v1/users/{name}/password editor
POST   /v1/approvals/{id}/approve editor
POST   /v1/approvals/{id}/deny  editor
POST   /v1/pins/{server}/approve editor
POST   /v1/pins/{server}/forget editor
POST   /v1/keys                 editor
POST   /v1/keys/{name}/rotate   editor
PUT    /v1/access/{name}        editor
PUT    /v1/agents/{name}        editor
PUT    /v1/limits/{name}        editor
PUT    /v1/organisations/{name} admin
PUT    /v1/teams/{name}         editor
PUT    /v1/users/{name}         editor
"""


async def nobody(service: str, opening: bytes) -> None:
    """There are no workers."""


async def test_every_address_takes_the_role_in_the_table(tmp_path: Path) -> None:
    store = StoreSettings(directory=str(tmp_path))
    keeper = Keeper(store, asyncio.get_running_loop())
    running = Running(AdminSettings(), Health(list, Ids()), Meter(), Ids(), nobody)
    try:
        door = open_door(running, store, keeper, RULING)
        found = [(each.method, each.pattern, each.role) for each in door.router.routes]
    finally:
        keeper.drain()
    assert sorted(found) == sorted(tuple(line.split()) for line in TABLE.strip().splitlines())


async def test_without_a_gateway_there_is_nothing_to_drain(tmp_path: Path) -> None:
    router, close = open_offline(StoreSettings(directory=str(tmp_path)), RULING)
    close()
    assert not [each for each in router.routes if each.pattern in ("/v1/drain", "/metrics")]


def test_no_sql_is_loaded_before_the_store_is_asked() -> None:
    program = "import sys, trigate.process.gateway; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=PATIENCE, check=False).returncode == 0
