"""Every feature of the tool protocol is shown in all four cells of callers and servers, or it says why not."""

import ast
import tomllib
from functools import cache
from typing import Any

import pytest

from tests.house.sources import FUNCTIONS, ROOT, parsed

TABLE = "tests/mcp/cells.toml"
CELLS = frozenset(f"{caller}_{server}" for caller in ("modern", "legacy") for server in ("modern", "legacy"))
ROWS: list[dict[str, Any]] = tomllib.loads((ROOT / TABLE).read_text(encoding="utf-8"))["row"]
_SHORTEST_REASON = 20


@cache
def known_in(file: str) -> frozenset[str]:
    """The tests at the top level of a file, none if there is no such file."""
    path = ROOT / file
    tree = parsed(path) if path.is_file() else ast.Module([], [])
    return frozenset(each.name for each in tree.body if isinstance(each, FUNCTIONS) and each.name.startswith("test_"))


def problems(cell: object) -> list[str]:
    """What is wrong with a cell."""
    if isinstance(cell, str):
        return [] if len(cell) >= _SHORTEST_REASON and cell.endswith(".") else [f"{cell!r} is no reason"]
    named = [str(each).partition("::") for each in cell] if isinstance(cell, list) and cell else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if not named:
        return ["it names neither tests nor a reason"]
    return [f"{file} has no {name}" for file, _, name in named if name not in known_in(file)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["feature"])
def test_every_cell_names_tests_that_are_there_or_a_reason(row: dict[str, Any]):
    assert row.keys() == {"feature", *CELLS}
    assert {cell: found for cell in sorted(CELLS) if (found := problems(row[cell]))} == {}


def test_no_feature_is_named_twice():
    features = [row["feature"] for row in ROWS]
    assert len(set(features)) == len(features) > 40


@pytest.mark.parametrize(
    "cell", [[], "", "no", 5, ["tests/house/test_cell.py::test_nothing"], ["tests/none.py::test_x"]]
)
def test_what_names_nothing_is_found_out(cell: object):
    assert problems(cell)
