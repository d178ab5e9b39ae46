"""The ledger: one row for every call, written once however often its record comes."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection, Text
from sqlalchemy.exc import IntegrityError

from trigate.core.surroundings import PRIVATE
from trigate.store import schema

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""What a column of the database can hold."""
Small = Annotated[int, Meta(ge=0, le=2**15 - 1)]


class Charge(Struct, frozen=True, gc=False):
    """What a budget was charged for a call."""

    cell: str
    start: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    end: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    amount: Annotated[int, Meta(ge=-(10**15), le=10**15)]


class Used(Struct, frozen=True, gc=False):
    """The counts of one call."""

    input_tokens: Count = 0
    cache_read_tokens: Count = 0
    cache_write_tokens: Count = 0
    cache_write_long_tokens: Count = 0
    output_tokens: Count = 0
    reasoning_tokens: Count = 0
    tool_calls: Count = 0
    bytes_in: Count = 0
    bytes_out: Count = 0
    cost: Count = 0
    estimated: bool = False


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """What the ledger keeps of a record; the rest of it is for the access log.

    Hundreds are read at a time, and none can be part of a circle: the collector need not look at them. Members stand as
    records have them (policy.record), where each is looked for right behind the one before it.
    """

    time: Count = 0
    id: str
    exchange: str = ""
    request_id: str = ""
    lane: str = ""
    route: str = ""
    key: str = ""
    user: str = ""
    agent: str = ""
    team: str = ""
    organisation: str = ""
    on_behalf_of: str = ""
    trace: str = ""
    action: str = ""
    """Empty if no call came of the exchange: it is no row then."""
    resource: str = ""
    outcome: str = ""
    status: Small = 0
    duration: Count = 0
    first_byte: Count = 0
    target: str = ""
    attempts: Small = 0
    parent: str = ""
    prompt: str = ""
    charges: tuple[Charge, ...] = ()
    usage: Used = Used()
    kind: str = ""
    """Empty for a call."""


class Notice(Struct, frozen=True, kw_only=True):
    """A threshold of a limit that was reached."""

    id: str
    time: Count
    limit: str
    scope: str


class AlreadyThere(Exception):
    """Some of these rows have been written before."""


_decode = msgspec.json.Decoder(Entry).decode
_decode_notice = msgspec.json.Decoder(Notice).decode
NONE: Mapping[str, str] = {}
_NUL = b"\\u0000"


def read_entries(records: Sequence[bytes]) -> tuple[list[Entry], list[tuple[Notice, bytes]], int]:
    """The calls and the notices among `records`, and how many records are neither calls nor anything else known."""
    entries: list[Entry] = []
    notices: list[tuple[Notice, bytes]] = []
    unreadable = 0
    for record in records:
        if record.startswith(PRIVATE):
            continue  # not of a call; see store.opinion
        # PostgreSQL has no character for NUL, and what callers name themselves must not stop the ledger.
        clean = record.replace(_NUL, b"\\ufffd") if record.find(b"\\") >= 0 else record
        try:
            entry = _decode(clean)
            if entry.kind == "notice":
                notices.append((_decode_notice(clean), clean))
            elif entry.action:
                entries.append(entry)
        except (msgspec.DecodeError, UnicodeDecodeError):
            unreadable += 1
    return entries, notices, unreadable


def write_new(connection: Connection, entries: Sequence[Entry]) -> None:
    """Write rows of which none should be there, and charge their budgets; raises AlreadyThere, to be rolled back."""
    if not entries:
        return
    # What no row of a batch says is not handed over row by row, which costs as much as what is said.
    said = [each for each in zip(_columns(), zip(*map(_row, entries), strict=True), strict=True) if any(each[1])]
    rows = list(zip(*[values for _, values in said], strict=True))
    try:
        connection.exec_driver_sql(_insert(connection.dialect.name, tuple(name for name, _ in said)), rows)
    except IntegrityError:
        raise AlreadyThere from None
    _charge(connection, entries)


def without_known(connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
    """The entries that have no row yet, each once."""
    fresh = {each.id: each for each in entries}
    known = schema.ledger.c.id
    for start in range(0, len(entries), 500):
        ids = [each.id for each in entries[start : start + 500]]
        for found in connection.execute(
            schema.ledger.select().with_only_columns(known).where(known.in_(ids))
        ).scalars():
            fresh.pop(found, None)
    return list(fresh.values())


def write_notices(connection: Connection, notices: Sequence[tuple[Notice, bytes]]) -> None:
    """Write notices, each once."""
    for notice, body in notices:
        row = (notice.id, notice.time, notice.limit, notice.scope, body)
        connection.exec_driver_sql(_insert_notice(connection.dialect.name), row)


def _charge(connection: Connection, entries: Sequence[Entry]) -> None:
    sums: dict[tuple[str, int, int], int] = {}
    for entry in entries:
        for charge in entry.charges:
            cell = charge.cell, charge.start, charge.end
            sums[cell] = sums.get(cell, 0) + charge.amount
    if sums:
        # In order: two machines that charge the same cells never wait for each other in a circle.
        rows = [(*cell, amount) for cell, amount in sorted(sums.items())]
        connection.exec_driver_sql(_charge_statement(connection.dialect.name), rows)


def _row(entry: Entry) -> tuple[Any, ...]:
    """The values of the columns; "" where there is none, which the statement turns into NULL: the driver of SQLite
    looks for an adapter of every None."""
    used = entry.usage
    return (
        entry.id, "" if entry.exchange == entry.id else entry.exchange, entry.parent, entry.time, entry.lane,
        entry.route, entry.action, entry.resource, entry.target, entry.key, entry.user, entry.agent, entry.team,
        entry.organisation, entry.on_behalf_of, entry.outcome, entry.status, entry.attempts, entry.duration,
        entry.first_byte, used.input_tokens, used.cache_read_tokens, used.cache_write_tokens,
        used.cache_write_long_tokens, used.output_tokens, used.reasoning_tokens, used.tool_calls, used.bytes_in,
        used.bytes_out, used.cost, int(used.estimated), entry.trace,
        "" if entry.request_id == entry.exchange else entry.request_id, entry.prompt,
    )  # fmt: skip


# Statements are spelled once, from the tables: SQLAlchemy's own way to write many rows costs more than the database.


@cache
def _columns() -> list[str]:
    return schema.ledger.columns.keys()


@lru_cache(128)
def _insert(dialect: str, said: tuple[str, ...]) -> str:
    """For rows that say these columns; in all others is what `_row` has for nothing."""
    columns = schema.ledger.columns
    absent = [column.name for column in columns if column.nullable]
    unsaid = {
        column.name: "''" if isinstance(column.type, Text) else "0"
        for column in columns
        if not (column.nullable or column.name in said)
    }
    return _statement(dialect, "ledger", said, absent=absent, unsaid=unsaid)


@cache
def _insert_notice(dialect: str) -> str:
    return _statement(dialect, "notices", ["id", "time", "limit", "scope", "body"], "(id) DO NOTHING")


@cache
def _charge_statement(dialect: str) -> str:
    add = "(cell, start) DO UPDATE SET amount = balances.amount + excluded.amount"
    return _statement(dialect, "balances", ["cell", "start", "end", "amount"], add)


def _statement(
    dialect: str,
    table: str,
    names: Sequence[str],
    conflict: str = "",
    absent: Sequence[str] = (),
    unsaid: Mapping[str, str] = NONE,
) -> str:
    """An insert of one row; `absent` are the columns whose "" is NULL, `unsaid` holds those that no row says."""
    columns = ", ".join(f'"{name}"' for name in (*names, *unsaid))
    mark = "?" if dialect == "sqlite" else "%s"
    values = [f"NULLIF({mark}, '')" if name in absent else mark for name in names]
    marks = ", ".join([*values, *unsaid.values()])
    ending = f" ON CONFLICT {conflict}" if conflict else ""
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}){ending}"  # noqa: S608 - words of this file
