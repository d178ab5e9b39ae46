"""Load by wrk: one thread, mostly 32 connections, a closed loop."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from bench import cpu, process, wire
from bench.message import Request
from bench.result import Sample

CONNECTIONS = 32
_NUMBERED = 256

_FIXED = """\
wrk.method = {method}
wrk.body = {body}
{headers}
"""
_CYCLING = """
local bodies = {{ {bodies} }}
local ready, turn = {{}}, 0
function init(args)
  for i, body in ipairs(bodies) do ready[i] = wrk.format(nil, nil, nil, body) end
end
function request()
  turn = turn % #ready + 1
  return ready[turn]
end
"""
_REPORT = """
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format('{{"requests":%d,"micros":%d,"p50":%d,"p99":%d,"errors":%d}}', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""


class LoadError(Exception):
    """wrk failed, or some answer was an error."""


def script(request: Request) -> str:
    """The Lua script that makes wrk send the request; one prebuilt text unless its body is numbered."""
    bodies = wire.numbered(request, _NUMBERED)
    pairs = [(json.dumps(name), json.dumps(value)) for name, value in request.headers.items()]
    headers = "\n".join(f"wrk.headers[{name}] = {value}" for name, value in pairs)
    body = _quote(bodies[0]) if request.body else "nil"
    text = _FIXED.format(method=json.dumps(request.method), body=body, headers=headers)
    if len(bodies) > 1:
        text += _CYCLING.format(bodies=", ".join(map(_quote, bodies)))
    return text + _REPORT.format()


def _quote(text: str) -> str:
    return f"[==[{text}]==]"


def run(
    request: Request, port: int, pid: int, seconds: float, directory: Path, core: int | None,
    connections: int = CONNECTIONS,
) -> Sample:  # fmt: skip
    """Load the proxy whose root process is `pid`; LoadError when an answer was not a success."""
    path = directory / "load.lua"
    path.write_text(script(request), encoding="utf-8")
    whole = max(1, round(seconds))
    url = f"http://127.0.0.1:{port}{request.path}"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "5s", "-s", str(path), url]
    before = cpu.spent(pid)
    pinned = process.pinned(command, core)
    ended = subprocess.run(pinned, check=False, capture_output=True, text=True, timeout=whole + 30)
    spent = cpu.spent(pid) - before
    return read(ended.stdout, spent)


def read(output: str, spent: int) -> Sample:
    """What wrk printed, and the CPU nanoseconds spent meanwhile, as a sample."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        raise LoadError(f"wrk said nothing of use: {output[-200:]!r}")
    found: dict[str, Any] = json.loads(lines[-1])
    if found["errors"] or not found["requests"]:
        raise LoadError(f"{found['errors']} errors in {found['requests']} requests")
    rate = found["requests"] / found["micros"] * 1e6
    return Sample(spent / found["requests"] / 1000, rate, found["p50"], found["p99"])
