"""A real gateway as its users run it: `trigate serve`, a file, and sockets."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import psutil
import pytest

from tests.patience import PATIENCE
from tests.ports import free_port
from tests.store import postgres, redis_server

if TYPE_CHECKING:
    from tests.journeys.stage import Place, Stage

KEY = "test-key-0123456789"
START_SECONDS = PATIENCE
STOP_SECONDS = 2 * PATIENCE


class Gateway:
    """A running `trigate serve`."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.port, self.admin_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.admin_url = f"http://127.0.0.1:{self.admin_port}"
        self.key = KEY
        self.file = folder / "trigate.yaml"
        self.log_path = folder / "gateway.log"
        self.access_log_path = folder / "access.log"
        self.write(text)
        self.start()

    def start(self) -> None:
        """Start it, again if it has ended; does not wait."""
        self._stopping = False
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).parent / "trigate"), "serve", "-c", str(self.file)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "TRIGATE_KEY": KEY},
            )

    def write(self, text: str) -> None:
        """Write the file whole: lanes and policy by the test, addresses and logs by this fixture.

        A test that says more about `inbound` writes `<port>` where this gateway's port belongs.
        """
        inbound = "" if "inbound:" in text else "inbound: { listen: 127.0.0.1:<port> }\n"
        own = f"admin: {{ listen: 127.0.0.1:{self.admin_port} }}\ntelemetry: {{ access_log: {self.access_log_path} }}\n"
        policy = "" if "policy:" in text else "policy: { keys: { test: { secret: '${TRIGATE_KEY}' } } }\n"
        fresh = self.file.with_suffix(".new")
        fresh.write_text((inbound + own + policy + text).replace("<port>", str(self.port)))
        fresh.replace(self.file)

    @property
    def log(self) -> str:
        """Everything the gateway's processes have said."""
        return self.log_path.read_text(errors="replace")

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """The first true value of `condition`, which is asked again and again for a bounded time."""
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found or time.monotonic() > end:
                assert found, f"it did not happen within {seconds} s; the gateway said:\n{self.log}"
                return found
            time.sleep(0.02)

    def ready(self) -> bool:
        """Whether `/readyz` says so."""
        assert self.process.poll() is None, self.log
        try:
            return self.ask("GET", "/readyz", url=self.admin_url)[0] == 200
        except OSError:
            return False

    def ask(
        self, method: str, path: str, body: bytes | None = None, url: str = "", key: str = KEY, **fields: str
    ) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own: status, header fields in lower case, body."""
        connection = http.client.HTTPConnection(urlsplit(url or self.url).netloc, timeout=PATIENCE)
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if key:
            headers.setdefault("authorization", f"Bearer {key}")
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def records(self) -> list[dict[str, Any]]:
        """The access log so far."""
        if not self.access_log_path.exists():
            return []
        written, _, _ = self.access_log_path.read_bytes().rpartition(b"\n")  # the last line may be under way
        return [msgspec.json.decode(line) for line in written.splitlines()]

    def record(self, **wanted: Any) -> dict[str, Any]:
        """The first record with these values, as soon as it is in the access log."""

        def find() -> dict[str, Any] | None:
            return next((each for each in self.records() if wanted.items() <= each.items()), None)

        return self.until(find)

    def kill(self) -> None:
        """End all its processes at once, as the loss of the machine would."""
        family = [*psutil.Process(self.process.pid).children(recursive=True)]
        self.process.kill()
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait(STOP_SECONDS)
        psutil.wait_procs(family, STOP_SECONDS)

    def ask_to_stop(self) -> None:
        """Ask it to end; does not wait."""
        if self.process.poll() is None and not self._stopping:
            self.process.send_signal(signal.SIGTERM)
        self._stopping = True

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.ask_to_stop()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_SECONDS)
            raise


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Callable[[str], Gateway]]:
    """`gateway(text)` starts a gateway on this configuration; it ends with the test, cleanly or the test fails."""
    with _starter(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def lasting_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Gateway]]:
    """Like `gateway`, for a gateway that all tests of a module share."""
    with _starter(tmp_path_factory.mktemp("lasting")) as start:
        yield start


@pytest.fixture(scope="module")
def stage(lasting_gateway: Callable[[str], Gateway]) -> Iterator["Stage"]:
    """A gateway with a place for each test of the module."""
    from tests.journeys.stage import Stage, listeners, staged

    sockets = listeners()
    yield Stage(lasting_gateway(staged(sockets)), sockets)
    for each in sockets:
        each.close()


@pytest.fixture
def place(stage: "Stage") -> "Place":
    """A place of the stage that no other test uses."""
    return stage.place()


@pytest.fixture(scope="session")
def database() -> Iterator[postgres.Server]:
    """A running PostgreSQL server."""
    if not (postgres.find("initdb") or postgres.install()):
        _missing("postgresql")
    running = postgres.Server()
    yield running
    running.remove()


@pytest.fixture
def redis() -> Iterator[redis_server.Server]:
    """An empty Redis server."""
    if not (redis_server.find() or redis_server.install()):
        _missing("redis-server")
    with TemporaryDirectory(prefix="trigate-redis") as folder:  # a short path: a socket's has at most 107 bytes
        running = redis_server.Server(Path(folder))
        running.start()
        yield running
        running.stop()


def _missing(name: str) -> None:
    reason = f"{name} is not installed: install it, or run `make test` as root on Debian"
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


@contextmanager
def _starter(parent: Path) -> Generator[Callable[[str], Gateway]]:
    running: list[Gateway] = []

    def start(text: str) -> Gateway:
        folder = parent / f"gateway-{len(running)}"
        folder.mkdir()
        started = Gateway(folder, text)
        running.append(started)
        started.until(started.ready, START_SECONDS)
        return started

    yield start
    for each in running:
        each.ask_to_stop()
    codes = [each.stop() for each in running]
    assert codes == [0] * len(running), "\n".join(each.log for each in running)
