"""Load by many streams at once, in a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

from bench import cpu, process, wire
from bench.load import LoadError
from bench.message import Request
from bench.result import Sample

STREAMS = 64


def run(request: Request, port: int, pid: int, seconds: float, directory: Path, core: int | None) -> Sample:
    """CPU time per event of the proxy whose root process is `pid`; latencies are from the upstream's write."""
    options = ["--count", str(STREAMS), "--seconds", str(seconds)]
    with caller(request, port, directory, core, options) as child:
        assert child.stdout
        if not child.stdout.readline().startswith("begin"):
            raise LoadError("the streams did not open")
        before = cpu.spent(pid)
        words = child.stdout.readline().split()
        spent = cpu.spent(pid) - before
    return read(words, spent, seconds)


def read(words: list[str], spent: int, seconds: float) -> Sample:
    """What the caller of the streams printed, as a sample."""
    if len(words) != 5 or words[0] != "end":
        raise LoadError(f"the caller of the streams said {words}")
    events, p50, p99, lost = map(int, words[1:])
    if lost or not events:
        raise LoadError(f"{lost} streams lost, {events} events seen")
    return Sample(spent / events / 1000, events / seconds, p50, p99)


@contextlib.contextmanager
def caller(
    request: Request, port: int, directory: Path, core: int | None, options: list[str]
) -> Generator[subprocess.Popen[str]]:
    """The process that calls the streams; it ends with the block."""
    path = directory / "request.bin"
    path.write_bytes(wire.encode(request, f"127.0.0.1:{port}"))
    command = [sys.executable, "-m", "bench.streams", str(port), str(path), *options]
    child = subprocess.Popen(
        process.pinned(command, core),
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        assert child.stdin
        child.stdin.close()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        assert child.stdout
        child.stdout.close()
