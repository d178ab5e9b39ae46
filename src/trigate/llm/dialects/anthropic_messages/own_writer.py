"""Turns that were read from this dialect, written back value for value, in asks and in answers."""

from collections.abc import Callable
from typing import Any

import msgspec

from trigate.llm.conversation import (
    Cache,
    File,
    Image,
    Media,
    Opaque,
    Part,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from trigate.llm.dialects.anthropic_messages.block_reader import PIECES, said_in
from trigate.llm.dialects.anthropic_messages.block_writer import is_own
from trigate.llm.dialects.anthropic_messages.citation import write_citation
from trigate.llm.dialects.anthropic_messages.home import JSON, unite
from trigate.llm.loss import Losses

_decode = msgspec.json.Decoder().decode


def write_own_turns(turns: list[Turn], losses: Losses, *, signed: bool) -> JSON:
    """The members `system` and `messages`; `signed`: the model refuses thoughts that nobody signed."""
    written: JSON = {}
    if turns and "on_top" in turns[0].form:
        written["system"] = _content(turns[0], losses, signed=signed)
        turns = turns[1:]
    written["messages"] = messages = list[JSON]()
    for turn in turns:
        content = _content(turn, losses, signed=signed)
        if turn.continues and messages:
            messages[-1]["content"] += content
        else:
            role = "user" if turn.role == "tool" else turn.role
            messages.append(unite(turn.form, {"role": role, "content": content}, turn.extra))
    return written


def _content(turn: Turn, losses: Losses, *, signed: bool) -> str | list[JSON]:
    if turn.plain and turn.role != "tool":
        return "".join(part.text for part in turn.parts if type(part) is Text)
    blocks: list[JSON] = []
    for part in turn.parts:
        if type(part) is Thought and not _goes_back(part, signed=signed):
            losses.drop("messages.content.thinking", f"signed by {part.maker}" if part.maker else "not signed")
            continue
        if type(part) is ToolCall and part.signature:
            losses.drop("messages.content.signature", f"signed by {part.maker}")
        blocks.append(write_own_block(part))
    return blocks


def _goes_back(thought: Thought, *, signed: bool) -> bool:
    """Whether the provider will take it: Claude none of others, other models that speak this dialect sign nothing."""
    return is_own(thought) or (not thought.maker and not signed)


def write_own_block(part: Part) -> JSON:
    """One block."""
    if type(part) is Opaque:
        return part.value
    if "search_result" in part.form and type(part) is File:
        return _search_result(part)
    block = _WRITERS[type(part)](part)
    if not (part.form or part.extra or part.cache):
        return block
    form = {name: each for name, each in part.form.items() if name != PIECES} if PIECES in part.form else part.form
    return unite(form, block, write_mark(part.cache), part.extra)


def write_own_tool(tool: Tool | Opaque) -> JSON:
    """One tool."""
    if isinstance(tool, Opaque):
        return tool.value
    written: JSON = {"name": tool.name, "input_schema": tool.schema}
    if tool.description:
        written["description"] = tool.description
    if tool.strict is not None:
        written["strict"] = tool.strict
    return unite(tool.form, written, write_mark(tool.cache), tool.extra)


def write_mark(cache: Cache | None) -> JSON:
    """The member that marks a block or a tool."""
    if cache is None:
        return {}
    return {"cache_control": {"type": "ephemeral", "ttl": cache.ttl} if cache.ttl else {"type": "ephemeral"}}


def _text(part: Text) -> JSON:
    written: JSON = {"type": "text", "text": part.text}
    if part.citations:
        written["citations"] = [write_citation(each) for each in part.citations]
    return written


def _image(part: Image) -> JSON:
    return {"type": "image", "source": _source(part.media)}


def _file(part: File) -> JSON:
    written: JSON = {"type": "document", "source": _document_source(part)}
    if part.name:
        written["title"] = part.name
    if part.context:
        written["context"] = part.context
    if part.cited is not None:
        written["citations"] = {"enabled": part.cited}
    return written


def _search_result(part: File) -> JSON:
    block = part.form["search_result"]
    if said_in(block.get("content")) == part.text:
        return block
    return {**block, "content": [{"type": "text", "text": part.text}]}  # what a guard has made of it


def _document_source(part: File) -> JSON:
    kept = part.form.get(PIECES, {})
    if PIECES in part.form and said_in(kept.get("content")) == part.text:
        return kept
    if part.media.data or part.media.url or part.media.file:
        return _source(part.media)
    return {"type": "text", "media_type": part.media.mime, "data": part.text}


def _source(media: Media) -> JSON:
    if media.url:
        return {"type": "url", "url": media.url}
    if media.file:
        return {"type": "file", "file_id": media.file}
    return {"type": "base64", "media_type": media.mime, "data": media.data}


def _thought(part: Thought) -> JSON:
    if part.redacted:
        return {"type": "redacted_thinking", "data": part.signature}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _call(part: ToolCall) -> JSON:
    return {"type": "tool_use", "id": part.id, "name": part.name, "input": _decode(part.arguments)}


def _result(part: ToolResult) -> JSON:
    written: JSON = {"type": "tool_result", "tool_use_id": part.call}
    if "content" in part.form and type(part.form["content"]) is str and part.parts:
        written["content"] = "".join(each.text for each in part.parts if type(each) is Text)
    elif part.parts:
        written["content"] = [write_own_block(each) for each in part.parts]
    if part.failed:
        written["is_error"] = True
    return written


_WRITERS: dict[type, Callable[[Any], JSON]] = {
    Text: _text,
    Image: _image,
    File: _file,
    Thought: _thought,
    ToolCall: _call,
    ToolResult: _result,
}
