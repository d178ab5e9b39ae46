"""What was used: sums over the ledger, by whom, of what and when."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select
from sqlalchemy.sql import ColumnElement

from trigate.core.errors import BadRequest
from trigate.store.schema import ledger

HOUR = 3_600 * 10**9
DAY = 24 * HOUR
"""Nanoseconds."""
SUMS = (
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_long_tokens",
    "output_tokens", "reasoning_tokens", "tool_calls",
    "bytes_in", "bytes_out", "cost", "estimated",
)  # fmt: skip
_COLUMNS = (
    "lane", "route", "action", "key", "user", "agent", "team", "organisation", "on_behalf_of", "outcome", "prompt",
    "target",
)  # fmt: skip
_OF_RESOURCE = ("model", "server", "tool")
GROUPS = ("day", "hour", "provider", *_OF_RESOURCE, *_COLUMNS)
"""What usage may be asked by. Days and hours are those of UTC; a tool is `SERVER/TOOL`, a prompt `NAME@VERSION`, a
target `PROVIDER/MODEL` by the provider's own name for the model."""


def usage(
    connection: Connection,
    by: Sequence[str],
    since: int,
    until: int,
    *,
    organisation: str | None = None,
    only: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """One object for each group of calls that ended from `since` until before `until` (nanoseconds since the epoch).

    An object holds the words it is grouped `by`, `calls`, `failed` and the sums of SUMS, `cost` in nano-dollars;
    `estimated` counts calls whose figures are the gateway's own estimate. By a model, server or tool only calls that
    have one count. `organisation` is the tenant outside which nothing is seen, None for all; `only` keeps groups with
    these words. Raises BadRequest for words that are not GROUPS.
    """
    only = only or {}
    _refuse_unknown((*by, *only))
    conditions = [ledger.c.time >= since, ledger.c.time < until]
    conditions += [ledger.c[name] == only[name] for name in _COLUMNS if only.get(name)]
    if organisation is not None:
        conditions.append(ledger.c.organisation == organisation)
    columns = list(_columns((*by, *only)).values())
    sums = [func.sum(ledger.c[name]).label(name) for name in SUMS]
    calls = func.count().label("calls"), func.count().filter(ledger.c.outcome != "ok").label("failed")
    query = select(*columns, *calls, *sums).where(*conditions).group_by(*columns)
    return _fold(connection.execute(query).mappings(), by, only)


def _refuse_unknown(words: Iterable[str]) -> None:
    for word in words:
        if word not in GROUPS:
            raise BadRequest(f"usage cannot be asked by {word!r}: there are {', '.join(GROUPS)}")


def _columns(words: Iterable[str]) -> dict[str, ColumnElement[Any]]:
    """What the database groups by: coarser words are made of its columns afterwards."""
    columns: dict[str, ColumnElement[Any]] = {}
    for word in words:
        if word in ("day", "hour"):
            columns[word] = (ledger.c.time - ledger.c.time % (DAY if word == "day" else HOUR)).label(word)
        else:
            name = "resource" if word in _OF_RESOURCE else "target" if word == "provider" else word
            columns[name] = ledger.c[name]
    return columns


def _fold(rows: Iterable[RowMapping], by: Sequence[str], only: dict[str, str]) -> list[dict[str, Any]]:
    totals: dict[tuple[str, ...], dict[str, Any]] = {}
    needed = [word for word in by if word in _OF_RESOURCE]
    for row in rows:
        words = {word: _word(word, row) for word in (*by, *only)}
        if any(words[word] != value for word, value in only.items()):
            continue
        if needed and not any(words[word] for word in needed):
            continue
        group = tuple(words[word] for word in by)
        total = totals.setdefault(group, {**dict(zip(by, group, strict=True)), **dict.fromkeys(_NUMBERS, 0)})
        for name in _NUMBERS:
            total[name] += int(row[name] or 0)
    return [totals[group] for group in sorted(totals)]


def day_of(nanoseconds: int) -> str:
    """The day (UTC) that a moment is in, as `2026-11-22`."""
    return datetime.fromtimestamp(nanoseconds // 10**9, UTC).strftime("%Y-%m-%d")


_NUMBERS = ("calls", "failed", *SUMS)


def _word(word: str, row: RowMapping) -> str:
    if word == "day":
        return day_of(row["day"])
    if word == "hour":
        return datetime.fromtimestamp(row["hour"] // 10**9, UTC).strftime("%Y-%m-%dT%H:00Z")
    if word == "provider":
        return (row["target"] or "").partition("/")[0]
    if word not in _OF_RESOURCE:
        return row[word] or ""
    kind, _, name = row["resource"].partition("/")
    server, _, rest = name.partition("/")
    found = {"model": ("model", name), "server": ("server", server), "tool": ("server", _tool(server, rest))}[word]
    return found[1] if kind == found[0] else ""


def _tool(server: str, rest: str) -> str:
    kind, _, name = rest.partition("/")
    return f"{server}/{name}" if kind == "tool" else ""
