"""The admin API: every address it has."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from trigate.admin.answers import Announce, clear_route
from trigate.admin.approval import Approvals
from trigate.admin.budget import Budgets, ReadLimit
from trigate.admin.connection import Connections, Consult
from trigate.admin.desk import Desk
from trigate.admin.document import Check, Documents
from trigate.admin.door import Door
from trigate.admin.drain import drain_route
from trigate.admin.feedback import FeedbackRows
from trigate.admin.health import Health
from trigate.admin.key import Keys
from trigate.admin.log import Logs
from trigate.admin.login import Logins
from trigate.admin.metrics import metrics_route
from trigate.admin.operator import Operators
from trigate.admin.party import party_routes
from trigate.admin.pin import Pins
from trigate.admin.route import Route, Router
from trigate.admin.settings import AdminSettings
from trigate.admin.usage import Usage
from trigate.core.ids import Ids
from trigate.policy.limit import Limit
from trigate.policy.mention import Mentions
from trigate.store.amendment import forget_amendments
from trigate.store.keeper import Keeper
from trigate.store.settings import StoreSettings
from trigate.telemetry.meter import Meter


class Ruling(Struct, frozen=True):
    """What the API must know of rules and limits, whose language it does not speak itself."""

    own: Sequence[Limit]
    """The limits of the file."""
    read: ReadLimit
    check: Check
    mentioned: Mentions = {}
    """Names that the file says something about, which an operator of one organisation gives to nobody."""
    approved_for: float = 600.0
    """Seconds for which a decision about a call that waits for approval holds."""


class Running(Struct, frozen=True):
    """What only a gateway that runs has."""

    settings: AdminSettings
    health: Health
    meter: Meter
    ids: Ids
    announce: Announce
    """Runs a service in every worker."""
    consult: Consult | None = None
    """Asks a service of the control process."""


def open_door(running: Running, store: StoreSettings, keeper: Keeper, ruling: Ruling) -> Door:
    """The admin port."""
    desk = Desk(keeper, _nobody)
    further = [
        metrics_route(running.meter, running.health.checks),
        drain_route(_end_gateway),
        clear_route(running.announce),
    ]
    router = Router([*routes(desk, ruling, store, running.announce, running.consult), *further])
    return Door(running.health, Operators(running.settings, Path(store.directory)), desk, router, running.ids)


def open_offline(store: StoreSettings, ruling: Ruling) -> tuple[Router, Callable[[], None]]:
    """The API over a store that no gateway uses at the moment, and what closes it; needs a running loop."""
    keeper = Keeper(store, asyncio.get_running_loop())
    # What a gateway remembers of rules and limits is no longer true once they are changed without it.
    return Router(routes(Desk(keeper, lambda: forget_amendments(store)), ruling, store)), keeper.drain


def routes(
    desk: Desk,
    ruling: Ruling,
    store: StoreSettings,
    announce: Announce | None = None,
    consult: Consult | None = None,
) -> list[Route]:
    """The addresses that need nothing but the store; `announce` has workers hear of what changes, if there are any."""
    return [
        *Keys(desk, ruling.mentioned).routes(),
        *party_routes(desk, ruling.mentioned, announce),
        *Documents(desk, "access", "/v1/access", ruling.check).routes(),
        *Documents(desk, "limit", "/v1/limits", ruling.check).routes(),
        *Budgets(desk, ruling.own, ruling.read).routes(),
        *Usage(desk).routes(),
        *FeedbackRows(desk).routes(),
        *Logins(desk).routes(),
        *Logs(desk, store).routes(),
        *Approvals(desk, store, ruling.approved_for).routes(),
        *Pins(desk, announce).routes(),
        *Connections(desk, announce, consult).routes(),
    ]


def _end_gateway() -> None:
    # The supervisor, whose child the control process is, drains the workers first.
    os.kill(os.getppid(), signal.SIGTERM)


def _nobody() -> None:
    return
