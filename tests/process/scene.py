"""A running gateway for the tests: started on ports of its own, looked at from outside, ended in any case."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from tests.patience import PATIENCE
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
TOY = (sys.executable, "-m", "tests.process.toy")


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What `condition` gives as soon as it is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def alive(process: psutil.Process) -> bool:
    """Whether a process still does anything; one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def refused(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) != 0


def kill(process: psutil.Process) -> None:
    """End a process as nothing can be prepared for, and wait until nobody can take it for a living one."""
    process.kill()
    until(lambda: not alive(process))


class Gateway:
    """One gateway process tree; use it as a context."""

    def __init__(self, directory: Path, command: Sequence[str] = TOY, *, more: dict[str, Any] | None = None) -> None:
        self.directory = directory
        self.port, self.admin = free_port(), free_port()
        self.path = directory / "trigate.yaml"
        self.log_path = directory / "process.log"
        self.access_path = directory / "access.log"
        self._command = [*command, str(self.path)]
        self._more = more or {}
        self.write()

    def document(self, key: str = "one", **more: Any) -> dict[str, Any]:
        """The configuration; `key` names the build, other arguments replace whole sections."""
        return {
            "inbound": {"listen": f"127.0.0.1:{self.port}", "timeouts": {"drain": "30s"}},
            "admin": {"listen": f"127.0.0.1:{self.admin}"},
            "telemetry": {"access_log": str(self.access_path)},
            "store": {"directory": str(self.directory / "data")},
            "policy": {"keys": {key: {"secret": "tg-0123456789abcdef0123456789", "lanes": ["api"]}}},
        } | self._more | more  # fmt: skip

    def write(self, key: str = "one", **more: Any) -> None:
        """Exchange the configuration file; JSON is YAML."""
        fresh = self.path.with_suffix(".fresh")
        fresh.write_text(json.dumps(self.document(key, **more)))
        fresh.rename(self.path)

    def __enter__(self) -> "Gateway":
        self.start()
        until(lambda: "ready" in self.log() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log()
        return self

    def start(self) -> None:
        """Start without waiting."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(self._command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            print(self.log())
        children = self.children() if self.process.poll() is None else []
        self.process.kill()
        self.process.wait(PATIENCE)
        until(lambda: not any(map(alive, children)))

    def log(self) -> str:
        """The process log so far."""
        return self.log_path.read_text() if self.log_path.exists() else ""

    def records(self) -> list[str]:
        """The access log so far."""
        return self.access_path.read_text().splitlines() if self.access_path.exists() else []

    def children(self) -> list[psutil.Process]:
        """Control process and workers, as far as they live."""
        return [child for child in psutil.Process(self.process.pid).children(recursive=True) if alive(child)]

    def signal(self, number: int) -> None:
        """Send a signal to the supervisor."""
        os.kill(self.process.pid, number)

    def stop(self) -> int:
        """End it well; the exit status."""
        self.signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def ask(self, path: str = "/", body: bytes | None = None) -> str:
        """A request on a connection of its own; the body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST" if body is not None else "GET", path, body)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def release(self) -> None:
        """Let streams and slow builds end."""
        (self.directory / "release").touch()

    def hang(self) -> None:
        """Make the worker that takes the request never do anything again."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as caller:
            caller.sendall(b"GET /hang HTTP/1.1\r\nhost: x\r\n\r\n")

    def pid(self) -> int:
        """Of the worker that answers."""
        return int(self.ask().split()[0])

    def name(self) -> str:
        """Of the configuration that answers."""
        return self.ask().split()[1]

    def probe(self, path: str = "/readyz") -> tuple[int, dict[str, Any]]:
        """What the admin port says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


class Callers:
    """Callers who ask again and again while something happens to a gateway, and never in vain; use it as a context."""

    LEAST = 20
    """How often each has asked in the end."""

    def __init__(self, *asks: Callable[[], object]) -> None:
        self._stop = threading.Event()
        self._counts = [0] * len(asks)
        self._faults: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=each) for each in enumerate(asks)]

    def _run(self, number: int, ask: Callable[[], object]) -> None:
        try:
            while not self._stop.wait(0.002):
                ask()
                self._counts[number] += 1
        except BaseException as fault:
            self._faults.append(fault)

    def __enter__(self) -> "Callers":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                until(lambda: self._faults or min(self._counts) >= self.LEAST)
        finally:
            self._stop.set()
            for each in self._threads:
                each.join(PATIENCE)
        if kind is None:
            assert self._faults == []
