"""A PostgreSQL server of the tests' own: on a Unix socket in a directory of its own, ended in any case."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg

from tests.patience import PATIENCE

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian keeps the programs, out of the way of PATH."""


def find(name: str) -> str | None:
    """Where a program of PostgreSQL is, None if it is not installed."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, reversed(DEBIAN))])
    return shutil.which(name, path=path)


def install() -> bool:
    """As root on Debian only."""
    if os.getuid() != 0 or not Path("/usr/bin/apt-get").exists():
        return False
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--no-install-recommends", "postgresql"],
    ):
        subprocess.run(command, check=False, capture_output=True, timeout=300)
    return find("initdb") is not None


class Server:
    """One server; it refuses to run as root, so root starts it as the user that its package brings."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="trigate-pg-"))
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self._names = count(1)
        self._as = self.user if os.getuid() == 0 else None
        if self._as:
            shutil.chown(self.directory, self.user)
        self._run("initdb", "-D", self._data, "-A", "trust", "--no-sync", "-E", "UTF8")
        self.start()

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def start(self) -> None:
        """Serve, and wait until it does."""
        options = ["-k", str(self.directory), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=40"]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(find("postgres")), "-D", self._data, *options], stdout=log, stderr=log, user=self._as
            )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.do("SELECT 1")
                return
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.directory / "log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, as a crash would: what was committed is recovered at the next start."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
        self._process.wait(PATIENCE)

    def restart(self) -> None:
        """Crash and come back."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """End it and forget its data."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def database(self) -> str:
        """The URL of a new and empty database."""
        name = f"test{next(self._names)}"
        self.do(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgresql://{self.user}@/{name}?host={self.directory}"

    def do(self, statement: str, name: str = "postgres") -> None:
        """Run one statement as the owner of everything."""
        with psycopg.connect(self.url(name), autocommit=True, connect_timeout=int(PATIENCE)) as connection:
            connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(find(program)), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=4 * PATIENCE, cwd="/", user=self._as)
