"""Where the time goes in the gateway alone: Python functions by py-spy, native ones by perf, as far as installed."""

from __future__ import annotations

import collections
import concurrent.futures
import shutil
import subprocess
import sys
from pathlib import Path

from bench import cpu
from bench.leg import Leg
from bench.measure import Ground, Running, sample
from bench.scenario import Scenario

_TOP = 40


def profile(one: Running, scenario: Scenario, tls: bool, seconds: float, ground: Ground) -> str:
    """Load one scenario: unwatched for the share of each process, then with each profiler on the busiest."""
    leg = Leg(scenario.kind, tls)
    before = _shares(one)
    figure = sample(scenario, leg, one, seconds, ground)
    shares = {pid: spent - before.get(pid, 0) for pid, spent in _shares(one).items()}
    busiest = max(shares, key=lambda pid: shares[pid])
    whole = sum(shares.values()) or 1
    texts = [f"{figure.cpu:.1f} µs per {scenario.unit} unwatched"]
    texts += [f"{spent / whole:6.1%}  process {pid}: {_command(pid)}" for pid, spent in shares.items()]
    for watch in (_python, _native):
        with concurrent.futures.ThreadPoolExecutor(1) as thread:
            watched = thread.submit(watch, busiest, seconds, one.site.directory)
            figure = sample(scenario, leg, one, seconds + 2, ground)
        texts += [f"\n{figure.cpu:.1f} µs per {scenario.unit} while watched", watched.result()]
    return "\n".join(texts)


def _shares(one: Running) -> dict[int, int]:
    return {pid: cpu.spent_by(pid) for pid in cpu.tree(one.process.pid)}


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")[:100]


def _python(pid: int, seconds: float, directory: Path) -> str:
    beside = Path(sys.executable).parent / "py-spy"
    program = str(beside) if beside.exists() else shutil.which("py-spy")
    if not program:
        return "py-spy is not installed: no Python functions"
    path = directory / "stacks.txt"
    command = [
        program,
        "record",
        "-p",
        str(pid),
        "-d",
        str(round(seconds)),
        "-r",
        "400",
        "-F",
        "-f",
        "raw",
        "-o",
        str(path),
    ]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds + 30)
    return top(path.read_text()) if path.exists() else ended.stderr[-400:]


def top(stacks: str) -> str:
    """The functions of collapsed stacks (`a;b;c 12` a line) by own and by total share."""
    own: collections.Counter[str] = collections.Counter()
    total: collections.Counter[str] = collections.Counter()
    for line in stacks.splitlines():
        frames, _, count = line.rpartition(" ")
        names = frames.split(";")
        own[names[-1]] += int(count)
        total.update(dict.fromkeys(names, int(count)))
    whole = sum(own.values()) or 1
    lines = [f"{count / whole:6.1%} {total[name] / whole:6.1%}  {name}" for name, count in own.most_common(_TOP)]
    return "\n".join(["   own  total  function", *lines])


def _native(pid: int, seconds: float, directory: Path) -> str:
    if not shutil.which("perf"):
        return "perf is not installed: no native functions"
    path = str(directory / "perf.data")
    record = ["perf", "record", "-q", "-F", "997", "-p", str(pid), "-o", path, "--", "sleep", str(seconds)]
    subprocess.run(record, check=False, capture_output=True, timeout=seconds + 30)
    report = ["perf", "report", "-i", path, "--stdio", "--no-children", "--percent-limit", "0.7", "-s", "dso,symbol"]
    ended = subprocess.run(report, check=False, capture_output=True, text=True, timeout=60)
    lines = [line for line in ended.stdout.splitlines() if line.strip() and not line.startswith("#")]
    return "\n".join(lines[:_TOP]) or ended.stderr[-400:]
