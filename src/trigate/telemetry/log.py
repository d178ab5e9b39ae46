"""The process log: what starts, reloads, restarts and fails, one line each on standard error, none per request."""

import asyncio
import os
import re
import select
import traceback
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from trigate.core.clock import clock
from trigate.core.errors import GatewayError

Level = Literal["info", "warning", "error"]
LINE_BYTES = 4096
"""Longest line; up to this size a pipe that is ready takes it whole (POSIX, PIPE_BUF)."""
EVENT_CHARACTERS = 500
LINES_PER_SECOND = 100
"""Most lines of one process in a second: a fault that comes with every request must not fill a disk."""
FRAMES = 12
"""Most places of a traceback that are told."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def plain(text: str) -> str:
    """`text` without terminal sequences, and with control characters made visible: one entry is always one line."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", _ESCAPES.sub("", text))


class Log:
    """Writes entries of one process; `form` and `process` may be changed at any time."""

    def __init__(self) -> None:
        self.form: Literal["text", "json"] = "text"
        self.process = "trigate"
        self.descriptor = 2
        self._second = 0
        self._written = 0
        self._lost = 0

    def info(self, event: str, /, **details: object) -> None:
        """Something an operator expects."""
        self._write("info", event, details)

    def warning(self, event: str, /, **details: object) -> None:
        """Something that goes on, but not as it should."""
        self._write("warning", event, details)

    def error(self, event: str, /, **details: object) -> None:
        """Something that did not work."""
        self._write("error", event, details)

    def crash(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop's exception handler: says where a fault was, never what text it carried, which may hold a secret."""
        task = context.get("task") or context.get("future")
        name = task.get_name() if isinstance(task, asyncio.Task) else ""
        fault = context.get("exception")
        if fault is None:
            self.error("a fault in the event loop", task=name)
            return
        self.fault("a task failed", fault, task=name)

    def fault(self, event: str, fault: BaseException, **details: object) -> None:
        """An exception nobody was to handle: its type and the places it came through."""
        told = fault.message if isinstance(fault, GatewayError) else ""
        self.error(event, **details, fault=_kind(fault), message=told, places=_places(fault))

    def _write(self, level: Level, event: str, details: dict[str, object]) -> None:
        moment = datetime.fromtimestamp(clock.wall_ns() / 1e9, UTC).isoformat(timespec="milliseconds")
        known = {name: _readable(value) for name, value in details.items() if value not in ("", None)}
        if not self._may_write():
            self._lost += 1
            return
        if self._lost:
            known["lost"] = self._lost
            self._lost = 0
        line = self._encode(moment, level, plain(event)[:EVENT_CHARACTERS], known)
        try:
            os.write(self.descriptor, line[: LINE_BYTES - 1] + b"\n")
        except OSError:
            return  # standard error is gone: there is nobody to tell

    def _may_write(self) -> bool:
        # Nothing waits for whoever reads the log: an entry that cannot go out at once is counted, and told by the next.
        second = clock.wall_ns() // 1_000_000_000
        if second != self._second:
            self._second, self._written = second, 0
        self._written += 1
        return self._written <= LINES_PER_SECOND and _ready(self.descriptor)

    def _encode(self, moment: str, level: Level, event: str, known: dict[str, object]) -> bytes:
        if self.form == "json":
            entry = {"time": moment, "level": level, "process": self.process, "event": event}
            line = msgspec.json.encode(entry | known)
            return line if len(line) < LINE_BYTES else msgspec.json.encode(entry | {"cut": True})
        words = [moment, level, f"{self.process}:", event, *(f"{name}={value}" for name, value in known.items())]
        return " ".join(words).encode("utf-8", "backslashreplace")


def _ready(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


def _readable(value: object) -> object:
    return value if isinstance(value, int | float) else plain(str(value))


def _kind(fault: BaseException) -> str:
    return f"{type(fault).__module__}.{type(fault).__qualname__}".removeprefix("builtins.")


def _places(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)[-FRAMES:]
    return " > ".join(f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)


log = Log()
