"""Thoughts of an earlier answer, written for a provider, in the way it wants to have them back."""

from collections.abc import Sequence
from typing import Any

from trigate.llm.conversation import Opaque, Part, Thought, ToolCall, Turn
from trigate.llm.dialects.openai_chat.draft import Draft
from trigate.llm.dialects.openai_chat.part_writer import Written
from trigate.llm.dialects.openai_chat.thought import ENCRYPTED, Detail, format_of, write_details
from trigate.llm.dialects.openai_chat.turn_reader import THOUGHTS


def write_thoughts(draft: Draft, turn: Turn, parts: Sequence[Part], message: Written) -> None:
    """`parts`: all of the turn."""
    thoughts = [each for each in parts if isinstance(each, Thought)]
    if draft.own:
        _write_own(turn, parts, thoughts, message)
        return
    if "reasoning_details" in draft.manners.quirks:
        if details := _details(parts):
            message["reasoning_details"] = details
        return
    if not thoughts:
        return
    name = next((each for each in THOUGHTS if each in draft.manners.quirks), None)
    text = "".join(each.text for each in thoughts)
    if name is None or not text:
        draft.drop("thought", why="the provider takes none back")
        return
    message[name] = text
    if any(each.signature for each in thoughts):
        draft.drop("thought", "signature")


def _write_own(turn: Turn, parts: Sequence[Part], thoughts: list[Thought], message: Written) -> None:
    for name in turn.form.get("thoughts", ()):
        message[name] = "".join(each.text for each in thoughts)
    if details := _own_details(parts) if turn.form.get("details") else []:
        message["reasoning_details"] = details


def _own_details(parts: Sequence[Part]) -> list[Any]:
    """As they were read, and each where it stood."""
    details: list[Any] = []
    for index, part in enumerate(parts):
        if isinstance(part, Thought):
            details += write_details(part, index, own=True)
        elif isinstance(part, Opaque) and part.form.get("detail"):
            details.append(part.value)
    for call in parts:
        if isinstance(call, ToolCall) and "detail" in call.form:
            form = call.form["detail"]
            thought = Thought(id=call.id, signature=form["signature"], redacted=True, form=form, extra=form["extra"])
            details[form["place"] : form["place"]] = write_details(thought, 0, own=True)
    return details


def _details(parts: Sequence[Part]) -> list[Detail]:
    """All thoughts, and the signatures of calls, in the dialect's usual words."""
    details: list[Detail] = []
    index = 0
    for part in parts:
        if isinstance(part, Thought):
            details += write_details(part, index, own=False)
            index += 1
        elif isinstance(part, ToolCall) and part.signature:
            details.append(call_detail(part.id, part.signature, part.maker, index))
            index += 1
    return details


def call_detail(call: str, signature: str, maker: str, index: int) -> Detail:
    """The item that carries the signature of a call."""
    return {"type": ENCRYPTED, "data": signature, "id": call, **format_of(maker), "index": index}


def write_reply_details(parts: Sequence[Part], message: Written) -> None:
    """In an answer: what the caller has to send back."""
    if details := _details(parts):
        message["reasoning_details"] = details
