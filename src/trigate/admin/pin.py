"""Definitions that operators hold servers to: listed with what has changed, approved and forgotten."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Raw, Struct

from trigate.admin.answers import Announce
from trigate.admin.desk import Desk
from trigate.admin.route import Ask, Route
from trigate.core.errors import Forbidden
from trigate.store.likeness import look_alikes
from trigate.store.pin import CHANGED, Pin, Sort

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Approval(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an approval."""

    kind: Literal["", "tool", "prompt", "resource", "template"] = ""
    """Of all kinds if empty."""
    name: str = ""
    """Of everything of the kind if empty."""
    digest: str = ""
    """How that of the definition begins that was looked at; whichever is there if empty."""


class Gone(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be forgotten; see Approval."""

    kind: Literal["", "tool", "prompt", "resource", "template"] = ""
    name: str = ""


class Pins:
    """Serves `/v1/pins`: servers belong to no organisation, so only operators of the whole gateway see them."""

    def __init__(self, desk: Desk, announce: Announce | None = None) -> None:
        """`announce` tells the workers; None where there are none."""
        self._desk = desk
        self._announce = announce

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("GET", "/v1/pins", "viewer", self.rows),
            Route("POST", "/v1/pins/{server}/approve", "editor", self.approve),
            Route("POST", "/v1/pins/{server}/forget", "editor", self.forget),
        ]

    async def rows(self, ask: Ask) -> list[dict[str, Any]]:
        """Everything that was seen, or what `server` has, each with what is to be said of it."""
        _refuse_tenants(ask)
        wanted = ask.query.get("server", "")

        def find(connection: "Connection") -> tuple[Mapping[Sort, Mapping[tuple[str, str], list[str]]], list[Pin]]:
            from trigate.store.pin_row import list_pins, name_pins  # noqa: PLC0415 - SQL is loaded when it is needed

            return _alike(name_pins(connection)), list_pins(connection, wanted)

        alike, found = await self._desk.query(find)  # in a thread: there may be many, and all of them are compared
        return [_row(each, alike.get(each.kind, {}).get((each.server, each.name), [])) for each in found]

    async def approve(self, ask: Ask) -> list[dict[str, Any]]:
        """Let what was seen last hold; every worker knows within a second."""
        from trigate.store.pin_row import approve_pins  # noqa: PLC0415 - likewise

        _refuse_tenants(ask)
        wanted, server, actor = ask.read(Approval), ask.names["server"], f"operator:{ask.operator.name}"

        def write(connection: "Connection") -> list[Pin]:
            return approve_pins(connection, server, wanted.kind, wanted.name, wanted.digest, actor)

        decided = await self._desk.note(write)
        await self._tell(server)
        return [_row(each, []) for each in decided]

    async def forget(self, ask: Ask) -> dict[str, int]:
        """Take things for things that were never seen: what is gone makes room, what is there is judged anew."""
        from trigate.store.pin_row import forget_pins  # noqa: PLC0415 - likewise

        _refuse_tenants(ask)
        wanted, server, actor = ask.read(Gone), ask.names["server"], f"operator:{ask.operator.name}"
        count = await self._desk.note(lambda rows: forget_pins(rows, server, wanted.kind, wanted.name, actor))
        await self._tell(server)
        return {"forgotten": count}

    async def _tell(self, server: str) -> None:
        if self._announce is not None:
            await self._announce(CHANGED, server.encode())


def _alike(names: Sequence[tuple[str, Sort, str]]) -> Mapping[Sort, Mapping[tuple[str, str], list[str]]]:
    """Tools and prompts are chosen by their names, by people and models; resources are not."""
    chosen: tuple[Sort, ...] = ("tool", "prompt")
    return {kind: look_alikes((server, name) for server, sort, name in names if sort == kind) for kind in chosen}


def _row(pin: Pin, alike: list[str]) -> dict[str, Any]:
    return {
        "server": pin.server,
        "kind": pin.kind,
        "name": pin.name,
        "place": pin.place,
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
