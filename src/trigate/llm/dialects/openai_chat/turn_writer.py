"""Messages, written."""

from typing import Any

from trigate.llm.conversation import (
    Audio,
    File,
    Image,
    Opaque,
    Part,
    Refusal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Turn,
    Video,
)
from trigate.llm.dialects.openai_chat.call_writer import write_call, write_function_call
from trigate.llm.dialects.openai_chat.citation import write_own_annotation
from trigate.llm.dialects.openai_chat.draft import Draft
from trigate.llm.dialects.openai_chat.part_writer import Written, write_cache, write_part
from trigate.llm.dialects.openai_chat.thought_writer import write_thoughts

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
    role = turn.role
    if role == "developer" and "no_developer_role" in draft.manners.quirks:
        role = "system"
        draft.degrade("turn", "`system` in place of `developer`", "role")
    message: Written = {"role": role}
    _write_content(draft, turn, turn.parts, message)
    if not message.get("content") and turn.parts and not draft.own:
        return []
    return [_named(draft, turn, message)]


def _named(draft: Draft, turn: Turn, message: Written) -> Written:
    if turn.name:
        message["name"] = turn.name
    message.update(draft.kept("turn", turn.extra))
    return message


def _write_content(draft: Draft, turn: Turn, parts: list[Part], message: Written) -> None:
    """A bare text where it was one, or is one elsewhere and has nothing to it."""
    if draft.own:
        if turn.plain and len(parts) == 1 and isinstance(parts[0], Text):
            message["content"] = parts[0].text
        elif parts or "content" not in turn.form:
            message["content"] = [written for part in parts if (written := write_part(draft, part)) is not None]
        else:
            message["content"] = None
        return
    written = [each for part in parts if (each := write_part(draft, part)) is not None]
    message["content"] = written[0]["text"] if len(written) == 1 and set(written[0]) == {"type", "text"} else written


def _write_assistant(draft: Draft, turn: Turn) -> Written:
    message: Written = {"role": "assistant"}
    calls = [each for each in turn.parts if isinstance(each, ToolCall)]
    said = [each for each in turn.parts if not isinstance(each, ToolCall | Thought) and "detail" not in each.form]
    _write_words(draft, turn, said, message)
    write_thoughts(draft, turn, turn.parts, message)
    _write_calls(draft, calls, message)
    return _named(draft, turn, message)


def _write_words(draft: Draft, turn: Turn, said: list[Part], message: Written) -> None:
    content: list[Part] = []
    for part in said:
        if isinstance(part, Refusal) and (not draft.own or part.form.get("member")):
            message["refusal"] = message.get("refusal", "") + part.text
        elif isinstance(part, Audio) and (part.form.get("member") or (part.media.file and not draft.own)):
            _write_spoken(draft, part, message)
        else:
            content.append(part)
    _write_citations(draft, content, message)
    if draft.own:
        if content or "content" in turn.form:
            _write_content(draft, turn, content, message)
        return
    texts = [part for part in content if isinstance(part, Text) and part.cache is None and not part.extra]
    if len(texts) == len(content):
        message["content"] = "".join(each.text for each in texts) or None
    else:
        _write_content(draft, turn, content, message)


def _write_spoken(draft: Draft, audio: Audio, message: Written) -> None:
    if draft.own:
        message["audio"] = {"id": audio.media.file, **audio.extra}
    else:
        draft.drop("part", "audio", "the audio is kept at another provider")


def _write_citations(draft: Draft, content: list[Part], message: Written) -> None:
    citations = [each for part in content if isinstance(part, Text) for each in part.citations]
    if citations and draft.own:
        message["annotations"] = [write_own_annotation(each) for each in citations]
    elif citations:
        draft.drop("part", "citations")


def _write_calls(draft: Draft, calls: list[ToolCall], message: Written) -> None:
    for call in calls:
        if draft.own and call.form.get("function_call"):
            message["function_call"] = write_function_call(call)
        else:
            message.setdefault("tool_calls", []).append(write_call(draft, call))


def _add(draft: Draft, messages: list[Written], message: Written) -> None:
    """Results must follow all calls they belong to, so messages of the assistant in a row become one."""
    if not draft.own and not any(message.get(name) for name in message if name != "role"):
        return  # nothing of it could be said
    before = messages[-1] if messages else None
    if draft.own or before is None or before["role"] != "assistant" or before.get("name") != message.get("name"):
        messages.append(message)
        return
    for name in ("tool_calls", "reasoning_details"):
        if name in message:
            before[name] = before.get(name, []) + message[name]
    for name in ("refusal", "reasoning_content", "reasoning"):
        if name in message:
            before[name] = before.get(name, "") + message[name]
    before["content"] = _joined(before.get("content"), message.get("content"))


def _joined(first: Any, second: Any) -> Any:
    if not first or not second:
        return first or second
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_listed(first), *_listed(second)]


def _listed(content: Any) -> list[Written]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _write_results(draft: Draft, turn: Turn, shown: list[Part]) -> list[Written]:
    messages: list[Written] = []
    for part in turn.parts:
        if isinstance(part, ToolResult):
            messages.append(_write_result(draft, turn, part, shown))
        else:
            shown.append(part)
    if messages and turn.extra:
        messages[0].update(draft.kept("turn", turn.extra))
    return messages


def _write_result(draft: Draft, turn: Turn, result: ToolResult, shown: list[Part]) -> Written:
    if draft.own and result.form.get("function"):
        message: Written = {"role": "function", "name": result.name}
    else:
        message = {"role": "tool", "tool_call_id": draft.call_id(result.call)}
        if result.form.get("name") or "tool_result_names" in draft.manners.quirks:
            message["name"] = result.name
    if draft.own:
        _write_content(draft, turn, result.parts, message)
        return message
    texts = [each for each in result.parts if _is_text(each)]
    _write_content(draft, turn, texts, message)
    if result.failed:
        _tell_failure(draft, message)
    _mark(draft, result, message)
    _set_aside(draft, result, shown, message)
    draft.kept("result", result.extra)
    return message


def _tell_failure(draft: Draft, message: Written) -> None:
    draft.degrade("result", f"{_ERROR.strip()!r} before the text", "is_error")
    content = message["content"]
    if isinstance(content, str):
        message["content"] = _ERROR + content
    else:
        message["content"] = [{"type": "text", "text": _ERROR}, *content]


def _mark(draft: Draft, result: ToolResult, message: Written) -> None:
    """The mark of a whole result goes to the last of its texts."""
    if result.cache is None:
        return
    content = _listed(message["content"])
    if content:
        write_cache(draft, "result", result, content[-1])
        if len(content[-1]) > 2:
            message["content"] = content


def _set_aside(draft: Draft, result: ToolResult, shown: list[Part], message: Written) -> None:
    """Results are texts alone: what is none follows in a message of the user."""
    others = [each for each in result.parts if isinstance(each, Image | Audio | Video | File) and not _is_text(each)]
    if others:
        draft.degrade("result", "shown in a message of the user that follows", "content")
        shown += others
    for each in result.parts:
        if isinstance(each, Opaque):
            draft.drop("result", each.kind)
    if not message["content"]:
        message["content"] = "(shown in the message that follows)" if others else ""


def _is_text(part: Part) -> bool:
    return isinstance(part, Text) or (isinstance(part, File) and bool(part.text))


def _write_shown(draft: Draft, shown: list[Part]) -> list[Written]:
    content = [written for part in shown if (written := write_part(draft, part)) is not None]
    return [{"role": "user", "content": content}] if content else []
