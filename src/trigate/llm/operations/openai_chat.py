"""OpenAI's chat completions, plain and streamed."""

import msgspec
from msgspec import Raw

from trigate.core.errors import BadRequest
from trigate.llm.error import InvalidParameter
from trigate.llm.extent import chat_extent
from trigate.llm.member import Members, read_members, write_members
from trigate.llm.operation import COMMENT, EVENTS, Address, Ask, read_flag
from trigate.llm.output_bound import read_output_bound

# fmt: off
KNOWN = frozenset({
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs",
    "max_completion_tokens", "max_tokens", "messages", "metadata", "modalities", "model", "n",
    "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key",
    "prompt_cache_retention", "reasoning_effort", "response_format", "safety_identifier", "seed",
    "service_tier", "stop", "store", "stream", "stream_options", "temperature", "tool_choice", "tools",
    "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
})
# fmt: on
"""Members of the API; another spelling of one is refused, any further member is passed on."""

_COUNTED = Raw(b'{"include_usage":true}')
_OPTIONS = frozenset({"include_usage", "include_obfuscation"})
_flag = msgspec.json.Decoder(bool | None).decode


class OpenAIChat:
    """`POST /v1/chat/completions`."""

    name = dialect = "openai_chat"
    action = "llm.chat"
    path = b"/v1/chat/completions"
    is_chat = True
    answers_at_length = True
    stream_type = EVENTS
    remark = COMMENT
    is_free = False
    unit = ""

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; `messages` and the like are the upstream's to judge."""
        ask = Ask(address or Address(self), read_members(body, KNOWN), body)
        ask.streamed = read_flag(ask.members, "stream")
        if ask.streamed:
            ask_for_usage(ask)
        return ask

    extent = staticmethod(chat_extent)
    output_bound = staticmethod(read_output_bound)


OPERATION = OpenAIChat()


def ask_for_usage(ask: Ask) -> None:
    """Have the stream end with its usage, and remember whether the caller wants to see that."""
    raw = ask.members.get("stream_options")
    if raw is None or bytes(raw) == b"null":
        ask.hides_usage = True
        ask.stream_options = _COUNTED
        return
    options = _read_options(raw)
    ask.hides_usage = not _includes_usage(options)
    ask.stream_options = Raw(write_members({**options, "include_usage": Raw(b"true")}))


def _read_options(raw: Raw) -> Members:
    try:
        return read_members(bytes(raw), _OPTIONS)
    except BadRequest as error:
        raise InvalidParameter(f"`stream_options`: {error.message}", "stream_options") from None


def _includes_usage(options: Members) -> bool:
    try:
        return bool(_flag(options.get("include_usage", b"null")))
    except msgspec.DecodeError:
        raise InvalidParameter("`stream_options.include_usage` must be true or false", "stream_options") from None
