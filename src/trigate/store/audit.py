"""The audit: who changed what, as a chain in which every row vouches for the one before."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select, update

from trigate.core.clock import clock
from trigate.store.schema import audit, meta

HEAD = "audit"
_MEMBERS = ("number", "time", "actor", "act", "kind", "name", "organisation", "detail")


class Act(Struct, frozen=True, kw_only=True):
    """One row: `actor` did `act` (create, update, rotate …) to the `kind` of thing of this `name`."""

    number: int
    time: int
    """Nanoseconds since the epoch."""
    actor: str
    act: str
    kind: str
    name: str
    organisation: str = ""
    detail: str = "{}"
    """JSON of what was set; never a secret."""


def note(  # noqa: PLR0913 - what an act is
    connection: Connection,
    actor: str,
    act: str,
    kind: str,
    name: str,
    *,
    organisation: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one row; the transaction must be power-safe, and `detail` hold no secret."""
    # The head's row is locked by its update until the end of the transaction: the chain has no forks.
    connection.execute(update(meta).where(meta.c.name == HEAD).values(number=meta.c.number + 1))
    head = connection.execute(select(meta.c.number, meta.c.data).where(meta.c.name == HEAD)).one()
    row: dict[str, Any] = {
        "number": head.number, "time": clock.wall_ns(), "actor": actor, "act": act, "kind": kind, "name": name,
        "organisation": organisation, "detail": msgspec.json.encode(detail or {}).decode(),
    }  # fmt: skip
    digest = _digest(head.data or b"", row)
    connection.execute(audit.insert().values(**row, digest=digest))
    connection.execute(update(meta).where(meta.c.name == HEAD).values(data=digest))


def acts(connection: Connection, *, before: int = 0, limit: int = 100, organisation: str | None = None) -> list[Act]:
    """The newest rows, newest first, those before row `before` if given; of one organisation only if told."""
    query = select(*(audit.c[name] for name in _MEMBERS)).order_by(audit.c.number.desc()).limit(limit)
    if before:
        query = query.where(audit.c.number < before)
    if organisation is not None:
        query = query.where(audit.c.organisation == organisation)
    return [Act(**row) for row in connection.execute(query).mappings()]


def first_broken(connection: Connection) -> int:
    """The number of the first row that does not fit the one before it; 0 if the chain is whole.

    The first row that is still there is taken as it is: what was before it has been removed by retention.
    """
    previous: Any = None
    last = 0
    for row in connection.execute(select(audit).order_by(audit.c.number)).mappings():
        members = {name: row[name] for name in _MEMBERS}
        if previous is not None and (row["number"] != last + 1 or row["digest"] != _digest(previous, members)):
            return row["number"]
        previous, last = row["digest"], row["number"]
    head = connection.execute(select(meta.c.number, meta.c.data).where(meta.c.name == HEAD)).one()
    return 0 if last in (0, head.number) and previous in (None, head.data) else head.number


def _digest(previous: bytes, row: dict[str, Any]) -> bytes:
    content: Sequence[Any] = [row[name] for name in _MEMBERS]
    return blake2b(msgspec.json.encode(content), key=previous[:64], digest_size=32).digest()
