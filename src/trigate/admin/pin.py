"""Tools' definitions that operators hold servers to: listed with what has changed, and approved."""

from typing import TYPE_CHECKING, Any

from msgspec import Raw, Struct

from trigate.admin.answers import Announce
from trigate.admin.desk import Desk
from trigate.admin.route import Ask, Route
from trigate.core.errors import Forbidden
from trigate.store.likeness import look_alikes
from trigate.store.pin import CHANGED, Pin

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Approval(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an approval."""

    tool: str = ""
    """Of all the server's tools if empty."""
    digest: str = ""
    """How that of the definition begins that was looked at; whichever is there if empty."""


class Pins:
    """Serves `/v1/pins`: tools belong to no organisation, so only operators of the whole gateway see them."""

    def __init__(self, desk: Desk, announce: Announce | None = None) -> None:
        """`announce` tells the workers; None where there are none."""
        self._desk = desk
        self._announce = announce

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "/v1/pins", "viewer", self.rows),
            Route("POST", "/v1/pins/{server}/approve", "editor", self.approve),
        ]

    async def rows(self, ask: Ask) -> list[dict[str, Any]]:
        """Every tool that was seen, or those of `server`, each with what is to be said of it."""
        from trigate.store.pin_row import list_pins  # noqa: PLC0415 - SQL is loaded when it is needed

        _refuse_tenants(ask)
        found = await self._desk.query(list_pins)
        alike = look_alikes((each.server, each.tool) for each in found)
        wanted = ask.query.get("server", "")
        return [_row(each, alike.get((each.server, each.tool), [])) for each in found if wanted in {"", each.server}]

    async def approve(self, ask: Ask) -> list[dict[str, Any]]:
        """Let what was seen last hold; every worker knows within a second."""
        from trigate.store.pin_row import approve_pins  # noqa: PLC0415 - likewise

        _refuse_tenants(ask)
        wanted, server, actor = ask.read(Approval), ask.names["server"], f"operator:{ask.operator.name}"

        def write(connection: "Connection") -> list[Pin]:
            return approve_pins(connection, server, wanted.tool, wanted.digest, actor)

        decided = await self._desk.note(write)
        if self._announce is not None:
            await self._announce(CHANGED, server.encode())
        return [_row(each, []) for each in decided]


def _row(pin: Pin, alike: list[str]) -> dict[str, Any]:
    return {
        "server": pin.server,
        "tool": pin.tool,
        "state": _state(pin),
        "suspicions": pin.suspicions.split("\n") if pin.suspicions else [],
        "alike": alike,
        "decided_by": pin.decided_by,
        "decided": pin.decided,
        "seen": pin.seen,
        "digest": pin.found_digest or pin.digest,
        "definition": _json(pin.definition),
        "found": _json(pin.found),
    }


def _state(pin: Pin) -> str:
    if pin.found_digest:
        return "changed" if pin.digest else "new"
    return "approved" if pin.decided_by else "seen"


def _json(text: bytes) -> Raw | None:
    return Raw(text) if text else None


def _refuse_tenants(ask: Ask) -> None:
    if ask.operator.organisation:
        raise Forbidden("tool servers belong to the whole gateway, not to an organisation")
