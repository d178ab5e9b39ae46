"""Messages, written."""

import msgspec

from trigate.llm.conversation import (
    Audio,
    File,
    Image,
    Part,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Video,
)
from trigate.llm.dialects.cohere_chat.document import write_own_citations
from trigate.llm.dialects.cohere_chat.draft import Draft
from trigate.llm.dialects.cohere_chat.part_writer import Written, call_object, merge, write_part

_ERROR = "Error: "


def write_turns(draft: Draft, turns: list[Turn]) -> list[Written]:
    """All messages in order."""
    messages: list[Written] = []
    shown: list[Part] = []
    for turn in turns:
        if shown and turn.role != "tool":
            messages += _write_shown(draft, shown)
            shown = []
        if turn.role == "tool":
            messages += _write_results(draft, turn, shown)
        elif turn.role == "assistant":
            _add(draft, messages, _write_assistant(draft, turn))
        else:
            messages += _write_said(draft, turn)
    return messages + _write_shown(draft, shown)


def _write_said(draft: Draft, turn: Turn) -> list[Written]:
    if turn.role == "developer":
        draft.degrade("turn", "`system` in place of `developer`", "role")
    if turn.name:
        draft.drop("turn", "name")
    message: Written = {"role": "system" if turn.role == "developer" else turn.role}
    _write_content(draft, turn, turn.parts, message)
    if turn.form.get("grounds") or (not message.get("content") and not draft.own):
        return []
    message.update(draft.kept("turn", turn.extra))
    return [message]


def _write_content(draft: Draft, turn: Turn, parts: list[Part], message: Written) -> None:
    """A bare text where it was one, or is one elsewhere and has nothing to it."""
    written = [each for part in parts if (each := write_part(draft, part)) is not None]
    if draft.own and not parts and "content" in turn.form:
        message["content"] = None
    elif _is_plain(draft, turn, written):
        message["content"] = written[0]["text"]
    else:
        message["content"] = written


def _is_plain(draft: Draft, turn: Turn, written: list[Written]) -> bool:
    if len(written) != 1 or set(written[0]) != {"type", "text"}:
        return False
    return turn.plain or "plain" in turn.form or not draft.own


def _write_assistant(draft: Draft, turn: Turn) -> Written:
    message: Written = {"role": "assistant"}
    calls = [each for each in turn.parts if isinstance(each, ToolCall)]
    plan = [each for each in turn.parts if isinstance(each, Text) and _is_plan(draft, each, calls)]
    said = [each for each in turn.parts if not isinstance(each, ToolCall) and not _is_plan(draft, each, calls)]
    if said or (draft.own and "content" in turn.form):
        _write_content(draft, turn, said, message)
    if not message.get("content", True) and not draft.own:
        del message["content"]
    _write_citations(draft, said, message)
    if plan:
        message["tool_plan"] = "".join(each.text for each in plan)
    if calls:
        message["tool_calls"] = [_write_call(draft, each) for each in calls]
    return merge(message, _own_extra(draft, turn, message))


def _is_plan(draft: Draft, part: Part, calls: list[ToolCall]) -> bool:
    """What is said before calls is the plan for them."""
    if not isinstance(part, Text):
        return False
    return bool(part.form.get("plan")) if draft.own else bool(calls and part.text)


def _own_extra(draft: Draft, turn: Turn, message: Written) -> Written:
    extra = draft.kept("turn", turn.extra)
    if "citations" in extra:
        extra = {**extra, "citations": [*message.get("citations", []), *extra["citations"]]}
    return extra


def _write_citations(draft: Draft, said: list[Part], message: Written) -> None:
    citations = [each for part in said if isinstance(part, Text) for each in part.citations]
    if citations and draft.own:
        message["citations"] = write_own_citations(citations)
    elif citations:
        draft.drop("part", "citations")


def _write_call(draft: Draft, call: ToolCall) -> Written:
    if draft.own:
        return merge(call_object(call, call.form.get("arguments", call.arguments)), call.extra)
    arguments = call.arguments
    if call.custom:
        draft.degrade("call", "a function with the text as its `input`", "custom")
        arguments = msgspec.json.encode({"input": arguments}).decode()
    if call.signature:
        draft.drop("call", "signature", f"signed by {call.maker}")
    if call.cache is not None:
        draft.drop("call", "cache")
    draft.kept("call", call.extra)
    return call_object(ToolCall(id=call.id, name=call.name), arguments)


def _add(draft: Draft, messages: list[Written], message: Written) -> None:
    """Results must follow all calls they belong to, so messages of the assistant in a row become one."""
    before = messages[-1] if messages else None
    if len(message) == 1 and not draft.own:
        return
    if draft.own or before is None or before["role"] != "assistant":
        messages.append(message)
        return
    for name in ("tool_calls", "content"):
        if name in message:
            before[name] = [*_listed(before.get(name)), *_listed(message[name])]
    if "tool_plan" in message:
        before["tool_plan"] = before.get("tool_plan", "") + message["tool_plan"]


def _listed(content: object) -> list[Written]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content or []  # type: ignore[reportReturnType] - a list of what was written


def _write_results(draft: Draft, turn: Turn, shown: list[Part]) -> list[Written]:
    messages: list[Written] = []
    for part in turn.parts:
        if isinstance(part, ToolResult):
            messages.append(_write_result(draft, turn, part, shown))
        else:
            shown.append(part)
    if messages:
        messages[0].update(draft.kept("turn", turn.extra))
    return messages


def _write_result(draft: Draft, turn: Turn, result: ToolResult, shown: list[Part]) -> Written:
    message: Written = {"role": "tool", "tool_call_id": result.call}
    if draft.own:
        _write_content(draft, turn, result.parts, message)
        return message
    others = [each for each in result.parts if _is_medium(each)]
    _write_content(draft, turn, [each for each in result.parts if not _is_medium(each)], message)
    if others:
        draft.degrade("result", "shown in a message of the user that follows", "content")
        shown += others
    if not message["content"]:
        message["content"] = "(shown in the message that follows)" if others else ""
    if result.failed:
        _tell_failure(draft, message)
    if result.cache is not None:
        draft.drop("result", "cache")
    draft.kept("result", result.extra)
    return message


def _is_medium(part: Part) -> bool:
    return isinstance(part, Image | Audio | Video) or (isinstance(part, File) and not part.text)


def _tell_failure(draft: Draft, message: Written) -> None:
    draft.degrade("result", f"{_ERROR.strip()!r} before the text", "is_error")
    content = message["content"]
    if isinstance(content, str):
        message["content"] = _ERROR + content
    else:
        message["content"] = [{"type": "text", "text": _ERROR}, *content]


def _write_shown(draft: Draft, shown: list[Part]) -> list[Written]:
    content = [written for part in shown if (written := write_part(draft, part)) is not None]
    return [{"role": "user", "content": content}] if content else []
