"""How the budgets stand: those of the file and those made at run time."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from trigate.admin.desk import Desk
from trigate.admin.operator import Operator
from trigate.admin.route import Ask, Route
from trigate.core.clock import clock
from trigate.policy.limit import Limit
from trigate.policy.measure.quota import Quota
from trigate.store.directory import Document

ReadLimit = Callable[[Document], Limit]
"""The limit of a document; raises ValueError."""


class Standing(Struct, frozen=True):
    """One budget, or one scope of it."""

    name: str
    source: str
    """`file` or `store`."""
    per: str
    scope: str
    """Such as `team=support`; empty for a budget of all together, or one that nobody has used yet."""
    unit: str
    limit: int
    """In the unit; money in nano-dollars."""
    used: int
    """Settled; what is under way is not counted."""
    resets: int
    """When the window ends, nanoseconds since the epoch; 0: never, or not begun."""
    hard: bool


class Budgets:
    """Serves `/v1/budgets`."""

    def __init__(self, desk: Desk, own: Sequence[Limit], read: ReadLimit) -> None:
        """`own` are the limits of the file."""
        self._desk = desk
        self._own = [quota for limit in own for quota in limit.quotas() if quota.charged]
        self._read = read

    def routes(self) -> list[Route]:
        """Its address."""
        return [Route("GET", "/v1/budgets", "viewer", self.list)]

    async def list(self, ask: Ask) -> list[Standing]:
        """All that this operator may see; an operator of one organisation sees those made for it."""
        from trigate.store.balance import current_balances  # noqa: PLC0415 - SQL is loaded when it is needed

        documents = await self._desk.read(ask.operator, lambda rows: rows.documents("limit"))
        now = clock.wall_ns()
        balances = await self._desk.query(lambda connection: current_balances(connection, now))
        found = list[Standing]()
        for quota, source in self._visible(ask.operator, documents):
            of_quota = [each for each in balances if each.cell.partition("/")[0] == quota.tag]
            scopes = [(each.cell.partition("/")[2], each.amount, each.end) for each in of_quota]
            found += [_standing(quota, source, *scope) for scope in sorted(scopes) or [("", 0, 0)]]
        return found

    def _visible(self, operator: Operator, documents: Iterable[Document]) -> Iterable[tuple[Quota, str]]:
        if not operator.organisation:
            yield from ((quota, "file") for quota in self._own)
        for document in documents:
            try:
                quotas = self._read(document).quotas(document.organisation)
            except ValueError:
                continue  # the workers' log tells of it
            yield from ((quota, "store") for quota in quotas if quota.charged)


def _standing(quota: Quota, source: str, scope: str, used: int, resets: int) -> Standing:
    per = ", ".join(each.name for each in quota.scopes)
    return Standing(quota.name, source, per, scope, quota.unit.name, quota.law.capacity, used, resets, quota.strict)
