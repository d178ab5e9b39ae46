"""The way of a command to the admin API: over its port if a gateway runs, else by itself, straight on the store."""

import argparse
import asyncio
import http.client
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import msgspec

from trigate.config.config import Config
from trigate.config.load import load
from trigate.core.errors import GatewayError

TIMEOUT_SECONDS = 30.0


class Refused(GatewayError):
    """The admin API refused what a command asked for."""

    code = "admin.refused"
    blame = "caller"


class Way(Protocol):
    """A way to the admin API."""

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """The answer's JSON, None if it has no body; raises GatewayError."""
        ...


def add_config(parser: argparse.ArgumentParser) -> None:
    """Declare the option that says which gateway is meant."""
    parser.add_argument("-c", "--config", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")


def connect(arguments: argparse.Namespace) -> Way:
    """The way to the gateway of the command's configuration file; raises BadConfig."""
    config = load(arguments.config)
    return Port(config) if runs(Path(config.store.directory)) else InProcess(config)


def runs(directory: Path) -> bool:
    """Whether a gateway holds this state directory."""
    import fcntl

    try:
        with (directory / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def place(*names: str) -> str:
    """A path of the API whose parts are escaped."""
    return "/v1/" + "/".join(quote(name, safe="") for name in names)


class Port:
    """Asks the gateway that runs."""

    def __init__(self, config: Config) -> None:
        from trigate.admin.operator import local_token

        self._listen = config.admin.listen
        self._token = local_token(Path(config.store.directory))

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """See Way."""
        connection = _connection(self._listen)
        target = f"{path}?{urlencode(query)}" if query else path
        payload = b"" if body is None else msgspec.json.encode(body)
        try:
            connection.request(method, target, payload, {"authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            return _read(answer.status, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise Refused(f"the gateway's admin port at {self._listen} does not answer: {error}") from None
        finally:
            connection.close()


class InProcess:
    """Runs the admin API in this process, as this machine's own operator."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """See Way."""
        return asyncio.run(self._ask(method, path, query or {}, body))

    async def _ask(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        from trigate.admin.api import Ruling, open_offline
        from trigate.admin.door import answer
        from trigate.admin.operator import Operator
        from trigate.config.amendment import check_document, read_limit

        policy = self._config.policy
        ruling = Ruling(policy.limits, read_limit, check_document, approved_for=policy.approvals.granted)
        router, close = open_offline(self._config.store, ruling)
        payload = b"" if body is None else msgspec.json.encode(body)
        try:
            head, data = await answer(router, Operator("local", "admin"), method, (path, urlencode(query)), payload)
        finally:
            close()
        return _read(head.status, data.payload)


def _read(status: int, payload: bytes) -> Any:
    if status < 400:
        return msgspec.json.decode(payload) if payload else None
    try:
        detail = msgspec.json.decode(payload, type=dict[str, Any]).get("detail", "")
    except msgspec.DecodeError:
        detail = payload[:500].decode(errors="replace")
    raise Refused(detail or f"the admin API answered {status}")


def _connection(listen: str) -> http.client.HTTPConnection:
    if listen.startswith("unix:"):
        return _UnixConnection(listen.removeprefix("unix:"))
    host, _, port = listen.rpartition(":")
    return http.client.HTTPConnection(host.strip("[]") or "127.0.0.1", int(port), timeout=TIMEOUT_SECONDS)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(self._path)
