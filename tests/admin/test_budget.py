"""How budgets stand, through the admin API."""

from decimal import Decimal
from pathlib import Path

from tests.admin.office import ADMIN, office
from trigate.admin.operator import Operator
from trigate.core.clock import clock
from trigate.policy.limits.budget import Budget
from trigate.policy.measure.scope import ScopeName
from trigate.store.ledger import read_entries, write_new
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

OWN = Budget(name="teams", usd=Decimal(5), per=(ScopeName("team"),), window="month")  # type: ignore[arg-type]
ACME = Operator("al", "editor", "acme")


def charge(folder: Path, cell: str, amount: int) -> None:
    store = Store(StoreSettings(directory=str(folder)))
    end = clock.wall_ns() + 10**12
    record = f'{{"id":"1","action":"llm.chat","charges":[{{"cell":"{cell}","start":1,"end":{end},"amount":{amount}}}]}}'
    entries, _, _ = read_entries([record.encode()])
    with store.writing() as connection:
        write_new(connection, entries)
    store.close()


async def test_a_budget_of_the_file_stands_as_its_charges_say(tmp_path: Path) -> None:
    (quota,) = OWN.quotas()
    async with office(tmp_path, [OWN]) as desk:
        (unused,) = await desk.ask("GET", "/v1/budgets")
        assert (unused["name"], unused["used"], unused["scope"], unused["source"]) == ("teams", 0, "", "file")
        charge(tmp_path, f"{quota.tag}/team=support", 2 * 10**9)
        (used,) = await desk.ask("GET", "/v1/budgets")
        assert (used["scope"], used["used"], used["limit"], used["per"]) == (
            "team=support",
            2 * 10**9,
            5 * 10**9,
            "team",
        )


async def test_a_budget_made_at_run_time_is_seen_by_its_organisation_alone(tmp_path: Path) -> None:
    async with office(tmp_path, [OWN]) as desk:
        await desk.ask("PUT", "/v1/limits/ours", {"kind": "budget", "usd": "1.5", "window": "day"}, ACME)
        (ours,) = await desk.ask("GET", "/v1/budgets", None, ACME)
        assert (ours["name"], ours["limit"], ours["source"]) == ("acme:ours", 1_500_000_000, "store")
        assert await desk.ask("GET", "/v1/budgets", None, Operator("um", "editor", "umbrella")) == []
        assert len(await desk.ask("GET", "/v1/budgets", None, ADMIN)) == 2
