"""Calls of tools in a message, written."""

from trigate.llm.conversation import ToolCall
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
