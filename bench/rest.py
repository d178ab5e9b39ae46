"""A proxy at rest: time to its first answer, memory when idle and memory per open stream."""

from __future__ import annotations

import ssl
import statistics
import time

from bench import flow, memory, wire
from bench.leg import Leg
from bench.load import LoadError
from bench.measure import Ground, Running, started
from bench.proxy import Proxy
from bench.result import Footprint
from bench.scenario import SCENARIOS, Scenario, idle

STREAMS = 1000
BARE, KEYED = SCENARIOS[:2]
"""Of the second the gateway keeps a record."""
_WARM = 16
_SETTLE = 1.5


def footprint(proxy: Proxy, runs: int, ground: Ground, streams: int = STREAMS) -> Footprint:
    """Measure one proxy; what could not be measured stays zero and the failure says why."""
    found = Footprint(proxy.name)
    try:
        starts = _starts(proxy, runs, ground)
        found.start, found.idle, found.recorded = (statistics.median(figures) for figures in zip(*starts, strict=True))
        found.stream = _per_stream(proxy, ground, streams, tls=False)
        found.stream_tls = _per_stream(proxy, ground, streams, tls=True)
    except (LoadError, TimeoutError) as error:
        found.failure = str(error).replace("\n", " ")
    print(found, flush=True)
    return found


def _starts(proxy: Proxy, runs: int, ground: Ground) -> list[tuple[float, float, float]]:
    """Seconds to the first answer, bytes then, and bytes after a request that is recorded."""
    found: list[tuple[float, float, float]] = []
    for _ in range(runs):
        begin = time.monotonic()
        with started(proxy, ground) as one:
            _answer(one, BARE, begin + 10)
            seconds = time.monotonic() - begin
            time.sleep(_SETTLE)
            idle = memory.proportional(one.process.pid)
            _answer(one, KEYED, time.monotonic() + 10)
            time.sleep(2 * _SETTLE)
            found.append((seconds, idle, memory.proportional(one.process.pid)))
    return found


def _answer(one: Running, scenario: Scenario, deadline: float) -> None:
    leg = Leg("page", False)
    while wrong := wire.probe(scenario.request(leg), one.site.listen[leg]):
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer: {wrong}")
        time.sleep(0.005)


def _per_stream(proxy: Proxy, ground: Ground, streams: int, *, tls: bool) -> float:
    with started(proxy, ground, tls=tls) as one:
        if tls:
            _greet(one, ground)
        _open(one, ground, _WARM)
        time.sleep(_SETTLE)
        before = memory.proportional(one.process.pid)
        return (_open(one, ground, streams) - before) / streams


def _greet(one: Running, ground: Ground) -> None:
    leg = Leg("page", True)
    context = ssl.create_default_context(cafile=str(ground.certificate.authority))
    if wrong := wire.probe(BARE.request(leg), one.site.listen[leg], context):
        raise LoadError(f"TLS towards the caller: {wrong}")


def _open(one: Running, ground: Ground, streams: int) -> int:
    """The proxy's memory with so many streams open."""
    leg = Leg("stream", one.site.tls)
    options = ["--count", str(streams)]
    if one.site.tls:
        options += ["--authority", str(ground.certificate.authority)]
    with flow.caller(idle(leg), one.site.listen[leg], one.site.directory, ground.load_core, options) as child:
        assert child.stdout
        words = child.stdout.readline().split()
        if words != ["open", str(streams), "0"]:
            raise LoadError(f"of {streams} idle streams: {' '.join(words) or 'nothing said'}")
        time.sleep(_SETTLE)
        return memory.proportional(one.process.pid)
