"""The control process's side of the register: does what workers ask, in the store."""

from typing import TYPE_CHECKING

import msgspec

from trigate.core.bus import BusClosed, BusStream
from trigate.core.errors import GatewayError
from trigate.llm.resource.register import Order, Told, encode, read_order
from trigate.store.keeper import Keeper

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST = 10_000
"""Rows of one page, whatever is asked for."""


class Registrar:
    """The service (core.bus.Service)."""

    __slots__ = ("_keeper",)

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One order."""
        try:
            order = read_order(opening)
            if order.act in ("find", "list"):
                told = await self._keeper.peek(lambda connection: _look(connection, order))
            else:
                told = await self._keeper.write(lambda connection: _do(connection, order))
        except msgspec.DecodeError:
            told = Told(problem="the order cannot be read")
        except GatewayError as error:
            told = Told(problem=error.message)
        try:
            await stream.send(encode(told))
        except BusClosed:
            return  # the worker has gone


def _look(connection: "Connection", order: Order) -> Told:
    from trigate.store.holding_row import find_holding, list_holdings  # noqa: PLC0415 - SQL is loaded in the thread

    held, page = order.holding, order.page
    if page is None:
        found = find_holding(connection, held.id, held.owner)
        return Told(holdings=(found,) if found is not None else ())
    limit = min(page.limit, MOST)
    rows = list_holdings(connection, held.kind, held.owner, limit, page.cursor, ascending=page.ascending)
    return Told(holdings=tuple(rows))


def _do(connection: "Connection", order: Order) -> Told:
    from trigate.store.holding_row import (  # noqa: PLC0415 - as above
        drop_holding,
        note_holding,
        put_holding,
        settle_holding,
    )

    held = order.holding
    if order.act == "put":
        put_holding(connection, held)
        return Told(done=True)
    if order.act == "note":
        return Told(done=note_holding(connection, held.id, held.owner, held.body))
    done = settle_holding if order.act == "settle" else drop_holding
    return Told(done=done(connection, held.id, held.owner))
