"""A whole answer for the caller: its own dialect's as it was, any other's as far as it can be said."""

import msgspec

from trigate.llm.conversation import (
    Audio,
    Citation,
    Conversation,
    Opaque,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
)
from trigate.llm.dialects.anthropic_messages.block_writer import arguments_of
from trigate.llm.dialects.anthropic_messages.citation import translate_citation
from trigate.llm.dialects.anthropic_messages.home import JSON, MAKER, NAME, unite
from trigate.llm.dialects.anthropic_messages.own_writer import write_own_block
from trigate.llm.dialects.anthropic_messages.stop import write_stop
from trigate.llm.dialects.anthropic_messages.tool_signature import write_tool_signature
from trigate.llm.dialects.anthropic_messages.usage import write_message_usage
from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply
from trigate.llm.signature import carry

_encode = msgspec.json.Encoder().encode


def write_reply(reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
    """The whole answer for the caller who asked `conversation`."""
    choice = reply.choices[0] if reply.choices else Choice(parts=[])
    if len(reply.choices) > 1:
        losses.drop("choices", "all but the first")
    own = reply.dialect == NAME
    content = [write_own_block(part) for part in choice.parts] if own else _write_parts(choice.parts, losses)
    message = begin_message(reply.id, reply.model or conversation.model)
    message["content"] = content
    message |= write_ending(choice, calls=any(type(part) is ToolCall for part in choice.parts))
    message["usage"] = write_message_usage(reply.tally)
    if own:
        return _encode(unite(message, choice.extra, reply.extra))
    if choice.logprobs is not None:
        losses.drop("logprobs")
    losses.drop_extra("choices", choice.extra)
    losses.drop_extra("", reply.extra)
    return _encode(message)


def begin_message(identifier: str, model: str) -> JSON:
    """A message of which nothing is said yet."""
    return {
        "id": identifier or fresh_id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def write_ending(choice: Choice, *, calls: bool) -> JSON:
    """The members that say why the message ended."""
    sequence = choice.sequence if choice.stop == "sequence" else ""
    return {"stop_reason": write_stop(choice.stop, calls=calls), "stop_sequence": sequence or None}


def _write_parts(parts: list[Part], losses: Losses) -> list[JSON]:
    return [block for part in parts for block in _write_part(part, losses)]


def _write_part(part: Part, losses: Losses) -> list[JSON]:
    losses.drop_extra("content", part.extra)
    if isinstance(part, Text | Refusal):
        return _write_text(part, losses)
    if isinstance(part, Thought):
        return write_thought(part)
    if isinstance(part, ToolCall):
        return _write_call(part, losses)
    if isinstance(part, Audio) and part.transcript:
        losses.degrade("content.audio", "its transcript")
        return [{"type": "text", "text": part.transcript}]
    losses.drop(f"content.{part.kind if isinstance(part, Opaque) else type(part).__name__.lower()}")
    return []


def _write_text(part: Text | Refusal, losses: Losses) -> list[JSON]:
    if not part.text:
        return []
    block: JSON = {"type": "text", "text": part.text}
    citations = [write_citation(each, losses) for each in part.citations] if isinstance(part, Text) else []
    if any(citations):
        block["citations"] = [each for each in citations if each is not None]
    return [block]


def write_citation(citation: Citation, losses: Losses) -> JSON | None:
    """A citation of another dialect."""
    losses.drop_extra("citations", citation.extra)
    written = translate_citation(citation)
    if written is None:
        losses.drop("citations")
    elif citation.start is not None:
        losses.degrade("citations.start", "the whole text is covered")
    return written


def write_thought(part: Thought) -> list[JSON]:
    """A thought with its signature, whoever made that; none if there is nothing to be seen or sent back."""
    signature = carry(part.signature, part.maker, MAKER)
    if part.redacted:
        return [{"type": "redacted_thinking", "data": signature}] if signature else []
    if not part.text and not signature:
        return []
    return [{"type": "thinking", "thinking": part.text, "signature": signature}]


def _write_call(part: ToolCall, losses: Losses) -> list[JSON]:
    identifier = part.id or fresh_id("toolu_")
    arguments = {"input": part.arguments} if part.custom else arguments_of(part.arguments)
    if arguments is None:
        losses.degrade("tool_calls.arguments", "the text as the member `arguments` of an object")
        arguments = {"arguments": part.arguments}
    call: JSON = {"type": "tool_use", "id": identifier, "name": part.name, "input": arguments}
    return [write_tool_signature(identifier, part.signature, part.maker), call] if part.signature else [call]
