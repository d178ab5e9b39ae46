"""The child's side of a reload: a configuration built beside the one in use, exchanged on order."""

import asyncio
import socket
from collections.abc import Callable
from typing import Generic, TypeVar

from trigate.config.config import Config
from trigate.core.errors import GatewayError
from trigate.process import channel
from trigate.process.keep import Generation, LivingThings
from trigate.telemetry.log import log

PROBLEM_CHARACTERS = 4000

Built = TypeVar("Built")


class Swap(Generic[Built]):
    """Holds what was prepared until it is committed or aborted."""

    def __init__(
        self,
        keep: LivingThings,
        parse: Callable[[str], Config],
        build: Callable[[Config, Generation], Built],
        use: Callable[[Config, Built, dict[str, socket.socket]], None],
    ) -> None:
        """`build` must not touch what is in use; `use` must not fail."""
        self._keep = keep
        self._parse = parse
        self._build = build
        self._use = use
        self._pending: tuple[Config, Built, Generation, dict[str, socket.socket]] | None = None

    async def prepare(self, order: channel.Prepare, descriptors: list[int]) -> channel.Prepared:
        """Build, without holding up what is served meanwhile longer than it must; the answer says whether it worked."""
        self.abort()
        text = _read(descriptors[0])
        listen = dict(zip(order.listen, map(_as_socket, descriptors[1:]), strict=True))
        generation = self._keep.begin()
        try:
            config = await asyncio.to_thread(self._parse, text)
            self._pending = (config, self._build(config, generation), generation, listen)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the old configuration goes on
            self._keep.roll_back(generation)
            return channel.Prepared(order.number, problem(fault)[:PROBLEM_CHARACTERS])
        return channel.Prepared(order.number)

    def commit(self) -> None:
        """Use what was prepared from now on."""
        if self._pending is not None:
            config, built, generation, listen = self._pending
            self._pending = None
            self._use(config, built, listen)
            self._keep.commit(generation)

    def abort(self) -> None:
        """Forget what was prepared."""
        if self._pending is not None:
            _, _, generation, listen = self._pending
            self._pending = None
            self._keep.roll_back(generation)
            for each in listen.values():
                each.close()


def _read(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8") as file:
        file.seek(0)  # the supervisor wrote it through the same open file
        return file.read()


def problem(fault: Exception) -> str:
    """What an operator is told about a configuration that could not be built; never empty."""
    if isinstance(fault, GatewayError):
        return fault.message or fault.code
    if isinstance(fault, ValueError | OSError | ImportError):
        return str(fault) or type(fault).__name__
    log.fault("building a configuration failed", fault)
    return "the gateway could not be built with it; see the entry before"


def report(event: str, problems: str) -> None:
    """Tell the operator every problem, a line each."""
    for each in problems.splitlines():
        log.error(event, problem=each)


def _as_socket(descriptor: int) -> socket.socket:
    return socket.socket(fileno=descriptor)
