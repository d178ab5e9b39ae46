"""A token endpoint in this process that counts what it is asked and can be told to fail."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tests.outbound.chaos import Chaos, Talk, surroundings_of
from trigate.outbound.client import Client
from trigate.outbound.settings import OutboundSettings


class Issuer(Chaos):
    """Answers each request by the next of `answers`, the last one again and again."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        super().__init__([self._talk], repeat=True)
        self._answers = list(answers)
        self.asked: list[dict[str, str]] = []
        self.heads: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def _talk(self, talk: Talk) -> None:
        while True:
            start = talk.read_upto
            await talk.until(b"\r\n\r\n")
            head = talk.received[start : talk.read_upto].decode()
            length = int(next(line for line in head.splitlines() if line.startswith("content-length")).split(":")[1])
            while len(talk.received) < talk.read_upto + length:
                talk.received += await talk.reader.read(65536)
            body = talk.received[talk.read_upto : talk.read_upto + length].decode()
            talk.read_upto += length
            self.heads.append(head)
            self.asked.append(dict(parse_qsl(body)))
            await self.may_answer.wait()
            status, said = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            data = msgspec.json.encode(said)
            talk.writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%b" % (status, len(data), data))


def make_client() -> Client:
    """A client in this loop."""
    return Client(OutboundSettings(), surroundings_of(asyncio.get_running_loop()))
