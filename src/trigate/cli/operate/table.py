"""How answers of the admin API are shown: a table for people, JSON or CSV for programs."""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

FORMS = ("table", "json", "csv")


def add_form(parser: argparse.ArgumentParser) -> None:
    """Declare the option for the form of the output."""
    parser.add_argument("--format", choices=FORMS, default="table", help="default: table")


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], form: str) -> None:
    """Print rows; `columns` are those of the table, the other forms have all members."""
    if form == "json":
        print(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
    elif form == "csv":
        names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_plain(row.get(name)) for name in names] for row in rows)
    else:
        print(table([[_printable(text(row.get(name))) for name in columns] for row in rows], columns))


def table(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> str:
    """Rows under their headings, numbers to the right."""
    titles = [name.replace("_", " ") for name in columns]
    widths = [max(map(len, each)) for each in zip(titles, *rows, strict=True)]
    right = [bool(rows) and all(_is_number(row[place]) for row in rows) for place in range(len(columns))]
    lines = [_line(each, widths, right) for each in (titles, *rows)]
    return "\n".join(lines)


def money(nano_dollars: int) -> str:
    """Dollars, exact to the last nano-dollar that is not zero, with two decimals at least."""
    sign, amount = ("-" if nano_dollars < 0 else ""), abs(nano_dollars)
    fraction = f"{amount % 10**9:09d}".rstrip("0").ljust(2, "0")
    return f"{sign}{amount // 10**9}.{fraction}"


def moment(nanoseconds: int) -> str:
    """A moment in UTC to the minute, empty for none."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).strftime("%Y-%m-%d %H:%M") if nanoseconds else ""


def text(value: Any) -> str:
    """One cell."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, cast("Sequence[object]", value)))
    return str(value)


def _printable(said: str) -> str:
    # What a caller made up must not command the terminal.
    return said if said.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in said)


def _plain(value: Any) -> str:
    # A spreadsheet must not take a name that a caller made up for a formula.
    shown = text(value)
    return f"'{shown}" if isinstance(value, str) and shown[:1] in ("=", "+", "-", "@", "\t", "\r") else shown


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip()


def _is_number(cell: str) -> bool:
    return not cell or cell.replace(".", "", 1).lstrip("-").isdigit()
