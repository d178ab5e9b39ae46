"""Calls of tools in a message, written."""

import msgspec
from msgspec import Struct

from trigate.llm.conversation import Conversation, Tool, ToolCall
from trigate.llm.dialects.openai_chat.draft import Draft
from trigate.llm.dialects.openai_chat.part_writer import Written, merge
from trigate.llm.signature import carry


def write_call(draft: Draft, call: ToolCall) -> Written:
    """A call in an ask."""
    arguments = call.form.get("arguments", call.arguments) if draft.own else call.arguments
    written = call_object(call, draft.call_id(call.id), arguments)
    if call.signature and not call.form.get("bare"):
        _sign(draft, call, written)
    if call.cache is not None:
        draft.drop("call", "cache")
    return merge(written, draft.kept("call", call.extra))


def call_object(call: ToolCall, identifier: str, arguments: str) -> Written:
    """The members that every call has."""
    if call.custom:
        return {"id": identifier, "type": "custom", "custom": {"name": call.name, "input": arguments}}
    return {"id": identifier, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def plain_tools(conversation: Conversation) -> frozenset[str]:
    """Names of the caller's tools that take a plain text, for which other dialects have functions."""
    return frozenset(each.name for each in conversation.tools if isinstance(each, Tool) and each.custom)


def unwrap(arguments: str) -> str:
    """The text that such a function was given as its `input`."""
    try:
        return msgspec.json.decode(arguments, type=_Wrapped).input
    except (msgspec.DecodeError, RecursionError):
        return arguments


class _Wrapped(Struct):
    input: str


def signed(signature: str, maker: str) -> Written:
    """`extra_content` of a call that is signed."""
    return {"google": {"thought_signature": carry(signature, maker, "google")}}


def write_function_call(call: ToolCall) -> Written:
    """The older form of a call."""
    return {"name": call.name, "arguments": call.form.get("arguments", call.arguments), **call.extra}


def _sign(draft: Draft, call: ToolCall, written: Written) -> None:
    if draft.own or (call.maker == "google" and "extra_content" in draft.manners.quirks):
        written["extra_content"] = signed(call.signature, call.maker)
    elif "reasoning_details" not in draft.manners.quirks:
        draft.drop("call", "signature")
