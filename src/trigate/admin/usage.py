"""What was used, as sums over the ledger."""

from datetime import UTC, datetime
from typing import Any

from trigate.admin.desk import Desk
from trigate.admin.route import Ask, Route
from trigate.core.clock import clock
from trigate.core.errors import BadRequest
from trigate.core.settings import Duration

SECOND = 10**9
LAST = 2**63 - 1
"""The last moment that the store can hold."""
DEFAULT_SINCE = "30d"
OWN = ("by", "since", "until")
"""Query parameters that are no filters."""


class Usage:
    """Serves `/v1/usage`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Its address."""
        return [Route("GET", "/v1/usage", "viewer", self.sums)]

    async def sums(self, ask: Ask) -> list[dict[str, Any]]:
        """One object for each group, by the words of `by`; any further parameter keeps only groups with that word."""
        from trigate.store.usage import usage  # noqa: PLC0415 - SQL is loaded when it is needed

        by = [each.strip() for each in ask.query.get("by", "team").split(",") if each.strip()]
        since, until = moment(ask.query.get("since", DEFAULT_SINCE)), moment(ask.query.get("until", "0"))
        only = {name: value for name, value in ask.query.items() if name not in OWN}
        tenant = ask.operator.organisation or None
        return await self._desk.query(
            lambda connection: usage(connection, by, since, until, organisation=tenant, only=only)
        )


def moment(text: str) -> int:
    """Nanoseconds since the epoch of a day (`2026-11-01`, in UTC), a moment (ISO 8601), or a time back from now (`7d`).

    Raises BadRequest.
    """
    try:
        found = clock.wall_ns() - int(Duration.parse(text) * SECOND)
    except ValueError:
        found = _read(text)
    return min(max(found, 0), LAST)  # no call ended before or after


def _read(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is neither a time such as 7d nor a day such as 2026-11-01") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()) * SECOND
