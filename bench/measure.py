"""The interleaved run: every repetition asks every proxy in turn, so a noisy minute hits all alike."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import flow, load, port, wire
from bench.certificate import Certificate
from bench.leg import Leg
from bench.load import LoadError
from bench.process import running, tail
from bench.proxy import Proxy
from bench.result import Key, Result, Sample
from bench.scenario import Scenario
from bench.site import Site

START_SECONDS = 60
"""Some peers take their time."""


@dataclass(frozen=True)
class Ground:
    """What all measurements of a run share: directory, certificate, upstream ports, cores (None: not pinned)."""

    directory: Path
    certificate: Certificate
    upstream: Mapping[Leg, int]
    proxy_core: int | None
    load_core: int | None


@dataclass(frozen=True)
class Running:
    """A proxy that accepts."""

    proxy: Proxy
    site: Site
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def started(proxy: Proxy, ground: Ground, *, tls: bool = False) -> Generator[Running]:
    """Run a proxy in a directory of its own; TimeoutError with its last words when it never accepts."""
    directory = ground.directory / f"{proxy.name}-{port.free()}"
    directory.mkdir()
    site = Site(directory, proxy.ports(), ground.upstream, ground.certificate, tls)
    with running(proxy.command(site), directory, ground.proxy_core) as child:
        try:
            for number in set(site.listen.values()):
                port.wait(number, START_SECONDS)
        except TimeoutError as error:
            raise TimeoutError(f"{proxy.name}: {error}\n{tail(directory)}") from None
        yield Running(proxy, site, child)


def measure(
    proxies: Sequence[Running], scenarios: Iterable[Scenario], legs: Sequence[bool], runs: int, seconds: float,
    ground: Ground, result: Result,
) -> None:  # fmt: skip
    """Fill the result; a scenario that a proxy fails is noted and not asked again."""
    plan = [
        (scenario, Leg(scenario.kind, tls), one)
        for scenario in scenarios
        for tls in legs
        for one in proxies
        if Leg(scenario.kind, tls) in one.site.listen
        and (not one.proxy.scenarios or scenario.name in one.proxy.scenarios)
    ]
    plan = [(scenario, leg, one) for scenario, leg, one in plan if _works(scenario, leg, one, result)]
    for turn in range(runs):
        for scenario, leg, one in plan:
            key = Key(scenario.name, leg.tls, one.proxy.name)
            if key in result.rows and result.rows[key].failure:
                continue
            try:
                if turn == 0:
                    sample(scenario, leg, one, 1, ground)
                found = sample(scenario, leg, one, seconds, ground)
            except LoadError as error:
                result.fail(key, str(error))
                continue
            result.add(key, found)
            print(f"run {turn + 1}: {scenario.name:7}{'TLS  ' if leg.tls else 'plain'} {one.proxy.name:8}"
                  f"{found.cpu:8.1f} µs {found.rate:8.0f}/s", flush=True)  # fmt: skip


def _works(scenario: Scenario, leg: Leg, one: Running, result: Result) -> bool:
    wrong = wire.probe(scenario.request(leg), one.site.listen[leg])
    if wrong:
        print(f"{one.proxy.name} fails {scenario.name} ({leg.name}): {wrong}", flush=True)
        result.fail(Key(scenario.name, leg.tls, one.proxy.name), wrong)
    return not wrong


def sample(scenario: Scenario, leg: Leg, one: Running, seconds: float, ground: Ground) -> Sample:
    """One measurement of one scenario; LoadError when an answer was not a success."""
    seconds = max(seconds, one.proxy.least_seconds)
    place = one.site.listen[leg], one.process.pid, seconds, one.site.directory, ground.load_core
    if scenario.kind == "stream":
        return flow.run(scenario.request(leg), *place)
    return load.run(scenario.request(leg), *place, one.proxy.connections)
