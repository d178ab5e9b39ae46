"""The turns of a conversation as items of a Responses input."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from trigate.llm.conversation import Conversation, Extra, Opaque, Part, Text, Thought, ToolCall, ToolResult, Turn
from trigate.llm.dialects.openai_responses.content_reader import INSIDE, NAME
from trigate.llm.dialects.openai_responses.content_writer import ContentWriter
from trigate.llm.dialects.openai_responses.thought import CALL, MAKER, items_of, write_reasoning
from trigate.llm.loss import Losses
from trigate.llm.signature import carry

Item = dict[str, Any]


class ItemWriter:
    """Writes the turns of one ask."""

    __slots__ = ("_content", "_custom", "_home", "items")

    def __init__(self, conversation: Conversation, losses: Losses, quirks: frozenset[str] = frozenset()) -> None:
        self._content = ContentWriter(conversation.dialect, losses, quirks)
        self._home = conversation.dialect == NAME
        self._custom: set[str] = set()
        """Calls of tools that take a plain text; not every dialect says so of their results."""
        self.items: list[Item] = []

    def write(self, turn: Turn) -> None:
        """Add the items of a turn."""
        if not self._home:
            self._content.leftovers("turn", turn.extra)
            if turn.name:
                self._content.drop("turn", "name")
        form, extra = turn.form, turn.extra
        if not turn.parts:
            if self._home:
                self.items.append({"role": turn.role, "content": [], **form, **extra})
            return
        for kind, group in groupby(turn.parts, _place):
            parts = list(group)
            if kind != "message":
                self._write_items(kind, parts)
                continue
            self._write_message(turn, parts, form, extra)
            form, extra = {}, {}

    def _write_items(self, kind: str, parts: Sequence[Part]) -> None:
        if kind == "thought":
            for thoughts in items_of([each for each in parts if isinstance(each, Thought)]):
                self._write_thoughts(thoughts)
            return
        for part in parts:
            if isinstance(part, ToolCall):
                self.items.append(self._write_call(part))
            elif isinstance(part, ToolResult):
                self.items.append(self._write_result(part))
            elif isinstance(part, Opaque):
                self._write_opaque(part)

    def _write_message(self, turn: Turn, parts: Sequence[Part], form: Extra, extra: Extra) -> None:
        if self._home:
            self._write_own(turn, parts, {**form, **extra})
            return
        spoken = turn.role == "assistant"
        if spoken and all(isinstance(each, Text) and not each.citations for each in parts):
            self._write_said(parts)
            return
        content = self._content.pieces(parts, spoken=spoken)
        if not content:
            return
        message: Item = {"type": "message", "role": turn.role, "content": content}
        if spoken:
            message |= {"id": f"msg_{len(self.items)}", "status": "completed"}
        elif turn.plain and len(content) == 1 and len(content[0]) == 2:
            message["content"] = content[0]["text"]
        self.items.append(message)

    def _write_own(self, turn: Turn, parts: Sequence[Part], members: Extra) -> None:
        first = parts[0]
        content: Any = self._content.pieces(parts, spoken=turn.role == "assistant")
        if turn.plain and len(parts) == 1 and isinstance(first, Text):
            content = first.text
        self.items.append({"role": turn.role, "content": content, **members})

    def _write_said(self, parts: Sequence[Part]) -> None:
        """Words of the model that have no identifier are a message each, as a bare text."""
        for piece in self._content.pieces(parts, spoken=True):
            self.items.append({"type": "message", "role": "assistant", "content": piece["text"]})

    def _write_thoughts(self, thoughts: list[Thought]) -> None:
        """Thoughts that the provider can go on from: those of its own, as no other signature is understood."""
        last = thoughts[-1]
        if last.maker not in ("", MAKER):
            self._content.drop("thought", why=f"only {last.maker} understands its signature")
        elif not self._home and not last.signature:
            self._content.drop("thought", why="nothing proves it")
        else:
            if not self._home:
                self._content.leftovers("thought", last.extra)
            self.items.append(
                write_reasoning(thoughts, "" if self._home else f"rs_{len(self.items)}", verbatim=self._home)
            )

    def _write_call(self, call: ToolCall) -> Item:
        if call.signature:
            self._content.drop("call", "signature", f"only {call.maker} understands it")
        member = "input" if call.custom else "arguments"
        if call.custom:
            self._custom.add(call.id)
        item: Item = {"type": "custom_tool_call" if call.custom else "function_call", "call_id": call.id}
        item |= {"name": call.name, member: call.arguments}
        return self._with_members(item, call, "call")

    def _write_result(self, result: ToolResult) -> Item:
        kind = "custom_tool_call_output" if result.custom or result.call in self._custom else "function_call_output"
        item: Item = {"type": kind, "call_id": result.call, "output": self._output(result)}
        if result.failed:
            self._content.degrade("result", "is_error", "the words of the result alone")
        return self._with_members(item, result, "result")

    def _output(self, result: ToolResult) -> str | list[dict[str, Any]]:
        """A text, or a list of pieces; a result that has only texts is a text where the caller's dialect is another."""
        parts = result.parts
        plain = "plain" in result.form if self._home else all(_is_plain(each) for each in parts)
        if plain and all(isinstance(each, Text) for each in parts):
            if not self._home:
                self._content.pieces(parts, path="result")
            return "\n".join(each.text for each in parts if isinstance(each, Text))
        return self._content.pieces(parts, path="result")

    def _with_members(self, item: Item, part: Part, path: str) -> Item:
        if self._home:
            return item | _members(part)
        self._content.leftovers(path, part.extra)
        if part.cache is not None:
            self._content.degrade(path, "cache", "what the provider caches by itself")
        return item

    def _write_opaque(self, part: Opaque) -> None:
        if part.dialect == NAME:
            self.items.append(part.value)
        else:
            self._content.drop("part", part.kind, "only its own provider runs it")


def signed_call(call: ToolCall, id: str) -> Item:
    """What signs a call, as an item before it: the call itself has no place for it."""
    return {
        "type": "reasoning",
        "id": id,
        "summary": [],
        "encrypted_content": carry(call.signature, f"{CALL}{call.maker}", MAKER),
    }


def _members(part: Part) -> Extra:
    return {name: value for name, value in part.form.items() if name != "plain"} | part.extra


def _is_plain(part: Part) -> bool:
    return isinstance(part, Text) and not part.citations


def _place(part: Part) -> str:
    """What a part is here: a piece of a message, or an item of its own."""
    if isinstance(part, Thought):
        return "thought"
    if isinstance(part, ToolCall | ToolResult):
        return "tool"
    return "opaque" if isinstance(part, Opaque) and INSIDE not in part.form else "message"
