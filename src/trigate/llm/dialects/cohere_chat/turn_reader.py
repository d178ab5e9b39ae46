"""Messages, read."""

from typing import Any

from trigate.llm.conversation import (
    Extra,
    Image,
    Media,
    Opaque,
    Part,
    Role,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Turn,
)
from trigate.llm.dialects.cohere_chat.document import read_citation, read_document
from trigate.llm.dialects.cohere_chat.word import HOME, NAME
from trigate.llm.node import Node
from trigate.llm.signature import read_carried

_ROLES: dict[str, Role] = {"system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
_BASE64 = ";base64,"


def read_turns(nodes: list[Node]) -> list[Turn]:
    """All messages in order."""
    names: dict[str, str] = {}
    return [_read_turn(each, names) for each in nodes]


def _read_turn(node: Node, names: dict[str, str]) -> Turn:
    role = node.need_text("role")
    if role not in _ROLES:
        node.refuse("role", "one of " + ", ".join(_ROLES))
    turn = Turn(_ROLES[role], [])
    if role == "tool":
        call = node.need_text("tool_call_id")
        turn.parts = [ToolResult(call=call, name=names.get(call, ""), parts=read_content(node, turn))]
    elif role == "assistant":
        turn.parts = read_answer(node, turn)
        names.update((each.id, each.name) for each in turn.parts if isinstance(each, ToolCall))
    else:
        turn.parts = read_content(node, turn)
    turn.extra.update(node.rest())
    return turn


def read_answer(node: Node, turn: Turn) -> list[Part]:
    """What an assistant's message says: the plan, the content with its sources, the calls."""
    content = read_content(node, turn)
    _cite(node, content, turn.extra)
    plan = node.text("tool_plan")
    parts = [*content, Text(text=plan, form={"plan": True})] if plan else content
    return parts + [_read_call(each) for each in node.nodes("tool_calls")]


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
    elif type(content) is not list:
        node.refuse("content", "a text or a list of parts")
    return [_read_part(each) for each in node.nodes("content")]


def _read_part(node: Node) -> Part:
    kind = node.need_text("type")
    match kind:
        case "text":
            part: Part = Text(text=node.need_text("text"))
        case "thinking":
            part = _read_thought(node)
        case "image_url":
            part = _read_image(node)
        case "document":
            part = read_document(node.take("document"), node.under("document"))
            part.extra = {"document": part.extra} if part.extra else {}
        case _:
            return Opaque(dialect=NAME, kind=kind, value={"type": kind, **node.rest()})
    part.extra.update(node.rest())
    return part


def _read_thought(node: Node) -> Thought:
    """A `signature` is what this gateway has put there for another provider's model."""
    thought = Thought(text=node.text("thinking"))
    thought.signature, thought.maker = read_carried(node.text("signature"), HOME)
    thought.redacted = bool(thought.signature and not thought.text)
    return thought


def _read_image(node: Node) -> Image:
    inner = node.node("image_url")
    if inner is None:
        node.refuse("image_url", "an object")
    image = Image(media=read_data(inner.need_text("url")), detail=inner.text("detail"))
    if inner.rest():
        image.extra["image_url"] = inner.rest()
    return image


def read_data(url: str) -> Media:
    """What is at an address, or in it."""
    if url.startswith("data:"):
        head, mark, data = url[5:].partition(_BASE64)
        if mark and head and ";" not in head and len(head) < 128:
            return Media(data=data, mime=head)
    return Media(url=url)


def _read_call(node: Node) -> ToolCall:
    kind = node.text("type", "function")
    inner = node.node("function")
    if inner is None or kind != "function":
        node.refuse("type", "`function`, with a member of that name")
    arguments = inner.text("arguments")
    call = ToolCall(id=node.text("id"), name=inner.need_text("name"), arguments=arguments or "{}")
    if not arguments:
        call.form["arguments"] = ""
    call.signature, call.maker = read_carried(node.text("signature"), HOME)
    if inner.rest():
        call.extra["function"] = inner.rest()
    call.extra.update(node.rest())
    return call


def _cite(node: Node, content: list[Part], extra: Extra) -> None:
    """Give each text its sources; those of thoughts and plans have no place but this dialect's own."""
    others: list[dict[str, Any]] = []
    nodes = node.nodes("citations")
    for each in nodes:
        index = each.rest().get("content_index")
        part = content[index] if type(index) is int and 0 <= index < len(content) else None
        part = part or next((one for one in content if isinstance(one, Text)), None)
        if isinstance(part, Text) and each.rest().get("type", "TEXT_CONTENT") == "TEXT_CONTENT":
            part.citations += read_citation(each)
        else:
            others.append(each.rest())
    if others:
        extra["citations"] = others
