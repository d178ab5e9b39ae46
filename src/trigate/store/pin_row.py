"""Definitions of tools, as rows: what was approved stays, what came later waits beside it."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable, UnknownName
from trigate.store.audit import note
from trigate.store.pin import Mode, Pin, Sighting, Verdict
from trigate.store.schema import pins

GATEWAY = "gateway"
"""Who acts where no operator does."""
_COLUMNS = [pins.c[name] for name in Pin.__struct_fields__]


def take_sightings(connection: Connection, server: str, mode: Mode, sightings: Sequence[Sighting]) -> list[Verdict]:
    """Compare what was seen with what holds, note what is new, and say what is to be held back; power-safe.

    What differs from what holds is put into the audit once. Raises StoreUnavailable if another process has just noted
    the same.
    """
    rows = {each.tool: each for each in list_pins(connection, server)}
    try:
        return [_take(connection, server, mode, each, rows.get(each.tool)) for each in sightings]
    except IntegrityError:
        raise StoreUnavailable("another process has just noted the same; ask again") from None


def _take(connection: Connection, server: str, mode: Mode, seen: Sighting, row: Pin | None) -> Verdict:
    said = "\n".join(seen.suspicions)
    if row is None:
        row = Pin(server=server, tool=seen.tool, suspicions=said, seen=clock.wall_ns(), **_noted(mode, seen))
        connection.execute(insert(pins).values(**structs.asdict(row)))
    elif seen.digest == row.digest:
        if row.found_digest or said != row.suspicions:
            _change(connection, row, {"found_digest": "", "found": b"", "suspicions": said})
    elif mode == "off" and not row.decided_by:
        row = _change(connection, row, _noted(mode, seen) | {"suspicions": said, "seen": clock.wall_ns()})
    elif seen.digest != row.found_digest:
        found = {"found_digest": seen.digest, "found": seen.definition, "suspicions": said, "seen": clock.wall_ns()}
        _change(connection, row, found)
        if row.digest:
            detail = {"digest": row.digest, "found": seen.digest}
            note(connection, GATEWAY, "drift", "tool", f"{server}/{seen.tool}", detail=detail)
    return _verdict(mode, seen, row)


def _noted(mode: Mode, seen: Sighting) -> dict[str, Any]:
    """A definition that nobody has decided on: it holds, or it waits."""
    if mode == "approved":
        return {"found_digest": seen.digest, "found": seen.definition}
    return {"digest": seen.digest, "definition": seen.definition, "found_digest": "", "found": b""}


def _verdict(mode: Mode, seen: Sighting, row: Pin) -> Verdict:
    same, decided = seen.digest == row.digest, bool(row.decided_by)
    if mode == "off" or (same and (decided or mode == "first_seen")):
        return Verdict(seen.tool, None, same and decided)
    return Verdict(seen.tool, "changed" if row.digest and not same else "new")


def list_pins(connection: Connection, server: str = "") -> list[Pin]:
    """All rows, or those of one server, by name."""
    query = select(*_COLUMNS).order_by(pins.c.server, pins.c.tool)
    if server:
        query = query.where(pins.c.server == server)
    return [Pin(**row) for row in connection.execute(query).mappings()]


def approve_pins(connection: Connection, server: str, tool: str, digest: str, actor: str) -> list[Pin]:
    """Let the definitions hold that were seen last: of one tool, or of all if `tool` is empty; power-safe, audited.

    `digest` is how that of the definition begins that was looked at, so that none is approved that came in the
    meantime; empty for whichever is there. Raises UnknownName.
    """
    rows = [each for each in list_pins(connection, server) if tool in {"", each.tool}]
    wanted = [each for each in rows if (each.found_digest or each.digest).startswith(digest)]
    if not wanted:
        what = f"tool {tool!r} of server {server!r}" if tool else f"server {server!r}"
        raise UnknownName(f"nothing of {what} was seen yet" + (" with this digest" if rows else ""))
    decided: list[Pin] = []
    for each in wanted:
        if each.decided_by and not each.found_digest:
            continue
        now_holds = {"digest": each.found_digest or each.digest, "definition": each.found or each.definition}
        rest = {"found_digest": "", "found": b"", "decided_by": actor, "decided": clock.wall_ns()}
        decided.append(_change(connection, each, now_holds | rest))
        detail = {"digest": now_holds["digest"], "before": each.digest}
        note(connection, actor, "approve", "tool", f"{server}/{each.tool}", detail=detail)
    return decided


def _change(connection: Connection, row: Pin, values: dict[str, Any]) -> Pin:
    connection.execute(update(pins).where(pins.c.server == row.server, pins.c.tool == row.tool).values(**values))
    return structs.replace(row, **values)
