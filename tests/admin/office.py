"""The admin API over a store of its own, asked by any operator."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from trigate.admin.api import Ruling, open_offline
from trigate.admin.door import answer
from trigate.admin.operator import Operator
from trigate.config.amendment import check_document, read_limit
from trigate.core.errors import GatewayError
from trigate.policy.limit import Limit
from trigate.policy.mention import Mentions
from trigate.store.settings import StoreSettings

ADMIN = Operator("root", "admin")
EDITOR = Operator("ed", "editor")
VIEWER = Operator("vi", "viewer")


class Office:
    """Asks the admin API."""

    def __init__(
        self, settings: StoreSettings, limits: Sequence[Limit] = (), mentioned: Mentions | None = None
    ) -> None:
        ruling = Ruling(limits, read_limit, check_document, mentioned or {})
        self.router, self.close = open_offline(settings, ruling)

    async def ask(self, method: str, path: str, body: Any = None, operator: Operator = ADMIN, /, **query: str) -> Any:
        """The answer's JSON; raises what the API raises."""
        payload = b"" if body is None else msgspec.json.encode(body)
        head, data = await answer(self.router, operator, method, (path, urlencode(query)), payload)
        return msgspec.json.decode(data.payload) if data.payload else head.status

    async def refused(self, method: str, path: str, body: Any = None, by: Operator = ADMIN) -> GatewayError:
        """The error it raises."""
        try:
            found = await self.ask(method, path, body, by)
        except GatewayError as error:
            return error
        raise AssertionError(f"{method} {path} was not refused: {found}")


@asynccontextmanager
async def office(
    folder: Path, limits: Sequence[Limit] = (), mentioned: Mentions | None = None
) -> AsyncIterator[Office]:
    """An office with two organisations, each with a team."""
    made = Office(StoreSettings(directory=str(folder)), limits, mentioned)
    try:
        for name in ("acme", "umbrella"):
            await made.ask("PUT", f"/v1/organisations/{name}", {})
            await made.ask("PUT", f"/v1/teams/{name}-team", {"organisation": name})
        yield made
    finally:
        await asyncio.sleep(0)
        made.close()
