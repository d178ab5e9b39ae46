"""Reading a bill: which form a file has, and its lines."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Protocol, cast

from trigate.cli.reconcile import exports
from trigate.cli.reconcile.line import Line
from trigate.core.errors import BadConfig

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

LARGEST_FILE = 512 * 2**20
_BOM = "\ufeff"


class Export(Protocol):
    """One form of bills: a module of the folder `exports`."""

    PROVIDER: str
    """Whose bills they are, by the name that prices go by; empty for everybody's."""

    def fits_table(self, columns: frozenset[str]) -> bool:
        """Whether a CSV file with these columns (in lower case) is of this form."""
        ...

    def read_row(self, row: Mapping[str, str], zone: tzinfo, place: str) -> Line | None:
        """The line of a row; None if it is about no model. Raises BadConfig."""
        ...

    def fits_document(self, document: Mapping[str, Any]) -> bool:
        """Whether a JSON object is of this form."""
        ...

    def read_document(self, document: Mapping[str, Any], zone: tzinfo, place: str) -> Iterable[Line]:
        """The lines of a JSON object; raises BadConfig."""
        ...


def known() -> dict[str, Export]:
    """Every form by its name."""
    names = sorted(each.name for each in iter_modules(exports.__path__))
    return {name: cast("Export", import_module(f"{exports.__name__}.{name}")) for name in names}


def read_bill(path: Path, form: str, zone: tzinfo) -> tuple[str, list[Line]]:
    """The name of a file's form, and its lines; `form` is `auto` or a name. Raises BadConfig and OSError."""
    if path.stat().st_size > LARGEST_FILE:
        raise BadConfig(f"{path}: at most {LARGEST_FILE // 2**20} MiB")
    try:
        text = path.read_text(encoding="utf-8").removeprefix(_BOM)
    except UnicodeDecodeError:
        raise BadConfig(f"{path}: not UTF-8 text") from None
    choices = known() if form == "auto" else {form: known()[form]}
    if text.lstrip()[:1] in ("{", "["):
        return _read_documents(_documents(text, path), choices, zone, str(path))
    return _read_table(text, choices, zone, str(path))


def _read_table(text: str, choices: Mapping[str, Export], zone: tzinfo, place: str) -> tuple[str, list[Line]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return _read_rows(reader, choices, zone, place)
    except csv.Error as error:
        raise BadConfig(f"{place}:{reader.line_num}: {error}") from None


def _read_rows(reader: "CsvReader", choices: Mapping[str, Export], zone: tzinfo, place: str) -> tuple[str, list[Line]]:
    columns = [each.strip().lower() for each in next(reader, None) or ()]
    given = frozenset(columns)
    name = _only([name for name, export in choices.items() if export.fits_table(given)], choices, place)
    lines: list[Line] = []
    for cells in reader:
        if any(cells):
            row = dict(zip(columns, cells, strict=False))
            line = choices[name].read_row(row, zone, f"{place}:{reader.line_num}")
            if line is not None:
                lines.append(line)
    return name, lines


def _read_documents(
    documents: Sequence[Mapping[str, Any]], choices: Mapping[str, Export], zone: tzinfo, place: str
) -> tuple[str, list[Line]]:
    fitting = [name for name, export in choices.items() if all(map(export.fits_document, documents))]
    name = _only(fitting, choices, place)
    return name, [line for each in documents for line in choices[name].read_document(each, zone, place)]


def _only(found: Sequence[str], choices: Mapping[str, Export], place: str) -> str:
    if not found:
        raise BadConfig(f"{place}: not a bill in a form that is known here: {', '.join(choices)}")
    return found[0]


def _documents(text: str, path: Path) -> Sequence[Mapping[str, Any]]:
    """A page, a list of pages, or one page on each line; numbers stay as they are written."""
    try:
        value: Any = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        value = _pages(text, path)
    pages = cast("list[Any]", value if isinstance(value, list) else [value])
    if not pages or not all(isinstance(each, dict) for each in pages):
        raise BadConfig(f"{path}: not a JSON object, or a list of them")
    return pages


def _pages(text: str, path: Path) -> list[Any]:
    try:
        return [json.loads(line, parse_float=Decimal) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise BadConfig(f"{path}: not valid JSON") from None
