"""What callers said of their requests: kept once for each key and request, read together with the ledger.

Everybody may send an opinion on any id. It counts only where the ledger has a call with that id which the same key, or
the same team, has made: so nobody learns whether a request of somebody else exists, and an opinion may arrive before
the row of its call does.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select
from sqlalchemy.sql import Select

from trigate.core.errors import BadRequest
from trigate.store.opinion import MILLION, Opinion
from trigate.store.schema import feedback, ledger
from trigate.store.usage import DAY, day_of

GROUPS = ("day", "model", "prompt", "target", "label", "key", "team", "user")
"""What opinions may be summed by; days are those of the opinion, in UTC."""
FILTERS = ("model", "prompt", "target", "label", "key", "team", "user", "request")
MOST = 1000
"""Opinions in one answer."""
_NAMES = ("request", "time", "key", "user", "team", "organisation", "score", "label", "comment")
_MODEL = "model/"


def write_opinions(connection: Connection, opinions: Sequence[Opinion]) -> None:
    """Keep opinions; a later one takes the place of an earlier one, and the same one again changes nothing."""
    rows = [tuple(getattr(each, name) for name in _NAMES) for each in opinions]
    if rows:
        connection.exec_driver_sql(_statement(connection.dialect.name), rows)


def list_opinions(
    connection: Connection, since: int, until: int, only: dict[str, str], organisation: str | None = None
) -> list[dict[str, Any]]:
    """The latest opinions first, at most MOST, each with the call it is about; `only` holds words of FILTERS.

    `organisation` is the tenant outside which nothing is seen, None for all. Raises BadRequest for other words.
    """
    columns = [feedback.c[name] for name in _NAMES]
    about = [ledger.c.id, ledger.c.resource, ledger.c.target, ledger.c.prompt]
    query = _joined(select(*columns, *about), since, until, only, organisation)
    rows = connection.execute(query.order_by(feedback.c.time.desc(), ledger.c.id).limit(MOST)).mappings()
    return [_shown(row) for row in rows]


def sum_opinions(
    connection: Connection,
    by: Sequence[str],
    since: int,
    until: int,
    only: dict[str, str],
    organisation: str | None = None,
) -> list[dict[str, Any]]:
    """One object for each group: `opinions`, how many of them have a `score`, and its exact `sum` in millionths."""
    for word in by:
        if word not in GROUPS:
            raise BadRequest(f"feedback cannot be summed by {word!r}: there are {', '.join(GROUPS)}")
    columns = {word: _column(word) for word in by}
    sums = (
        func.count().label("opinions"),
        func.count(feedback.c.score).label("scored"),
        func.sum(feedback.c.score).label("sum"),
    )
    query = _joined(
        select(*(each.label(word) for word, each in columns.items()), *sums), since, until, only, organisation
    )
    rows = connection.execute(query.group_by(*columns.values())).mappings()
    found = [{word: _word(word, row[word]) for word in by} | _sums(row) for row in rows]
    return sorted(found, key=lambda each: [each[word] for word in by])


def _joined(query: Select[Any], since: int, until: int, only: dict[str, str], organisation: str | None) -> Select[Any]:
    same = (ledger.c.id == feedback.c.request) | (ledger.c.request == feedback.c.request)
    own = (ledger.c.key == feedback.c.key) | ((feedback.c.team != "") & (ledger.c.team == feedback.c.team))
    tenant = func.coalesce(ledger.c.organisation, "") == feedback.c.organisation
    about = ledger.c.parent.is_(None) & (ledger.c.action != "llm.feedback")
    query = query.select_from(feedback.join(ledger, same & own & tenant & about))
    query = query.where(feedback.c.time >= since, feedback.c.time < until)
    for word, value in only.items():
        if word not in FILTERS:
            raise BadRequest(f"feedback cannot be filtered by {word!r}: there are {', '.join(FILTERS)}")
        query = query.where(_column(word) == (_MODEL + value if word == "model" else value))
    return query if organisation is None else query.where(feedback.c.organisation == organisation)


def _column(word: str) -> ColumnElement[Any]:
    if word == "day":
        return feedback.c.time - feedback.c.time % DAY
    if word == "model":
        return ledger.c.resource
    return ledger.c[word] if word in ("prompt", "target") else feedback.c[word]


def _word(word: str, value: Any) -> str:
    if word == "day":
        return day_of(value)
    return (value or "").removeprefix(_MODEL) if word == "model" else value or ""


def _sums(row: RowMapping) -> dict[str, Any]:
    # PostgreSQL sums whole numbers into a decimal one
    return {"opinions": row["opinions"], "scored": row["scored"], "sum": int(row["sum"] or 0)}


def _shown(row: RowMapping) -> dict[str, Any]:
    shown = {name: row[name] for name in _NAMES if row[name] not in ("", None)}
    if row["score"] is not None:
        shown["score"] = row["score"] / MILLION
    about = {"call": row["id"], "model": row["resource"].removeprefix(_MODEL), "target": row["target"] or ""}
    return shown | about | ({"prompt": row["prompt"]} if row["prompt"] else {})


@cache
def _statement(dialect: str) -> str:
    mark = "?" if dialect == "sqlite" else "%s"
    names = ", ".join(f'"{name}"' for name in _NAMES)
    taken = ", ".join(f'"{name}" = excluded."{name}"' for name in _NAMES if name not in ("request", "key"))
    marks = ", ".join([mark] * len(_NAMES))
    return (
        f"INSERT INTO feedback ({names}) VALUES ({marks}) "  # noqa: S608 - words of this file
        f"ON CONFLICT (request, key) DO UPDATE SET {taken} WHERE excluded.time > feedback.time"
    )
