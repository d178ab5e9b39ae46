"""How the tokens of an ask are counted in each dialect: where the ask stands in the body, and how the count is told."""

from typing import Any, cast

import msgspec
from msgspec import Struct

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.error import InvalidParameter
from trigate.llm.member import read_value
from trigate.llm.reply import MOST_TOKENS

_decode = msgspec.json.Decoder().decode


class Counter(Struct, frozen=True, kw_only=True):
    """One provider's way to count."""

    name: str
    """By which the provider is asked for its path."""
    dialect: str
    """The language for chats of what is counted."""
    answer: str
    """The member that tells the count."""
    constant: dict[str, str] = {}
    """What else stands in an answer."""
    inside: tuple[str, ...] = ()
    """Where in the body the ask stands; it may also stand at the top."""
    prefix: str = ""
    """Before the name of the model, which is told with the ask where it stands inside."""
    counted: frozenset[str] = frozenset()
    """The members that a counter takes; if there are none, it takes whatever a chat takes."""

    def read(self, body: bytes) -> dict[str, Any]:
        """The ask that is to be counted; raises BadRequest."""
        ask: dict[str, Any] = read_value(body)
        for name in self.inside:
            inner = ask.get(name, ask)
            if not isinstance(inner, dict):
                raise InvalidParameter(f"`{name}` must be an object", name)
            ask = cast("dict[str, Any]", inner)
        return ask

    def write(self, ask: dict[str, Any], model: str) -> dict[str, Any]:
        """The body that has an ask counted."""
        if self.counted:
            ask = {name: each for name, each in ask.items() if name in self.counted}
        if self.prefix:
            ask = {"model": self.prefix + model, **ask}
        for name in reversed(self.inside):
            ask = {name: ask}
        return ask

    def read_count(self, body: bytes) -> int:
        """What a provider counted; raises UpstreamProtocolError."""
        try:
            count: Any = cast("dict[str, Any]", _decode(body))[self.answer]
        except (msgspec.DecodeError, RecursionError, KeyError, TypeError):
            count = None
        if type(count) is not int or not 0 <= count <= MOST_TOKENS:
            raise UpstreamProtocolError("the provider's count of tokens is in no known form")
        return count

    def write_count(self, count: int) -> bytes:
        """The answer to a caller."""
        return msgspec.json.encode({**self.constant, self.answer: count})


ANTHROPIC = Counter(
    name="anthropic_count",
    dialect="anthropic_messages",
    answer="input_tokens",
    counted=frozenset({
        "cache_control", "context_management", "mcp_servers", "messages", "model", "output_config", "output_format",
        "system", "thinking", "tool_choice", "tools",
    }),
)  # fmt: skip
OPENAI = Counter(
    name="openai_count",
    dialect="openai_responses",
    answer="input_tokens",
    constant={"object": "response.input_tokens"},
    counted=frozenset({
        "conversation", "input", "instructions", "model", "parallel_tool_calls", "personality", "previous_response_id",
        "reasoning", "text", "tool_choice", "tools", "truncation",
    }),
)  # fmt: skip
GEMINI = Counter(
    name="gemini_count",
    dialect="gemini_content",
    answer="totalTokens",
    inside=("generateContentRequest",),
    prefix="models/",
)
VERTEX = Counter(
    name="vertex_count",
    dialect="gemini_content",
    answer="totalTokens",
    counted=frozenset({"contents", "generationConfig", "systemInstruction", "tools"}),
)
BEDROCK = Counter(
    name="bedrock_count",
    dialect="bedrock_converse",
    answer="inputTokens",
    inside=("input", "converse"),
    counted=frozenset({"additionalModelRequestFields", "messages", "system", "toolConfig"}),
)
COUNTERS = (ANTHROPIC, OPENAI, GEMINI, VERTEX, BEDROCK)
