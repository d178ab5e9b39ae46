"""Asks and answers that were kept: who asked what and when is a row that can be searched, what was said is sealed."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, insert, select

from trigate.core.errors import BadRequest, UnknownName
from trigate.store.schema import transcripts
from trigate.store.seal import seal, unseal

FILTERS = ("key", "user", "team", "model", "target", "outcome", "request")
MOST = 1000
"""Rows in one answer."""
_WHAT = "the transcript"
_SHOWN = tuple(column.name for column in transcripts.columns if column.name != "sealed")


def write_transcript(connection: Connection, key: bytes, row: dict[str, Any], content: bytes) -> None:
    """Keep one, in place of an earlier attempt of the same call."""
    clean = {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}
    connection.execute(delete(transcripts).where(transcripts.c.id == clean["id"]))
    connection.execute(insert(transcripts).values(**clean, sealed=seal(key, content, _WHAT, clean["id"])))


def list_transcripts(
    connection: Connection, since: int, until: int, only: dict[str, str], organisation: str | None = None
) -> list[dict[str, Any]]:
    """What is known without opening any, the latest first, at most MOST; raises BadRequest for unknown filters."""
    conditions: list[ColumnElement[bool]] = [transcripts.c.time >= since, transcripts.c.time < until]
    for word, value in only.items():
        if word not in FILTERS:
            raise BadRequest(f"logs cannot be filtered by {word!r}: there are {', '.join(FILTERS)}")
        conditions.append(transcripts.c[word] == value)
    if organisation is not None:
        conditions.append(transcripts.c.organisation == organisation)
    columns = [transcripts.c[name] for name in _SHOWN]
    query = select(*columns).where(*conditions).order_by(transcripts.c.time.desc(), transcripts.c.id).limit(MOST)
    return [dict(row) for row in connection.execute(query).mappings()]


def open_transcript(
    connection: Connection, key: bytes, name: str, organisation: str | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row and what was said, by the id of the call, or the latest by the id that its caller knows.

    Raises UnknownName, and VaultSealed for another master key.
    """
    named = (transcripts.c.id == name) | (transcripts.c.request == name)
    query = select(transcripts).where(named).order_by((transcripts.c.id == name).desc(), transcripts.c.time.desc())
    if organisation is not None:
        query = query.where(transcripts.c.organisation == organisation)
    found = connection.execute(query.limit(1)).mappings().one_or_none()
    if found is None:
        raise UnknownName(f"nothing is kept of a request {name!r}")
    content: dict[str, Any] = msgspec.json.decode(unseal(key, found["sealed"], _WHAT, found["id"]))
    return {each: found[each] for each in _SHOWN}, content
