"""Messages, read."""

from typing import Any, cast

from trigate.llm.conversation import Audio, Extra, Media, Part, Refusal, Role, Text, Thought, ToolCall, ToolResult, Turn
from trigate.llm.dialects.openai_chat.citation import read_annotations
from trigate.llm.dialects.openai_chat.part_reader import nest, read_part
from trigate.llm.dialects.openai_chat.thought import read_details
from trigate.llm.node import Node
from trigate.llm.signature import read_carried

THOUGHTS = ("reasoning_content", "reasoning")
"""The members that tell a thought's text, as servers call it."""
_CHANNELS: dict[str, Role] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


def read_turns(nodes: list[Node]) -> list[Turn]:
    """All messages in order."""
    names: dict[str, str] = {}
    turns: list[Turn] = []
    for place, node in enumerate(nodes):
        role = node.need_text("role")
        if role not in _CHANNELS:
            node.refuse("role", "one of " + ", ".join(_CHANNELS))
        turn = Turn(_CHANNELS[role], [])
        if role == "function":
            _read_function_result(node, turn, names)
        elif role == "tool":
            _read_result(node, turn, names)
        else:
            _read_message(node, turn, place, names)
        turn.extra.update(node.rest())
        turns.append(turn)
    return turns


def _read_message(node: Node, turn: Turn, place: int, names: dict[str, str]) -> None:
    turn.name = node.text("name")
    if turn.role != "assistant":
        turn.parts = read_content(node, turn)
        return
    thoughts = read_thoughts(node, turn.form, turn.extra)
    content = read_content(node, turn)
    if len(content) == 1 and isinstance(content[0], Text):
        content[0].citations = read_annotations(node)
    content += _read_refusal(node) + _read_audio(node)
    calls = [read_call(each) for each in node.nodes("tool_calls")] + _read_function_call(node, place)
    names.update((call.id, call.name) for call in calls)
    if place_of := {call.id: call for call in calls}:
        thoughts = [each for each in thoughts if not sign_call(each, place_of)]
    turn.parts = thoughts + content + calls


def read_content(node: Node, turn: Turn) -> list[Part]:
    """The content, a text or a list of parts; null is none."""
    if "content" not in node.rest():
        return []
    content = node.rest()["content"]
    if type(content) is str:
        node.take("content")
        turn.plain = True
        return [Text(text=content)]
    if content is None:
        turn.form["content"] = None
    if content is not None and type(content) is not list:
        node.refuse("content", "a text or a list of parts")
    return [read_part(each) for each in node.nodes("content")]


def read_thoughts(node: Node, form: Extra, extra: Extra) -> list[Part]:
    """What the model thought, told in detail or as a text alone."""
    parts: list[Part] = read_details(node.nodes("reasoning_details"))
    texts = {name: text for name in THOUGHTS if (text := node.text(name))}
    if parts:
        form["details"] = True
    elif texts:
        parts += [Thought(text=next(iter(texts.values())))]
    told = "".join(each.text for each in parts if isinstance(each, Thought))
    for name, text in texts.items():
        if text == told:
            form.setdefault("thoughts", []).append(name)
        else:
            extra[name] = text
    return parts


def read_call(node: Node) -> ToolCall:
    """One tool that is to be called."""
    kind = node.text("type", "function")
    inner = node.node(kind) if kind in {"function", "custom"} else None
    if inner is None:
        return node.refuse("type", "`function` or `custom`, with a member of that name")
    arguments = inner.text("input" if kind == "custom" else "arguments")
    call = ToolCall(id=node.text("id"), name=inner.need_text("name"), arguments=arguments, custom=kind == "custom")
    if not arguments and not call.custom:
        call.arguments = "{}"
        call.form["arguments"] = ""
    _read_signature(node, call)
    nest(call.extra, kind, inner)
    call.extra.update(node.rest())
    return call


def sign_call(part: Part, calls: dict[str, ToolCall]) -> bool:
    """Give a call the signature that stands among the thoughts under the call's `id`; whether it was one."""
    call = calls.get(part.id) if isinstance(part, Thought) and part.redacted else None
    if call is None or not isinstance(part, Thought):
        return False
    if not call.signature:
        call.form["bare"] = True
        call.signature, call.maker = part.signature, part.maker
    call.form["detail"] = {**part.form, "signature": part.signature, "extra": part.extra}
    return True


def _read_signature(node: Node, call: ToolCall) -> None:
    """What Google's compatible servers sign a call with: `extra_content.google.thought_signature`."""
    more = node.object("extra_content")
    if more is None:
        return
    if written := google_signature(more):
        call.signature, call.maker = read_carried(written, "google")
        google: dict[str, Any] = {name: value for name, value in more["google"].items() if name != "thought_signature"}
        more = {**more, "google": google} if google or len(more) > 1 else {}
    if more or not call.signature:
        call.extra["extra_content"] = more


def google_signature(more: Any) -> str:
    """The signature in the `extra_content` of a call; empty if there is none."""
    google: Any = cast("dict[str, Any]", more).get("google") if isinstance(more, dict) else None
    written: Any = cast("dict[str, Any]", google).get("thought_signature") if isinstance(google, dict) else None
    return written if isinstance(written, str) else ""


def _read_refusal(node: Node) -> list[Part]:
    refusal = node.text("refusal")
    return [Refusal(text=refusal, form={"member": True})] if refusal else []


def _read_audio(node: Node) -> list[Part]:
    inner = node.node("audio")
    if inner is None:
        return []
    return [Audio(media=Media(file=inner.need_text("id")), form={"member": True}, extra=inner.rest())]


def _read_function_call(node: Node, place: int) -> list[ToolCall]:
    """The older form of a call, which has no `id`; its place among the messages makes one."""
    inner = node.node("function_call")
    if inner is None:
        return []
    name, arguments = inner.need_text("name"), inner.text("arguments")
    form: Extra = {"function_call": True}
    if not arguments:
        form["arguments"] = ""
    return [
        ToolCall(id=f"function_call_{place}", name=name, arguments=arguments or "{}", form=form, extra=inner.rest())
    ]


def _read_result(node: Node, turn: Turn, names: dict[str, str]) -> None:
    call = node.need_text("tool_call_id")
    result = ToolResult(call=call, name=names.get(call, ""), parts=read_content(node, turn))
    if name := node.text("name"):
        result.name = name
        result.form["name"] = True
    turn.parts = [result]


def _read_function_result(node: Node, turn: Turn, names: dict[str, str]) -> None:
    name = node.need_text("name")
    call = next((each for each in reversed(names) if names[each] == name), f"function_{name}")
    parts = read_content(node, turn)
    turn.parts = [ToolResult(call=call, name=name, parts=parts, form={"function": True})]
