"""The whole answer for a caller, written."""

from typing import Any

import msgspec

from trigate.core.clock import clock
from trigate.llm.conversation import Audio, Conversation, Image, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_chat.call_writer import call_object, plain_tools, signed, unwrap
from trigate.llm.dialects.openai_chat.citation import write_annotation, write_own_annotation
from trigate.llm.dialects.openai_chat.part_writer import Written, data_url, merge
from trigate.llm.dialects.openai_chat.tally import write_tier, write_usage
from trigate.llm.dialects.openai_chat.thought_writer import write_reply_details
from trigate.llm.dialects.openai_chat.word import FINISHES, NAME
from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply

_encode = msgspec.json.Encoder().encode


def write_reply(reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
    """What the caller cannot be told goes into `losses`."""
    own = reply.dialect == NAME
    body: Written = {
        "id": reply.id or fresh_id("chatcmpl-"),
        "object": "chat.completion",
        "created": reply.created or now(),
        "model": reply.model or conversation.model,
        "choices": [
            _write_choice(each, index, Scribe(conversation, losses, own=own))
            for index, each in enumerate(reply.choices)
        ],
    }
    if reply.tally is not None:
        body["usage"] = write_usage(reply.tally)
    body.update(write_tier(reply.tally))
    if own:
        return _encode(merge(body, reply.extra))
    losses.drop_extra("", reply.extra)
    return _encode(body)


def now() -> int:
    """Seconds since the epoch."""
    return clock.wall_ns() // 10**9


def is_legacy(conversation: Conversation) -> bool:
    """Whether the caller knows calls by their older name alone."""
    return conversation.dialect == NAME and any(each.form.get("function") for each in conversation.tools)


class Scribe:
    """What every part of the work of writing an answer has to know."""

    __slots__ = ("legacy", "losses", "own", "plain")

    def __init__(self, conversation: Conversation, losses: Losses, *, own: bool) -> None:
        self.legacy = is_legacy(conversation)
        self.plain = plain_tools(conversation)
        self.losses = losses
        self.own = own


def _write_choice(choice: Choice, index: int, scribe: Scribe) -> Written:
    message: Written = {"role": "assistant", "content": None, "refusal": None}
    for part in choice.parts:
        _write_part(part, message, scribe)
    write_reply_details(choice.parts, message)
    written: Written = {
        "index": index,
        "message": message,
        "logprobs": choice.logprobs,
        "finish_reason": write_finish(choice, message, scribe),
    }
    if scribe.own:
        return merge(written, choice.extra)
    scribe.losses.drop_extra("choices", choice.extra)
    return written


def write_finish(choice: Choice, message: Written, scribe: Scribe) -> str:
    """The reason, in a word that clients know."""
    stop = choice.stop
    if stop in {"pause", "context", "other"}:
        scribe.losses.degrade("choices.finish_reason", f"{FINISHES[stop]!r} in place of {stop!r}")
    if choice.sequence:
        scribe.losses.drop("choices.stop_sequence")
    if stop == "refusal" and message.get("refusal"):
        return "stop"
    return "function_call" if stop == "tool" and "function_call" in message else FINISHES[stop]


def _write_part(part: Part, message: Written, scribe: Scribe) -> None:
    if not scribe.own:
        scribe.losses.drop_extra("choices.message", part.extra)
    match part:
        case Text():
            _write_text(part, message, scribe)
        case Refusal():
            message["refusal"] = (message["refusal"] or "") + part.text
        case ToolCall():
            _write_call(part, message, scribe)
        case Thought():
            if part.text:
                message["reasoning_content"] = message.get("reasoning_content", "") + part.text
        case Image():
            message.setdefault("images", []).append(
                {"type": "image_url", "image_url": {"url": data_url(part.media, "image/png")}}
            )
        case Audio():
            _write_audio(part, message)
        case _:
            kind: str = getattr(part, "kind", type(part).__name__.lower())
            scribe.losses.drop(f"choices.message.{kind}")


def _write_text(part: Text, message: Written, scribe: Scribe) -> None:
    before: str = message["content"] or ""
    message["content"] = before + part.text
    for citation in part.citations:
        if scribe.own:
            written: Any = write_own_annotation(citation)
        else:
            written = write_annotation(citation, len(before), len(part.text))
            scribe.losses.drop_extra("choices.message.annotations", citation.extra)
        if written is None:
            scribe.losses.drop("choices.message.annotations", "a source without an address")
        else:
            message.setdefault("annotations", []).append(written)


def _write_call(call: ToolCall, message: Written, scribe: Scribe) -> None:
    if scribe.legacy and not call.custom and "function_call" not in message:
        message["function_call"] = {"name": call.name, "arguments": call.arguments}
        return
    if scribe.legacy:
        scribe.losses.drop("choices.message.tool_calls", "`functions` allow one call at a time")
        return
    if call.name in scribe.plain and not call.custom:
        call = ToolCall(id=call.id, name=call.name, arguments=unwrap(call.arguments), custom=True)
    written = call_object(call, call.id or fresh_id("call_"), call.arguments)
    if call.signature:
        written["extra_content"] = signed(call.signature, call.maker)
    if scribe.own:
        merge(written, call.extra)
    message.setdefault("tool_calls", []).append(written)


def _write_audio(audio: Audio, message: Written) -> None:
    message["audio"] = {
        "id": audio.media.file or fresh_id("audio_"),
        "data": audio.media.data,
        "transcript": audio.transcript,
        "expires_at": audio.extra.get("expires_at", 0),
    }
