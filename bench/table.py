"""The run as Markdown tables that also read well in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from bench import budget
from bench.result import Footprint, Result, Row
from bench.scenario import SCENARIOS

_TITLES = {scenario.name: scenario for scenario in SCENARIOS}


def render(result: Result) -> str:
    """All tables with how they were measured."""
    parts = [f"{result.machine}\n\n{result.method}", costs(result), footprints(result), budgets(result)]
    return "\n\n".join(part for part in parts if part) + "\n"


def costs(result: Result) -> str:
    """CPU time and latencies of each scenario and proxy, with ratios to nginx and Envoy."""
    heads = ["scenario", "upstream", "proxy", "CPU µs", "min–max", "p50 ms", "p99 ms", "per s", "× nginx", "× Envoy"]
    return grid(heads, [_cost(row, result) for row in result.rows.values()]) if result.rows else ""


def _cost(row: Row, result: Result) -> list[str]:
    scenario, tls, proxy = row.key
    found = _TITLES[scenario]
    named = [found.title if found.unit == "request" else f"{found.title}, per {found.unit}", "TLS" if tls else "plain"]
    median = row.median
    if median is None:
        return [*named, proxy, f"failed: {_words(row.failure)}", *[""] * 6]
    least, most = row.spread
    ratios = [budget.against(result, scenario, tls, proxy, peer) for peer in ("nginx", "Envoy")]
    figures = [f"{median.cpu:.1f}", f"{least:.1f}–{most:.1f}", f"{median.p50 / 1000:.2f}", f"{median.p99 / 1000:.2f}"]
    return [*named, proxy, *figures, f"{median.rate:.0f}", *(_number(ratio) for ratio in ratios)]


def footprints(result: Result) -> str:
    """Memory and start of each proxy."""
    heads = [
        "proxy",
        "idle MB",
        "after a record MB",
        "first answer s",
        "KiB per idle stream",
        "same, TLS on both sides",
        "failure",
    ]
    return grid(heads, [_footprint(found) for found in result.footprints]) if result.footprints else ""


def _footprint(found: Footprint) -> list[str]:
    figures = (found.idle / 1e6, found.recorded / 1e6, found.start, found.stream / 1024, found.stream_tls / 1024)
    return [found.proxy, *(f"{figure:.2f}" if figure else "–" for figure in figures), _words(found.failure)]


def budgets(result: Result) -> str:
    """Every budget with its verdict."""
    rows = [[one.title, _number(one.found), f"{one.limit:g} {one.unit}", one.verdict] for one in budget.checks(result)]
    return grid(["budget", "found", "at most", "verdict"], rows)


def _words(text: str) -> str:
    # One line, and no bar that would end the cell.
    return " ".join(text.replace("|", "/").split())[:60]


def _number(figure: float | None) -> str:
    return "–" if figure is None else f"{figure:.2f}"


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    columns = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [heads, ["-" * width for width in columns], *rows]
    return "\n".join(_line(line, columns) for line in lines)


def _line(cells: Sequence[str], columns: Sequence[int]) -> str:
    return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, columns, strict=True))} |"
