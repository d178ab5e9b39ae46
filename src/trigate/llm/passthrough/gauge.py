"""What a passed answer used up, read in passing where it has a form that is known."""

import re

from trigate.core.call import Call
from trigate.core.errors import GatewayError
from trigate.core.usage import Usage
from trigate.llm.chat_dialect import ChatDialect, Passing
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.extent import BYTES_PER_TOKEN
from trigate.llm.price import NO_MEDIA
from trigate.llm.price_book import PriceBook
from trigate.llm.reply import Tally
from trigate.llm.task_usage import read_answer

MOST = 8 * 2**20
"""Bytes of an answer that is no stream which are held to be read; the usage of a longer one is not known."""
MOST_HEAD = 4096
"""Bytes of an answer in which the model's name is looked for."""
STREAMS = (b"text/event-stream", b"application/vnd.amazon.eventstream")

_ENDS = (
    (b"/chat/completions", "openai_chat"),
    (b"/completions", "openai_chat"),
    (b"/responses", "openai_responses"),
    (b"/messages", "anthropic_messages"),
    (b"enerateContent", "gemini_content"),
    (b"/converse", "bedrock_converse"),
    (b"/converse-stream", "bedrock_converse"),
    (b"/v2/chat", "cohere_chat"),
)
_MODEL = re.compile(rb'"model(?:Version)?"\s*:\s*"([^"\\]{1,256})"').search
_IN_PATH = re.compile(rb"/(?:models?|deployments)/([^/]+?)(?:[:/]|$)").search


class Gauge:
    """Of one answer; `close` adds what it used to the call."""

    __slots__ = ("_dialect", "_head", "_held", "_passing", "_path", "_read")

    def __init__(self, path: bytes, content_type: bytes, limit: int) -> None:
        """`limit`: most bytes of an event."""
        self._path = path
        self._dialect = _dialect_at(path)
        self._passing: Passing | None = None
        self._held: bytearray | None = None
        self._head = b""
        if content_type.startswith(STREAMS):
            self._passing = self._dialect.passing(limit, hides_usage=False) if self._dialect is not None else None
        elif content_type.startswith(b"application/json"):
            self._held = bytearray()

    def feed(self, data: bytes) -> None:
        """Look at what passes."""
        if len(self._head) < MOST_HEAD:
            self._head += data[: MOST_HEAD - len(self._head)]
        if self._passing is not None:
            try:
                self._passing.feed(data)
            except GatewayError:
                self._passing = None
        elif self._held is not None:
            self._held += data
            if len(self._held) > MOST:
                self._held = None

    def close(self, call: Call, prices: PriceBook, provider: str, asked: int) -> None:
        """Count and price; `asked` are the bytes of the request."""
        used, tally, output = call.usage, self._tally(), self._spoken()
        if tally is not None and tally.sound:
            tally.add_to(used)
        elif output:
            used.input_tokens, used.output_tokens, used.estimated = asked // BYTES_PER_TOKEN, output, True
        else:
            used.unpriced = True
            return
        self._price(used, tally, prices, provider)

    def _price(self, used: Usage, tally: Tally | None, prices: PriceBook, provider: str) -> None:
        found = _IN_PATH(self._path) or _MODEL(self._head)
        sheet = prices.sheet(provider, found[1].decode(errors="replace")) if found else None
        if sheet is None:
            used.unpriced = True
            return
        used.cost = sheet.price().cost(used, tally.media if tally is not None else NO_MEDIA)

    def _tally(self) -> Tally | None:
        if self._passing is not None:
            return self._passing.tally
        if not self._held:
            return None
        body = bytes(self._held)
        return (self._dialect.read_tally(body) if self._dialect is not None else None) or read_answer(body).tally()

    def _spoken(self) -> int:
        return self._passing.spoken() if self._passing is not None else 0


def _dialect_at(path: bytes) -> ChatDialect | None:
    name = next((dialect for end, dialect in _ENDS if path.endswith(end)), None)
    return find_chat_dialect(name) if name is not None else None
