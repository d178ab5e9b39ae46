"""What callers said of their requests."""

from typing import Any

from trigate.admin.desk import Desk
from trigate.admin.route import Ask, Route
from trigate.admin.usage import DEFAULT_SINCE, OWN, moment


class FeedbackRows:
    """Serves `/v1/feedback`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "/v1/feedback", "viewer", self.opinions),
            Route("GET", "/v1/feedback/sums", "viewer", self.sums),
        ]

    async def opinions(self, ask: Ask) -> list[dict[str, Any]]:
        """The latest first; any parameter but `since` and `until` keeps only those with that word."""
        from trigate.store.feedback import list_opinions  # noqa: PLC0415 - SQL is loaded when it is needed

        since, until, only, tenant = _read(ask)
        return await self._desk.query(lambda connection: list_opinions(connection, since, until, only, tenant))

    async def sums(self, ask: Ask) -> list[dict[str, Any]]:
        """One object for each group, by the words of `by`."""
        from trigate.store.feedback import sum_opinions  # noqa: PLC0415 - SQL is loaded when it is needed

        by = [each.strip() for each in ask.query.get("by", "model").split(",") if each.strip()]
        since, until, only, tenant = _read(ask)
        return await self._desk.query(lambda connection: sum_opinions(connection, by, since, until, only, tenant))


def _read(ask: Ask) -> tuple[int, int, dict[str, str], str | None]:
    """Span of time, filters, and the tenant outside which nothing is seen."""
    since, until = moment(ask.query.get("since", DEFAULT_SINCE)), moment(ask.query.get("until", "0"))
    only = {name: value for name, value in ask.query.items() if name not in OWN}
    return since, until, only, ask.operator.organisation or None
