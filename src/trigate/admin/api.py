"""The admin API: every address it has."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

from trigate.admin.desk import Desk
from trigate.admin.document import Check, Documents
from trigate.admin.door import Door
from trigate.admin.drain import drain_route
from trigate.admin.health import Health
from trigate.admin.key import Keys
from trigate.admin.operator import Operators
from trigate.admin.party import party_routes
from trigate.admin.route import Route, Router
from trigate.admin.settings import AdminSettings
from trigate.core.ids import Ids
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings

Drain = Callable[[], None]


def open_door(
    settings: AdminSettings, store: StoreSettings, keeper: Keeper, health: Health, check: Check, ids: Ids
) -> Door:
    """The admin port of a gateway that runs."""
    desk = Desk(keeper, _nobody)
    operators = Operators(settings, Path(store.directory))
    return Door(health, operators, desk, Router(routes(desk, check, _end_gateway)), ids)


def routes(desk: Desk, check: Check, drain: Drain | None) -> list[Route]:
    """All of them; without `drain` those of a command that works on the store alone."""
    return [
        *Keys(desk).routes(),
        *party_routes(desk),
        *Documents(desk, "access", "/v1/access", check).routes(),
        *Documents(desk, "limit", "/v1/limits", check).routes(),
        *([drain_route(drain)] if drain is not None else []),
    ]


def open_offline(settings: StoreSettings, check: Check) -> tuple[Router, Callable[[], None]]:
    """The API over a store that no gateway uses at the moment, and what closes it; needs a running loop."""
    keeper = Keeper(settings, asyncio.get_running_loop())
    return Router(routes(Desk(keeper, _nobody), check, None)), keeper.drain


def _end_gateway() -> None:
    # The supervisor, whose child the control process is, drains the workers first.
    os.kill(os.getppid(), signal.SIGTERM)


def _nobody() -> None:
    return
