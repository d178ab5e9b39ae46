"""Samples, their medians, and the whole run as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """One measurement: CPU microseconds per unit, units per second, latencies in microseconds."""

    cpu: float
    rate: float
    p50: float
    p99: float


class Key(NamedTuple):
    """What was measured: scenario, upstream with TLS or not, proxy."""

    scenario: str
    tls: bool
    proxy: str


@dataclass
class Row:
    """All samples of one key, or why there are none."""

    key: Key
    samples: list[Sample] = field(default_factory=list[Sample])
    failure: str = ""

    @property
    def median(self) -> Sample | None:
        """The median of each figure by itself; None without samples."""
        return Sample(*map(statistics.median, zip(*self.samples, strict=True))) if self.samples else None

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the most CPU time per unit."""
        return min(sample.cpu for sample in self.samples), max(sample.cpu for sample in self.samples)


@dataclass
class Footprint:
    """A proxy at rest: bytes when idle, seconds to its first answer, bytes per open stream in plain and TLS.

    `recorded` is the bytes after a request of which it keeps a record, if it keeps any.
    """

    proxy: str
    idle: float = 0
    recorded: float = 0
    start: float = 0
    stream: float = 0
    stream_tls: float = 0
    failure: str = ""


@dataclass
class Result:
    """Everything a run found."""

    machine: str
    method: str
    rows: dict[Key, Row] = field(default_factory=dict[Key, Row])
    footprints: list[Footprint] = field(default_factory=list[Footprint])

    def add(self, key: Key, sample: Sample) -> None:
        """Keep a sample."""
        self.rows.setdefault(key, Row(key)).samples.append(sample)

    def fail(self, key: Key, reason: str) -> None:
        """Keep why a measurement was not possible."""
        self.rows.setdefault(key, Row(key)).failure = reason

    def cpu(self, scenario: str, tls: bool, proxy: str) -> float | None:
        """The median CPU time per unit, None when it was not measured."""
        row = self.rows.get(Key(scenario, tls, proxy))
        return row.median.cpu if row and row.median else None

    def footprint(self, proxy: str) -> Footprint | None:
        """A proxy at rest, None when it was not measured."""
        return next((found for found in self.footprints if found.proxy == proxy), None)


def proxies(rows: Iterable[Row]) -> list[str]:
    """The proxies in the order in which they were measured."""
    return list(dict.fromkeys(row.key.proxy for row in rows))


def to_json(result: Result) -> dict[str, Any]:
    """The run as plain data: medians first, every sample after."""
    return {
        "machine": result.machine,
        "method": result.method,
        "rows": [_row(row) for row in result.rows.values()],
        "footprints": [asdict(found) for found in result.footprints],
    }


def _row(row: Row) -> dict[str, Any]:
    median = row.median
    return {
        **row.key._asdict(),
        "median": median._asdict() if median else None,
        "samples": [sample._asdict() for sample in row.samples],
        "failure": row.failure,
    }
