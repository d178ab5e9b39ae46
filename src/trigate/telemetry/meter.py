"""Counts of what the gateway has done since this process started, as Prometheus reads them."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import add, attrgetter
from typing import Protocol

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds; of the histogram of durations."""
TOKENS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_long_tokens",
    "output_tokens",
    "reasoning_tokens",
)
MICROSECONDS = 1_000_000
NANO = 1_000_000_000

_MICRO_BOUNDS = tuple(int(bound * MICROSECONDS) for bound in BOUNDS)
_outcome, _duration = attrgetter("outcome"), attrgetter("duration")
_numbers = attrgetter("usage.tool_calls", "usage.cost", *(f"usage.{name}" for name in TOKENS))


class Counted(Protocol):
    """What a call used up."""

    @property
    def input_tokens(self) -> int: ...
    @property
    def tool_calls(self) -> int: ...
    @property
    def cost(self) -> int: ...


class Ended(Protocol):
    """A call that has ended."""

    @property
    def lane(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def duration(self) -> int: ...
    @property
    def usage(self) -> Counted: ...


class Meter:
    """Added to by one thread, read by another; a reading may be a few calls behind itself."""

    def __init__(self) -> None:
        self._calls: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._tokens: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(TOKENS))
        self._tool_calls = self._cost = 0
        self._durations: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._microseconds: defaultdict[str, int] = defaultdict(int)

    def add(self, calls: Iterable[Ended]) -> None:
        """Count calls that have ended."""
        of_lanes: defaultdict[str, list[Ended]] = defaultdict(list)
        for call in calls:
            of_lanes[call.lane].append(call)
        for lane, some in of_lanes.items():
            self._add(lane, some)

    def _add(self, lane: str, calls: Sequence[Ended]) -> None:
        """Those of one lane, number by number: they come by the hundred."""
        for outcome, count in Counter(map(_outcome, calls)).items():
            self._calls[lane, outcome] += count
        durations = list(map(_duration, calls))
        for place, count in Counter(map(bisect_left, repeat(_MICRO_BOUNDS), durations)).items():
            self._durations[lane][place] += count
        self._microseconds[lane] += sum(durations)
        tool_calls, cost, *tokens = map(sum, zip(*map(_numbers, calls), strict=True))
        self._tool_calls += tool_calls
        self._cost += cost
        if any(tokens):
            self._tokens[lane] = list(map(add, self._tokens[lane], tokens))

    def text(self) -> str:
        """The counts in the text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""
        lines = ["# HELP trigate_calls_total Calls that have ended.", "# TYPE trigate_calls_total counter"]
        for (lane, outcome), count in sorted(self._calls.copy().items()):
            lines.append(f'trigate_calls_total{{lane="{lane}",outcome="{outcome}"}} {count}')
        lines += ["# HELP trigate_tokens_total Tokens used.", "# TYPE trigate_tokens_total counter"]
        for lane, counts in sorted(self._tokens.copy().items()):
            for kind, count in sorted(zip(TOKENS, counts, strict=True)):
                if count:
                    lines.append(f'trigate_tokens_total{{lane="{lane}",kind="{kind.removesuffix("_tokens")}"}} {count}')
        lines += _single("trigate_tool_calls_total", "Tool calls.", str(self._tool_calls))
        dollars = f"{self._cost // NANO}.{self._cost % NANO:09d}"
        lines += _single("trigate_cost_dollars_total", "What calls have cost.", dollars)
        return "\n".join([*lines, *self._histogram(), ""])

    def _histogram(self) -> list[str]:
        name = "trigate_call_duration_seconds"
        lines = [f"# HELP {name} Time from a call's beginning to its end.", f"# TYPE {name} histogram"]
        for lane, counts in sorted(self._durations.copy().items()):
            total = 0
            for bound, count in zip((*BOUNDS, "+Inf"), counts, strict=True):
                total += count
                lines.append(f'{name}_bucket{{lane="{lane}",le="{bound}"}} {total}')
            lines += [
                f'{name}_sum{{lane="{lane}"}} {self._microseconds[lane] / MICROSECONDS:.6f}',
                f'{name}_count{{lane="{lane}"}} {total}',
            ]
        return lines


def gauge(name: str, help_text: str, values: Iterable[tuple[str, float]]) -> str:
    """A gauge in the text format; each value with its label, written out, or an empty text."""
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]
    lines += [f"{name}{{{label}}} {value:g}" if label else f"{name} {value:g}" for label, value in values]
    return "\n".join([*lines, ""])


def _single(name: str, help_text: str, value: str) -> list[str]:
    return [f"# HELP {name} {help_text}", f"# TYPE {name} counter", f"{name} {value}"]
