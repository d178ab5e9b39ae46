"""The budgets: what Trigate may cost, mostly as ratios to a peer measured in the same run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bench.result import Result

OURS = "Trigate"


class Ratio(NamedTuple):
    """CPU time per unit in a scenario may be so many times the peer's."""

    scenario: str
    peer: str
    limit: float
    proxy: str = OURS


class Bound(NamedTuple):
    """A figure of the footprint may be so much."""

    field: str
    title: str
    limit: float
    unit: str
    scale: float


RATIOS = (
    Ratio("bare", "nginx", 2.0),
    Ratio("keyed", "Envoy", 1.0),
    Ratio("chat", "Envoy", 1.0),
    Ratio("governed", "Envoy", 1.2),
    Ratio("governed", "Envoy-4", 1.2, "Trigate-4"),
    Ratio("governed", OURS, 1.1, "Trigate-crowd"),
    Ratio("translated", "Envoy", 2.4),
    Ratio("stream", "Envoy", 1.0),
    Ratio("governed-stream", "Envoy", 1.2),
    Ratio("translated-stream", "Envoy", 2.4),
    Ratio("tool", "Envoy", 1.4),
    Ratio("tool-older", "Envoy", 1.6),
)
BOUNDS = (
    Bound("idle", "idle memory of all processes", 80, "MB", 1e6),
    Bound("start", "start to first answer", 1.0, "s", 1),
    Bound("stream", "memory per open stream", 32, "KiB", 1024),
    Bound("stream_tls", "memory per open stream, TLS on both sides", 80, "KiB", 1024),
)


@dataclass(frozen=True)
class Check:
    """One budget beside what was found; None when it was not measured."""

    title: str
    found: float | None
    limit: float
    unit: str

    @property
    def verdict(self) -> str:
        """pass, FAIL or not measured."""
        if self.found is None:
            return "not measured"
        return "pass" if self.found <= self.limit else "FAIL"


def checks(result: Result) -> list[Check]:
    """Every budget, with plain and with TLS upstream."""
    return [*_ratios(result), *_bounds(result)]


def _ratios(result: Result) -> list[Check]:
    found: list[Check] = []
    for budget in RATIOS:
        for tls in (False, True):
            who = "" if budget.proxy == OURS else f", {budget.proxy}"
            title = f"{budget.scenario}{who}{', TLS upstream' if tls else ''}"
            ratio = against(result, budget.scenario, tls, budget.proxy, budget.peer)
            found.append(Check(title, ratio, budget.limit, f"× {budget.peer}"))
    return found


def _bounds(result: Result) -> list[Check]:
    ours = result.footprint(OURS)
    figures = [getattr(ours, bound.field, 0) / bound.scale or None for bound in BOUNDS]
    return [Check(bound.title, found, bound.limit, bound.unit) for bound, found in zip(BOUNDS, figures, strict=True)]


def against(result: Result, scenario: str, tls: bool, proxy: str, peer: str) -> float | None:
    """The ratio of two proxies' medians, None when either is missing."""
    ours, theirs = result.cpu(scenario, tls, proxy), result.cpu(scenario, tls, peer)
    return ours / theirs if ours is not None and theirs else None
