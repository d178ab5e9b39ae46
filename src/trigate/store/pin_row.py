"""Definitions of what servers offer, as rows: what was approved stays, what came later waits beside it."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ColumnElement

from trigate.core.clock import clock
from trigate.core.errors import StoreUnavailable, UnknownName
from trigate.store.audit import note
from trigate.store.pin import Mode, Pin, Sighting, Sort, Verdict
from trigate.store.schema import audit, pins

GATEWAY = "gateway"
"""Who acts where no operator does."""
MOST_ROWS = 10_000
"""Of one server: what it shows beyond is held back until an operator forgets what is gone."""
MOST_BYTES = 32 * 2**20
"""Of one server's definitions; what it shows beyond is known by its digest alone."""
MOST_NOTED = 100
"""Changes of one server that are put into the audit within an hour; the rows tell of all."""
_HOUR_NS = 3600 * 10**9
_AT_ONCE = 500
_COLUMNS = [pins.c[name] for name in Pin.__struct_fields__]
_SMALL = [each for each in _COLUMNS if each.name not in ("definition", "found")]
"""Without what may be long."""
_UNKNOWN = b"{}"
"""In place of a definition that is not kept."""


def take_sightings(
    connection: Connection, server: str, kind: Sort, mode: Mode, sightings: Sequence[Sighting]
) -> list[Verdict]:
    """Compare what was seen with what holds, note what is new, and say what is to be held back; power-safe.

    What differs from what holds is put into the audit once. Raises StoreUnavailable if another process has just noted
    the same.
    """
    taker = _Taker(connection, server, kind, mode)
    rows = {each.name: each for each in _rows_of(connection, server, kind, [each.name for each in sightings])}
    try:
        return [taker.take(each, rows.get(each.name)) for each in sightings]
    except IntegrityError:
        raise StoreUnavailable("another process has just noted the same; ask again") from None


class _Taker:
    """One report of one server."""

    def __init__(self, connection: Connection, server: str, kind: Sort, mode: Mode) -> None:
        self._connection = connection
        self._server = server
        self._kind: Sort = kind
        self._mode = mode
        size = func.coalesce(func.sum(func.length(pins.c.definition) + func.length(pins.c.found)), 0)
        counted = connection.execute(select(func.count(), size).where(pins.c.server == server)).one()
        self._rows, self._bytes = int(counted[0]), int(counted[1])

    def take(self, seen: Sighting, row: Pin | None) -> Verdict:
        said = "\n".join(seen.suspicions)
        if row is None:
            if self._rows >= MOST_ROWS:
                return Verdict(seen.name, None if self._mode == "off" else "crowded")
            noted = self._noted(seen)
            row = Pin(
                server=self._server, kind=self._kind, name=seen.name, suspicions=said, seen=clock.wall_ns(), **noted
            )
            self._connection.execute(insert(pins).values(**structs.asdict(row)))
            self._rows += 1
        elif seen.digest == row.digest:
            if row.found_digest or said != row.suspicions:
                _change(self._connection, row, {"found_digest": "", "found": b"", "suspicions": said})
        elif self._mode == "off" and not row.decided_by:
            values = self._noted(seen) | {"suspicions": said, "seen": clock.wall_ns()}
            row = _change(self._connection, row, values)
        elif seen.digest != row.found_digest:
            self._drift(seen, row, said)
        return self._verdict(seen, row)

    def _drift(self, seen: Sighting, row: Pin, said: str) -> None:
        body = self._body(seen.definition)
        found = {"found_digest": seen.digest, "found": body, "suspicions": said, "seen": clock.wall_ns()}
        _change(self._connection, row, found)
        if row.digest and not row.found_digest and _noted_lately(self._connection, self._server) < MOST_NOTED:
            detail = {"digest": row.digest, "found": seen.digest}
            note(self._connection, GATEWAY, "drift", self._kind, row.place, detail=detail)

    def _noted(self, seen: Sighting) -> dict[str, Any]:
        """A definition that nobody has decided on: it holds, or it waits."""
        if self._mode == "approved":
            return {"found_digest": seen.digest, "found": self._body(seen.definition)}
        return {"digest": seen.digest, "definition": self._body(seen.definition), "found_digest": "", "found": b""}

    def _body(self, definition: bytes) -> bytes:
        if self._bytes + len(definition) > MOST_BYTES:
            return _UNKNOWN
        self._bytes += len(definition)
        return definition

    def _verdict(self, seen: Sighting, row: Pin) -> Verdict:
        same, decided = seen.digest == row.digest, bool(row.decided_by)
        if self._mode == "off" or (same and (decided or self._mode == "first_seen")):
            return Verdict(seen.name, None, same and decided)
        return Verdict(seen.name, "changed" if row.digest and not same else "new")


def list_pins(connection: Connection, server: str = "", kind: str = "", name: str = "") -> list[Pin]:
    """All rows, or those of one server, kind or name, in order."""
    query = select(*_COLUMNS).where(*_are(server, kind, name)).order_by(pins.c.server, pins.c.kind, pins.c.name)
    return [Pin(**row) for row in connection.execute(query).mappings()]


def name_pins(connection: Connection) -> list[tuple[str, Sort, str]]:
    """Server, kind and name of everything that was seen."""
    query = select(pins.c.server, pins.c.kind, pins.c.name).order_by(pins.c.server, pins.c.kind, pins.c.name)
    return [(server, kind, name) for server, kind, name in connection.execute(query)]


def approve_pins(connection: Connection, server: str, kind: str, name: str, digest: str, actor: str) -> list[Pin]:
    """Let the definitions hold that were seen last: of one thing, or of all of a kind or server; power-safe, audited.

    `digest` is how that of the definition begins that was looked at, so that none is approved that came in the
    meantime; empty for whichever is there. Raises UnknownName.
    """
    rows = list_pins(connection, server, kind, name)
    wanted = [each for each in rows if (each.found_digest or each.digest).startswith(digest)]
    if not wanted:
        raise UnknownName(f"nothing of {_called(server, kind, name)} was seen yet{' with this digest' if rows else ''}")
    decided: list[Pin] = []
    for each in wanted:
        if each.decided_by and not each.found_digest:
            continue
        now_holds = {"digest": each.found_digest or each.digest, "definition": each.found or each.definition}
        rest = {"found_digest": "", "found": b"", "decided_by": actor, "decided": clock.wall_ns()}
        decided.append(_change(connection, each, now_holds | rest))
        detail = {"digest": now_holds["digest"], "before": each.digest}
        note(connection, actor, "approve", each.kind, each.place, detail=detail)
    return decided


def forget_pins(connection: Connection, server: str, kind: str, name: str, actor: str) -> int:
    """Forget one thing, or all of a kind or server, as if it had never been seen; how many; power-safe, audited.

    Raises UnknownName.
    """
    count = connection.execute(delete(pins).where(*_are(server, kind, name))).rowcount
    if not count:
        raise UnknownName(f"nothing of {_called(server, kind, name)} was seen yet")
    note(connection, actor, "forget", kind or "server", f"{server}/{name}" if name else server, detail={"count": count})
    return count


def _rows_of(connection: Connection, server: str, kind: Sort, names: Sequence[str]) -> Iterator[Pin]:
    """Without their definitions."""
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        query = select(*_SMALL).where(*_are(server, kind), pins.c.name.in_(some))
        for row in connection.execute(query).mappings():
            yield Pin(**row)


def _are(server: str, kind: str = "", name: str = "") -> list[ColumnElement[bool]]:
    wanted = ((pins.c.server, server), (pins.c.kind, kind), (pins.c.name, name))
    return [column == value for column, value in wanted if value]


def _called(server: str, kind: str, name: str) -> str:
    return f"{kind or 'thing'} {name!r} of server {server!r}" if name else f"server {server!r}"


def _noted_lately(connection: Connection, server: str) -> int:
    since = audit.c.time > clock.wall_ns() - _HOUR_NS
    own = audit.c.name.startswith(f"{server}/", autoescape=True)
    query = select(func.count()).select_from(audit).where(since, audit.c.act == "drift", own)
    return connection.execute(query).scalar_one()


def _change(connection: Connection, row: Pin, values: dict[str, Any]) -> Pin:
    # By all three, though a server may have called something nothing at all.
    exactly = (pins.c.server == row.server, pins.c.kind == row.kind, pins.c.name == row.name)
    connection.execute(update(pins).where(*exactly).values(**values))
    return structs.replace(row, **values)
