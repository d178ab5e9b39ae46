"""OpenAI's older completions of a text; plain and streamed."""

from collections.abc import Set as AbstractSet
from typing import Any, cast

import msgspec

from trigate.llm.chat_dialect import Passing
from trigate.llm.dialects.openai_chat.passing import ChatPassing
from trigate.llm.member import Members
from trigate.llm.member_bound import MemberBound
from trigate.llm.operation import Address, Ask
from trigate.llm.operations.openai_chat import ask_for_usage
from trigate.llm.output_bound import UNBOUNDED, read_output_bound
from trigate.llm.speech import spoken_in
from trigate.llm.task_operation import TaskOperation, read_count

# fmt: off
KNOWN = frozenset({
    "best_of", "echo", "frequency_penalty", "logit_bias", "logprobs", "max_tokens", "model", "n", "presence_penalty",
    "prompt", "seed", "stop", "stream", "stream_options", "suffix", "temperature", "top_p", "user",
})
# fmt: on
"""Members of the API."""
MOST_CHOICES = 2048
SAID = "text"
"""The member of a choice that holds what the model wrote."""

_decode = msgspec.json.Decoder().decode


class OpenAICompletions(TaskOperation, kw_only=True):
    """`POST /v1/completions`."""

    name: str = "openai_completions"
    action: str = "llm.completions"
    path: bytes = b"/v1/completions"
    known: AbstractSet[str] = KNOWN
    streams: bool = True
    answers_at_length: bool = True

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask; a stream is made to end with its usage. Raises BadRequest."""
        ask = super().decode(body, address)
        if ask.streamed:
            ask_for_usage(ask)
        return ask

    def output_bound(self, members: Members) -> MemberBound:
        """Of each answer; every prompt of a list gets as many as are made, of which the best are shown."""
        each = max(read_count(members, "n", 1, MOST_CHOICES), read_count(members, "best_of", 1, MOST_CHOICES))
        prompts = prompts_in(members)
        return MemberBound(("max_tokens",), read_output_bound(members).legacy, min(each * prompts, UNBOUNDED))

    def passing(self, ask: Ask, limit: int) -> Passing:
        """Chunks are cut and counted as those of chats."""
        return ChatPassing(hides_usage=ask.hides_usage, limit=limit, member=SAID)

    def spoken_in(self, body: bytes) -> int:
        """Tokens that a whole answer has, estimated."""
        return spoken_in(body, SAID)


def prompts_in(members: Members) -> int:
    """How many prompts there are: a list of numbers is one, in tokens."""
    raw = members.get("prompt", b"null")
    if bytes(raw)[:1] != b"[":
        return 1
    try:
        found = cast("list[Any]", _decode(raw))
    except (msgspec.DecodeError, RecursionError):
        return 1
    return len(found) if found and not isinstance(found[0], int) else 1


OPERATION = OpenAICompletions()
