"""Where operators meet the store."""

import asyncio
from pathlib import Path

from trigate.admin.desk import Desk
from trigate.admin.operator import Operator
from trigate.store.directory import Team
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings


async def test_a_change_is_told_and_stands_in_the_audit_under_the_operators_name(tmp_path: Path) -> None:
    from trigate.store.audit import acts

    keeper = Keeper(StoreSettings(directory=str(tmp_path)), asyncio.get_running_loop())
    changes = list[int]()
    desk = Desk(keeper, lambda: changes.append(1))
    try:
        await desk.change(Operator("ada", "editor"), lambda rows: rows.create(Team(name="support")))
        found = await desk.read(Operator("eve", "viewer"), lambda rows: rows.rows(Team))
        told = await desk.query(acts)
    finally:
        keeper.drain()
    assert [each.name for each in found] == ["support"]
    assert changes == [1]
    assert [(each.actor, each.act, each.name) for each in told] == [("operator:ada", "create", "support")]


async def test_nobody_holds_a_secret_that_was_never_made(tmp_path: Path) -> None:
    keeper = Keeper(StoreSettings(directory=str(tmp_path)), asyncio.get_running_loop())
    try:
        assert await Desk(keeper, print).holder("tg_none") is None
    finally:
        keeper.drain()
