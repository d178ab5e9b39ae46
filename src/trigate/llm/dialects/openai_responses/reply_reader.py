"""A provider's whole response, understood."""

from typing import Any, NoReturn

import msgspec

from trigate.core.errors import UpstreamFailed, UpstreamProtocolError
from trigate.llm.conversation import Part, Refusal, ToolCall
from trigate.llm.dialects.openai_responses.content_reader import NAME
from trigate.llm.dialects.openai_responses.output_reader import read_logprobs, read_output
from trigate.llm.dialects.openai_responses.usage import TokenCount, with_searches
from trigate.llm.node import Node, blame_provider
from trigate.llm.reply import Choice, Reply, Stop, Tally

ECHO = frozenset(
    {
        "background",
        "billing",
        "completed_at",
        "conversation",
        "frequency_penalty",
        "image",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "object",
        "parallel_tool_calls",
        "presence_penalty",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "status",
        "store",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "temperature",
        "truncation",
        "user",
    }
)
"""What a response repeats of the ask, or says of itself: no part of the answer."""
_STOPS: dict[str, Stop] = {"max_output_tokens": "length", "content_filter": "filter"}


class _Billed(msgspec.Struct):
    usage: TokenCount | None = None
    service_tier: Any = None


_bill = msgspec.json.Decoder(_Billed).decode
_decode = msgspec.json.Decoder().decode


def read_tally(body: bytes) -> Tally | None:
    """The usage alone."""
    try:
        billed = _bill(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    if billed.usage is None:
        return None
    return with_searches(billed.usage.tally(tier_of(billed.service_tier)), body, enclosed=False)


def tier_of(value: Any) -> str:
    """The service that was given."""
    return value if type(value) is str else ""


def read_reply(body: bytes) -> Reply:
    """The answer; raises UpstreamProtocolError, and UpstreamFailed if it says that the provider failed."""
    try:
        value = _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UpstreamProtocolError("the provider's answer is not JSON") from error
    node = Node(value, blame_provider)
    _check_failure(node)
    parts = read_output(node.items("output"), blame_provider)
    details = node.node("incomplete_details")
    reason = details.text("reason") if details is not None else ""
    status = node.text("status", "completed")
    node.take("usage")
    rest = node.rest() | {"status": status}
    return Reply(
        dialect=NAME,
        id=node.text("id"),
        model=node.text("model"),
        created=int(min(max(node.number("created_at") or 0, 0), 2**53)),
        choices=[Choice(parts=parts, stop=stop_of(status, reason, parts), logprobs=read_logprobs(parts))],
        tally=read_tally(body),
        form={name: value for name, value in rest.items() if name in ECHO},
        extra={name: value for name, value in node.rest().items() if name not in ECHO},
    )


def _check_failure(node: Node) -> None:
    error = node.node("error")
    if error is not None:
        _fail(error)
    if node.rest().get("status") == "failed":
        raise UpstreamFailed("the provider failed, and does not say why")


def _fail(error: Node) -> NoReturn:
    code, message = error.text("code"), error.text("message")
    raise UpstreamFailed(f"the provider failed: {message or code or 'it does not say why'}")


def stop_of(status: str, reason: str, parts: list[Part]) -> Stop:
    """Why the answer ended."""
    if status == "incomplete":
        return _STOPS.get(reason, "other")
    if status != "completed":
        return "other"
    if any(isinstance(each, ToolCall) for each in parts):
        return "tool"
    return "refusal" if any(isinstance(each, Refusal) for each in parts) else "end"
