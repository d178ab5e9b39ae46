"""Kept asks and answers through the admin API: listed for viewers, opened by admins, and that is in the audit."""

from pathlib import Path

import pytest

from tests.admin.office import EDITOR, office
from trigate.admin.log import PURPOSE
from trigate.admin.operator import Operator
from trigate.core.clock import clock
from trigate.core.errors import Forbidden, UnknownName
from trigate.llm.transcript import SERVICE
from trigate.store.audit import acts
from trigate.store.master_key import derive, read_master_key
from trigate.store.settings import StoreSettings
from trigate.store.store import Store
from trigate.store.transcript import write_transcript

ACME = Operator("al", "admin", "acme")


def keep(folder: Path) -> None:
    """One transcript of each organisation."""
    settings = StoreSettings(directory=str(folder))
    key = derive(read_master_key(settings), PURPOSE)
    store = Store(settings)
    with store.writing() as connection:
        for name in ("acme", "umbrella"):
            row = {
                "id": f"c-{name}", "request": f"r-{name}", "time": clock.wall_ns(), "expires": clock.wall_ns() + 10**12,
                "key": "k", "user": "", "team": "", "organisation": name, "model": "fast", "target": "openai/gpt",
                "outcome": "ok", "size": 7,
            }  # fmt: skip
            write_transcript(connection, key, row, b'{"ask":"what was said"}')
    store.close()


async def test_a_list_says_who_and_what_and_nothing_that_was_said(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        keep(tmp_path)
        rows = await desk.ask("GET", "/v1/logs", None, EDITOR, model="fast")
        assert sorted(each["id"] for each in rows) == ["c-acme", "c-umbrella"]
        assert "said" not in str(rows)
        assert len(await desk.ask("GET", "/v1/logs", None, ACME)) == 1


async def test_what_was_said_is_for_admins_of_the_tenant_and_leaves_a_trace(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        keep(tmp_path)
        found = await desk.ask("GET", "/v1/logs/r-acme", None, ACME)
        assert (found["id"], found["ask"]) == ("c-acme", "what was said")
        with pytest.raises(Forbidden):
            await desk.ask("GET", "/v1/logs/r-acme", None, EDITOR)
        with pytest.raises(UnknownName):
            await desk.ask("GET", "/v1/logs/r-umbrella", None, ACME)
    store = Store(StoreSettings(directory=str(tmp_path)))
    with store.reading() as connection:
        newest = acts(connection)[0]
    store.close()
    assert (newest.actor, newest.act, newest.kind, newest.name) == ("operator:al", "read", "transcript", "c-acme")


def test_it_is_opened_with_the_key_that_it_is_sealed_with() -> None:
    assert PURPOSE == SERVICE
