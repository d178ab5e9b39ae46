"""The response object, which every whole answer is, and which a stream begins and ends with."""

from typing import Any

from trigate.core.clock import clock
from trigate.llm.conversation import Conversation, Opaque, Text
from trigate.llm.dialects.openai_responses.ask_reader import INSTRUCTIONS
from trigate.llm.dialects.openai_responses.ask_writer import TIERS, write_form
from trigate.llm.dialects.openai_responses.tool import write_choice, write_tool
from trigate.llm.dialects.openai_responses.usage import write_usage
from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses
from trigate.llm.reply import Stop, Tally

Response = dict[str, Any]
_REPEATED = ("max_tool_calls", "previous_response_id", "prompt_cache_retention", "truncation", "user")
"""Members repeated as the ask said them."""
_REASONS: dict[Stop, str] = {
    "length": "max_output_tokens",
    "context": "max_output_tokens",
    "filter": "content_filter",
    "refusal": "content_filter",
}


def echo(ask: Conversation) -> Response:
    """What a response repeats of the ask."""
    said = {name: value for name in _REPEATED if (value := ask.extra.get(name)) is not None}
    return {
        "background": False,
        "instructions": _instructions(ask),
        "max_output_tokens": ask.most_output,
        "metadata": ask.metadata or {},
        "parallel_tool_calls": ask.parallel is not False,
        "prompt_cache_key": ask.cache_key or None,
        "reasoning": _reasoning(ask),
        "store": ask.form.get("store", True),
        "temperature": ask.temperature,
        "text": _text(ask),
        "tool_choice": write_choice(ask, Losses()) or "auto",
        "tools": _tools(ask),
        "top_logprobs": ask.top_logprobs,
        "top_p": ask.top_p,
        "truncation": "disabled",
        **dict.fromkeys(ask.form.get("user", ("user",)), ask.user or None),
        **said,
    }


def _tools(ask: Conversation) -> list[Any]:
    return [said for each in ask.tools for said in ([each.value] if isinstance(each, Opaque) else write_tool(each))]


def _instructions(ask: Conversation) -> str | None:
    first = ask.turns[0] if ask.turns else None
    said = first.parts[0] if first is not None and INSTRUCTIONS in first.form else None
    return said.text if isinstance(said, Text) else None


def _reasoning(ask: Conversation) -> Response | None:
    asked = ask.reasoning
    return {"effort": asked.effort or None, "summary": asked.summary or None, **asked.extra} if asked else None


def _text(ask: Conversation) -> Response:
    form = write_form(ask.output) | ask.output.extra if ask.output is not None else {"type": "text"}
    verbosity = ask.extra.get("text.verbosity")
    return {"format": form, "verbosity": verbosity} if verbosity else {"format": form}


def start_response(id: str, model: str, created: int) -> Response:
    """A response that has just begun."""
    return {
        "id": own_id(id, "resp_"),
        "object": "response",
        "created_at": created or clock.wall_ns() // 10**9,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "usage": None,
    }


def end_response(response: Response, output: list[Response], stop: Stop, tally: Tally | None) -> None:
    """The same, complete."""
    response["output"] = output
    reason = reason_of(stop, output)
    response["status"] = "incomplete" if reason else "completed"
    if reason:
        response["incomplete_details"] = {"reason": reason}
    if tally is not None:
        response["usage"] = write_usage(tally)
        tier = tally.service_tier
        response["service_tier"] = tier if tier in TIERS else "default"


def reason_of(stop: Stop, output: list[Response]) -> str | None:
    """Why an answer is not complete; None if it is. A refusal is, if the model put it in words."""
    worded = stop == "refusal" and any(
        piece["type"] == "refusal" for item in output if item["type"] == "message" for piece in item["content"]
    )
    return None if worded else _REASONS.get(stop)


def own_id(id: str, prefix: str) -> str:
    """An identifier as clients expect it to begin; the provider's own can still be told in it."""
    if not id:
        return fresh_id(prefix)
    return id if id.startswith(prefix) else f"{prefix}{id}"
