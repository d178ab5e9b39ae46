"""The whole answer for a caller, written."""

from typing import Any

import msgspec

from trigate.llm.conversation import Citation, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.cohere_chat.document import write_citation, write_own_citations
from trigate.llm.dialects.cohere_chat.logprob import write_logprobs
from trigate.llm.dialects.cohere_chat.part_writer import Written, call_object, merge, thought_object
from trigate.llm.dialects.cohere_chat.tally import write_usage
from trigate.llm.dialects.cohere_chat.word import EXACT, FINISHES, NAME
from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply

_encode = msgspec.json.Encoder().encode


def write_reply(reply: Reply, losses: Losses) -> bytes:
    """What the caller cannot be told goes into `losses`."""
    own = reply.dialect == NAME
    choice = reply.choices[0] if reply.choices else Choice(parts=[])
    if len(reply.choices) > 1:
        losses.drop("choices", "one answer alone can be told")
    body: Written = {
        "id": reply.id or fresh_id(""),
        "finish_reason": _write_finish(choice, losses),
        "message": _write_message(choice, losses, own=own),
    }
    if reply.tally is not None:
        body["usage"] = write_usage(reply.tally)
    if logprobs := write_logprobs(choice.logprobs):
        body["logprobs"] = logprobs
    if own:
        return _encode(merge(merge(body, choice.extra), reply.extra))
    losses.drop_extra("", reply.extra)
    losses.drop_extra("message", choice.extra)
    return _encode(body)


def _write_finish(choice: Choice, losses: Losses) -> str:
    if choice.stop not in EXACT:
        losses.degrade("finish_reason", f"{FINISHES[choice.stop]!r} in place of {choice.stop!r}")
    if choice.sequence:
        losses.drop("stop_sequence")
    return FINISHES[choice.stop]


def _write_message(choice: Choice, losses: Losses, *, own: bool) -> Written:
    message: Written = {"role": "assistant"}
    for part in choice.parts:
        if not own:
            losses.drop_extra("message", part.extra)
        _write_part(part, message, losses, own=own)
    return message


def _write_part(part: Part, message: Written, losses: Losses, *, own: bool) -> None:
    match part:
        case Text() if part.form.get("plan"):
            message["tool_plan"] = message.get("tool_plan", "") + part.text
        case Text() | Refusal():
            content: list[Any] = message.setdefault("content", [])
            content.append({"type": "text", "text": part.text})
            if isinstance(part, Text) and part.citations:
                citations = _write_citations(part.citations, part.text, len(content) - 1, own=own)
                message.setdefault("citations", []).extend(citations)
        case Thought():
            message.setdefault("content", []).append(thought_object(part))
        case ToolCall():
            call = call_object(part, part.arguments)
            call["id"] = part.id or fresh_id("call_")
            message.setdefault("tool_calls", []).append(merge(call, part.extra) if own else call)
        case _:
            kind: str = getattr(part, "kind", type(part).__name__.lower())
            losses.drop(f"message.{kind}")


def _write_citations(citations: list[Citation], text: str, index: int, *, own: bool) -> list[dict[str, Any]]:
    if own:
        return write_own_citations(citations)
    return [write_citation(each, text, 0, index) for each in citations]
