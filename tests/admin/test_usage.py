"""What was used, through the admin API."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.admin.office import office
from trigate.admin.operator import Operator
from trigate.admin.usage import moment
from trigate.core.clock import clock
from trigate.core.errors import BadRequest
from trigate.store.ledger import read_entries, write_new
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

ACME = Operator("al", "viewer", "acme")


def call(number: int, **members: Any) -> bytes:
    usage = {"input_tokens": 10, "output_tokens": 5, "cost": 1_500_000_000}
    record = {"id": f"c{number}", "time": clock.wall_ns(), "lane": "llm", "action": "llm.chat", "outcome": "ok"}
    return msgspec.json.encode({**record, "resource": "model/gpt", "usage": usage, **members})


def used(folder: Path) -> None:
    store = Store(StoreSettings(directory=str(folder)))
    records = [call(1, team="acme-team", organisation="acme"), call(2, team="acme-team", organisation="acme")]
    entries, _, _ = read_entries(
        [*records, call(3, team="umbrella-team", organisation="umbrella", outcome="limit.rate")]
    )
    with store.writing() as connection:
        write_new(connection, entries)
    store.close()


async def test_sums_are_exact_and_grouped_as_asked(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        used(tmp_path)
        first, second = await desk.ask("GET", "/v1/usage", by="team", since="1d")
        assert (first["team"], first["calls"], first["cost"], first["input_tokens"]) == ("acme-team", 2, 3 * 10**9, 20)
        assert (second["team"], second["calls"], second["failed"]) == ("umbrella-team", 1, 1)
        (only,) = await desk.ask("GET", "/v1/usage", by="model,day", team="umbrella-team")
        assert (only["model"], only["calls"]) == ("gpt", 1)


async def test_an_operator_of_one_organisation_sees_its_own(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        used(tmp_path)
        assert [row["team"] for row in await desk.ask("GET", "/v1/usage", None, ACME)] == ["acme-team"]


@pytest.mark.parametrize("query", ["?by=secret", "?since=soon", "?nonsense=x"])
async def test_what_cannot_be_asked_is_refused(tmp_path: Path, query: str) -> None:
    name, _, value = query[1:].partition("=")
    async with office(tmp_path) as desk:
        with pytest.raises(BadRequest):
            await desk.ask("GET", "/v1/usage", **{name: value})


def test_moments_are_days_times_or_times_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "wall_ns", lambda: 1_700_000_000 * 10**9)
    assert moment("1d") == (1_700_000_000 - 86_400) * 10**9
    assert moment("2023-11-14") == 1_699_920_000 * 10**9
    assert moment("2023-11-14T01:00:00+01:00") == 1_699_920_000 * 10**9
    for text, found in (("0001-01-01", 0), ("9999999999999d", 0), ("9999-12-31", 2**63 - 1)):
        assert moment(text) == found
