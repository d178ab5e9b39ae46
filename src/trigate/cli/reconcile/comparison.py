"""What a bill and the ledger say of the same day and model, side by side."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from msgspec import Struct

from trigate.cli.reconcile.line import COUNTS, VALUES, Line, plain

Verdict = Literal["agrees", "differs", "shifted", "only billed", "only in ledger"]
CENT = 10**7
"""Nano-dollars; what rounding makes of a line is no difference."""
ALL = "*"


class Kept(Struct, kw_only=True):
    """What the ledger has."""

    line: Line
    estimated: int = 0
    """Calls whose figures are the gateway's own estimate."""


class Compared(Struct, kw_only=True):
    """One day and model."""

    day: str
    model: str
    billed: Line | None
    kept: Line | None
    estimated: int
    verdict: Verdict = "agrees"

    def difference(self, name: str) -> int | None:
        """How much more is billed than was kept; None if the bill does not say."""
        billed = getattr(self.billed, name) if self.billed is not None else None
        kept = getattr(self.kept, name) if self.kept is not None else None
        if self.billed is None:
            return -kept if kept else 0
        return None if billed is None else billed - (kept or 0)

    def decisive(self) -> tuple[str, ...]:
        """What is compared: money where the bill tells of it, else tokens."""
        told = self.billed or Line(day="", model="", cost=0)
        return (
            ("cost",)
            if told.cost is not None
            else tuple(n for n in ("input", "output") if getattr(told, n) is not None)
        )


def compare(bill: Sequence[Line], ledger: Sequence[Kept], tolerance: Decimal) -> list[Compared]:
    """Every day and model of either, in order; `tolerance` is a share of what was billed."""
    if any(not plain(each.model) for each in bill):
        bill, ledger = _together(bill), [Kept(line=_unnamed(each.line), estimated=each.estimated) for each in ledger]
    rows: dict[tuple[str, str], Compared] = {}
    for line in bill:
        row = rows.setdefault((line.day, plain(line.model)), _row(line))
        row.billed = _sum(row.billed, line)
    for each in ledger:
        row = rows.setdefault((each.line.day, plain(each.line.model)), _row(each.line))
        row.kept = _sum(row.kept, each.line)
        row.estimated += each.estimated
    found = [rows[key] for key in sorted(rows)]
    only = all(each.cost is None for each in bill)
    for row in found:
        row.verdict = _verdict(row, tolerance, tokens_only=only)
    _find_shifted(found, tolerance)
    return found


def total(rows: Sequence[Compared], tolerance: Decimal) -> Compared:
    """All rows as one."""
    whole = Compared(day="total", model="", billed=None, kept=None, estimated=sum(each.estimated for each in rows))
    for row in rows:
        whole.billed = _sum(whole.billed, row.billed) if row.billed else whole.billed
        whole.kept = _sum(whole.kept, row.kept) if row.kept else whole.kept
    whole.verdict = _verdict(whole, tolerance, tokens_only=whole.billed is not None and whole.billed.cost is None)
    return whole


def _row(line: Line) -> Compared:
    return Compared(day=line.day, model=line.model or ALL, billed=None, kept=None, estimated=0)


def _sum(one: Line | None, other: Line) -> Line:
    whole = one or Line(day=other.day, model=other.model)
    whole.add(other)
    return whole


def _unnamed(line: Line) -> Line:
    return Line(day=line.day, model="", **{name: getattr(line, name) for name in VALUES})


def _together(bill: Sequence[Line]) -> list[Line]:
    return [_unnamed(each) for each in bill]


def _verdict(row: Compared, tolerance: Decimal, *, tokens_only: bool) -> Verdict:
    if row.billed is None:
        names = ("input", "output") if tokens_only else ("cost",)
        return "only in ledger" if any(row.difference(name) for name in names) else "agrees"
    within = all(_is_within(row, name, tolerance) for name in row.decisive())
    if within:
        return "agrees"
    return "differs" if row.kept is not None else "only billed"


def _is_within(row: Compared, name: str, tolerance: Decimal) -> bool:
    billed, difference = getattr(row.billed, name) or 0, row.difference(name) or 0
    return abs(difference) <= max(abs(billed) * tolerance, CENT if name == "cost" else 0)


def _find_shifted(rows: Sequence[Compared], tolerance: Decimal) -> None:
    """Two days of a model that differ, but not taken together: a call that ended past midnight, or another clock."""
    by_model: dict[str, list[Compared]] = {}
    for row in rows:
        by_model.setdefault(plain(row.model), []).append(row)
    for days in by_model.values():
        for one, next_day in pairwise(days):
            if "agrees" in (one.verdict, next_day.verdict) or "shifted" in (one.verdict, next_day.verdict):
                continue
            both = Compared(day="", model="", billed=None, kept=None, estimated=0)
            for row in (one, next_day):
                both.billed = _sum(both.billed, row.billed) if row.billed else both.billed
                both.kept = _sum(both.kept, row.kept) if row.kept else both.kept
            if both.billed and both.kept and all(_is_within(both, name, tolerance) for name in both.decisive()):
                one.verdict = next_day.verdict = "shifted"


def shown(row: Compared) -> dict[str, Any]:
    """All there is to say, for programs; money in nano-dollars."""
    found: dict[str, Any] = {"day": row.day, "model": row.model}
    for name in ("cost", *COUNTS):
        difference = row.difference(name)
        if difference is not None and (row.billed is not None or name == "cost"):
            found[f"billed_{name}"] = (getattr(row.billed, name) if row.billed else 0) or 0
            found[f"ledger_{name}"] = (getattr(row.kept, name) if row.kept else 0) or 0
            found[f"difference_{name}"] = difference
    return found | {"estimated": row.estimated, "verdict": row.verdict}
