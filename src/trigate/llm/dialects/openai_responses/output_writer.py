"""The parts of an answer as items of a response's output."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from trigate.llm.conversation import Audio, Conversation, Image, Opaque, Part, Refusal, Text, Thought, Tool, ToolCall
from trigate.llm.dialects.openai_responses.annotation import write_annotation
from trigate.llm.dialects.openai_responses.content_reader import INSIDE, NAME
from trigate.llm.dialects.openai_responses.item_writer import signed_call
from trigate.llm.dialects.openai_responses.namespace import grouped_names
from trigate.llm.dialects.openai_responses.nesting import put_back
from trigate.llm.dialects.openai_responses.output_reader import DRAWN
from trigate.llm.dialects.openai_responses.shape import object_of
from trigate.llm.dialects.openai_responses.thought import HEAD, items_of, write_reasoning
from trigate.llm.fresh import fresh_id
from trigate.llm.loss import Losses

Item = dict[str, Any]


class OutputWriter:
    """Writes the items of one answer."""

    __slots__ = ("_ask", "_custom", "_home", "_losses", "_tokens", "items")

    def __init__(self, ask: Conversation, losses: Losses, tokens: Sequence[Any] = (), *, home: bool) -> None:
        """`tokens`: how probable those of the texts were; `home`: the provider speaks this dialect, too."""
        self._home = home
        self._losses = losses
        self._tokens = list(tokens)
        self._ask = ask
        self._custom = custom_tools(ask)
        self.items: list[Item] = []

    def write(self, parts: Sequence[Part]) -> list[Item]:
        """All items."""
        thoughts: list[Thought] = []
        for part in parts:
            if isinstance(part, Thought):
                thoughts.append(part)
                continue
            self._think(thoughts)
            thoughts = []
            self._say(part)
        self._think(thoughts)
        return self.items

    def _think(self, thoughts: Sequence[Thought]) -> None:
        for item in items_of(thoughts):
            if self._home or any(each.text or each.signature for each in item):
                self.items.append(write_reasoning(item, fresh_id("rs_"), verbatim=self._home))

    def _say(self, part: Part) -> None:
        writer = _WRITERS.get(type(part))
        if writer is None:
            self._losses.drop(f"content.{type(part).__name__.lower()}")
        else:
            writer(self, part)

    def _text(self, part: Text) -> None:
        self._content(part, output_text(part.text, self._notes(part), self._tokens_of(part)))

    def _notes(self, part: Text) -> list[Item]:
        for note in part.citations:
            if note.quote:
                self._losses.drop("citations.cited_text")
            if not self._home:
                self._losses.drop_extra("citations", note.extra)
        return [write_annotation(each, len(part.text), home=self._home) for each in part.citations]

    def _tokens_of(self, part: Text) -> list[Any]:
        """Those of one text, by its length."""
        taken: list[Any] = []
        length = 0
        while self._tokens and length < len(part.text):
            token = self._tokens.pop(0)
            taken.append(token)
            length += max(len(str(token.get("token", ""))), 1)
        return taken

    def _refusal(self, part: Refusal) -> None:
        self._content(part, {"type": "refusal", "refusal": part.text})

    def _content(self, part: Part, piece: Item) -> None:
        if self._home:
            put_back(piece, part.extra)
        else:
            self._losses.drop_extra("content", part.extra)
        self._message(part)["content"].append(piece)

    def _message(self, part: Part) -> Item:
        """The message that a piece belongs to: the one before, if it is not the first of its own."""
        last = self.items[-1] if self.items else None
        if last is not None and last["type"] == "message" and HEAD not in part.form:
            return last
        head = part.form.get(HEAD, {})
        self.items.append(start_message() | head)
        self.items[-1]["status"] = head.get("status", "completed")
        return self.items[-1]

    def _call(self, part: ToolCall) -> None:
        if part.signature and not self._home:
            self.items.append(signed_call(part, fresh_id("rs_")))
        custom = part.custom or part.name in self._custom
        arguments = part.arguments if part.custom == custom else unwrap(part.arguments)
        item = start_call(part, custom=custom)
        item["input" if custom else "arguments"] = arguments or ("" if custom else "{}")
        if not custom:
            item["status"] = "completed"
        if self._home:
            item |= part.form | part.extra
        else:
            item |= grouped_names(self._ask).get(part.name, {})
            self._losses.drop_extra("tool_calls", part.extra)
        self.items.append(item)

    def _image(self, part: Image) -> None:
        """A picture that the model drew."""
        if not part.media.data:
            self._losses.drop("content.image")
            return
        item = {"type": DRAWN, "id": fresh_id("ig_"), "status": "completed", "result": part.media.data}
        self.items.append(item | (part.form | part.extra if self._home else {}))

    def _audio(self, part: Audio) -> None:
        """What the model spoke, as a text."""
        if not part.transcript:
            self._losses.drop("content.audio")
            return
        self._losses.degrade("content.audio", "its transcript")
        self._content(part, output_text(part.transcript, [], []))

    def _opaque(self, part: Opaque) -> None:
        if part.dialect != NAME:
            self._losses.drop(f"content.{part.kind}")
        elif INSIDE in part.form:
            self._message(part)["content"].append(part.value)
        else:
            self.items.append(part.value)


def start_message() -> Item:
    """A message without content yet."""
    return {"type": "message", "id": fresh_id("msg_"), "role": "assistant", "status": "in_progress", "content": []}


def start_call(call: ToolCall, *, custom: bool) -> Item:
    """A call without arguments yet."""
    id = call.id or fresh_id("call_")
    if custom:
        return {"type": "custom_tool_call", "id": fresh_id("ctc_"), "call_id": id, "name": call.name, "input": ""}
    item = {"type": "function_call", "id": fresh_id("fc_"), "call_id": id, "name": call.name, "arguments": ""}
    return item | {"status": "in_progress"}


def output_text(text: str, notes: Sequence[Item], tokens: Sequence[Any]) -> Item:
    """A piece of a message that is a text."""
    return {"type": "output_text", "text": text, "annotations": notes, "logprobs": tokens}


def custom_tools(ask: Conversation) -> frozenset[str]:
    """Names of the tools that take a plain text. A provider without such tools is told of functions instead."""
    return frozenset(each.name for each in ask.tools if isinstance(each, Tool) and each.custom)


def unwrap(arguments: str) -> str:
    """The plain text in the arguments of a function that stands for a tool which takes one."""
    try:
        value = object_of(msgspec.json.decode(arguments))
    except (msgspec.DecodeError, RecursionError):
        return arguments
    texts = [each for each in value.values() if type(each) is str]
    return texts[0] if len(texts) == 1 else arguments


_WRITERS: dict[type[Part], Callable[[OutputWriter, Any], None]] = {
    Text: OutputWriter._text,  # pyright: ignore[reportPrivateUsage]
    Refusal: OutputWriter._refusal,  # pyright: ignore[reportPrivateUsage]
    ToolCall: OutputWriter._call,  # pyright: ignore[reportPrivateUsage]
    Audio: OutputWriter._audio,  # pyright: ignore[reportPrivateUsage]
    Image: OutputWriter._image,  # pyright: ignore[reportPrivateUsage]
    Opaque: OutputWriter._opaque,  # pyright: ignore[reportPrivateUsage]
}
