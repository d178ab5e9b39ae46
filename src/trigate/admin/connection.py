"""Connections of users and teams to servers: listed, and ended here and at the server that gave the tokens."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from trigate.admin.answers import Announce
from trigate.admin.desk import Desk
from trigate.admin.key import check_roles
from trigate.admin.operator import Operator
from trigate.admin.route import Ask, Route
from trigate.core.connection import Connection, Subject
from trigate.core.errors import BadRequest, Forbidden, UnknownName
from trigate.outbound.oauth.order import CHANGED, SERVICE, Ended, Given, Lead, Revoke, changed, encode
from trigate.outbound.user_key import KIND, Wanted, check_key, read_given, row_of
from trigate.outbound.user_key import SERVICE as KEYS
from trigate.store.directory import User

if TYPE_CHECKING:
    from trigate.store.vault import Vault

Consult = Callable[[str, bytes], Awaitable[bytes | None]]
"""What a service of this process answers; None if it is not offered."""


class NewKey(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a key that is kept."""

    key: str

    def __repr__(self) -> str:
        return "NewKey()"


FILTERS = ("server", "user", "team")


class Connections:
    """Serves `/v1/connections`."""

    def __init__(self, desk: Desk, announce: Announce | None, consult: Consult | None) -> None:
        """Without a gateway that runs, a connection is forgotten here alone."""
        self._desk = desk
        self._announce = announce
        self._consult = consult

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "/v1/connections", "viewer", self.list),
            Route("DELETE", "/v1/connections/{id}", "editor", self.revoke),
            Route("POST", "/v1/connections/{server}/link", "editor", self.link),
            Route("PUT", "/v1/connections/{server}/users/{user}", "editor", self.add),
        ]

    async def list(self, ask: Ask) -> list[dict[str, Any]]:
        """In the order of servers; of one `server`, `user` or `team` only if told. Nothing of what proves them."""
        equal = {name: ask.query[name] for name in FILTERS if name in ask.query}
        return [asdict(each) for each in await self._find(ask.operator, equal)]

    async def revoke(self, ask: Ask) -> dict[str, str]:
        """End a connection; `problem` says why its tokens may still be good at the server that gave them."""
        id, operator = ask.names["id"], ask.operator
        found = await self._find(operator, {"id": id})
        if not found:
            raise UnknownName(f"there is no connection {id!r}")
        if operator.organisation and found[0].subject == "gateway":
            raise Forbidden("an operator of one organisation does not end what is everybody's")
        actor = f"operator:{operator.name}"
        problem = await self._end(id, actor) if found[0].kind != KIND else await self._drop(id, actor)
        if self._announce is not None:
            await self._announce(CHANGED, changed(found[0].server, found[0].subject))
        return {"server": found[0].server, "subject": found[0].subject, "problem": problem}

    async def add(self, ask: Ask) -> dict[str, str]:
        """Keep a user's key for a server with a credential of the kind `user_key`, in place of the one before."""
        server, user, key = ask.names["server"], ask.names["user"], ask.read(NewKey).key
        check_key(key)
        message = await self._consult(KEYS, encode(Wanted(server))) if self._consult is not None else None
        if message is not None and (problem := read_given(message).problem):
            raise BadRequest(problem)
        row = await self._desk.read(ask.operator, lambda rows: rows.get(User, user))
        check_roles(row.roles, ask.operator)  # whoever chooses the key chooses as whom that user acts
        made = row_of(server, Subject(row.organisation, user=user))

        def put(vault: "Vault") -> None:
            from trigate.store.connection_row import put_connection  # noqa: PLC0415 - SQL is loaded when it is needed

            put_connection(vault, made, key)

        await self._desk.unlock(put, f"operator:{ask.operator.name}")
        if self._announce is not None:
            await self._announce(CHANGED, changed(server, made.subject))
        return {"server": server, "subject": made.subject}

    async def link(self, ask: Ask) -> dict[str, str]:
        """Where the gateway itself is connected to a server: whoever opens it connects an account for everybody."""
        if ask.operator.organisation:
            raise Forbidden("an operator of one organisation does not connect what is everybody's")
        message = await self._consult(SERVICE, encode(Lead(ask.names["server"]))) if self._consult is not None else None
        if message is None:
            raise BadRequest("no gateway that knows the server runs: start it first")
        given = msgspec.msgpack.decode(message, type=Given)
        if not given.link:
            raise BadRequest(given.problem)
        return {"server": ask.names["server"], "link": given.link}

    async def _end(self, id: str, actor: str) -> str:
        message = await self._consult(SERVICE, encode(Revoke(id, actor))) if self._consult is not None else None
        if message is not None:
            return msgspec.msgpack.decode(message, type=Ended).problem
        await self._drop(id, actor)
        return "no gateway that knows the server runs: its tokens end by themselves"

    async def _drop(self, id: str, actor: str) -> str:
        def drop(vault: "Vault") -> None:
            from trigate.store.connection_row import drop_connection  # noqa: PLC0415 - SQL is loaded when it is needed

            drop_connection(vault, id)

        await self._desk.unlock(drop, actor)
        return ""

    async def _find(self, operator: Operator, equal: dict[str, str]) -> Sequence[Connection]:
        tenant = {"organisation": operator.organisation} if operator.organisation else {}

        def find(vault: "Vault") -> Sequence[Connection]:
            from trigate.store.connection_row import list_connections  # noqa: PLC0415 - as above

            return list_connections(vault, **equal | tenant)

        return await self._desk.unlock(find)
