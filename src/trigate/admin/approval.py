"""Calls that wait for an operator: listed, shown, approved and denied."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from trigate.admin.desk import Desk
from trigate.admin.operator import Operator
from trigate.admin.route import Ask, Route
from trigate.core.clock import clock
from trigate.store.settings import StoreSettings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trigate.store.approval import Approval, Decision

PURPOSE = "policy.consent"
"""What the key is made for that arguments are sealed with."""
_STATE = "state"
_SECOND = 10**9


class Verdict(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a decision."""

    comment: Annotated[str, Meta(max_length=1000)] = ""


class Approvals:
    """Serves `/v1/approvals`; who reads a call's arguments is put into the audit."""

    def __init__(self, desk: Desk, store: StoreSettings, lasts: float) -> None:
        """`lasts`: seconds for which a decision holds."""
        self._desk = desk
        self._store = store
        self._lasts = int(lasts * _SECOND)

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "/v1/approvals", "viewer", self.rows),
            Route("GET", "/v1/approvals/{id}", "editor", self.open),
            Route("POST", "/v1/approvals/{id}/approve", "editor", self.approve),
            Route("POST", "/v1/approvals/{id}/deny", "editor", self.deny),
        ]

    async def rows(self, ask: Ask) -> list[dict[str, Any]]:
        """The latest first, without arguments; `state` and any other parameter keep only those with that word."""
        from trigate.store.approval_row import list_approvals  # noqa: PLC0415 - SQL is loaded when it is needed

        state, tenant = ask.query.get(_STATE, ""), ask.operator.organisation or None
        only = {name: value for name, value in ask.query.items() if name != _STATE}
        return await self._desk.query(lambda connection: list_approvals(connection, state, only, tenant))

    async def open(self, ask: Ask) -> dict[str, Any]:
        """One with its arguments."""
        from trigate.store.approval_row import read_approval  # noqa: PLC0415 - likewise
        from trigate.store.audit import note  # noqa: PLC0415 - likewise

        def read(connection: "Connection") -> dict[str, Any]:
            found = read_approval(connection, ask.names["id"], ask.operator.organisation or None)
            note(connection, _actor(ask.operator), "read", "approval", found.id, organisation=found.organisation)
            return self._shown(found)

        return await self._desk.note(read)

    async def approve(self, ask: Ask) -> dict[str, Any]:
        """Let the call be made, once."""
        return await self._decide(ask, "granted")

    async def deny(self, ask: Ask) -> dict[str, Any]:
        """Have it refused."""
        return await self._decide(ask, "denied")

    async def _decide(self, ask: Ask, decision: "Decision") -> dict[str, Any]:
        from trigate.store.approval_row import decide_approval  # noqa: PLC0415 - likewise

        comment, operator = ask.read(Verdict).comment, ask.operator
        own = (operator.key.name, operator.key.user) if operator.key is not None else ("", "")

        def write(connection: "Connection") -> dict[str, Any]:
            decided = decide_approval(
                connection,
                ask.names["id"],
                decision,
                _actor(operator),
                expires=clock.wall_ns() + self._lasts,
                comment=comment,
                organisation=operator.organisation or None,
                own=own,
            )
            return _row(decided)

        return await self._desk.note(write)

    def _shown(self, approval: "Approval") -> dict[str, Any]:
        from trigate.store.master_key import derive, read_master_key  # noqa: PLC0415 - likewise
        from trigate.store.seal import unseal  # noqa: PLC0415 - likewise

        key = derive(read_master_key(self._store), PURPOSE)
        text = unseal(key, approval.sealed, "the arguments of a call", approval.id)
        try:
            arguments = msgspec.json.decode(text)
        except msgspec.DecodeError:  # they were longer than is kept
            arguments = text.decode("utf-8", "replace") + "…"
        return _row(approval) | {"arguments": arguments}


def _row(approval: "Approval") -> dict[str, Any]:
    from trigate.store.approval_row import state_of  # noqa: PLC0415 - likewise

    shown = {name: getattr(approval, name) for name in approval.__struct_fields__ if name not in ("digest", "sealed")}
    return shown | {"state": state_of(approval)}


def _actor(operator: Operator) -> str:
    return f"operator:{operator.name}"
