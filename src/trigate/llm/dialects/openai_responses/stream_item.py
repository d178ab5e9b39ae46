"""Items of a streamed response while they are written: each is announced, told piece by piece, and told as a whole."""

from typing import Any

from trigate.llm.conversation import Citation, Thought, ToolCall
from trigate.llm.dialects.openai_responses.annotation import write_annotation
from trigate.llm.dialects.openai_responses.logprob import tokens_of
from trigate.llm.dialects.openai_responses.output_writer import output_text, start_call, start_message
from trigate.llm.dialects.openai_responses.pen import Pen
from trigate.llm.dialects.openai_responses.thought import MAKER
from trigate.llm.signature import carry

Item = dict[str, Any]


class OpenItem:
    """An item that was announced, at its place in the output."""

    __slots__ = ("_pen", "item", "place")

    def __init__(self, pen: Pen, place: int, item: Item) -> None:
        self._pen = pen
        self.place = place
        self.item = item
        pen.write("response.output_item.added", {"output_index": place, "item": item})

    def tell(self, kind: str, **members: Any) -> None:
        """An event about this item."""
        self._pen.write(kind, {"item_id": self.item["id"], "output_index": self.place, **members})

    def finish(self) -> None:
        """The item is complete."""
        if "status" in self.item:
            self.item["status"] = "completed"
        self._pen.write("response.output_item.done", {"output_index": self.place, "item": self.item})


class OpenMessage(OpenItem):
    """A message of several pieces."""

    __slots__ = ("last", "open")

    def __init__(self, pen: Pen, place: int) -> None:
        super().__init__(pen, place, start_message())
        self.open = 0
        """Pieces that are not complete."""
        self.last = False
        """Whether no further piece will begin."""

    def settle(self) -> None:
        """Finish it if nothing is to come any more."""
        if self.last and not self.open:
            self.finish()


class OpenPiece:
    """A text, or a refusal, inside of a message."""

    __slots__ = ("_kind", "_notes", "_place", "_said", "_tokens", "message")

    def __init__(self, message: OpenMessage, *, refusal: bool) -> None:
        self.message = message
        self._kind = "refusal" if refusal else "output_text"
        self._said: list[str] = []
        self._notes: list[Item] = []
        self._tokens: list[Any] = []
        self._place = len(message.item["content"])
        piece = self._piece("")
        message.open += 1
        message.tell("response.content_part.added", content_index=self._place, part=piece)
        message.item["content"].append(piece)

    def _piece(self, text: str) -> Item:
        refused = {"type": "refusal", "refusal": text}
        return refused if self._kind == "refusal" else output_text(text, list(self._notes), self._tokens)

    def say(self, text: str, logprobs: Any) -> None:
        """More of the text."""
        self._said.append(text)
        more: Item = {"content_index": self._place, "delta": text}
        if self._kind == "output_text":
            more["logprobs"] = tokens_of(logprobs)
            self._tokens += more["logprobs"]
        self.message.tell(f"response.{self._kind}.delta", **more)

    def cite(self, citation: Citation) -> None:
        """A source of the text so far."""
        if self._kind == "refusal":
            return
        note = write_annotation(citation, sum(map(len, self._said)), home=False)
        place = {"content_index": self._place, "annotation_index": len(self._notes)}
        self._notes.append(note)
        self.message.tell("response.output_text.annotation.added", **place, annotation=note)

    def finish(self) -> None:
        """The piece is complete."""
        text = "".join(self._said)
        piece = self._piece(text)
        self.message.item["content"][self._place] = piece
        whole = {"refusal": text} if self._kind == "refusal" else {"text": text, "logprobs": self._tokens}
        self.message.tell(f"response.{self._kind}.done", content_index=self._place, **whole)
        self.message.tell("response.content_part.done", content_index=self._place, part=piece)
        self.message.open -= 1


class OpenReasoning(OpenItem):
    """Thoughts, as pieces of a summary, or as they are where the provider says them so in this dialect."""

    __slots__ = ("_member", "_said")

    def __init__(self, pen: Pen, place: int, id: str) -> None:
        super().__init__(pen, place, {"type": "reasoning", "id": id, "summary": []})
        self._said: list[str] = []
        self._member = ""

    @property
    def opened(self) -> bool:
        """Whether a piece is under way; none is while a thought has but a signature."""
        return bool(self._member)

    def begin(self, *, summarised: bool) -> None:
        """A piece begins."""
        self._member = "summary" if summarised else "content"
        pieces = self.item.setdefault(self._member, [])
        kind = "response.reasoning_summary_part.added" if summarised else "response.content_part.added"
        self.tell(kind, **self._where(len(pieces)), part=self._piece(""))
        pieces.append(self._piece(""))

    def say(self, text: str) -> None:
        """More of the piece."""
        self._said.append(text)
        self.tell(f"response.{self._kind()}.delta", **self._where(), delta=text)

    def end(self) -> None:
        """The piece is complete."""
        if not self._member:
            return
        text = "".join(self._said)
        self.item[self._member][-1] = self._piece(text)
        self.tell(f"response.{self._kind()}.done", **self._where(), text=text)
        done = "response.reasoning_summary_part.done" if self._member == "summary" else "response.content_part.done"
        self.tell(done, **self._where(), part=self._piece(text))
        self._said.clear()
        self._member = ""

    def sign(self, signature: str, maker: str) -> None:
        """What proves the thoughts to their maker."""
        self.item["encrypted_content"] = carry(signature, maker, MAKER)

    def _kind(self) -> str:
        return "reasoning_summary_text" if self._member == "summary" else "reasoning_text"

    def _piece(self, text: str) -> Item:
        return {"type": "summary_text" if self._member == "summary" else "reasoning_text", "text": text}

    def _where(self, place: int | None = None) -> Item:
        index = len(self.item[self._member]) - 1 if place is None else place
        return {"summary_index" if self._member == "summary" else "content_index": index}


class OpenCall(OpenItem):
    """A call of a tool."""

    __slots__ = ("_custom", "_said")

    def __init__(self, pen: Pen, place: int, call: ToolCall, names: Item, *, custom: bool) -> None:
        super().__init__(pen, place, start_call(call, custom=custom) | names)
        self._custom = custom
        self._said: list[str] = []

    def say(self, text: str) -> None:
        """More of the arguments."""
        self._said.append(text)
        self.tell(f"response.{self._kind()}.delta", delta=text)

    def finish(self) -> None:
        """The arguments are complete."""
        member = "input" if self._custom else "arguments"
        self.item[member] = "".join(self._said) or ("" if self._custom else "{}")
        self.tell(f"response.{self._kind()}.done", **{member: self.item[member]})
        super().finish()

    def _kind(self) -> str:
        return "custom_tool_call_input" if self._custom else "function_call_arguments"


def belongs(reasoning: OpenReasoning | None, thought: Thought) -> bool:
    """Whether a thought is a further piece of an open item."""
    if reasoning is None or "encrypted_content" in reasoning.item:
        return False
    return bool(thought.id) and reasoning.item["id"] == thought.id
