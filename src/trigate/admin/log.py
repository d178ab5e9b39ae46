"""Asks and answers that were kept."""

from typing import Any

from trigate.admin.desk import Desk
from trigate.admin.route import Ask, Route
from trigate.admin.usage import DEFAULT_SINCE, OWN, moment
from trigate.store.settings import StoreSettings

PURPOSE = "llm.log"
"""What the key is made for that they are sealed with."""


class Logs:
    """Serves `/v1/logs`; who reads what was said is put into the audit."""

    def __init__(self, desk: Desk, store: StoreSettings) -> None:
        self._desk = desk
        self._store = store

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "/v1/logs", "viewer", self.rows),
            Route("GET", "/v1/logs/{id}", "admin", self.open),
        ]

    async def rows(self, ask: Ask) -> list[dict[str, Any]]:
        """Who asked what and when, the latest first; any parameter but `since` and `until` is a filter."""
        from trigate.store.transcript import list_transcripts  # noqa: PLC0415 - SQL is loaded when it is needed

        since, until = moment(ask.query.get("since", DEFAULT_SINCE)), moment(ask.query.get("until", "0"))
        only = {name: value for name, value in ask.query.items() if name not in OWN}
        tenant = ask.operator.organisation or None
        return await self._desk.query(lambda connection: list_transcripts(connection, since, until, only, tenant))

    async def open(self, ask: Ask) -> dict[str, Any]:
        """What was said, by the id of the call or of the request."""
        from trigate.store.audit import note  # noqa: PLC0415 - SQL is loaded when it is needed
        from trigate.store.master_key import derive, read_master_key  # noqa: PLC0415 - likewise
        from trigate.store.transcript import open_transcript  # noqa: PLC0415 - likewise

        name, operator = ask.names["id"], ask.operator

        def read(connection: Any) -> dict[str, Any]:
            key = derive(read_master_key(self._store), PURPOSE)
            row, content = open_transcript(connection, key, name, operator.organisation or None)
            actor = f"operator:{operator.name}"
            note(connection, actor, "read", "transcript", row["id"], organisation=row["organisation"])
            return row | content

        return await self._desk.note(read)
