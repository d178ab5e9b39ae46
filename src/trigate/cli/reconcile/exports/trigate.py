"""Our own form, for bills that have no form of their own: a CSV file with a line for each day and model.

Columns: `day` and `model`; at least one of `usd`, `input_tokens`, `output_tokens`; and perhaps `cache_read_tokens`,
`cache_write_tokens`, `requests`. All input counts as input, cached or not; all output as output.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from trigate.cli.reconcile.line import Line, count, day_of, nano

PROVIDER = ""
_COUNTS = {
    "input_tokens": "input",
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "output_tokens": "output",
    "requests": "requests",
}


def fits_table(columns: frozenset[str]) -> bool:
    """See Export."""
    return {"day", "model"} <= columns and bool(columns & {"usd", "input_tokens", "output_tokens"})


def read_row(row: Mapping[str, str], zone: tzinfo, place: str) -> Line | None:
    """See Export."""
    line = Line(day=day_of(row["day"], zone, place), model=row["model"])
    for column, name in _COUNTS.items():
        if row.get(column, ""):
            setattr(line, name, count(row[column], f"{place} {column}"))
    if row.get("usd", ""):
        line.cost = nano(row["usd"], f"{place} usd")
    return line


def fits_document(document: Mapping[str, Any]) -> bool:
    """There is no such form in JSON."""
    return False


def read_document(document: Mapping[str, Any], zone: tzinfo, place: str) -> Iterable[Line]:
    """See Export."""
    return ()
