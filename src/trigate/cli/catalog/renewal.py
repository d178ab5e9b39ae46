"""A table of models takes the place of another: read, checked whole, compared, and put in place in one step."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from msgspec import Struct

from trigate.core.clock import clock
from trigate.llm.fact_book import open_table
from trigate.llm.model_source import compile_table, day_of, read_api
from trigate.llm.model_table import ModelTable

Prices = dict[tuple[str, str], bytes]
"""What each model costs, as it lies in the table."""


class Change(Struct, frozen=True):
    """What a new table holds, beside the one before it."""

    models: int
    providers: int
    new: int
    gone: int
    priced: int
    """Those in both that cost something else."""


def renew(data: bytes, source: str, path: Path) -> Change:
    """Put a table at `path`, made of `data` from `source`; raises ValueError if that is no table, or an empty one."""
    made, before = _table_bytes(data, source), _before(path)
    table = ModelTable(made)
    if not table.check():
        raise ValueError("this table holds no models")
    found = _prices(table)
    _put(path, made)
    both = before.keys() & found.keys()
    return Change(
        models=len(found),
        providers=len(table.providers()),
        new=len(found.keys() - before.keys()),
        gone=len(before.keys() - found.keys()),
        priced=sum(before[each] != found[each] for each in both),
    )


def _table_bytes(data: bytes, source: str) -> bytes:
    """A table as it is; the data of models.dev is made into one."""
    try:
        ModelTable(data)
    except ValueError:
        day = day_of(clock.wall_ns())
        return compile_table(read_api(data), f"{source}, in the form of models.dev", day, open_table("").notice)
    return data


def _before(path: Path) -> Prices:
    """The table that was used so far: that at `path`, else the built-in one."""
    try:
        return _prices(open_table(str(path) if path.exists() else ""))
    except ValueError:
        return {}


def _prices(table: ModelTable) -> Prices:
    return {(each, row.id): bytes(row.periods) for each in table.providers() for row in table.rows(each)}


def _put(path: Path, data: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
