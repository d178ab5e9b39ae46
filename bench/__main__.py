"""The command line of the bench."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from bench import certificate, chart, profile, rest, table
from bench.measure import Ground, measure, started
from bench.process import require
from bench.proxies.envoy import Envoy
from bench.proxies.fastmcp import FastMcp
from bench.proxies.haproxy import Haproxy
from bench.proxies.nginx import Nginx
from bench.proxies.trigate import Trigate
from bench.proxy import Proxy
from bench.result import Result, to_json
from bench.scenario import SCENARIOS
from bench.upstream import upstreams

FOUR = (Envoy("Envoy-4", workers=4), Trigate("Trigate-4", workers=4))
CROWD = Trigate("Trigate-crowd", keys=10_000, rules=1_000)
PROXIES: tuple[Proxy, ...] = (Nginx(), Haproxy(), Envoy(), Trigate(), FastMcp(), *FOUR, CROWD)
RESULTS = Path(__file__).parent / "results"


def main(arguments: Sequence[str] | None = None, proxies: Sequence[Proxy] = PROXIES) -> int:
    """Measure, print the table and write JSON, Markdown and chart; 1 when a budget was missed."""
    options = parse(arguments, proxies)
    for program in ("wrk", "taskset", "setpriv"):
        require(program)
    raise_limits()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = [proxy for proxy in proxies if not options.only or proxy.name.lower() in options.only]
    with ground(pin=not options.no_pin) as shared:
        if options.profile:
            return explain(options, shared)
        result = Result(machine(), method(options, shared))
        run(options, chosen, shared, result)
    return publish(result, options.output)


def parse(arguments: Sequence[str] | None, proxies: Sequence[Proxy]) -> argparse.Namespace:
    """Read the command line."""
    names = [scenario.name for scenario in SCENARIOS]
    parser = argparse.ArgumentParser(prog="python -m bench", description="Trigate beside nginx, HAProxy and Envoy.")
    parser.add_argument("--runs", type=int, default=5, help="repetitions; medians are reported")
    parser.add_argument("--seconds", type=float, default=3, help="length of one measurement")
    parser.add_argument("--scenario", action="append", choices=[*names, "rest"], help="may be given several times")
    parser.add_argument("--only", action="append", choices=[proxy.name.lower() for proxy in proxies])
    parser.add_argument("--tls", choices=["both", "plain", "tls"], default="both", help="towards the upstream")
    parser.add_argument("--quick", action="store_true", help="two runs of one second, 200 idle streams")
    parser.add_argument("--no-pin", action="store_true", help="do not hold proxy and load on a core each")
    parser.add_argument("--profile", action="store_true", help="show where the gateway's time goes in one scenario")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    if options.quick:
        options.runs, options.seconds = 2, 1.0
    return options


def run(options: argparse.Namespace, proxies: Sequence[Proxy], shared: Ground, result: Result) -> None:
    """Costs first, all proxies running side by side; then each proxy at rest, alone."""
    wanted = options.scenario or [*(scenario.name for scenario in SCENARIOS), "rest"]
    scenarios = [scenario for scenario in SCENARIOS if scenario.name in wanted]
    if scenarios:
        with contextlib.ExitStack() as stack:
            needed = [one for one in proxies if not one.scenarios or set(one.scenarios) & set(wanted)]
            running = [stack.enter_context(started(proxy, shared)) for proxy in needed]
            measure(running, scenarios, ways(options.tls), options.runs, options.seconds, shared, result)
    if "rest" in wanted:
        streams = 200 if options.quick else rest.STREAMS
        whole = [proxy for proxy in proxies if not proxy.scenarios]
        result.footprints += [rest.footprint(proxy, min(options.runs, 3), shared, streams) for proxy in whole]


def explain(options: argparse.Namespace, shared: Ground) -> int:
    """Profile the gateway in the scenario asked for, the bare route by default."""
    name = (options.scenario or ["bare"])[0]
    scenario = next(found for found in SCENARIOS if found.name == name)
    with started(Trigate(), shared) as one:
        for tls in ways("plain" if options.tls == "both" else options.tls):
            print(profile.profile(one, scenario, tls, options.seconds, shared))
    return 0


def ways(choice: str) -> list[bool]:
    """Towards the upstream: in plain, with TLS, or both."""
    return [tls for tls in (False, True) if choice in ("both", "tls" if tls else "plain")]


@contextlib.contextmanager
def ground(*, pin: bool) -> Generator[Ground]:
    """A temporary directory with running upstreams; nothing of it is left afterwards."""
    proxy_core, load_core = cores() if pin else (None, None)
    with tempfile.TemporaryDirectory(prefix="trigate-bench-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        below = directory / "upstream"
        below.mkdir()
        issued = certificate.issue(directory)
        with upstreams(below, issued, load_core) as ports:
            yield Ground(directory, issued, ports, proxy_core, load_core)


def cores() -> tuple[int | None, int | None]:
    """One core for the proxy and another for load and upstreams; no pinning on a single core."""
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)


def raise_limits() -> None:
    """A thousand streams need more descriptors than a shell gives by default."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536, hard))


def machine() -> str:
    """The machine and the day, as the head of every table."""
    models = (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name"))
    model = next(models, platform.machine())
    today = time.strftime("%Y-%m-%d")
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, CPython {platform.python_version()}, {today}"


def _cpuinfo() -> list[str]:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()


def method(options: argparse.Namespace, shared: Ground) -> str:
    """How the figures came about, in one paragraph."""
    pinned = "not pinned" if shared.proxy_core is None else (
        f"every proxy pinned to core {shared.proxy_core}, load and upstreams to core {shared.load_core}"
    )  # fmt: skip
    return (
        f"CPU µs are user + system time of all processes of a proxy per request (or event); medians of {options.runs} "
        f"interleaved runs of {options.seconds:g} s; one worker each, but four in those called -4, no access log at "
        f"the peers, upstream connections kept; wrk -t1 -c32 (FastMCP: -c{FastMcp.connections} for "
        f"{FastMcp.least_seconds:g} s), streams: 64 at once, an event each 4 ms, latency from the upstream's write; "
        f"{pinned}."
    )


def publish(result: Result, directory: Path) -> int:
    """Print the table and write it beside the JSON and the chart."""
    from bench import budget

    directory.mkdir(parents=True, exist_ok=True)
    text = table.render(result)
    (directory / "bench.md").write_text(text, encoding="utf-8")
    (directory / "bench.json").write_text(json.dumps(to_json(result), indent=1), encoding="utf-8")
    chart.draw(result, directory / "bench.png")
    print(f"\n{text}\nwritten to {directory}/bench.md, bench.json, bench.png")
    return int(any(check.verdict == "FAIL" for check in budget.checks(result)))


if __name__ == "__main__":
    sys.exit(main())
