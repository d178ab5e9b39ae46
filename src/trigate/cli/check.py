"""Check a configuration file and tell every problem in it, what only building the gateway finds out included."""

import argparse
import asyncio
import sys
from tempfile import TemporaryDirectory

from msgspec import structs

from trigate.config.config import Config
from trigate.config.load import open_config
from trigate.config.problem import InvalidConfig
from trigate.core.bus import BusClosed, BusStream, Service
from trigate.core.errors import BadConfig
from trigate.core.surroundings import Surroundings
from trigate.inbound.settings import ListenerTls


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-c", "--config", metavar="FILE", default="trigate.yaml", help="default: trigate.yaml")
    parser.add_argument("--file-only", action="store_true", help="leave out what only building the gateway finds out")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 if the file can be used, 1 if not."""
    try:
        loaded = open_config(arguments.config)
    except InvalidConfig as error:
        return _refuse(error.message, len(error.problems))
    try:
        if not arguments.file_only:
            asyncio.run(rehearse(loaded.config))
    except (BadConfig, ValueError, OSError) as error:
        return _refuse(f"{arguments.config}: {loaded.substitution.redact(_told(error))}", 1)
    print(f"{arguments.config}: {summary(loaded.config)}")
    return 0


async def rehearse(config: Config) -> None:
    """Build what serving would build and drop it: nothing is opened, started or connected to.

    Raises BadConfig, ValueError or OSError for what cannot be used, such as routes that clash or a missing certificate.
    """
    from trigate.app import build_gateway
    from trigate.core.deadlines import Deadlines
    from trigate.core.ids import Ids
    from trigate.inbound.certificate import Certificates
    from trigate.process.keep import LivingThings

    keep = LivingThings()
    generation = keep.begin()
    loop = asyncio.get_running_loop()
    aside = TemporaryDirectory(prefix="trigate-check-")  # what is in the store's belongs to the gateway that runs
    store = structs.replace(config.store, directory=aside.name)
    try:
        surroundings = Surroundings(loop, Deadlines(), generation, _NoSpool(), _NoBus(), Ids())
        build_gateway(structs.replace(config, store=store), surroundings)
        for listener in config.inbound.listeners:
            if listener.tls is not None:
                _try_files(listener.tls)
                Certificates(listener.tls, _no_report)
    finally:
        keep.roll_back(generation)
        aside.cleanup()


def _try_files(tls: ListenerTls) -> None:
    """Open every file, because the errors of OpenSSL do not say which one they mean."""
    files = [file for each in tls.certificates for file in (each.certificate_file, each.key_file)]
    for file in [*files, tls.client_ca_file] if tls.client_ca_file else files:
        with open(file, "rb"):
            pass


def summary(config: Config) -> str:
    """What a configuration holds, in one line."""
    parts = [
        (len(config.policy.keys), "key"),
        (len(config.api.routes) if config.api else 0, "route"),
        (len(config.llm.providers) if config.llm else 0, "provider"),
        (len(config.llm.models) if config.llm else 0, "model"),
        (len(config.mcp.servers) if config.mcp else 0, "server"),
        (len(config.mcp.endpoints) if config.mcp else 0, "endpoint"),
    ]
    return ", ".join(_counted(count, word) for count, word in parts)


def _refuse(message: str, count: int) -> int:
    print(f"{message}\n{_counted(count, 'problem')}", file=sys.stderr)
    return 1


def _told(error: Exception) -> str:
    """An error in one line; those of the system with their file, if they name one."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _no_report(error: Exception) -> None:
    """Certificates of a rehearsal are never looked at again."""


class _NoSpool:
    """No call is made in a rehearsal, so no record is kept."""

    def append(self, record: bytes) -> None:
        """Forget it."""


class _NoBus:
    """A rehearsal has no other processes."""

    own = ""

    async def open(self, service: str, opening: bytes = b"", owner: str = "") -> BusStream:
        """Never reached."""
        raise BusClosed(service)

    async def tell(self, service: str, opening: bytes) -> None:
        """Never reached."""
        raise BusClosed(service)

    def offer(self, name: str, service: Service) -> None:
        """Nobody will ask."""
