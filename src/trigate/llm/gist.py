"""What a streamed answer consists of, put together: enough to tell what of it another dialect has no words for."""

from collections.abc import Callable
from typing import Any

from msgspec import structs

from trigate.llm.chat_dialect import ChatDialect
from trigate.llm.conversation import Conversation, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, ChoiceEnd, Cite, Event, PartBegin, Reply, Signature

Tell = Callable[[Losses], bytes]
"""Takes note of losses, and returns what the caller is told of them in the stream."""
_SOMETHING = "…"
"""Stands for what was said: an empty text would be left out, and nothing be lost with it."""


class Gist:
    """Takes note of all events but pieces of texts; most answers have nothing that could be lost."""

    __slots__ = ("_asked", "_choices", "_odd", "_parts", "_spoken", "_tell", "_wanted")

    def __init__(self, spoken: str, wanted: ChatDialect, asked: Conversation, tell: Tell) -> None:
        """Of an answer to `asked` that is given in the dialect `spoken` and told in the dialect `wanted`."""
        self._tell = tell
        self._spoken = spoken
        self._wanted = wanted
        self._asked = asked
        self._odd = False
        self._choices: dict[int, Choice] = {}
        self._parts: dict[tuple[int, int], Part] = {}

    def take(self, event: Event) -> None:
        """A part, its source or signature, or the end of a choice."""
        match event:
            case PartBegin():
                self._begin(event)
            case Signature():
                self._sign(event)
            case Cite():
                self._cite(event)
            case ChoiceEnd():
                choice = self._choice(event.choice)
                choice.stop, choice.sequence = event.stop, event.sequence
            case _:
                pass

    def rate(self, choice: int, logprobs: Any) -> None:
        """How likely the words were."""
        self._odd = True
        self._choice(choice).logprobs = logprobs

    def finish(self) -> bytes:
        """The answer is complete: tell what is lost, as of a whole one; returns the caller's comment."""
        if not self._odd:
            return b""
        losses = Losses()
        choices = [self._choices[number] for number in sorted(self._choices)]
        self._wanted.write_reply(Reply(dialect=self._spoken, id="", model="", choices=choices), self._asked, losses)
        return self._tell(losses) if losses else b""

    def _choice(self, number: int) -> Choice:
        if number not in self._choices:
            self._choices[number] = Choice(parts=[])
            self._odd = self._odd or number > 0
        return self._choices[number]

    def _begin(self, event: PartBegin) -> None:
        # A copy, as writers make marks on parts.
        part = structs.replace(event.part)
        if isinstance(part, Text | Refusal | Thought) and not (isinstance(part, Thought) and part.redacted):
            part.text = _SOMETHING
        signed = isinstance(part, Thought | ToolCall) and bool(part.signature)
        self._odd = self._odd or signed or bool(part.extra) or not isinstance(part, Text | Thought | ToolCall)
        self._choice(event.choice).parts.append(part)
        self._parts[event.choice, event.index] = part

    def _sign(self, event: Signature) -> None:
        self._odd = True
        part = self._parts.get((event.choice, event.index))
        if isinstance(part, Thought | ToolCall):
            part.signature, part.maker = event.signature, event.maker

    def _cite(self, event: Cite) -> None:
        self._odd = True
        part = self._parts.get((event.choice, event.index))
        if isinstance(part, Text):
            part.citations = [*part.citations, event.citation]
